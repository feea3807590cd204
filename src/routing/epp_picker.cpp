#include "routing/epp_picker.hpp"

#include <algorithm>

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
  const std::vector<double>& bounds = scorers.block_highest();
  std::ranges::fill(lowest, kNotEligibleKey);
  double worth = -1;  // blocks with a bound from here on may hold the highest
  const auto look_into = [&](std::size_t block) {
    const std::size_t first = block * kKeyBlock;
    const std::size_t size = std::min(kKeyBlock, count - first);
    scorers.sum(first, size);
    fill_keys_of(totals + first, eligible + first, size, &keys_.keys[first], &lowest[block]);
    if (lowest[block] != kNotEligibleKey)
      worth = std::max(worth, -cost_of_key<double>(lowest[block]) - scorers.bound_error());
  };
  const auto best = static_cast<std::size_t>(std::ranges::max_element(bounds) - bounds.begin());
  look_into(best);
  for (std::size_t block = 0; block < bounds.size(); ++block)
    if (block != best && bounds[block] >= worth) look_into(block);
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
