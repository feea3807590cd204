// What engines say of their calls, and what becomes of requests by that.
#pragma once

#include <cstdint>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"
#include "simulation/requests.hpp"

namespace pigou {

struct Parts;

/// All notices of the engine calls just made.
void drain_notices(Parts& parts);
/// One notice; the caller drops it.
void on_notice(Parts& parts, const Notice& notice);
/// Prompt tokens that are no longer waiting to be computed on an entry instance.
void computed(Parts& parts, RequestState& state, std::uint32_t tokens);
/// KV has arrived at a decode instance: the prefill side lets go, the decode side may run.
void on_transfer(Parts& parts, InstanceId instance);

}  // namespace pigou
