// What a policy's answer does.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "view/decision.hpp"

namespace pigou {

struct Parts;

/// The policy's answer to the open question. Throws UserError for an action that is not built yet,
/// InternalError for one that makes no sense.
void apply_answer(Parts& parts, const std::vector<Action>& actions);
/// Out of the router's own queue.
void unqueue(Parts& parts, SlotId slot);

}  // namespace pigou
