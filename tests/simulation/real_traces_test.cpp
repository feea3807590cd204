// Production traces replay to the end, nothing lost, and every shortcut gives the same bytes there.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <iostream>

#include "simulation/random_scenario.hpp"
#include "simulation/real_cluster.hpp"

namespace pigou {
namespace {

/// Laws 1 and 3 on the rows of a finished run: every request once, each outcome counted, no stamp
/// before its cause.
void expect_nothing_lost(const RunResult& result, std::uint64_t requests) {
  const RunSummary& s = result.summary;
  EXPECT_EQ(s.arrived, requests);
  EXPECT_EQ(s.finished + s.rejected + s.timed_out, requests);
  EXPECT_EQ(s.in_flight, 0U);
  const RequestColumns& c = result.requests;
  ASSERT_EQ(c.request.size(), requests);
  std::uint64_t finished = 0;
  for (std::size_t r = 0; r < c.request.size(); ++r) {
    ASSERT_EQ(c.request[r], r);
    if (static_cast<Outcome>(c.outcome[r]) != Outcome::kFinished) continue;
    ++finished;
    ASSERT_GE(c.queue_s[r], 0) << r;
    ASSERT_GT(c.ttft_s[r], c.queue_s[r]) << r;
    ASSERT_GE(c.e2e_s[r], c.ttft_s[r]) << r;
    ASSERT_LT(c.hit_tokens[r], c.input_tokens[r]) << r;
    ASSERT_GE(c.instance[r], 0) << r;
  }
  EXPECT_EQ(finished, s.finished);
}

void expect_replays_under_every_policy(const char* trace, double jitter_s, std::uint64_t rows) {
  WorkloadOptions options;
  options.jitter_s = jitter_s;
  for (const bool split : {false, true}) {
    const auto workload = real_workload(trace, options, split ? 4 : 8, split ? 4 : 0);
    ASSERT_EQ(workload->size(), rows);
    for (const PolicyInfo& policy : policy_table()) {
      SCOPED_TRACE(std::string(policy.name) + (split ? ", split" : ", aggregated"));
      SimulationConfig config = mooncake_config(split, policy.name);
      for (PoolConfig& pool : config.cluster.pools) pool.count = split ? 4 : 8;
      const RunResult result = run_simulation(workload, config);
      expect_nothing_lost(result, rows);
      EXPECT_EQ(result.summary.finished, rows) << "none is too long for these instances";
    }
  }
}

TEST(RealTraces, TheConversationTraceReplaysToTheEndUnderEveryPolicy) {
  PIGOU_NEEDS_TRACE(kConversation);
  expect_replays_under_every_policy(kConversation, 3, 12'031);
}

TEST(RealTraces, TheAzureTraceReplaysToTheEndUnderEveryPolicy) {
  PIGOU_NEEDS_TRACE(kAzure);
  expect_replays_under_every_policy(kAzure, 0, 19'366);
}

struct Heat {
  std::uint64_t preemptions = 0, evictions = 0;
};

Heat heat_of(const RunResult& result) {
  Heat heat;
  for (const PoolSummary& pool : result.summary.pools) {
    heat.preemptions += pool.preemptions;
    heat.evictions += pool.evicted_blocks;
  }
  return heat;
}

/// The conversation trace with its prompts cut short, so that answers are most of what a cache
/// holds, laid over itself until caches overflow and decodes are sent back.
std::shared_ptr<const Workload> hot_workload(bool split, std::uint32_t concurrency) {
  WorkloadOptions options;
  options.concurrency = concurrency;
  options.head = 4000;
  options.overlay = 4;
  options.rate_scale = 4;
  options.truncate_input_tokens = 2048;
  options.jitter_s = concurrency == 0 ? 3 : 0;
  return real_workload(kConversation, options, 2, split ? 1 : 0);
}

void expect_same_bytes_when_hot(bool split, std::string_view policy, std::uint32_t concurrency) {
  const auto workload = hot_workload(split, concurrency);
  SimulationConfig config = mooncake_config(split, policy);
  config.cluster.pools[0].count = 2;
  config.cluster.pools.back().count = split ? 1 : 2;
  const RunResult fast = run_simulation(workload, config);
  expect_nothing_lost(fast, workload->size());
  const Heat heat = heat_of(fast);
  // One prefill per instance, and the next at the next end: it never fills an instance.
  const bool holds_back = policy == "dualmap@asisys-code" && !split;
  EXPECT_GE(heat.preemptions, holds_back ? 0U : 1000U);
  EXPECT_GT(heat.evictions, 100'000U);
  std::cout << policy << (split ? ", split: " : ", aggregated: ") << workload->size()
            << " requests, " << heat.preemptions << " preemptions, " << heat.evictions
            << " evictions, " << fast.summary.engine_steps << " steps\n";
  config.cluster.fast_forward = false;
  EXPECT_EQ(first_difference(fast, run_simulation(workload, config)), "") << "stepping";
  config.cluster.fast_forward = true;
  config.eager_signals = true;
  EXPECT_EQ(first_difference(fast, run_simulation(workload, config)), "") << "eager signals";
  config.eager_signals = false;
  config.cluster.reference_cache = true;
  EXPECT_EQ(first_difference(fast, run_simulation(workload, config)), "") << "oracle cache";
}

/// Under sanitizers, ten times as slow, every fourth policy: random scenarios have them all.
void expect_same_bytes_when_hot_of_all(bool split) {
#ifdef __SANITIZE_ADDRESS__
  constexpr std::size_t step = 4;
#else
  constexpr std::size_t step = 1;
#endif
  for (std::size_t p = 0; p < policy_table().size(); p += step)
    expect_same_bytes_when_hot(split, policy_table()[p].name, 0);
}

TEST(RealTraces, Law05And06And07AHotAggregatedClusterGivesTheSameBytesByEveryWay) {
  PIGOU_NEEDS_TRACE(kConversation);
  expect_same_bytes_when_hot_of_all(false);
}

TEST(RealTraces, Law05And06And07AHotSplitClusterGivesTheSameBytesByEveryWay) {
  PIGOU_NEEDS_TRACE(kConversation);
  expect_same_bytes_when_hot_of_all(true);
}

TEST(RealTraces, Law05And06And07AHotClosedLoopGivesTheSameBytesByEveryWay) {
  PIGOU_NEEDS_TRACE(kConversation);
  for (const bool split : {false, true})
    expect_same_bytes_when_hot(split, "dynamo-kv@2026-08", 1000);
}

TEST(RealTraces, CodingAgentsReplayInAClosedLoopWithinAGigabyte) {
  PIGOU_NEEDS_TRACE(kClaudeCode);
  WorkloadOptions options;
  options.truncate_input_tokens = 114'000;
  options.sessions_max_concurrent = 64;
  const auto workload = real_workload(kClaudeCode, options);
  SimulationConfig config;
  config.cluster.pools.push_back(pool_70b("serve", Role::kAggregated, 8, "h200"));
  const PolicyInfo& info = find_policy("dynamo-kv@2026-08");
  config.router = {std::string(info.name), default_values(info.parameters)};
  const RunResult result = run_simulation(workload, config);
  expect_nothing_lost(result, workload->size());
  EXPECT_EQ(result.summary.finished, workload->size());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::cout << workload->size() << " requests, hit ratio " << result.summary.hit_ratio
            << ", peak memory " << usage.ru_maxrss / 1024 << " MiB\n";
#ifndef __SANITIZE_ADDRESS__  // whose shadow memory is not ours
  EXPECT_LT(usage.ru_maxrss * 1024LL, 1'000'000'000LL);
#endif
}

}  // namespace
}  // namespace pigou
