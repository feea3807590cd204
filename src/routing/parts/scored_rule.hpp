// Scores one side by a declared rule and chooses on it: the lowest cost, or one drawn by softmax.
#pragma once

#include "routing/parts/declaration.hpp"
#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// The usable instance of `side` that the rule chooses, index on it; 0 where nobody is usable. The
/// caller has gathered the columns the rule reads: a missing one is an InternalError with its name.
/// `row` is what the request adds, `draw` decides among equals (0: the first) or in the softmax.
/// Notes all candidates with their costs and columns, and `why` as the branch of the rule.
template <class Cost>
std::uint32_t choose_by(const ScoredRule<Cost>& rule, RouterView& view, const FleetSide& side,
                        Scorer& scorer, const RequestRow& row, std::uint64_t draw,
                        std::string_view why, const PoolRow& pool = {}) {
  scorer.check_columns(rule.cost, side.columns);
  const ChoiceResult chosen =
      rule.temperature > 0
          ? scorer.choose(rule.cost, SoftmaxChoice{rule.temperature}, row, side.columns, pool, draw)
          : scorer.choose(rule.cost, ArgminChoice{}, row, side.columns, pool, draw);
  if (view.note() != nullptr) {
    note_rule(view, why);
    note_scan(view, side, rule.cost, pool, row, rule.reads());
  }
  return chosen.index == kNoChoice ? 0 : chosen.index;
}

/// The same of the open request as it is.
template <class Cost>
std::uint32_t choose_by(const ScoredRule<Cost>& rule, RouterView& view, const FleetSide& side,
                        Scorer& scorer, std::uint64_t draw, std::string_view why) {
  return choose_by(rule, view, side, scorer, view.request().row, draw, why);
}

}  // namespace pigou
