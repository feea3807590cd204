// Laws 5 to 7 where KV events of many instances reach routers: the random scenarios have few.
#include <gtest/gtest.h>

#include "simulation/prefix_fleet.hpp"

namespace pigou {
namespace {

void set_latency(RandomScenario& scenario, double seconds) {
  const auto& parameters = find_policy(scenario.config.router.name).parameters;
  for (std::size_t p = 0; p < parameters.size(); ++p)
    if (parameters[p].name == "kv_event_latency_s") scenario.config.router.values[p] = seconds;
}

TEST(FleetLaws, Law05And06And07EvictionsOfManyInstancesReachRoutersAsIfEveryStepWereLookedAt) {
  std::uint64_t evicted = 0;
  for (const double latency_s : {0.0, 0.003, 0.4})
    for (const bool split : {false, true}) {
      RandomScenario scenario = fleet(11, split);
      set_latency(scenario, latency_s);
      const RunResult fast = run_checked(scenario, 1 << 30);
      for (const auto& pool : fast.summary.pools) evicted += pool.evicted_blocks;
      RandomScenario other = scenario;
      other.config.cluster.fast_forward = false;
      EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "stepping";
      other.config.cluster.reference_cache = true;
      EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "oracle cache";
    }
  EXPECT_GT(evicted, 10'000U);
}

}  // namespace
}  // namespace pigou
