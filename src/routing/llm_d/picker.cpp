#include "routing/llm_d/picker.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "core/vector_versions.hpp"

namespace pigou {
namespace {

/// Keys that order candidates by falling total, of pods first..first+size-1; the lowest of them.
PIGOU_HD std::int64_t fill_block(const double* totals, const std::uint8_t* eligible,
                                 std::size_t size, std::int64_t* __restrict keys) {
  std::int64_t lowest = kNotEligibleKey;
  for (std::size_t k = 0; k < size; ++k) {
    // Masked, not chosen: a branch would keep the loop from being vectorised.
    const std::int64_t kept = -static_cast<std::int64_t>(eligible[k] != 0);
    const std::int64_t key = (ordered_key(-totals[k]) & kept) | (kNotEligibleKey & ~kept);
    keys[k] = key;
    lowest = key < lowest ? key : lowest;
  }
  return lowest;
}

/// Those of `count` pods and the lowest of each block of them.
PIGOU_VECTOR_VERSIONS void fill_keys_of(const double* totals, const std::uint8_t* eligible,
                                        std::size_t count, std::int64_t* keys,
                                        std::int64_t* block_lowest) {
  std::size_t first = 0;
  for (; first + kKeyBlock <= count; first += kKeyBlock)
    *block_lowest++ = fill_block(totals + first, eligible + first, kKeyBlock, keys + first);
  if (first < count)
    *block_lowest = fill_block(totals + first, eligible + first, count - first, keys + first);
}

constexpr std::size_t kLanes = EppScorers::kBoundLanes;
using LaneBounds = std::array<float, kLanes>;

/// The highest bound of blocks l, l + kLanes, l + 2 kLanes and so on.
PIGOU_VECTOR_VERSIONS void highest_of_lanes(const float* bounds, std::size_t count, float* lanes) {
  float highest[kLanes];
  for (std::size_t l = 0; l < kLanes; ++l) highest[l] = bounds[l];
  for (std::size_t first = kLanes; first < count; first += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l)
      highest[l] = bounds[first + l] > highest[l] ? bounds[first + l] : highest[l];
  for (std::size_t l = 0; l < kLanes; ++l) lanes[l] = highest[l];
}

PIGOU_VECTOR_VERSIONS std::size_t count_from(const float* bounds, std::size_t count, float worth) {
  std::uint32_t found = 0;
  for (std::size_t b = 0; b < count; ++b) found += bounds[b] >= worth ? 1U : 0U;
  return found;
}

}  // namespace

/// The highest total, ties by the draw.
std::uint32_t EppPick::highest(const FleetSide& side, EppScorers& scorers, std::uint64_t draw) {
  const std::size_t count = side.count();
  keys_.resize(side.columns.count);
  if (!scorers.bounded() || count == 0) {
    fill_keys_of(scorers.totals().data(), side.columns.eligible, count, keys_.keys.data(),
                 keys_.block_lowest.data());
    return choose_lowest(keys_, draw).index;
  }
  if (scorers.bound_block() < kKeyBlock) {
    const std::uint32_t found = highest_of_few(scorers, count, draw);
    if (found != kNoIndex) return found;
  }
  return highest_of_blocks(side, scorers, draw);
}

/// From totals of the pods that may have the highest, one by one; kNoIndex where they are many. A
/// pod whose rough total is two errors below that of another is below it.
std::uint32_t EppPick::highest_of_few(const EppScorers& scorers, std::size_t count,
                                      std::uint64_t draw) {
  constexpr std::size_t kFewBlocks = 16;
  constexpr std::size_t kFewPods = 32;
  const std::span<const float> bounds = scorers.bounds();
  const std::size_t block = scorers.bound_block();
  LaneBounds lanes;
  highest_of_lanes(bounds.data(), bounds.size(), lanes.data());
  const double worth = *std::ranges::max_element(lanes) - 2 * scorers.bound_error();
  // In single precision it may be rounded up: whether they are few need not be exact.
  if (count_from(bounds.data(), bounds.size(), static_cast<float>(worth)) > kFewBlocks)
    return kNoIndex;
  best_.clear();
  double most = 0;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    for (std::size_t b = lane; lanes[lane] >= worth && b < bounds.size(); b += kLanes) {
      if (bounds[b] < worth) continue;
      if (best_.size() > kFewPods) return kNoIndex;
      for (std::size_t i = b * block; i < std::min(b * block + block, count); ++i) {
        if (scorers.rough_total(i) < worth) continue;
        const double total = scorers.total(i);
        if (total > most) best_.clear();
        most = std::max(most, total);
        if (total == most) best_.push_back(static_cast<std::uint32_t>(i));
      }
    }
  }
  std::ranges::sort(best_);
  return best_[drawn_share(draw, best_.size())];
}

