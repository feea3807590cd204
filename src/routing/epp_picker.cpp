#include "routing/epp_picker.hpp"

namespace pigou {

std::uint32_t EppPick::choose(RouterView& view, Side side, const std::vector<double>& totals,
                              std::uint64_t draw, std::string_view rule) {
  const std::uint32_t candidates = usable_count(side);
  if (candidates == 0) return kNoIndex;
  costs_.resize(side.count());
  double sum = 0;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    const bool scored = picker_ != EppPicker::kRandom && side.usable(i);
    costs_[i] = scored ? -totals[i] : 0.0;
    sum -= costs_[i];
  }
  side.columns.own_values = costs_.data();
  if (picker_ == EppPicker::kMaxScore)
    return least_cost(view, side, scorer_, LeastOwnValueCost{}, draw, rule);
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
