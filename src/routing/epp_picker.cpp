#include "routing/epp_picker.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "core/clones.hpp"

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
PIGOU_CLONES void fill_keys_of(const double* totals, const std::uint8_t* eligible,
                               std::size_t count, std::int64_t* keys, std::int64_t* block_lowest) {
  std::size_t first = 0;
  for (; first + kKeyBlock <= count; first += kKeyBlock)
    *block_lowest++ = fill_block(totals + first, eligible + first, kKeyBlock, keys + first);
  if (first < count)
    *block_lowest = fill_block(totals + first, eligible + first, count - first, keys + first);
}

constexpr std::size_t kLanes = EppScorers::kBoundLanes;
using LaneBounds = std::array<float, kLanes>;

/// The highest bound of blocks l, l + kLanes, l + 2 kLanes and so on.
PIGOU_CLONES void highest_of_lanes(const float* bounds, std::size_t count, float* lanes) {
  float highest[kLanes];
  for (std::size_t l = 0; l < kLanes; ++l) highest[l] = bounds[l];
  for (std::size_t first = kLanes; first < count; first += kLanes)
    for (std::size_t l = 0; l < kLanes; ++l)
      highest[l] = bounds[first + l] > highest[l] ? bounds[first + l] : highest[l];
  for (std::size_t l = 0; l < kLanes; ++l) lanes[l] = highest[l];
}

}  // namespace

/// The highest total, ties by the draw. Where there are but bounds, totals are computed of the
/// blocks that may hold the highest, the most promising first.
std::uint32_t EppPick::highest(const Side& side, EppScorers& scorers, std::uint64_t draw) {
  const double* totals = scorers.totals().data();
  const std::uint8_t* eligible = side.columns.eligible;
  const std::size_t count = side.count();
  keys_.resize(side.columns.count);
  std::vector<std::int64_t>& lowest = keys_.block_lowest;
  if (!scorers.bounded() || count == 0) {
    fill_keys_of(totals, eligible, count, keys_.keys.data(), lowest.data());
    return choose_lowest(keys_, draw).index;
  }
  const std::span<const float> bounds = scorers.bounds();
  const std::size_t block = scorers.bound_block();
  std::ranges::fill(lowest, kNotEligibleKey);
  double worth = -1;  // blocks with a bound from here on may hold the highest
  const auto look_into = [&](std::size_t b) {
    const std::size_t first = b * block;
    const std::size_t size = std::min(block, count - first);
    scorers.sum(first, size);
    std::int64_t& known = lowest[first / kKeyBlock];
    if (known == kNotEligibleKey && block < kKeyBlock) {  // nothing of these keys was asked for yet
      const std::size_t begin = first / kKeyBlock * kKeyBlock;
      std::fill_n(&keys_.keys[begin], std::min(kKeyBlock, count - begin), kNotEligibleKey);
    }
    std::int64_t found = kNotEligibleKey;
    fill_keys_of(totals + first, eligible + first, size, &keys_.keys[first], &found);
    known = std::min(known, found);
    if (found != kNotEligibleKey)
      worth = std::max(worth, -cost_of_key<double>(found) - scorers.bound_error());
  };
  LaneBounds lanes;
  highest_of_lanes(bounds.data(), bounds.size(), lanes.data());
  const auto lane = static_cast<std::size_t>(std::ranges::max_element(lanes) - lanes.begin());
  std::size_t best = lane;
  while (bounds[best] != lanes[lane]) best += kLanes;
  look_into(best);
  for (std::size_t l = 0; l < kLanes; ++l)
    for (std::size_t b = l; lanes[l] >= worth && b < bounds.size(); b += kLanes)
      if (b != best && bounds[b] >= worth) look_into(b);
  return choose_lowest(keys_, draw).index;
}

std::uint32_t EppPick::noted_highest(RouterView& view, Side side, const std::vector<double>& totals,
                                     std::uint64_t draw, std::string_view rule) {
  costs_.resize(side.count());
  for (std::uint32_t i = 0; i < side.count(); ++i) costs_[i] = side.usable(i) ? -totals[i] : 0.0;
  side.columns.own_values = costs_.data();
  return least_cost(view, side, scorer_, LeastOwnValueCost{}, draw, rule);
}

std::uint32_t EppPick::choose(RouterView& view, Side side, EppScorers& scorers, std::uint64_t draw,
                              std::string_view rule) {
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
    note_rule(view, rule.empty() ? rule : "drawn, all alike", candidates);
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