/// From totals of the blocks that may hold the highest, the most promising first.
std::uint32_t EppPick::highest_of_blocks(const FleetSide& side, EppScorers& scorers,
                                         std::uint64_t draw) {
  const double* totals = scorers.totals().data();
  const std::uint8_t* eligible = side.columns.eligible;
  const std::size_t count = side.count();
  std::vector<std::int64_t>& lowest = keys_.block_lowest;
  std::ranges::fill(lowest, kNotEligibleKey);
  block_bounds_.assign(lowest.size(), 0);
  const std::size_t each = kKeyBlock / scorers.bound_block();
  const std::span<const float> bounds =
      scorers.bounds().first(std::min(scorers.bounds().size(), each * lowest.size()));
  for (std::size_t b = 0; b < bounds.size(); ++b)
    block_bounds_[b / each] = std::max(block_bounds_[b / each], bounds[b]);
  double worth = -1;  // blocks with a bound from here on may hold the highest
  const auto look_into = [&](std::size_t block) {
    const std::size_t first = block * kKeyBlock;
    const std::size_t size = std::min(kKeyBlock, count - first);
    scorers.sum(first, size);
    fill_keys_of(totals + first, eligible + first, size, &keys_.keys[first], &lowest[block]);
    if (lowest[block] != kNotEligibleKey)
      worth = std::max(worth, -cost_of_key<double>(lowest[block]) - scorers.bound_error());
  };
  const auto best =
      static_cast<std::size_t>(std::ranges::max_element(block_bounds_) - block_bounds_.begin());
  look_into(best);
  for (std::size_t block = 0; block < block_bounds_.size(); ++block)
    if (block != best && block_bounds_[block] >= worth) look_into(block);
  return choose_lowest(keys_, draw).index;
}

std::uint32_t EppPick::noted_highest(RouterView& view, FleetSide side,
                                     const std::vector<double>& totals, std::uint64_t draw,
                                     std::string_view rule) {
  costs_.resize(side.count());
  for (std::uint32_t i = 0; i < side.count(); ++i) costs_[i] = side.usable(i) ? -totals[i] : 0.0;
  side.columns.own_values = costs_.data();
  return least_cost(view, side, scorer_, LeastOwnValueCost{}, draw, rule);
}

std::uint32_t EppPick::choose(RouterView& view, FleetSide side, EppScorers& scorers,
                              std::uint64_t draw, std::string_view rule) {
  const std::vector<double>& totals = scorers.totals();
  if (picker_ == EppPicker::kMaxScore && view.note() == nullptr)
    return highest(side, scorers, draw);
  const std::uint32_t candidates = usable_count(side);
  if (candidates == 0) return kNoIndex;
  if (picker_ == EppPicker::kMaxScore) return noted_highest(view, side, totals, draw, rule);
  costs_.resize(side.count());
  double sum = 0;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    const bool scored = picker_ != EppPicker::kRandom && side.usable(i);
    costs_[i] = scored ? -totals[i] : 0.0;
    sum -= costs_[i];
  }
  side.columns.own_values = costs_.data();
  note_scan(view, side, LeastOwnValueCost{});
  if (picker_ == EppPicker::kRandom || sum <= 0) {
    note_rule(view, rule.empty() ? rule : "drawn, all alike");
    const std::uint64_t n = drawn_share(draw, candidates);
    return usable_at(side, static_cast<std::uint32_t>(n));
  }
  note_rule(view, rule.empty() ? rule : "drawn by score");
  const double share = static_cast<double>(draw >> 11) * 0x1.0p-53 * sum;
  double before = 0;
  std::uint32_t chosen = kNoIndex;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    if (!side.usable(i) || costs_[i] >= 0) continue;
    chosen = i;  // the last one where rounding leaves the share at the sum
    before -= costs_[i];
    if (share < before) break;
  }
  return chosen;
}

}  // namespace pigou
