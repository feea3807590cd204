// What a request lets go of when its client, an instance or the attempt is gone. docs/fleet.md.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace pigou {

struct Parts;

/// The same of a request that may be over.
void let_go(Parts& parts, SlotId slot);
/// A call has left its engine because its client gave up.
void on_aborted(Parts& parts, SlotId slot, CallId call);
/// The oldest deadline has come.
void on_timeout(Parts& parts);
/// All that a failure of `instance` ends, in order of requests. Those that were to move there stay
/// where they are.
void lose_all(Parts& parts, InstanceId instance);
/// A call was lost with its instance.
void on_lost(Parts& parts, SlotId slot, CallId id);
/// Nobody will pull the KV of the prefill side, which may have sent the client a token.
void lose_hand_off(Parts& parts, SlotId slot);

}  // namespace pigou
