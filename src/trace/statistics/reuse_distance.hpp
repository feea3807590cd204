// How much of a trace an ideal prefix cache of each size would hit.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// Share of all blocks that an LRU cache of `capacities[i]` blocks, serving the rows one after
/// another in file order, finds as the leading blocks of their row. Within a row the first block
/// counts as used last, so that what survives is a leading part, as in a real engine. `capacities`
/// rise. O(blocks + runs log rows).
std::vector<double> prefix_hit_curve(const Trace& trace,
                                     const std::vector<std::uint64_t>& capacities);

}  // namespace pigou
