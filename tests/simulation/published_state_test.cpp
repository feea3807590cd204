// What engines tell of a step that has not ended: nothing, whichever router listens.
#include <gtest/gtest.h>

#include "model/linear_step.hpp"
#include "routing/policy_table.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

/// Request 0 computes 1,024 tokens from 0 to 1,000 ms; request 1 comes at 500 ms and shares them.
/// Request 2 comes at the very instant the step ends, request 3 long after.
SmallRun scene(bool split, KvEventTime time) {
  SmallRun run;
  for (const double ms : {0.0, 500.0, 1000.0, 2500.0}) run.request(ms, 1024, 2, 0);
  run.pool(split ? Role::kPrefill : Role::kAggregated, 2);
  if (split) run.pool(Role::kDecode, 2);
  for (PoolConfig& pool : run.config.cluster.pools) {
    pool.engine.max_num_batched_tokens = 4096;
    pool.engine.kv_events = time;
    pool.model.step = constant_step_model({1000 * kPsPerMillisecond}, 4096);
    pool.model.step.prefill_s_per_token = 1e-5;
  }
  run.config.output.decisions = {DecisionOutput::Mode::kAll, 0};
  return run;
}

/// One policy, its KV events and gauges as young as they come; none if it cannot serve the cluster.
std::optional<RunResult> run_policy(const PolicyInfo& info, bool split, KvEventTime time) {
  if (!misfit(info, split).empty() || info.name.starts_with("recorded")) return {};
  SmallRun run = scene(split, time);
  run.config.router.name = info.name;
  run.config.router.values = default_values(info.parameters);
  for (std::size_t p = 0; p < info.parameters.size(); ++p) {
    const std::string_view name = info.parameters[p].name;
    if (name == "kv_event_latency_s" || name == "snapshot_delay_s") run.config.router.values[p] = 0;
    if (name == "snapshot_period_s") run.config.router.values[p] = 0.001;
    if (name == "prefix_state") run.config.router.values[p] = 1;  // llm-d's precise
  }
  return run_simulation(run.workload(), run.config);
}

/// Candidates of the first decision about `request`, with the instance of request 0 first.
struct Seen {
  std::int64_t believed = -1;
  std::int32_t running = -1;
  double kv_usage = -1;
};
Seen of_first_instance(const RunResult& result, RequestId request) {
  const DecisionColumns& c = result.decisions;
  const std::int32_t first = result.requests.instance[0];
  for (std::size_t row = 0; row < c.rows(); ++row) {
    if (c.request[row] != request) continue;
    for (auto n = c.candidate_begin[row]; n < c.candidate_begin[row + 1]; ++n)
      if (c.candidate[n] == first)
        return {c.believed_tokens[n], c.seen_running[n], c.seen_kv_usage[n]};
    break;
  }
  return {};
}

void check_kv_events(bool split) {
  int heard = 0;
  for (const PolicyInfo& info : policy_table()) {
    SCOPED_TRACE(info.name);
    const auto after = run_policy(info, split, KvEventTime::kAfterStep);
    const auto before = run_policy(info, split, KvEventTime::kAtSchedule);
    // A belief that no engine corrects does not depend on when engines tell.
    if (!after || of_first_instance(*before, 1).believed <= 0) continue;
    const bool of_its_own = of_first_instance(*after, 3).believed <= 0 ||
                            info.name.starts_with("smg") || info.name.starts_with("sglang");
    if (of_its_own) continue;
    EXPECT_EQ(of_first_instance(*after, 1).believed, 0) << "the step under way has told nothing";
    EXPECT_GT(of_first_instance(*after, 2).believed, 0) << "the step ended at this very instant";
    ++heard;
  }
  EXPECT_GE(heard, 4);
}

TEST(PublishedState, NoRouterHearsOfBlocksBeforeTheirStepHasEndedWhole) { check_kv_events(false); }
TEST(PublishedState, NoRouterHearsOfBlocksBeforeTheirStepHasEndedSplit) { check_kv_events(true); }

TEST(PublishedState, NoRouterSeesTheGaugesOfAStepUnderWay) {
  int read = 0;
  for (const PolicyInfo& info : policy_table())
    for (const bool split : {false, true})
      for (const KvEventTime time : {KvEventTime::kAfterStep, KvEventTime::kAtSchedule}) {
        SCOPED_TRACE(info.name);
        const auto result = run_policy(info, split, time);
        if (!result || of_first_instance(*result, 1).running < 0) continue;
        EXPECT_EQ(of_first_instance(*result, 1).running, 0);
        EXPECT_EQ(of_first_instance(*result, 1).kv_usage, 0);
        if (of_first_instance(*result, 3).running < 0) continue;
        ++read;
      }
  EXPECT_GE(read, 6);
}

/// A computes 64 tokens a step and ends with its tenth, at 10 ms; so does B, which decodes. A was
/// admitted first: its blocks are freed, and evicted, before B's.
TEST(EngineOrder, BlocksAreFreedInRunningOrderWithinAStep) {
  SmallRun run;
  run.request(0, 640, 1, 0);
  run.request(0, 16, 10, 100);
  run.request(20, 48, 1, 200);  // takes the one block never used, and two more
  run.request(40, 32, 1, 100);  // B's prompt and another block
  PoolConfig& pool = run.pool(Role::kAggregated, 1);
  pool.kv_blocks = 43;
  pool.engine.long_prefill_token_threshold = 64;
  const RunResult result = run.run("round-robin");
  EXPECT_EQ(result.requests.e2e_s[0], 0.010);
  EXPECT_EQ(result.requests.e2e_s[1], 0.010);
  EXPECT_EQ(result.requests.hit_tokens[3], 16U);
}

/// 1 ms per prompt token, 10 ms if anyone decodes.
RunResult linear(const std::vector<std::tuple<double, std::uint32_t, std::uint32_t>>& requests,
                 bool split = false) {
  SmallRun run;
  for (const auto& [ms, input, output] : requests) run.request(ms, input, output, 0);
  run.pool(split ? Role::kPrefill : Role::kAggregated, 1);
  if (split) run.pool(Role::kDecode, 1);
  for (PoolConfig& pool : run.config.cluster.pools)
    pool.model.step = linear_step_model({0.001, 0.010}, 512);
  return run.run("round-robin");
}

TEST(LinearSteps, ChargeNoDecodeStepWhereNobodyDecodes) {
  // 33 tokens, then the same prompt again: 32 hit, and one is computed.
  const RunResult result = linear({{0, 1, 1}, {100, 33, 1}, {200, 33, 3}});
  EXPECT_EQ(result.requests.ttft_s[0], 0.001) << "a prompt of one token";
  EXPECT_EQ(result.requests.ttft_s[1], 0.033);
  EXPECT_EQ(result.requests.hit_tokens[2], 32U);
  EXPECT_EQ(result.requests.ttft_s[2], 0.001) << "what a hit leaves";
  EXPECT_NEAR(result.requests.e2e_s[2], 0.001 + 2 * 0.010, 1e-12);
}

TEST(LinearSteps, ChargeADecodeStepWhereKvCameFromElsewhere) {
  const RunResult result = linear({{0, 33, 2}}, true);
  // The prefill side's step, the transfer of 33,000 bytes, and a step of the decode side.
  EXPECT_NEAR(result.requests.ttft_s[0], 0.033 + 0.0004 + 0.010, 1e-6);
}

}  // namespace
}  // namespace pigou
