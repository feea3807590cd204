// Does every router cost at least what the bounds say none can beat, and how close do they come?
#include "game/bounds/lower_bound.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "depth.hpp"
#include "simulation/random_scenario.hpp"
#include "simulation/real_cluster.hpp"

namespace pigou {
namespace {

/// Whether some prompt was computed on a decode instance, its own side's being entry instances.
bool decodes_prefilled(const RunResult& result, const ClusterConfig& cluster) {
  std::int32_t entries = 0;
  for (const PoolConfig& pool : cluster.pools)
    if (pool.role != Role::kDecode) entries += static_cast<std::int32_t>(pool.count);
  return std::ranges::any_of(result.requests.instance, [&](auto i) { return i >= entries; });
}

/// True where the run is one that bounds are about; then it is held against them.
bool held_against_bounds(const std::shared_ptr<const Workload>& workload,
                         const SimulationConfig& config) {
  if (workload->arrival.empty()) return false;
  const RunResult result = run_simulation(workload, config);
  if (!result.summary.all_finished()) return false;
  const bool locally = decodes_prefilled(result, config.cluster);
  const LowerBound ttft = lower_bound(*workload, config.cluster, SocialCost::kTtft, locally);
  const LowerBound e2e = lower_bound(*workload, config.cluster, SocialCost::kE2e, locally);
  EXPECT_GE(result.summary.ttft.mean, ttft.service_s);
  EXPECT_GE(result.summary.ttft.mean, ttft.pooling_s);
  EXPECT_GE(result.summary.e2e.mean, e2e.service_s);
  EXPECT_GE(result.summary.e2e.mean, e2e.pooling_s);
  EXPECT_GT(ttft.cost_s(), 0);
  EXPECT_GE(e2e.cost_s(), ttft.cost_s());
  return true;
}

TEST(LowerBound, IsBelowEveryRouterInRandomOpenLoops) {
  const std::uint64_t first = first_seed();
  const std::uint64_t end = first + draws(600, "scenarios");
  std::uint32_t held = 0;
  for (std::uint64_t seed = first; seed < end && !testing::Test::HasFailure(); ++seed) {
    RandomScenario scenario = draw_scenario(seed);
    scenario.config.timeout_s = 0;  // who gives up is in no bound
    SCOPED_TRACE(scenario.words);
    held += held_against_bounds(scenario.workload, scenario.config) ? 1 : 0;
  }
  if (whole_search()) {
    EXPECT_GT(held, (end - first) / 4);
  }
}

/// The beginning of the conversation trace four times as dense, and as it is.
TEST(LowerBound, IsBelowEveryRouterOnConversations) {
  PIGOU_NEEDS_TRACE(kConversation);
  for (const bool split : {false, true}) {
    for (const std::uint32_t overlay : {1U, 4U}) {
      WorkloadOptions options;
      options.head = 300;
      options.overlay = overlay;
      options.jitter_s = 3;
      options.truncate_input_tokens = 16'384;
      const auto workload = real_workload(kConversation, options, 4, split ? 4 : 0);
      for (const PolicyInfo& info : policy_table()) {
        if (!misfit(info, split).empty()) continue;
        SCOPED_TRACE(std::string(info.name) + (split ? ", split" : ", whole"));
        SimulationConfig config = mooncake_config(split, info.name);
        for (PoolConfig& pool : config.cluster.pools) pool.count = 4;
        held_against_bounds(workload, config);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

/// Poisson arrivals of equal prompts without ids, one budget long, at a share of one instance.
Workload equal_prompts(const PoolConfig& pool, double utilisation, std::size_t requests) {
  const std::int64_t tokens = pool.engine.max_num_batched_tokens;
  const SimTime step = pool.model.step.step(Regime::kPrefill, {tokens, 1, 0, 0, tokens * tokens});
  const RandomStream stream(1, "arrivals");
  Trace trace;
  double now_ps = 0;
  for (std::size_t n = 0; n < requests; ++n) {
    now_ps += stream.exponential(n) * static_cast<double>(step.ps) / utilisation;
    trace.arrival.push_back({static_cast<std::int64_t>(now_ps)});
    trace.input_tokens.push_back(static_cast<std::uint32_t>(tokens));
    trace.output_tokens.push_back(1);
  }
  return build_workload(std::move(trace), {}, 16, 1);
}

TEST(LowerBound, IsWithinOnePercentAtUtilisation90OfOneInstance) {
  SimulationConfig config = mooncake_config(false, "round-robin");
  PoolConfig& pool = config.cluster.pools[0];
  pool.count = 1;
  const auto workload = std::make_shared<Workload>(equal_prompts(pool, 0.9, 3000));
  const RunResult result = run_simulation(workload, config);
  ASSERT_TRUE(result.summary.all_finished());
  const LowerBound bound = lower_bound(*workload, config.cluster, SocialCost::kTtft, false);
  EXPECT_STREQ(bound.kind(), "pooling");
  EXPECT_LE(bound.cost_s(), result.summary.ttft.mean);
  EXPECT_GT(bound.cost_s(), 0.99 * result.summary.ttft.mean);
}

TEST(LowerBound, IsWithinOnePercentOfAnIdleInstance) {
  SimulationConfig config = mooncake_config(false, "round-robin");
  PoolConfig& pool = config.cluster.pools[0];
  pool.count = 1;
  const auto workload = std::make_shared<Workload>(equal_prompts(pool, 0.001, 50));
  const RunResult result = run_simulation(workload, config);
  const LowerBound bound = lower_bound(*workload, config.cluster, SocialCost::kTtft, false);
  EXPECT_LE(bound.service_s, result.summary.ttft.mean);
  EXPECT_GT(bound.service_s, 0.99 * result.summary.ttft.mean);
}

TEST(LowerBound, IsRefusedForAClosedLoop) {
  const SimulationConfig config = mooncake_config(false, "round-robin");
  WorkloadOptions options;
  options.concurrency = 2;
  Trace trace;
  trace.arrival.resize(3);
  trace.input_tokens.assign(3, 100);
  trace.output_tokens.assign(3, 5);
  const Workload workload = build_workload(std::move(trace), options, 16, 1);
  EXPECT_THROW(lower_bound(workload, config.cluster, SocialCost::kTtft, false), UserError);
}

}  // namespace
}  // namespace pigou
