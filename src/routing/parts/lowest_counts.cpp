#include "routing/parts/lowest_counts.hpp"

#include <algorithm>

#include "core/vector_versions.hpp"

namespace pigou {
namespace {

PIGOU_VECTOR_VERSIONS std::int64_t lowest_of(const std::int64_t* counts, std::size_t size) {
  std::int64_t lowest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < size; ++i) lowest = counts[i] < lowest ? counts[i] : lowest;
  return lowest;
}

}  // namespace

void LowestCounts::refresh(std::size_t b) {
  const std::size_t first = b * kBlock;
  blocks_[b] = {lowest_of(&counts_[first], std::min(kBlock, counts_.size() - first)), false};
}

std::uint32_t LowestCounts::first_lowest() {
  if (counts_.empty()) return 0;
  std::size_t best = 0;
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    if (lowest_of_block(b) < blocks_[best].lowest) best = b;
  const auto first = counts_.begin() + static_cast<std::ptrdiff_t>(best * kBlock);
  return static_cast<std::uint32_t>(std::find(first, counts_.end(), blocks_[best].lowest) -
                                    counts_.begin());
}

}  // namespace pigou
