// DualMap holds requests back, moves them and follows the fleet: is anything lost on the way?
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/for_scenarios.hpp"
#include "simulation/router_replicas.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

constexpr const char* kTags[] = {"dualmap@2602.06502", "dualmap@asisys-code", "dualmap@smg",
                                 "preble"};

/// The scenario under `router`, whose targets are as short as the scenario's requests.
RandomScenario under(const RandomScenario& scenario, const char* router) {
  RandomScenario other = scenario;
  const PolicyInfo& info = find_policy(router);
  other.config.router = {std::string(info.name), default_values(info.parameters)};
  for (std::size_t p = 0; p < info.parameters.size(); ++p) {
    if (info.parameters[p].name == "slo_s") other.config.router.values[p] = 0.05;
    if (info.parameters[p].name == "overloaded_wait_s") other.config.router.values[p] = 0.03;
    if (info.parameters[p].name == "busy_prefill_s") other.config.router.values[p] = 0.02;
  }
  return other;
}

TEST(DualMapLaws, NothingIsLostUnderFailuresReplicasAndTimeouts) {
  std::uint64_t failed = 0, retries = 0;
  for (const char* router : kTags) {
    SCOPED_TRACE(router);
    for_scenarios(80, [&](const RandomScenario& scenario) {
      const RunSummary s = run_checked(under(scenario, router), 1).summary;
      EXPECT_EQ(s.arrived, scenario.workload->size());
      EXPECT_EQ(s.arrived, s.finished + s.rejected + s.timed_out + s.failed);
      EXPECT_EQ(s.in_flight, 0U);
      failed += s.failed;
      retries += s.retries;
    });
  }
  if (!whole_search()) return;
  EXPECT_GT(retries, 100U) << "or failures were too rare to mean anything";
}

TEST(DualMapLaws, TheSameScenarioGivesTheSameBytesSteppedOrNot) {
  for (const char* router : kTags) {
    SCOPED_TRACE(router);
    for_scenarios(30, [&](const RandomScenario& scenario) {
      RandomScenario other = under(scenario, router);
      const RunResult once = run_checked(other, 1 << 30);
      EXPECT_EQ(first_difference(once, run_checked(other, 1 << 30)), "");
      other.config.cluster.fast_forward = false;
      EXPECT_EQ(first_difference(once, run_checked(other, 1 << 30)), "") << "stepping";
    });
  }
}

TEST(DualMapLaws, ASimulationCopiedMidwayGoesOnAsItWould) {
  for (const char* router : kTags) {
    SCOPED_TRACE(router);
    for_scenarios(20, [&](const RandomScenario& scenario) {
      const RandomScenario other = under(scenario, router);
      RouterReplicas policies(other.config);
      Simulation simulation(other.workload, other.config, policies.needs());
      int decisions = 200;
      const bool over = drive(simulation, policies, [&] { return --decisions > 0; });
      RouterReplicas copied(policies);
      Simulation copy(simulation);
      if (!over) drive(simulation, policies, [] { return true; });
      if (!over) drive(copy, copied, [] { return true; });
      EXPECT_EQ(first_difference(simulation.finish(), copy.finish()), "");
    });
  }
}

TEST(DualMapLaws, AtMostTwoPrefillsArePendingOnAnInstanceAndInTheCodeOne) {
  // 40 prompts of four steps each at once on two instances, each prefill 4 ms.
  for (const char* router : {"dualmap@2602.06502", "dualmap@asisys-code"}) {
    const bool code = router == std::string_view("dualmap@asisys-code");
    SmallRun small;
    small.pool(Role::kAggregated, 2).engine.max_num_batched_tokens = 64;
    for (std::uint32_t r = 0; r < 40; ++r) small.request(0.01 * r, 256, 3, 100 * r);
    small.config.router.name = find_policy(router).name;
    small.config.router.values = default_values(find_policy(router).parameters);
    RouterReplicas policies(small.config);
    Simulation simulation(small.workload(), small.config, policies.needs());
    std::int64_t most = 0;
    drive(simulation, policies, [&] {
      const InstanceColumns columns = simulation.view().entry();
      for (std::uint32_t i = 0; i < 2; ++i) most = std::max(most, columns.active_prefill_tokens[i]);
      return true;
    });
    EXPECT_EQ(most, code ? 256 : 512) << router;
    EXPECT_EQ(simulation.finish().summary.finished, 40U);
  }
}

TEST(DualMapLaws, WhoWaitsInItsQueueHasFailedWhenNobodyIsLeftOrComing) {
  for (const char* router : {"dualmap@2602.06502", "dualmap@asisys-code"}) {
    SmallRun small;
    small.pool(Role::kAggregated, 1);
    for (std::uint32_t r = 0; r < 6; ++r) small.request(r * 0.1, 2000, 3, 1000 * r);
    small.config.fleet.events = {{0.002, 0, FleetAction::kFail}};
    const RunSummary s = small.run(router).summary;
    EXPECT_EQ(s.failed, 6U) << router;
    EXPECT_EQ(s.in_flight, 0U) << router;
  }
}

}  // namespace
}  // namespace pigou
