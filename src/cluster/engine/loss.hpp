// What is lost with an instance: the step under way, every call on it, its cache.
#pragma once

#include <cstdint>

#include "cluster/engine/state.hpp"
#include "core/ids.hpp"

namespace pigou {

/// The steps of a run that have ended by `now` count; the one under way is lost but was work. The
/// instance is idle then. Returns when the last step ended.
SimTime settle_unfinished(EngineState& state, Instance& i, SimTime now);

/// Every call on `instance` is lost (kLost), in order of requests; `last` is when its last step
/// ended.
void lose_calls(EngineState& state, InstanceId instance, SimTime last);

/// The cache of `i` is empty from now on. KV events that had not left by `now` never will; one says
/// that nothing is held any more.
void lose_cache(const EngineState& state, Instance& i, SimTime now);

}  // namespace pigou
