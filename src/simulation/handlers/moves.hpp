// Placed work goes to another instance: queued calls as they are, running decodes with their KV.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace pigou {

struct Parts;

/// Out of its engine's waiting queue and off to `instance`; nothing happens if it is no longer
/// there, which is how a router finds out that it came too late.
void move_queued(Parts& parts, SlotId slot, InstanceId instance, std::int64_t believed);
/// A decoding call is to leave for `instance` at its next step boundary. In a split cluster between
/// decode instances, with its KV over the links; in an aggregated one by computing it again.
void migrate(Parts& parts, SlotId slot, InstanceId instance);
/// The call has left its engine; with its KV pinned there if it had it all.
void on_departed(Parts& parts, SlotId slot, CallId id);

}  // namespace pigou
