// The textbook policies, by hand.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

TEST(RoundRobin, BothSidesGoRoundAtTheirOwnPace) {
  FakeView view(3, 2);
  view.active_blocks = {9, 0, 0, 9, 0};  // loads do not matter
  const auto policy = policy_for(view, "round-robin");
  const std::uint32_t entry[] = {0, 1, 2, 0, 1, 2, 0};
  const std::uint32_t decode[] = {3, 4, 3, 4, 3, 4, 3};
  for (std::uint32_t r = 0; r < 7; ++r) {
    const Action action = answer(*policy, view, r);
    EXPECT_EQ(action.kind, ActionKind::kPlacePair);
    EXPECT_EQ(action.instance, entry[r]);
    EXPECT_EQ(action.decode_instance, decode[r]);
  }
}

TEST(RoundRobin, ACloneGoesOnFromTheSameInstance) {
  FakeView view(3);
  const auto policy = policy_for(view, "round-robin");
  EXPECT_EQ(answer(*policy, view).instance, 0U);
  const auto copy = policy->clone();
  EXPECT_EQ(answer(*policy, view).instance, 1U);
  EXPECT_EQ(answer(*copy, view).instance, 1U);
}

TEST(Random, EveryInstanceAndEveryPairIsEquallyLikely) {
  FakeView view(5, 4);
  const auto policy = policy_for(view, "random");
  std::vector<int> entries(5), pairs(20);
  for (std::uint32_t r = 0; r < 20'000; ++r) {
    const Action action = answer(*policy, view, r);
    ASSERT_EQ(action.kind, ActionKind::kPlacePair);
    ++entries[action.instance];
    ++pairs[action.instance * 4 + action.decode_instance - 5];
  }
  EXPECT_LT(chi_square(entries), 18.5);  // 4 degrees of freedom, p = 0.001
  EXPECT_LT(chi_square(pairs), 43.8);    // 19: the two sides are drawn on their own
}

TEST(Random, ADrawDependsOnSeedAndRequestOnly) {
  FakeView view(8);
  const auto policy = policy_for(view, "random", {}, 3);
  const std::uint32_t first = answer(*policy, view, 7).instance;
  for (std::uint32_t r = 0; r < 5; ++r) answer(*policy, view, r);
  EXPECT_EQ(answer(*policy, view, 7).instance, first);
}

TEST(LeastOutstanding, TheFewestRequestsWinOnBothSides) {
  FakeView view(3, 3);
  view.active_requests = {4, 2, 3, 8, 9, 7};
  view.active_blocks = {0, 900, 0, 0, 0, 900};  // only requests count
  const auto policy = policy_for(view, "least-outstanding");
  const Action action = answer(*policy, view);
  EXPECT_EQ(action.kind, ActionKind::kPlacePair);
  EXPECT_EQ(action.instance, 1U);
  EXPECT_EQ(action.decode_instance, 5U);
}

TEST(LeastOutstanding, TiesAreUniformOverSeeds) {
  FakeView view(6);
  view.active_requests = {1, 0, 0, 5, 0, 0};
  std::vector<int> counts(6);
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const auto policy = policy_for(view, "least-outstanding", {}, seed);
    ++counts[answer(*policy, view).instance];
  }
  EXPECT_EQ(counts[0] + counts[3], 0);
  EXPECT_LT(chi_square({counts[1], counts[2], counts[4], counts[5]}), 16.3);
}

TEST(LeastPrefill, the_fewest_prompt_tokens_to_come_win_whatever_is_cached_or_decoding) {
  FakeView view(4);
  view.active_prefill_tokens = {900, 120, 121, 4000};
  view.active_requests = {0, 50, 0, 0};  // neither requests
  view.active_blocks = {0, 900, 0, 0};   // nor blocks count,
  view.overlap = {60, 0, 60, 60};        // nor what is cached
  EXPECT_EQ(answer(*policy_for(view, "least-prefill"), view).instance, 1U);
}

