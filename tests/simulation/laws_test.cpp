// Do the laws of docs/laws.md hold on scenarios nobody thought of?
#include <gtest/gtest.h>

#include "simulation/for_scenarios.hpp"
#include "simulation/router_replicas.hpp"

namespace pigou {
namespace {

TEST(Laws, Law01And02And13NothingIsLostAndNoEngineIdlesAtAnyDecision) {
  std::uint64_t preemptions = 0;
  std::uint64_t evictions = 0;
  for_scenarios(250, [&](const RandomScenario& scenario) {
    const RunResult result = run_checked(scenario, 1);
    const RunSummary& s = result.summary;
    EXPECT_EQ(s.arrived, scenario.workload->size());
    EXPECT_EQ(s.arrived, s.finished + s.rejected + s.timed_out + s.failed);
    EXPECT_EQ(s.in_flight, 0U);
    for (const PoolSummary& pool : s.pools) {
      preemptions += pool.preemptions;
      evictions += pool.evicted_blocks;
      EXPECT_LE(pool.utilisation, 1.0 + 1e-9);
    }
  });
  if (!whole_search()) return;
  EXPECT_GT(preemptions, 1000U);  // or the scenarios were not hot enough to mean anything
  EXPECT_GT(evictions, 100'000U);
}

/// A decode instance with all seats taken, few blocks, and prompts that load while it runs.
TEST(Laws, Law02And05LoadedPromptsTakeNoBlocksThatARunCountsOn) {
  const RandomScenario scenario = draw_scenario(500719, "dynamo-kv@2025-08");
  const RunResult fast = run_checked(scenario, 1);
  RandomScenario stepping = scenario;
  stepping.config.cluster.fast_forward = false;
  EXPECT_EQ(first_difference(fast, run_checked(stepping, 1)), "") << scenario.words;
}

TEST(Laws, Law03CausalityHoldsForEveryRequest) {
  for_scenarios(100, [&](const RandomScenario& scenario) {
    const RequestColumns& c = run_checked(scenario, 1 << 30).requests;
    for (std::size_t r = 0; r < c.request.size(); ++r) {
      if (static_cast<Outcome>(c.outcome[r]) != Outcome::kFinished) continue;
      ASSERT_GE(c.queue_s[r], 0);
      ASSERT_GT(c.ttft_s[r], c.queue_s[r]);
      ASSERT_GE(c.e2e_s[r], c.ttft_s[r]);
      ASSERT_LT(c.hit_tokens[r], c.input_tokens[r]);
    }
  });
}

TEST(Laws, Law05And06And07SteppingEagerSignalsAndTheOracleCacheGiveTheSameBytes) {
  for_scenarios(250, [&](const RandomScenario& scenario) {
    const RunResult fast = run_checked(scenario, 1 << 30);
    RandomScenario other = scenario;
    other.config.cluster.fast_forward = false;
    EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "stepping";
    other.config.eager_signals = true;
    EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "eager signals";
    other.config.cluster.reference_cache = true;
    EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "oracle cache";
  });
}

TEST(Laws, Law15TheSameScenarioGivesTheSameBytes) {
  for_scenarios(20, [&](const RandomScenario& scenario) {
    EXPECT_EQ(first_difference(
                  run_simulation(scenario.workload, scenario.config),
                  run_simulation(draw_scenario(scenario.config.seed).workload, scenario.config)),
              "");
  });
}

/// A simulation with its policy, advanced by hand.
struct Hand {
  RouterReplicas router;
  Simulation simulation;
  bool over = false;

  explicit Hand(const RandomScenario& s)
      : router(s.config), simulation(s.workload, s.config, router.needs()) {}
  void go(int decisions) {
    over = over || drive(simulation, router, [&] { return --decisions > 0; });
  }
};

TEST(Laws, Law11AlternatingOrCopyingSimulationsChangesNothing) {
  for_scenarios(60, [&](const RandomScenario& scenario) {
    const RunResult alone = run_checked(scenario, 1 << 30);
    const RandomScenario neighbour = draw_scenario(scenario.config.seed + 1000);
    Hand a(scenario);
    Hand b(neighbour);
    while (!a.over) {
      a.go(3);
      b.go(2);
    }
    EXPECT_EQ(first_difference(alone, a.simulation.finish()), "") << "alternating";
    Hand half(scenario);
    half.go(static_cast<int>(scenario.workload->size() / 2));
    Hand copy(half);
    half.go(1 << 30);
    copy.go(1 << 30);
    EXPECT_EQ(first_difference(alone, half.simulation.finish()), "") << "the original";
    EXPECT_EQ(first_difference(alone, copy.simulation.finish()), "") << "the copy";
  });
}

}  // namespace
}  // namespace pigou
