// What must hold of every policy of the table, those of tomorrow included.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "depth.hpp"
#include "simulation/for_scenarios.hpp"
#include "simulation/real_cluster.hpp"
#include "simulation/router_replicas.hpp"

namespace pigou {
namespace {

class EveryPolicy : public testing::TestWithParam<std::string> {
 protected:
  bool serves(bool split) const { return misfit(find_policy(GetParam()), split).empty(); }
};

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const PolicyInfo& info : policy_table()) all.emplace_back(info.name);
  return all;
}

INSTANTIATE_TEST_SUITE_P(Table, EveryPolicy, testing::ValuesIn(names()), test_name);

constexpr std::uint32_t kRows = 500;

/// The beginning of the conversation trace, its prompts cut, twice over.
std::shared_ptr<const Workload> slice(bool split) {
  WorkloadOptions options;
  options.head = kRows;
  options.overlay = 2;
  options.jitter_s = 3;
  options.truncate_input_tokens = 16'384;
  return real_workload(kConversation, options, split ? 4 : 8, split ? 4 : 0);
}

SimulationConfig config_of(const std::string& policy, bool split) {
  SimulationConfig config = mooncake_config(split, policy);
  if (split) config.cluster.pools[0].count = config.cluster.pools[1].count = 4;
  return config;
}

void expect_all_finish(const RunResult& result) {
  EXPECT_EQ(result.summary.arrived, 2 * kRows);
  EXPECT_EQ(result.summary.finished, 2 * kRows);
  EXPECT_EQ(result.summary.in_flight, 0U);
}

TEST_P(EveryPolicy, ReplaysConversationsToTheEndWhole) {
  PIGOU_NEEDS_TRACE(kConversation);
  if (!serves(false)) GTEST_SKIP() << misfit(find_policy(GetParam()), false);
  expect_all_finish(run_simulation(slice(false), config_of(GetParam(), false)));
}

TEST_P(EveryPolicy, ReplaysConversationsToTheEndSplit) {
  PIGOU_NEEDS_TRACE(kConversation);
  if (!serves(true)) GTEST_SKIP() << misfit(find_policy(GetParam()), true);
  expect_all_finish(run_simulation(slice(true), config_of(GetParam(), true)));
}

/// Runs on, checking that whoever a policy chooses takes requests at that instant.
void expect_only_available(const SimulationConfig& config,
                           const std::shared_ptr<const Workload>& workload) {
  const PolicyInfo& info = find_policy(config.router.name);
  const auto policy =
      make_policy(info, config.router.values, layout_of(config.cluster, config.seed));
  Simulation simulation(workload, config, policy->needs());
  std::vector<Action> actions;
  std::uint32_t away = 0, placed = 0;
  while (const Decision* decision = simulation.advance()) {
    RouterView& view = simulation.view();
    actions.clear();
    policy->decide(*decision, view, actions);
    bool all = true;
    for (InstanceId i = 0; i < 8; ++i) all = all && view.available(i);
    for (const Action& action : actions) {
      for (const std::uint32_t chosen : {action.instance, action.decode_instance}) {
        if (chosen == kNoIndex) continue;
        away += all ? 0 : 1;
        ++placed;
        ASSERT_TRUE(view.available(InstanceId{chosen}))
            << "instance " << chosen << " for request " << decision->request;
      }
    }
    simulation.apply(actions);
  }
  const RunSummary summary = simulation.finish().summary;
  EXPECT_EQ(summary.finished + summary.failed + summary.rejected, 2 * kRows);
  EXPECT_GE(placed, 2 * kRows);
  EXPECT_GT(away, kRows / 4) << "chosen while somebody was away";
}

/// One entry and one more instance drain, two fail and are noticed late; all come back, after a
/// boot.
SimulationConfig with_absences(SimulationConfig config) {
  using enum FleetAction;
  config.fleet.events = {{20, 1, kDrain}, {40, 6, kFail},     {120, 1, kJoin},
                         {130, 0, kFail}, {180, 6, kRecover}, {200, 5, kDrain}};
  config.fleet.start_down = {3};
  config.fleet.boot_s = 10;
  config.fleet.detection_s = 15;  // until then breakers are all that keeps requests away
  config.fleet.breaker = {.failures = 1, .successes = 1, .open_s = 8};
  return config;
}

TEST_P(EveryPolicy, SendsNothingToWhoIsAwayWhole) {
  PIGOU_NEEDS_TRACE(kConversation);
  if (!serves(false)) GTEST_SKIP() << misfit(find_policy(GetParam()), false);
  expect_only_available(with_absences(config_of(GetParam(), false)), slice(false));
}

TEST_P(EveryPolicy, SendsNothingToWhoIsAwaySplit) {
  PIGOU_NEEDS_TRACE(kConversation);
  if (!serves(true)) GTEST_SKIP() << misfit(find_policy(GetParam()), true);
  expect_only_available(with_absences(config_of(GetParam(), true)), slice(true));
}

TEST_P(EveryPolicy, LosesNothingWithSeveralReplicasThatHearLateAndNotAll) {
  PIGOU_NEEDS_TRACE(kConversation);
  for (const bool split : {false, true}) {
    if (!serves(split)) continue;
    SimulationConfig config = config_of(GetParam(), split);
    config.gateway.replicas = 4;
    config.gateway.sync = true;
    config.gateway.sync_latency_s = 0.02;
    config.signals = {.age_s = 0.05, .kv_loss = {.probability = 0.1}};
    const RandomScenario scenario{slice(split), config, GetParam()};
    expect_all_finish(run_checked(scenario, 97));
  }
}

TEST_P(EveryPolicy, Law01And02And13HoldInRandomScenarios) {
  for (std::uint64_t seed = 9001, end = seed + draws(8, "scenarios"); seed < end; ++seed) {
    const RandomScenario scenario = draw_scenario(seed, GetParam());
    SCOPED_TRACE(scenario.words);
    const RunSummary summary = run_checked(scenario, 7).summary;
    EXPECT_EQ(summary.in_flight, 0U);
    EXPECT_EQ(summary.arrived,
              summary.finished + summary.rejected + summary.timed_out + summary.failed);
  }
}

TEST_P(EveryPolicy, Law05And06And07HoldInRandomScenarios) {
  for (std::uint64_t seed = 9101, end = seed + draws(4, "scenarios"); seed < end; ++seed) {
    RandomScenario scenario = draw_scenario(seed, GetParam());
    SCOPED_TRACE(scenario.words);
    const RunResult fast = run_checked(scenario, 1 << 30);
    scenario.config.cluster.fast_forward = false;
    scenario.config.cluster.reference_cache = true;
    scenario.config.eager_signals = true;
    EXPECT_EQ(first_difference(fast, run_checked(scenario, 1 << 30)), "");
  }
}

TEST(PolicyDemands, APolicyServesTheClustersItDoesNotRuleOut) {
  PolicyInfo info = find_policy("round-robin");
  EXPECT_EQ(misfit(info, false), "");
  EXPECT_EQ(misfit(info, true), "");
  info.demands.aggregated = true;
  EXPECT_EQ(misfit(info, false), "");
  EXPECT_NE(misfit(info, true), "");
  info.demands = {.split = true};
  EXPECT_NE(misfit(info, false), "");
  EXPECT_EQ(misfit(info, true), "");
}

}  // namespace
}  // namespace pigou
