// What policies declare is what they do: the declared cost over the columns that were noted gives
// the noted costs, and the declared choice takes who was taken.
#include "routing/parts/declaration.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "depth.hpp"
#include "routing/fake_view.hpp"
#include "routing/parts/scored_rule.hpp"
#include "scoring/batch.hpp"

namespace pigou {
namespace {

constexpr std::string_view kDeclaring[] = {
    "round-robin",        "least-outstanding", "least-kv",
    "least-latency",      "least-prefill",     "min-ttft",
    "dynamo-kv@2026-08",  "dynamo-kv@2025-08", "dynamo-lmetric@2026-08",
    "dualmap@2602.06502", "dualmap@smg",       "llm-d-epp@ebab687"};

/// A fleet drawn from `seed`, small ranges for ties, now and then with somebody away.
FakeView drawn_view(std::uint64_t seed, std::uint32_t entries, std::uint32_t decodes) {
  const RandomStream stream(seed, "declared");
  FakeView view(entries, decodes);
  view.keep_notes();
  view.ask(1000, {1, 2});
  const bool some_away = seed % 3 == 0;
  for (std::uint32_t i = 0; i < entries + decodes; ++i) {
    view.active_prefill_tokens[i] = 500 * stream.below(4, i, 0);
    view.active_blocks[i] = 20 + stream.below(4, i, 1);
    view.active_requests[i] = stream.below(3, i, 2);
    view.overlap[i] = static_cast<std::int32_t>(stream.below(40, i, 3));
    view.shared[i] = std::min(view.overlap[i], std::int32_t{2});
    view.seen[i] = {stream.below(5, i, 4), stream.below(5, i, 5), 0.25 * stream.below(4, i, 6), 1};
    if (some_away) view.up.push_back(i % 4 == 1 ? 0 : 1);
  }
  return view;
}

double column_of(const DecisionNote::Candidate& candidate, std::string_view name) {
  for (const NotedColumn& column : candidate.declared)
    if (column.read->name == name) return column.value;
  ADD_FAILURE() << "no " << name << " noted of instance " << candidate.instance;
  return 0;
}

/// A batch of one request before the candidates that were noted of the entry side, made of the
/// columns noted of them and of nothing else.
ScoreBatch batch_of(const FakeView& view, const std::vector<DecisionNote::Candidate>& candidates,
                    const DeclaredRule& rule) {
  ScoreBatch batch;
  batch.instances = static_cast<std::int64_t>(candidates.size());
  batch.request_rows = {view.request().row};
  batch.state_of = {0};
  batch.draws = {0};
  batch.pools.resize(1);
  for (const ColumnRead* read : rule.reads) {
    for (const auto& candidate : candidates) {
      const double value = column_of(candidate, read->name);
      switch (read->column) {
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  case Column::id:                                          \
    batch.name.push_back(static_cast<type>(value));         \
    break;
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
      }
    }
  }
  return batch;
}

std::vector<DecisionNote::Candidate> entry_candidates(const FakeView& view) {
  std::vector<DecisionNote::Candidate> entry;
  std::ranges::copy_if(view.noted().candidates, std::back_inserter(entry),
                       [&](const auto& c) { return c.instance < view.entry_count(); });
  return entry;
}

/// Candidates' costs are those of the declared cost, and the taken one is the batch's choice.
void expect_declared(FakeView& view, const Declaration& declared, std::uint32_t taken) {
  const DeclaredRule& rule = *declared.entry;
  const auto candidates = entry_candidates(view);
  ASSERT_FALSE(candidates.empty());
  if (!rule.scores.empty()) {
    for (const auto& candidate : candidates) {
      double total = 0;
      for (const WeightedScore& score : rule.scores)
        total += score.weight * column_of(candidate, score.read->name);
      EXPECT_NEAR(-total, candidate.cost, 1e-12);
    }
    return;
  }
  const ScoreBatch batch = batch_of(view, candidates, rule);
  if (!rule.cost) return;  // one of its own
  const BatchView seen = batch.view_for(*rule.cost);
  std::visit(
      [&](const auto& cost) {
        for (std::size_t i = 0; i < candidates.size(); ++i) {
          const auto value = cost(seen.request_rows[0], seen.columns(0), seen.pools[0],
                                  static_cast<std::int64_t>(i));
          EXPECT_EQ(static_cast<double>(value), candidates[i].cost);
        }
      },
      *rule.cost);
  if (!rule.batch_choice()) return;
  const auto chosen = choose_batch_cpu(batch, *rule.cost, *rule.batch_choice())[0];
  const auto own =
      std::ranges::find(candidates, InstanceId{taken}, &DecisionNote::Candidate::instance);
  ASSERT_NE(own, candidates.end());
  EXPECT_EQ(own->cost, candidates[chosen.index].cost) << "not the lowest";
  if (rule.ties == Ties::kFirst) {
    EXPECT_EQ(taken, candidates[chosen.index].instance) << "not the first of equals";
  }
}

TEST(Declaration, DoesTheDeclaredRuleOverNotedColumnsChooseAsThePolicyDid) {
  for (const std::string_view name : kDeclaring) {
    for (std::uint64_t seed = 0, end = draws(12, "fleets"); seed < end; ++seed) {
      for (const std::uint32_t decodes : {0U, 3U}) {
        SCOPED_TRACE(std::string(name) + ", seed " + std::to_string(seed) + ", decodes " +
                     std::to_string(decodes));
        FakeView view = drawn_view(seed, 6, decodes);
        const auto policy = policy_for(view, name, {}, seed);
        const Declaration declared = policy->declares();
        ASSERT_TRUE(declared.entry.has_value());
        EXPECT_EQ(declared.decode.has_value(), decodes > 0);
        const std::vector<Action> actions =
            answers(*policy, view, Hook::kArrival, static_cast<std::uint32_t>(seed));
        ASSERT_FALSE(actions.empty());
        if (name != "round-robin") {  // notes the one whose turn it is: at no cost
          expect_declared(view, declared, actions[0].instance);
        }
      }
    }
  }
}

/// Round robin notes one instance, so its rule is run beside it over all.
TEST(Declaration, IsTheNextInOrderTheOneWithFewestTurnsToWait) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    FakeView view = drawn_view(seed, 5, 0);
    const auto policy = policy_for(view, "round-robin");
    const DeclaredRule rule = *policy->declares().entry;
    ScoreBatch batch = batch_of(view, {}, rule);
    batch.instances = 5;
    if (!view.up.empty()) batch.eligible = view.up;
    std::uint32_t next = 0;
    for (RequestId request = 0; request < 12; ++request) {
      batch.own_counts.clear();
      for (std::uint32_t i = 0; i < 5; ++i) batch.own_counts.push_back((i + 5 - next) % 5);
      view.reopen();
      const std::uint32_t taken = answer(*policy, view, request).instance;
      const auto chosen = choose_batch_cpu(batch, *rule.cost, *rule.batch_choice())[0];
      EXPECT_EQ(taken, chosen.index);
      EXPECT_EQ(column_of(view.noted().candidates.at(0), "turns"),
                static_cast<double>(batch.own_counts[taken]));
      next = (taken + 1) % 5;
    }
  }
}

