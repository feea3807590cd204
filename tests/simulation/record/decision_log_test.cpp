// Does --decisions record what happened, and nothing by happening?
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "simulation/for_scenarios.hpp"

namespace pigou {
namespace {

RunResult recorded(const RandomScenario& scenario, DecisionOutput output) {
  SimulationConfig config = scenario.config;
  config.output.decisions = output;
  return run_simulation(scenario.workload, config);
}

constexpr DecisionOutput kAll{DecisionOutput::Mode::kAll, 0};

/// Equal, NaN where the other is.
bool same_numbers(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(
      a, b, [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

TEST(Decisions, RecordingThemChangesNothingElse) {
  std::uint64_t rows = 0;
  for_scenarios(150, [&](const RandomScenario& scenario) {
    const RunResult silent = run_simulation(scenario.workload, scenario.config);
    const RunResult noted = recorded(scenario, kAll);
    EXPECT_EQ(first_difference(silent, noted), "");
    EXPECT_EQ(silent.decisions.rows(), 0u);
    rows += noted.decisions.rows();
  });
  if (!whole_search()) return;
  EXPECT_GT(rows, 5000u) << "nothing was recorded: the test showed nothing";
}

TEST(Decisions, AreTheSameUnderSteppingEagerSignalsAndAnyOtherOrderOfPaying) {
  for_scenarios(60, [&](const RandomScenario& scenario) {
    const RunResult fast = recorded(scenario, kAll);
    RandomScenario slow = scenario;
    slow.config.cluster.fast_forward = false;
    slow.config.eager_signals = true;
    const RunResult stepped = recorded(slow, kAll);
    EXPECT_EQ(fast.decisions.candidate, stepped.decisions.candidate);
    EXPECT_EQ(fast.decisions.cached_tokens, stepped.decisions.cached_tokens);
    EXPECT_EQ(fast.decisions.believed_tokens, stepped.decisions.believed_tokens);
    EXPECT_EQ(fast.decisions.hit_tokens, stepped.decisions.hit_tokens);
    EXPECT_EQ(fast.decisions.ties, stepped.decisions.ties);
    ASSERT_EQ(fast.decisions.declared.size(), stepped.decisions.declared.size());
    for (std::size_t d = 0; d < fast.decisions.declared.size(); ++d) {
      const DeclaredColumn& column = fast.decisions.declared[d];
      EXPECT_EQ(column.name, stepped.decisions.declared[d].name);
      EXPECT_TRUE(same_numbers(column.values, stepped.decisions.declared[d].values)) << column.name;
    }
  });
}

/// Position of the candidate `instance` in row `row`; the end if it is none.
std::uint64_t candidate_of(const DecisionColumns& c, std::size_t row, std::int32_t instance) {
  auto n = c.candidate_begin[row];
  while (n < c.candidate_begin[row + 1] && c.candidate[n] != instance) ++n;
  return n;
}

TEST(Decisions, IsEveryDeclaredColumnOneOfAllCandidatesWithAUnit) {
  std::uint64_t columns = 0;
  for_scenarios(60, [&](const RandomScenario& scenario) {
    const DecisionColumns c = recorded(scenario, kAll).decisions;
    for (const DeclaredColumn& column : c.declared) {
      EXPECT_EQ(column.values.size(), c.candidate.size()) << column.name;
      EXPECT_FALSE(column.unit.empty()) << column.name;
      EXPECT_FALSE(column.sentence.empty()) << column.name;
    }
    columns += c.declared.size();
  });
  if (!whole_search()) return;
  EXPECT_GT(columns, 20U) << "nothing was declared: the test showed nothing";
}

TEST(Decisions, SayWhatBecameOfEveryRequest) {
  for_scenarios(100, [](const RandomScenario& scenario) {
    const RunResult run = recorded(scenario, kAll);
    const DecisionColumns& c = run.decisions;
    ASSERT_EQ(c.candidate_begin.size(), c.rows() + 1);
    ASSERT_EQ(c.candidate_begin.back(), c.candidate.size());
    std::vector<std::int32_t> last(run.requests.request.size(), -1);
    for (std::size_t row = 0; row < c.rows(); ++row) {
      const std::int32_t chosen = c.instance[row];
      if (chosen < 0) continue;
      if (c.attempt[row] + 1 == run.requests.attempt[c.request[row]])
        last.at(c.request[row]) = chosen;
      const auto n = candidate_of(c, row, chosen);
      ASSERT_LT(n, c.candidate_begin[row + 1]) << "the chosen one was considered";
      EXPECT_LE(c.cached_tokens[n], c.input_tokens[row]);
    }
    for (std::size_t r = 0; r < last.size(); ++r) {
      if (last[r] < 0 || run.requests.instance[r] < 0) continue;
      EXPECT_EQ(last[r], run.requests.instance[r]);
    }
  });
}

TEST(Decisions, AnAnswerAboutSeveralRequestsGivesEachItsOwnReason) {
  // DualMap holds requests back and lets several go at once.
  std::uint64_t together = 0, dispatched = 0;
  for (std::uint64_t seed = 1, end = 1 + draws(60, "scenarios"); seed < end; ++seed) {
    const RunResult run = recorded(draw_scenario(seed, "dualmap@2602.06502"), kAll);
    const DecisionColumns& c = run.decisions;
    for (std::size_t row = 0; row < c.rows(); ++row) {
      if (c.instance[row] < 0) continue;
      const std::string& rule = c.rules[c.rule[row]];
      EXPECT_FALSE(rule.empty()) << "request " << c.request[row];
      const bool queued = rule.starts_with("dispatch");
      dispatched += queued ? 1 : 0;
      if (!queued) continue;
      EXPECT_EQ(c.candidate_begin[row + 1] - c.candidate_begin[row], 1U);
      EXPECT_EQ(c.candidate[c.candidate_begin[row]], c.instance[row]);
      together += row > 0 && c.time_s[row - 1] == c.time_s[row] && c.instance[row - 1] >= 0 ? 1 : 0;
    }
  }
  if (!whole_search()) return;
  EXPECT_GT(dispatched, 100U);
  EXPECT_GT(together, 5U) << "no answer placed several: the test showed nothing";
}

TEST(Decisions, BeliefIsThePolicysOwnWhereItKeepsOneAndAbsentWhereThereIsNone) {
  const auto beliefs = [](const std::string& router) {
    std::uint64_t said = 0, held = 0, candidates = 0;
    for (std::uint64_t seed = 1, end = 1 + draws(40, "scenarios"); seed < end; ++seed) {
      const RunResult run = recorded(draw_scenario(seed, router), kAll);
      const DecisionColumns& c = run.decisions;
      for (std::size_t row = 0; row < c.rows(); ++row) {
        if (c.instance[row] < 0 || c.attempt[row] > 0) continue;
        const auto n = candidate_of(c, row, c.instance[row]);
        ++candidates;
        said += c.believed_tokens.at(n) >= 0 ? 1 : 0;
        held += c.believed_tokens[n] > 0 ? 1 : 0;
        const auto found = std::ranges::find(run.requests.request, c.request[row]);
        const auto r = static_cast<std::size_t>(found - run.requests.request.begin());
        if (found == run.requests.request.end() || run.requests.attempts[r] > 1) continue;
        if (run.requests.instance[r] < 0) continue;  // lost there, and gone before its next attempt
        if (c.hit_tokens[row] < 0 || c.believed_tokens[n] < 0) continue;
        EXPECT_EQ(static_cast<std::uint32_t>(c.believed_tokens[n]), run.requests.believed_tokens[r])
            << router << ", seed " << seed << ", request " << c.request[row];
      }
    }
    EXPECT_TRUE(candidates > 500U || !whole_search());
    return std::array{candidates, said, held};
  };
  for (const char* router : {"smg-cache-aware@73da68c", "llm-d-epp@ebab687", "min-ttft"}) {
    const auto [candidates, said, held] = beliefs(router);
    const bool always = std::string_view(router) != "llm-d-epp@ebab687";  // unless it scores none
    EXPECT_GE(said, always ? candidates : candidates / 2) << router;
    EXPECT_TRUE(held > 100U || !whole_search()) << router;
  }
  EXPECT_EQ(beliefs("least-outstanding")[1], 0U) << "it knows nothing of caches";
}

TEST(Decisions, KeepTheFirstOrASampleOfRequestsWhereAskedTo) {
  const RandomScenario scenario = draw_scenario(7);
  const RunResult first = recorded(scenario, {DecisionOutput::Mode::kFirst, 5});
  for (const auto request : first.decisions.request) EXPECT_LT(request, 5u);
  EXPECT_GT(first.decisions.rows(), 0u);
  RandomScenario sampled = scenario;
  sampled.config.output.requests = RequestOutput::kSample;
  sampled.config.output.sample = 10;
  const RunResult sample = recorded(sampled, {DecisionOutput::Mode::kSample, 0});
  for (const auto request : sample.decisions.request)
    EXPECT_TRUE(std::ranges::binary_search(sample.requests.request, request)) << request;
}

}  // namespace
}  // namespace pigou
