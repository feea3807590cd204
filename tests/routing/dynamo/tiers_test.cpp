// Dynamo's credits for KV below GPU memory, by hand. Rule: src/routing/dynamo/tiers.hpp.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-kv@2026-08";

/// A prompt of 64 blocks, of which A (0) has 16 on its GPU, 16 more in host memory, 8 on disk.
FakeView tiers_on_a() {
  FakeView view(2);
  view.ask(64 * 16);
  view.overlap = {16, 0};
  view.host_blocks = {16, 0};
  view.disk_blocks = {8, 0};
  return view;
}

/// Whom the policy takes when A has `a` active blocks and B has `b`.
std::uint32_t chosen(FakeView view, std::int64_t a, std::int64_t b,
                     const std::vector<std::string>& settings = {}, const char* name = kName) {
  view.active_blocks = {a, b};
  return answer(*policy_for(view, name, settings), view).instance;
}

TEST(DynamoTiers, HostAndDiskEarnTheirWeights) {
  // A = 64 - (16 + 0.75 * 16 + 0.25 * 8) + 64 + a = 98 + a, B = 64 + 64 + b.
  EXPECT_EQ(chosen(tiers_on_a(), 29, 0), 0U);
  EXPECT_EQ(chosen(tiers_on_a(), 31, 0), 1U);
  // Without the host's 12: A = 110 + a.
  EXPECT_EQ(chosen(tiers_on_a(), 17, 0, {"host_cache_hit_weight=0"}), 0U);
  EXPECT_EQ(chosen(tiers_on_a(), 19, 0, {"host_cache_hit_weight=0"}), 1U);
  // With the disk's 8 in full: A = 92 + a.
  EXPECT_EQ(chosen(tiers_on_a(), 35, 0, {"disk_cache_hit_weight=1"}), 0U);
  EXPECT_EQ(chosen(tiers_on_a(), 37, 0, {"disk_cache_hit_weight=1"}), 1U);
}

TEST(DynamoTiers, ASharedCacheEarnsNothingUntilItsMultiplierIsSet) {
  FakeView view = tiers_on_a();
  view.shared_cache_blocks = {24, 40};  // beyond each one's GPU prefix of the 40 it has
  EXPECT_EQ(chosen(view, 29, 0), 0U);
  EXPECT_EQ(chosen(view, 31, 0), 1U);
  // At 0.5: A = 98 - 12 + a, B = 128 - 20 + b.
  EXPECT_EQ(chosen(view, 21, 0, {"shared_cache_multiplier=0.5"}), 0U);
  EXPECT_EQ(chosen(view, 23, 0, {"shared_cache_multiplier=0.5"}), 1U);
}

TEST(DynamoTiers, NeitherCreditNorDecayTouchesThem) {
  // No credit for the GPU's: A = 64 - 14 + 64 + a.
  EXPECT_EQ(chosen(tiers_on_a(), 13, 0, {"overlap_score_credit=0"}), 0U);
  EXPECT_EQ(chosen(tiers_on_a(), 15, 0, {"overlap_score_credit=0"}), 1U);
  // 64 blocks of prefill more than B, as many as the request has: decay halves the GPU's 16.
  // A = 128 - (8 + 14) + 64 + a = 170 + a, B = 128 + b.
  FakeView view = tiers_on_a();
  view.active_prefill_tokens = {1024, 0};
  EXPECT_EQ(chosen(view, 0, 41, {"overlap_score_credit_decay=1"}), 1U);
  EXPECT_EQ(chosen(view, 0, 43, {"overlap_score_credit_decay=1"}), 0U);
}

TEST(DynamoTiers, TheProductCountsThemToo) {
  // A = 34 * (64 + a + 1), B = 64 * 65 = 4160: a = 57 gives 4148, a = 58 gives 4182.
  EXPECT_EQ(chosen(tiers_on_a(), 57, 0, {}, "dynamo-lmetric@2026-08"), 0U);
  EXPECT_EQ(chosen(tiers_on_a(), 58, 0, {}, "dynamo-lmetric@2026-08"), 1U);
}

TEST(DynamoTiers, WhatIsCachedBelowIsNotBookedAsPrefill) {
  FakeView view = tiers_on_a();
  const Action action = answer(*policy_for(view, kName), view);
  EXPECT_EQ(action.instance, 0U);
  EXPECT_EQ(action.believed_tokens, (16 + 12 + 2) * 16);
}

TEST(DynamoTiers, TheQueuesShortestCountsThem) {
  FakeView view = tiers_on_a();
  view.set_max_batched_tokens(1000);
  view.active_prefill_tokens = {4001, 4001};
  const auto policy =
      policy_for(view, kName, {"router_queue_threshold=4", "router_queue_policy=wspt"});
  EXPECT_EQ(answer(*policy, view).order, 1024 - 30 * 16);
}

TEST(DynamoTiers, CreditedDecodeWorkersHaveThem) {
  FakeView view(1, 2);
  view.ask(64 * 16);
  view.host_blocks = {0, 40, 0};
  const std::vector<std::string> conditional = {"conditional_disagg=isl_bounding",
                                                "conditional_disagg_eff_isl_threshold=0"};
  const auto decode = [&](std::int64_t first, std::int64_t second) {
    view.active_blocks = {0, first, second};
    return answer(*policy_for(view, kName, conditional), view, 0, Hook::kPrefillDone)
        .decode_instance;
  };
  EXPECT_EQ(decode(29, 0), 1U) << "93 - 30 against 64";
  EXPECT_EQ(decode(31, 0), 2U);
}

TEST(DynamoTiers, AFleetOfOneTierIsNeverAskedAndKeepsItsTrees) {
  FakeView view(2);
  EXPECT_NE(policy_for(view, kName)->needs().separable.block_weight, 0);
  EXPECT_EQ(policy_for(tiers_on_a(), kName)->needs().separable.block_weight, 0);
  EXPECT_EQ(answer(*policy_for(view, kName), view).believed_tokens, -1);
}

}  // namespace
}  // namespace pigou
