#include "routing/llm_d/declared.hpp"

#include <algorithm>

namespace pigou {
namespace {

constexpr ColumnRead kCost{Column::kOwnValues, "cost", "1",
                           "the negative of the weighted sum of scores"};

}  // namespace

DeclaredRule epp_rule(const EppSettings& settings, const EppWeights& weights) {
  DeclaredRule rule;
  rule.ties = Ties::kDrawn;
  if (settings.affinity.on || settings.headroom_tier || settings.saturation.filters)
    rule.candidates = Candidates::kFiltered;
  if (settings.picker == EppPicker::kRandom) {
    rule.choice = ChoiceRule::kAny;
    return rule;
  }
  if (settings.picker == EppPicker::kWeightedRandom) rule.choice = ChoiceRule::kInProportion;
  rule.cost = LeastOwnValueCost{};
  rule.reads.add(kCost);
  for (std::size_t s = 0; s < kEppScorers; ++s)
    if (weights[s] > 0) rule.scores.push_back({&kEppScorerWords[s], weights[s]});
  return rule;
}

void epp_note_scores(DecisionNote& note, EppScorers& scorers, const EppWeights& weights,
                     const EppPods& pods, const EppColdOrder& cold, std::uint32_t session_pod) {
  for (std::size_t s = 0; s < kEppScorers; ++s) {
    if (weights[s] <= 0) continue;
    scorers.score_one(static_cast<EppScorer>(s), pods, cold, session_pod);
    for (DecisionNote::Candidate& c : note.candidates) {
      if (c.instance < pods.first || c.instance >= pods.first + pods.count) continue;
      const double score = scorers.scores()[c.instance - pods.first];
      c.declared.push_back({&kEppScorerWords[s], std::clamp(score, 0.0, 1.0), weights[s]});
    }
  }
}

}  // namespace pigou
