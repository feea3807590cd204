// What a policy that scores declares of itself: who may be chosen, the columns its cost reads, the
// cost, the choice. Checked when the policy is built, recorded by `--decisions`.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "scoring/any_cost.hpp"

namespace pigou {

/// Who is scored, of the instances of a side that take requests.
enum class Candidates : std::uint8_t { kAll, kFiltered, kTwoHashes };

/// How one of them is taken.
enum class ChoiceRule : std::uint8_t {
  kLowest,
  kSoftmax,       ///< drawn by softmax over the costs (SoftmaxChoice)
  kInProportion,  ///< drawn in proportion to the negative of the cost
  kAny,           ///< each with the same chance
  kAffinity,      ///< the warmer while its cost is within a share of a target, else the lowest
};

/// Who wins of equals: the first, or one by a draw.
enum class Ties : std::uint8_t { kFirst, kDrawn };

/// One part of a cost that is the negative of a weighted sum of scores, each in [0, 1].
struct WeightedScore {
  const ColumnRead* read;
  double weight;
};

/// The rule of one side.
struct DeclaredRule {
  Candidates candidates = Candidates::kAll;
  /// Columns in the policy's words: an own column has a name of its own, and so has one that the
  /// policy brings in place of the view's.
  ColumnReads reads;
  std::vector<WeightedScore> scores;  ///< empty: the cost is no such sum
  std::optional<AnyCost> cost;        ///< none: it is not one of those that ship
  ChoiceRule choice = ChoiceRule::kLowest;
  double temperature = 0;  ///< of kSoftmax
  Ties ties = Ties::kFirst;

  /// As batches choose; none: no batch can.
  std::optional<AnyChoice> batch_choice() const {
    if (choice == ChoiceRule::kLowest) return ArgminChoice{};
    if (choice == ChoiceRule::kSoftmax) return SoftmaxChoice{temperature};
    return std::nullopt;
  }
};

/// Of both sides; empty where the policy does not score, or chooses nobody.
struct Declaration {
  std::optional<DeclaredRule> entry, decode;

  bool any() const { return entry.has_value() || decode.has_value(); }
};

/// A rule as a policy runs it: the columns are gathered into a FleetSide, choose_by() scores and
/// chooses. A value.
template <class Cost>
struct ScoredRule {
  Cost cost = {};
  std::span<const ColumnRead> words = {};  ///< the policy's, of columns it brings itself
  Ties ties = Ties::kFirst;
  double temperature = 0;  ///< above 0: drawn by softmax over the costs

  /// What the cost reads, in the policy's words.
  ColumnReads reads() const {
    ColumnReads all = cost.reads();
    for (const ColumnRead& word : words) all.add(word);
    return all;
  }
  /// The same for who checks or records it.
  DeclaredRule declared() const {
    DeclaredRule rule;
    rule.reads = reads();
    if constexpr (std::is_constructible_v<AnyCost, Cost>) rule.cost = cost;
    rule.ties = ties;
    rule.temperature = temperature;
    if (temperature > 0) rule.choice = ChoiceRule::kSoftmax;
    return rule;
  }
};

/// The decode side of most routers, "by load": the fewest active blocks (least_loaded_decode).
inline DeclaredRule least_blocks_rule(Ties ties) {
  return ScoredRule<LeastBlocksCost>{.ties = ties}.declared();
}

/// What a policy that scores both sides alike declares.
inline Declaration on_both_sides(const DeclaredRule& rule, bool split) {
  return {rule, split ? std::optional(rule) : std::nullopt};
}

}  // namespace pigou
