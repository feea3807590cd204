// One side of a fleet, prefill or decode, as a policy chooses on it; and how its choices are noted.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/ids.hpp"
#include "core/random_stream.hpp"
#include "scoring/scorer.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// Columns of one side and the index its first instance has among all instances.
struct FleetSide {
  InstanceColumns columns;
  std::uint32_t first = 0;

  std::uint32_t count() const { return static_cast<std::uint32_t>(columns.count); }
  /// The instance with index `i` on this side.
  InstanceId id(std::uint32_t i) const { return InstanceId{first + i}; }
  bool usable(std::uint32_t i) const {
    return columns.eligible == nullptr || columns.eligible[i] != 0;
  }
};

inline FleetSide entry_side(const RouterView& view) { return {view.entry(), 0}; }
inline FleetSide decode_side(const RouterView& view) { return {view.decode(), view.entry_count()}; }

/// Instances of the side that requests may be sent to.
std::uint32_t usable_count(const FleetSide& side);
/// The n-th usable instance; kNoIndex where there are fewer.
std::uint32_t usable_at(const FleetSide& side, std::uint32_t n);
/// The first usable instance, or 0 where nobody is: somebody must be named.
std::uint32_t first_usable(const FleetSide& side);

/// Two distinct usable instances drawn uniformly, the first twice where there is only one. Draws
/// `k` and `k + 1` of `entity`.
struct DrawnPair {
  std::uint32_t first = 0, second = 0;
};
DrawnPair draw_pair(const FleetSide& side, const RandomStream& stream, std::uint32_t entity,
                    std::uint32_t k);
/// A usable instance drawn uniformly: draw `k` of `entity`.
std::uint32_t draw_usable(const FleetSide& side, const RandomStream& stream, std::uint32_t entity,
                          std::uint32_t k);

/// Notes the branch of the rule that decided, where decisions are recorded. There is one rule per
/// decision: where both sides are chosen together, the second leaves it alone by naming none.
inline void note_rule(RouterView& view, std::string_view rule) {
  if (DecisionNote* note = rule.empty() ? nullptr : view.note()) note->rule = rule;
}
/// The note about another request than the decision's that the same answer places, begun anew; null
/// when nobody asks.
inline DecisionNote* note_about(RouterView& view, SlotId slot) {
  DecisionNote* note = view.note();
  if (note == nullptr) return nullptr;
  DecisionNote& other = note->others.emplace_back();
  other.slot = slot;
  return &other;
}
/// Notes one instance that was considered.
inline void note_candidate(RouterView& view, const FleetSide& side, std::uint32_t i, double cost) {
  if (DecisionNote* note = view.note()) note->candidates.push_back({side.id(i), cost});
}
/// Notes a column of the candidate noted last, in the words that are declared.
inline void note_column(RouterView& view, const ColumnRead& read, double value) {
  if (DecisionNote* note = view.note()) note->candidates.back().declared.push_back({&read, value});
}
/// A cost as it is noted. Of two keys in one number the first, which has a meaning, and the second
/// as a fraction too small to be shown, so that ties are those of the whole rule.
template <class Cost, class Value>
double noted_value(const Cost&, Value value) {
  return static_cast<double>(value);
}
inline double noted_value(const LeastOutstandingThenOwnCost&, std::int64_t value) {
  return static_cast<double>(value) * 0x1p-40;
}
inline double noted_value(const MostOverlapThenLeastOutstandingCost&, std::int64_t value) {
  return static_cast<double>(value) * 0x1p-31;
}
/// Notes every usable instance of the side with its cost and the columns that `reads` names, in
/// place of what was noted of it before: the last cost looked at is the one that decided.
template <class Cost>
void note_scan(RouterView& view, const FleetSide& side, const Cost& cost, const PoolRow& pool,
               const RequestRow& row, const ColumnReads& reads) {
  DecisionNote* note = view.note();
  if (note == nullptr) return;
  std::erase_if(note->candidates, [&](const DecisionNote::Candidate& c) {
    return c.instance >= side.first && c.instance < side.first + side.count();
  });
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    if (!side.usable(i)) continue;
    const auto value = cost(row, side.columns, pool, i);
    note->candidates.push_back({side.id(i), noted_value(cost, value)});
    for (const ColumnRead* read : reads)
      note->candidates.back().declared.push_back(
          {read, column_value(side.columns, read->column, i)});
  }
}
template <class Cost>
void note_scan(RouterView& view, const FleetSide& side, const Cost& cost) {
  note_scan(view, side, cost, PoolRow{}, view.request().row, ColumnReads());
}
/// Notes what a belief of the policy's own, `tokens(i)`, says is cached on each candidate of the
/// side that was noted; below 0: nothing is said.
template <class Tokens>
void note_belief(RouterView& view, const FleetSide& side, const Tokens& tokens) {
  DecisionNote* note = view.note();
  if (note == nullptr) return;
  for (DecisionNote::Candidate& c : note->candidates)
    if (c.instance >= side.first && c.instance < side.first + side.count())
      c.believed_tokens = tokens(c.instance - side.first);
}

/// The usable instance with the lowest cost, ties by `draw` (0: the first of equals); index on this
/// side. Notes all candidates.
template <class Cost>
std::uint32_t least_cost(RouterView& view, const FleetSide& side, Scorer& scorer, const Cost& cost,
                         std::uint64_t draw, std::string_view rule) {
  const ChoiceResult chosen =
      scorer.choose(cost, ArgminChoice{}, view.request().row, side.columns, PoolRow{}, draw);
  if (view.note() != nullptr) {
    note_rule(view, rule);
    note_scan(view, side, cost);
  }
  return chosen.index == kNoChoice ? 0 : chosen.index;
}

}  // namespace pigou
