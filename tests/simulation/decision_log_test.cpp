// Does --decisions record what happened, and nothing by happening?
#include <gtest/gtest.h>

#include <algorithm>

#include "for_scenarios.hpp"

namespace pigou {
namespace {

RunResult recorded(const RandomScenario& scenario, DecisionOutput output) {
  SimulationConfig config = scenario.config;
  config.output.decisions = output;
  return run_simulation(scenario.workload, config);
}

constexpr DecisionOutput kAll{DecisionOutput::Mode::kAll, 0};

TEST(Decisions, RecordingThemChangesNothingElse) {
  std::uint64_t rows = 0;
  for_scenarios(150, [&](const RandomScenario& scenario) {
    const RunResult silent = run_simulation(scenario.workload, scenario.config);
    const RunResult noted = recorded(scenario, kAll);
    EXPECT_EQ(first_difference(silent, noted), "");
    EXPECT_EQ(silent.decisions.rows(), 0u);
    rows += noted.decisions.rows();
  });
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
  });
}

/// Position of the candidate `instance` in row `row`; the end if it is none.
std::uint64_t candidate_of(const DecisionColumns& c, std::size_t row, std::int32_t instance) {
  auto n = c.candidate_begin[row];
  while (n < c.candidate_begin[row + 1] && c.candidate[n] != instance) ++n;
  return n;
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
