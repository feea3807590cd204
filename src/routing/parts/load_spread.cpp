#include "routing/parts/load_spread.hpp"

#include <algorithm>

#include "core/vector_versions.hpp"

namespace pigou {
namespace {

constexpr std::size_t kBlock = LowestCounts::kBlock;

struct Spread {
  std::int64_t least = INT64_MAX, most = INT64_MIN;
};

/// Masked, not chosen: a branch would keep the loop from being vectorised.
template <bool kAllUsable>
PIGOU_HD Spread spread_of_block(const std::int64_t* loads, const std::uint8_t* eligible,
                                std::size_t size, std::int64_t most) {
  Spread spread{INT64_MAX, most};
  for (std::size_t i = 0; i < size; ++i) {
    const std::int64_t kept = kAllUsable ? -1 : -static_cast<std::int64_t>(eligible[i] != 0);
    const std::int64_t low = (loads[i] & kept) | (INT64_MAX & ~kept);
    const std::int64_t high = (loads[i] & kept) | (INT64_MIN & ~kept);
    spread.least = low < spread.least ? low : spread.least;
    spread.most = high > spread.most ? high : spread.most;
  }
  return spread;
}

template <bool kAllUsable>
PIGOU_HD Spread spread_of(const std::int64_t* loads, const std::uint8_t* eligible,
                          std::size_t count, std::int64_t* __restrict block_least) {
  Spread all;
  std::size_t first = 0;
  for (; first + kBlock <= count; first += kBlock) {
    const std::uint8_t* usable = kAllUsable ? nullptr : eligible + first;
    const Spread block = spread_of_block<kAllUsable>(loads + first, usable, kBlock, all.most);
    *block_least++ = block.least;
    all = {block.least < all.least ? block.least : all.least, block.most};
  }
  if (first == count) return all;
  const std::uint8_t* usable = kAllUsable ? nullptr : eligible + first;
  const Spread block = spread_of_block<kAllUsable>(loads + first, usable, count - first, all.most);
  *block_least = block.least;
  return {block.least < all.least ? block.least : all.least, block.most};
}

PIGOU_VECTOR_VERSIONS Spread spread_of_all(const std::int64_t* loads, const std::uint8_t* eligible,
                                           std::size_t count, std::int64_t* block_least) {
  return eligible == nullptr ? spread_of<true>(loads, eligible, count, block_least)
                             : spread_of<false>(loads, eligible, count, block_least);
}

/// The lowest of the counts whose instance is usable and has load `least`.
template <bool kAllUsable>
PIGOU_HD std::int64_t lowest_count(const std::int64_t* loads, const std::uint8_t* eligible,
                                   const std::int64_t* counts, std::size_t size,
                                   std::int64_t least) {
  std::int64_t lowest = INT64_MAX;
  for (std::size_t i = 0; i < size; ++i) {
    const bool usable = kAllUsable || eligible[i] != 0;
    const std::int64_t kept = -static_cast<std::int64_t>(usable & (loads[i] == least));
    const std::int64_t count = (counts[i] & kept) | (INT64_MAX & ~kept);
    lowest = count < lowest ? count : lowest;
  }
  return lowest;
}

PIGOU_VECTOR_VERSIONS std::int64_t lowest_count_of(const std::int64_t* loads,
                                                   const std::uint8_t* eligible,
                                                   const std::int64_t* counts, std::size_t size,
                                                   std::int64_t least) {
  return eligible == nullptr ? lowest_count<true>(loads, eligible, counts, size, least)
                             : lowest_count<false>(loads, eligible, counts, size, least);
}

}  // namespace

void LoadSpread::measure(const InstanceColumns& columns) {
  const auto count = static_cast<std::size_t>(columns.count);
  block_least_.resize((count + kBlock - 1) / kBlock);
  const Spread all =
      spread_of_all(columns.active_requests, columns.eligible, count, block_least_.data());
  least_ = all.least;
  most_ = all.most;
}

std::uint32_t LoadSpread::first_least(const InstanceColumns& columns) const {
  if (nobody()) return 0;
  const auto block = std::ranges::find(block_least_, least_) - block_least_.begin();
  auto i = static_cast<std::size_t>(block) * kBlock;
  const auto usable = [&] { return columns.eligible == nullptr || columns.eligible[i] != 0; };
  while (columns.active_requests[i] != least_ || !usable()) ++i;
  return static_cast<std::uint32_t>(i);
}

std::uint32_t LoadSpread::first_least(const InstanceColumns& columns, LowestCounts& counts) const {
  if (nobody()) return 0;
  const auto count = static_cast<std::size_t>(columns.count);
  const std::int64_t* loads = columns.active_requests;
  const std::int64_t* own = counts.all().data();
  const std::uint8_t* eligible = columns.eligible;
  std::int64_t lowest = INT64_MAX;
  std::size_t best = 0;
  for (std::size_t b = 0; b < block_least_.size(); ++b) {
    if (block_least_[b] != least_ || counts.lowest_of_block(b) >= lowest) continue;
    const std::size_t first = b * kBlock;
    const std::int64_t found =
        lowest_count_of(loads + first, eligible == nullptr ? nullptr : eligible + first,
                        own + first, std::min(kBlock, count - first), least_);
    if (found >= lowest) continue;
    lowest = found;
    best = first;
  }
  const auto usable = [&] { return eligible == nullptr || eligible[best] != 0; };
  while (loads[best] != least_ || own[best] != lowest || !usable()) ++best;
  return static_cast<std::uint32_t>(best);
}

}  // namespace pigou