/// A policy with the rule it is made with, which asks for nothing.
template <class Cost>
class OneRule final : public Policy {
 public:
  explicit OneRule(const ScoredRule<Cost>& rule) : rule_(rule) {}
  Declaration declares() const override { return {rule_.declared(), std::nullopt}; }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t draw = decision_draw(stream_, decision);
    actions.push_back(
        {ActionKind::kPlace, decision.slot,
         InstanceId{choose_by(rule_, view, entry_side(view), scorer_, draw, "the rule")}});
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<OneRule>(*this); }

 private:
  ScoredRule<Cost> rule_;
  RandomStream stream_{1, "rule"};
  Scorer scorer_;
};

template <class Error, class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Declaration, IsAColumnNobodyKeepsAnErrorWithItsNameWhenThePolicyIsBuilt) {
  const OneRule<MinTtftCost> overlap{{}};
  const std::string unasked = error_of<UserError>([&] { check_declared("no-index", overlap); });
  EXPECT_NE(unasked.find("overlap_blocks"), std::string::npos) << unasked;
  EXPECT_NE(unasked.find("no-index"), std::string::npos) << unasked;
  const OneRule<LeastOwnValueCost> own{{}};
  const std::string unsaid = error_of<UserError>([&] { check_declared("own", own); });
  EXPECT_NE(unsaid.find("own_values"), std::string::npos) << unsaid;
  const OneRule<LeastOutstandingCost> kept{{}};
  EXPECT_EQ(error_of<UserError>([&] { check_declared("kept", kept); }), "no error");
}

TEST(Declaration, IsAColumnThatWasNotGatheredAnErrorWithItsNameAndNoNullPointer) {
  FakeView view(3);
  OneRule<LeastOwnValueCost> own{{}};
  const std::string missing = error_of<InternalError>([&] { answer(own, view); });
  EXPECT_NE(missing.find("own_values"), std::string::npos) << missing;
  OneRule<MinTtftCost> overlap{{}};
  const std::string unmeasured = error_of<InternalError>([&] { answer(overlap, view); });
  EXPECT_NE(unmeasured.find("overlap_blocks"), std::string::npos) << unmeasured;
}

TEST(Declaration, IsAWarmRuleDrawnBySoftmaxOverItsCosts) {
  FakeView view(2);
  view.active_requests = {3, 7};
  OneRule<LeastOutstandingCost> policy{{.temperature = 1}};
  EXPECT_EQ(policy.declares().entry->choice, ChoiceRule::kSoftmax);
  int first = 0;
  constexpr int kDraws = 4000;
  for (RequestId request = 0; request < kDraws; ++request)
    first += answer(policy, view, request).instance == 0 ? 1 : 0;
  EXPECT_NEAR(first, 0.731 * kDraws, 4 * 28) << "odds of 1 to 1/e";
}

}  // namespace
}  // namespace pigou
