// Questions: how they reach a router, and when they are put to its policy.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "simulation/ask.hpp"

namespace pigou {

struct Parts;

/// A question about the request of `slot` as it is now.
Ask ask_about(const Parts& parts, Hook hook, SlotId slot, InstanceId instance);
/// A decision proper: it waits until the replica has answered those before it.
void question(Parts& parts, const Ask& ask);
/// A replica's server turns to its next question; one that is out of date takes no time.
void serve_next(Parts& parts, ReplicaId replica);
/// True when nobody waits for the answer any more.
bool outdated(Parts& parts, const Ask& ask);
/// The next of what came up at this instant.
void next_ask(Parts& parts);
/// The first replica with room to give is asked for those in its queue.
void ask_for_room(Parts& parts);
/// The time a replica's policy asked for.
void on_timer(Parts& parts, ReplicaId replica);

}  // namespace pigou
