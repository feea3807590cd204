// The costs that ship. Their list is kernels/costs/list.inc; a new one is a functor and a row.
#pragma once

#include "kernels/costs/dynamo_body.hpp"
#include "kernels/costs/load_body.hpp"
#include "kernels/costs/overlap_body.hpp"
#include "kernels/costs/own_body.hpp"

namespace pigou {

/// How a pass on the CPU finds the lowest of a cost; see kernels/costs/list.inc.
enum class CostPass : std::uint8_t { kKeep, kLook, kBound };

}  // namespace pigou