TEST(LeastPrefill, equals_are_drawn_uniformly_over_seeds) {
  FakeView view(5);
  view.active_prefill_tokens = {7, 3, 3, 9, 3};
  std::vector<int> counts(5);
  for (std::uint64_t seed = 0; seed < 3000; ++seed)
    ++counts[answer(*policy_for(view, "least-prefill", {}, seed), view).instance];
  EXPECT_EQ(counts[0] + counts[3], 0);
  EXPECT_LT(chi_square({counts[1], counts[2], counts[4]}), 13.8);  // p = 0.001
}

TEST(LeastPrefill, the_decode_side_goes_where_the_fewest_blocks_are_active) {
  FakeView view(1, 3);
  view.active_blocks = {0, 5, 6, 4};
  const Action action = answer(*policy_for(view, "least-prefill"), view, 0, Hook::kPrefillDone);
  EXPECT_EQ(action.kind, ActionKind::kPlaceDecode);
  EXPECT_EQ(action.decode_instance, 3U);
}

TEST(LeastKv, TheLowestPublishedUsageWinsAndTheFirstOfEquals) {
  FakeView view(3, 2);
  view.seen[0].kv_usage = 0.5;
  view.seen[1].kv_usage = 0.25;
  view.seen[2].kv_usage = 0.25;
  view.seen[3].kv_usage = 0.9;
  view.seen[4].kv_usage = 0.8;
  const auto policy = policy_for(view, "least-kv");
  const Action action = answer(*policy, view);
  EXPECT_EQ(action.instance, 1U);
  EXPECT_EQ(action.decode_instance, 4U);
}

TEST(MinTtft, QueuedAndOwnUncachedTokensCountTimesTheInstancesOwnSpeed) {
  FakeView view(3);
  view.ask(1000);
  view.set_prefill_s_per_token({1e-4, 2e-4, 1e-4});
  view.active_prefill_tokens = {900, 0, 600};
  view.overlap = {20, 10, 0};
  // 1e-4 * (900 + 680) = 0.158; 2e-4 * (0 + 840) = 0.168; 1e-4 * (600 + 1000) = 0.160.
  const auto policy = policy_for(view, "min-ttft");
  EXPECT_EQ(answer(*policy, view).instance, 0U);
  view.overlap[2] = 2;  // 1e-4 * (600 + 968) = 0.1568
  EXPECT_EQ(answer(*policy, view).instance, 2U);
  view.set_prefill_s_per_token({1e-4, 1.8e-4, 1e-4});  // 0.1512
  EXPECT_EQ(answer(*policy, view).instance, 1U);
}

TEST(MinTtft, AFullyCachedPromptStillComputesOneToken) {
  FakeView view(2);
  view.ask(160);
  view.overlap = {10, 9};                // all 160 tokens, and 144 of them
  view.active_prefill_tokens = {15, 0};  // 15 + 1 against 16
  const auto policy = policy_for(view, "min-ttft");
  EXPECT_EQ(answer(*policy, view).instance, 0U) << "16 = 16: the first wins";
  view.active_prefill_tokens[0] = 16;
  EXPECT_EQ(answer(*policy, view).instance, 1U);
}

TEST(MinTtft, TiesGoToTheFirstOrByOneDraw) {
  FakeView view(4);
  view.active_prefill_tokens = {50, 0, 0, 0};
  std::vector<int> counts(3);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    EXPECT_EQ(answer(*policy_for(view, "min-ttft", {}, seed), view).instance, 1U);
    const auto random = policy_for(view, "min-ttft", {"tie=random"}, seed);
    ++counts[answer(*random, view).instance - 1];
  }
  EXPECT_LT(chi_square(counts), 13.8);
}

TEST(MinTtft, TheDecodeSideGoesWhereTheFewestBlocksAreActive) {
  FakeView view(1, 3);
  view.active_blocks = {0, 5, 4, 6};
  const Action action = answer(*policy_for(view, "min-ttft"), view, 0, Hook::kPrefillDone);
  EXPECT_EQ(action.kind, ActionKind::kPlaceDecode);
  EXPECT_EQ(action.decode_instance, 2U);
}

}  // namespace
}  // namespace pigou
