// Laws 1, 2, 5, 6, 7 and 13 where pools are not alike (other counts, seats, caches, speeds, and too
// small for some of the requests), and where KV blocks are larger.
#include <gtest/gtest.h>

#include "routing/policy.hpp"
#include "simulation/for_scenarios.hpp"

namespace pigou {
namespace {

/// The scenario with every pool joined by one drawn from another seed.
RandomScenario with_strangers(const RandomScenario& scenario) {
  RandomScenario mixed = scenario;
  auto& pools = mixed.config.cluster.pools;
  const bool split = pools.size() > 1;
  const std::uint64_t wanted = split ? 2 : 1;
  std::uint64_t seed = scenario.config.seed + 1000;
  RandomScenario stranger = draw_scenario(seed);
  while (stranger.config.cluster.pools.size() != wanted) stranger = draw_scenario(++seed);
  for (PoolConfig& pool : stranger.config.cluster.pools) {
    pool.name += "-2";
    pools.push_back(pool);
  }
  return mixed;
}

/// Laws 5, 6 and 7 on `scenario`, whose run by every shortcut gave `fast`.
void expect_same_every_way(const RandomScenario& scenario, const RunResult& fast) {
  RandomScenario other = scenario;
  other.config.cluster.fast_forward = false;
  EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "stepping";
  other.config.eager_signals = true;
  EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "eager signals";
  other.config.cluster.reference_cache = true;
  EXPECT_EQ(first_difference(fast, run_checked(other, 1 << 30)), "") << "oracle cache";
}

TEST(UnequalPools, Law01And02And05And06And07And13HoldThereToo) {
  std::uint64_t rejected = 0;
  std::uint64_t preemptions = 0;
  for_scenarios(150, [&](const RandomScenario& drawn) {
    const RandomScenario scenario = with_strangers(drawn);
    const RunResult fast = run_checked(scenario, 1);
    const RunSummary& s = fast.summary;
    EXPECT_EQ(s.arrived, scenario.workload->size());
    EXPECT_EQ(s.arrived, s.finished + s.rejected + s.timed_out + s.failed);
    EXPECT_EQ(s.in_flight, 0U);
    rejected += s.rejected;
    for (const PoolSummary& pool : s.pools) preemptions += pool.preemptions;
    expect_same_every_way(scenario, fast);
  });
  if (!whole_search()) return;
  EXPECT_GT(rejected, 100U);  // or no pool was too small for anyone
  EXPECT_GT(preemptions, 500U);
}

/// The scenario with engine blocks of `block_tokens`, in about the same memory.
RandomScenario with_blocks_of(const RandomScenario& scenario, std::uint32_t block_tokens) {
  RandomScenario other = scenario;
  auto workload = std::make_shared<Workload>(*scenario.workload);
  workload->segments = build_segments(workload->trace, block_tokens);
  other.workload = workload;
  for (PoolConfig& pool : other.config.cluster.pools) {
    pool.engine.block_tokens = block_tokens;
    pool.kv_blocks = (pool.kv_blocks * 16 + block_tokens - 1) / block_tokens;
  }
  return other;
}

TEST(BlockSizes, Law01And02And05And06And07And13HoldForEachOfVllms) {
  for_scenarios(50, [&](const RandomScenario& drawn) {
    for (const std::uint32_t block_tokens : {32u, 64u, 128u}) {
      SCOPED_TRACE("blocks of " + std::to_string(block_tokens));
      const RandomScenario scenario = with_blocks_of(drawn, block_tokens);
      const RunResult fast = run_checked(scenario, 1);
      EXPECT_EQ(fast.summary.in_flight, 0U);
      expect_same_every_way(scenario, fast);
    }
  });
}

}  // namespace
}  // namespace pigou
