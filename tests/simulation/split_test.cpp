// What does a split (prefill/decode) cluster do with blocks, links and first tokens?
#include <gtest/gtest.h>

#include "simulation/random_scenario.hpp"
#include "simulation/simulation.hpp"

namespace pigou {
namespace {

constexpr double kStepS = 0.01;
constexpr double kBytesPerS = 1e9;
constexpr std::uint64_t kBytesPerToken = 1'000'000;  // a 16-token block takes 16 ms on the link

/// One prefill and one decode instance, steps of 10 ms, a link without latency.
class Split {
 public:
  Split(std::uint32_t prefill_blocks, std::uint32_t decode_blocks) {
    trace_.block_tokens = 16;
    trace_.block_begin = {0};
    ClusterConfig& cluster = scenario_.config.cluster;
    cluster.pools = {pool("prefill", Role::kPrefill, prefill_blocks),
                     pool("decode", Role::kDecode, decode_blocks)};
    cluster.network = {kBytesPerS, 0};
  }
  /// A prompt of `input` tokens whose blocks are first_id, first_id + 1, ...
  void request(double at_s, std::uint32_t input, std::uint32_t output, std::uint32_t first_id) {
    trace_.arrival.push_back(from_seconds(at_s, "test"));
    trace_.input_tokens.push_back(input);
    trace_.output_tokens.push_back(output);
    for (std::uint32_t b = 0; b < input / 16; ++b) trace_.block_ids.push_back(first_id + b);
    trace_.block_begin.push_back(trace_.block_ids.size());
    trace_.distinct_blocks = 1000;
  }
  RunResult run() {
    scenario_.workload = std::make_shared<Workload>(build_workload(trace_, {}, 16, 1));
    return run_checked(scenario_, 1);
  }
  SimulationConfig& config() { return scenario_.config; }

 private:
  static PoolConfig pool(const char* name, Role role, std::uint32_t blocks) {
    PoolConfig pool;
    pool.name = name;
    pool.role = role;
    pool.kv_blocks = blocks;
    pool.model.step = constant_step_model(from_seconds(kStepS, "test"), 8192);
    pool.model.kv_bytes_per_token = kBytesPerToken;
    return pool;
  }

  Trace trace_;
  RandomScenario scenario_;
};

TEST(SplitCluster, TheFirstTokenComesFromTheDecodeEngineAfterTheTransfer) {
  Split split(100, 100);
  split.request(0, 160, 3, 0);
  const RunResult r = split.run();
  // 10 ms prefill, 160 MB at 1 GB/s, one decode step.
  EXPECT_NEAR(r.requests.ttft_s[0], kStepS + 0.160 + kStepS, 1e-9);
  EXPECT_NEAR(r.requests.e2e_s[0], kStepS + 0.160 + 3 * kStepS, 1e-9);
  EXPECT_EQ(r.summary.transferred_bytes, 160U * kBytesPerToken);
}

TEST(SplitCluster, CountingThePrefillTokenIsAnOption) {
  Split split(100, 100);
  split.config().first_token = FirstToken::kPrefill;
  split.request(0, 160, 3, 0);
  split.request(10, 160, 1, 50);
  const RunResult r = split.run();
  EXPECT_NEAR(r.requests.ttft_s[0], kStepS, 1e-9);
  EXPECT_NEAR(r.requests.e2e_s[0], kStepS + 0.160 + 2 * kStepS, 1e-9);
  // One token is all: nothing is left for a decode engine to do.
  EXPECT_NEAR(r.requests.e2e_s[1], kStepS, 1e-9);
  EXPECT_EQ(r.requests.decode_instance[1], -1);
}

TEST(SplitCluster, WhatTheDecodeSideHasCachedIsNotTransferredAgain) {
  Split split(100, 100);
  split.request(0, 160, 1, 0);
  split.request(5, 160, 1, 0);
  const RunResult r = split.run();
  // The lookup stops one token short: 9 of 10 blocks hit, one is pulled.
  EXPECT_EQ(r.summary.transferred_bytes, (160U + 16U) * kBytesPerToken);
  EXPECT_NEAR(r.requests.ttft_s[1], kStepS + 0.016 + kStepS, 1e-9);
}

TEST(SplitCluster, TransfersIntoOneInstanceGoOneAfterAnother) {
  Split split(100, 100);
  split.request(0, 160, 1, 0);
  split.request(0, 160, 1, 20);
  const RunResult r = split.run();
  EXPECT_NEAR(r.requests.ttft_s[0], kStepS + 0.160 + kStepS, 1e-9);
  EXPECT_NEAR(r.requests.ttft_s[1], kStepS + 0.320 + kStepS, 1e-9);
}

TEST(SplitCluster, PrefillBlocksStayPinnedUntilTheDecodeSideHasPulledThem) {
  // Room for one prompt on the prefill side: the second is prefilled only after the first is gone.
  Split split(12, 100);
  split.request(0, 160, 1, 0);
  split.request(0, 160, 1, 20);
  const RunResult r = split.run();
  EXPECT_NEAR(r.requests.queue_s[1], kStepS + 0.160, 1e-9);
}

TEST(SplitCluster, ACallWaitsForDecodeBlocksBeforeItsTransferStarts) {
  // Room for one prompt on the decode side, which the first holds for 20 more steps.
  Split split(100, 12);
  split.request(0, 160, 21, 0);
  split.request(0, 160, 1, 20);
  const RunResult r = split.run();
  const double first_done = kStepS + 0.160 + 21 * kStepS;
  EXPECT_NEAR(r.requests.e2e_s[0], first_done, 1e-9);
  EXPECT_NEAR(r.requests.ttft_s[1], first_done + 0.160 + kStepS, 1e-9);
}

TEST(SplitCluster, APreemptedDecodeRecomputesWhereItIs) {
  // Two prompts fit, two answers do not: the later one is preempted and comes back without links.
  Split split(100, 21);
  split.request(0, 144, 40, 0);
  split.request(0, 144, 40, 20);
  const RunResult r = split.run();
  EXPECT_EQ(r.summary.finished, 2U);
  EXPECT_GE(r.requests.preemptions[1], 1U);
  EXPECT_EQ(r.summary.transferred_bytes, 2 * 144U * kBytesPerToken);
}

TEST(SplitCluster, AClientThatGivesUpFreesBothSides) {
  Split split(12, 12);
  split.config().timeout_s = 0.1;  // during the first transfer
  split.request(0, 160, 5, 0);
  split.request(0.5, 16, 1, 40);  // short enough to be served in time
  const RunResult r = split.run();
  EXPECT_EQ(r.summary.timed_out, 1U);
  EXPECT_EQ(r.summary.finished, 1U);
  EXPECT_NEAR(r.requests.ttft_s[1], kStepS + 0.016 + kStepS, 1e-9);
}

}  // namespace
}  // namespace pigou
