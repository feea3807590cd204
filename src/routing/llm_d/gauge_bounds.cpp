#include "routing/llm_d/gauge_bounds.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "core/vector_versions.hpp"
#include "kernels/host_device.hpp"

namespace pigou {
namespace {

constexpr std::size_t kBlock = EppGaugeBounds::kBlock;

/// Weights as products: a unit of the counts below their most, and what is free.
struct Worth {
  std::uint32_t most = 0;
  float fixed = 0, per_count = 0, per_free = 0;
};

PIGOU_HD void range_of_block(const std::uint32_t* counts, std::size_t size, std::uint32_t& least,
                             std::uint32_t& most) {
  std::uint32_t low = UINT32_MAX;
  std::uint32_t high = 0;
  for (std::size_t i = 0; i < size; ++i) {
    low = counts[i] < low ? counts[i] : low;
    high = counts[i] > high ? counts[i] : high;
  }
  least = low;
  most = high;
}

/// Totals are not negative, so that their bits order as they do.
template <bool kCounts, bool kUsage>
PIGOU_HD float add_up_block(const EppGaugeTerms& terms, const Worth& worth, std::size_t first,
                            std::size_t size, float* __restrict totals) {
  std::int32_t highest = 0;
  for (std::size_t i = first; i < first + size; ++i) {
    float total = worth.fixed;
    if constexpr (kCounts)
      total += static_cast<float>(static_cast<std::int32_t>(worth.most - terms.counts[i])) *
               worth.per_count;
    if constexpr (kUsage) {
      const auto free = std::bit_cast<std::int32_t>(1.0F - static_cast<float>(terms.usage[i]));
      total += std::bit_cast<float>(free > 0 ? free : 0) * worth.per_free;
    }
    totals[i] = total;
    const auto bits = std::bit_cast<std::int32_t>(total);
    highest = bits > highest ? bits : highest;
  }
  return std::bit_cast<float>(highest);
}

/// Those of some blocks. The last block of a side may be a part of one.
PIGOU_VECTOR_VERSIONS void find_ranges(const EppGaugeTerms& terms, const std::uint32_t* blocks,
                                       std::size_t count, std::uint32_t* least,
                                       std::uint32_t* most) {
  for (std::size_t n = 0; n < count; ++n) {
    const std::uint32_t b = blocks[n];
    const std::size_t first = b * kBlock;
    if (first + kBlock <= terms.pods)
      range_of_block(terms.counts + first, kBlock, least[b], most[b]);
    else
      range_of_block(terms.counts + first, terms.pods - first, least[b], most[b]);
  }
}

template <bool kCounts, bool kUsage>
PIGOU_HD void add_up_these(const EppGaugeTerms& terms, const Worth& worth,
                           const std::uint32_t* blocks, std::size_t count, float* totals,
                           float* highest) {
  for (std::size_t n = 0; n < count; ++n) {
    const std::uint32_t b = blocks[n];
    const std::size_t first = b * kBlock;
    highest[b] =
        first + kBlock <= terms.pods
            ? add_up_block<kCounts, kUsage>(terms, worth, first, kBlock, totals)
            : add_up_block<kCounts, kUsage>(terms, worth, first, terms.pods - first, totals);
  }
}

PIGOU_VECTOR_VERSIONS void add_up_blocks(const EppGaugeTerms& terms, const Worth& worth,
                                         const std::uint32_t* blocks, std::size_t count,
                                         float* totals, float* highest) {
  if (terms.counts == nullptr)
    add_up_these<false, true>(terms, worth, blocks, count, totals, highest);
  else if (terms.usage == nullptr)
    add_up_these<true, false>(terms, worth, blocks, count, totals, highest);
  else
    add_up_these<true, true>(terms, worth, blocks, count, totals, highest);
}

PIGOU_VECTOR_VERSIONS std::uint32_t least_of(const std::uint32_t* values, std::size_t count) {
  std::uint32_t least = UINT32_MAX;
  for (std::size_t i = 0; i < count; ++i) least = values[i] < least ? values[i] : least;
  return least;
}

PIGOU_VECTOR_VERSIONS std::uint32_t most_of(const std::uint32_t* values, std::size_t count) {
  std::uint32_t most = 0;
  for (std::size_t i = 0; i < count; ++i) most = values[i] > most ? values[i] : most;
  return most;
}

/// Marks those above `seen`; the largest of all.
PIGOU_VECTOR_VERSIONS std::uint64_t mark_newer(const std::uint64_t* changes, std::size_t count,
                                               std::uint64_t seen, std::uint8_t* __restrict newer) {
  std::uint64_t last = seen;
  for (std::size_t b = 0; b < count; ++b) {
    newer[b] = changes[b] > seen ? 1 : 0;
    last = changes[b] > last ? changes[b] : last;
  }
  return last;
}

}  // namespace

void EppGaugeBounds::follow(const EppGaugeTerms& terms) {
  followed_ = true;
  if (terms == terms_) {
    find_changed();
  } else {
    terms_ = terms;
    const std::size_t blocks = GaugeColumns::blocks_of(terms.pods);
    totals_.resize(terms.pods);
    block_highest_.resize(blocks);
    block_least_.assign(blocks, 0);
    block_most_.assign(blocks, 0);
    last_change_ = 0;
    range_ = {};
    find_changed();
    changed_.resize(blocks);
    std::iota(changed_.begin(), changed_.end(), 0U);
  }
  if (changed_.empty()) return;
  find_range();
  add_up();
}

/// Fills changed_.
void EppGaugeBounds::find_changed() {
  const std::size_t blocks = block_highest_.size();
  constexpr std::size_t kAtATime = sizeof(std::uint64_t);
  is_changed_.resize((blocks + kAtATime - 1) / kAtATime * kAtATime);
  last_change_ = mark_newer(terms_.changes, blocks, last_change_, is_changed_.data());
  changed_.clear();
  for (std::size_t first = 0; first < blocks; first += kAtATime) {
    std::uint64_t marks = 0;
    std::memcpy(&marks, &is_changed_[first], kAtATime);
    if (marks == 0) continue;
    for (std::size_t b = first; b < first + kAtATime; ++b)
      if (is_changed_[b] != 0) changed_.push_back(static_cast<std::uint32_t>(b));
  }
}

/// Where the range is another one, so are all totals.
void EppGaugeBounds::find_range() {
  if (terms_.counts == nullptr) return;
  find_ranges(terms_, changed_.data(), changed_.size(), block_least_.data(), block_most_.data());
  EppRange range{least_of(block_least_.data(), block_least_.size()),
                 most_of(block_most_.data(), block_most_.size())};
  if (range.most <= range.least) range = {};
  if (range == range_) return;
  range_ = range;
  changed_.resize(block_highest_.size());
  std::iota(changed_.begin(), changed_.end(), 0U);
}

void EppGaugeBounds::add_up() {
  Worth worth;
  const bool apart = range_.most > range_.least;
  const auto count_weight = static_cast<float>(terms_.count_weight);
  if (terms_.counts != nullptr && !apart) worth.fixed = count_weight;
  if (apart)
    worth.per_count =
        static_cast<float>(terms_.count_weight / static_cast<double>(range_.most - range_.least));
  worth.most = range_.most;
  worth.per_free = static_cast<float>(terms_.usage_weight);
  add_up_blocks(terms_, worth, changed_.data(), changed_.size(), totals_.data(),
                block_highest_.data());
}

}  // namespace pigou
