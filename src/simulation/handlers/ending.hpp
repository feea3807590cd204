// A request has ended, whatever its outcome.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

struct Parts;

/// Its row is recorded, its client goes on, its replica hears of it. Calls may still be leaving
/// their engines.
void end_request(Parts& parts, SlotId slot, Outcome outcome);

}  // namespace pigou
