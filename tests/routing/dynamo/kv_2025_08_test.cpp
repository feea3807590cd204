// dynamo-kv@2025-08, the router of the price-of-anarchy paper, by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-kv@2025-08";

std::uint32_t chosen(FakeView view, const std::vector<std::string>& settings = {},
                     std::uint64_t seed = 1) {
  const auto policy = policy_for(view, kName, settings, seed);
  return answer(*policy, view).instance;
}

/// A prompt of 64 blocks. A (0): 48 cached, 100 active blocks; B (1): none cached, 20.
FakeView two_workers() {
  FakeView view(2);
  view.ask(64 * 16);
  view.overlap = {48, 0};
  view.active_blocks = {100, 20};
  return view;
}

TEST(DynamoKv2025, OmegaWeighsTheWholePrefillTerm) {
  // omega (A: 16, B: 64) + (A: 164, B: 84).
  EXPECT_EQ(chosen(two_workers()), 1U) << "180 against 148";
  EXPECT_EQ(chosen(two_workers(), {"overlap_score_weight=1.625"}), 1U) << "190 against 188";
  EXPECT_EQ(chosen(two_workers(), {"overlap_score_weight=1.75"}), 0U) << "192 against 196";
  EXPECT_EQ(chosen(two_workers(), {"overlap_score_weight=0.1"}), 1U) << "165.6 against 90.4";
}

TEST(DynamoKv2025, OmegaWeighsTheQueueTooSoThatASmallOneIgnoresBoth) {
  FakeView view(2);
  view.ask(160);                           // 10 blocks
  view.active_prefill_tokens = {1600, 0};  // 100 blocks of queue on A
  view.active_blocks = {0, 12};
  EXPECT_EQ(chosen(view), 1U) << "110 + 10 against 10 + 22";
  EXPECT_EQ(chosen(view, {"overlap_score_weight=0.1"}), 0U) << "11 + 10 against 1 + 22";
  EXPECT_EQ(chosen(view, {"overlap_score_weight=0"}), 0U) << "decode blocks alone";
}

TEST(DynamoKv2025, ATieIsDrawnUniformly) {
  FakeView view(4);
  view.active_blocks = {5, 5, 9, 5};
  std::vector<int> counts(4);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) ++counts[chosen(view, {}, seed)];
  EXPECT_EQ(counts[2], 0);
  counts.erase(counts.begin() + 2);
  EXPECT_LT(chi_square(counts), 13.8);  // 2 degrees of freedom, p = 0.001
}

TEST(DynamoKv2025, TauDrawsByCostsRelativeToTheirRange) {
  // Costs 0, 1/2 and 1 of the range at tau 0.8: exp(0), exp(-0.625), exp(-1.25), over their sum.
  const double weights[] = {1, std::exp(-0.625), std::exp(-1.25)};
  const double sum = weights[0] + weights[1] + weights[2];
  for (const std::int64_t step : {1, 500}) {
    FakeView view(3);
    view.ask(320);
    view.active_blocks = {7, 7 + step, 7 + 2 * step};
    const auto policy = policy_for(view, kName, {"router_temperature=0.8"});
    const int draws = 30'000;
    std::vector<int> counts(3);
    for (int r = 0; r < draws; ++r)
      ++counts[answer(*policy, view, static_cast<std::uint32_t>(r)).instance];
    for (std::size_t i = 0; i < 3; ++i) {
      const double p = weights[i] / sum;
      EXPECT_NEAR(counts[i] / double{draws}, p, 4 * std::sqrt(p * (1 - p) / draws)) << step;
    }
  }
}

TEST(DynamoKv2025, TheDecodeSideIsChosenByLoadAlone) {
  FakeView view(2, 3);
  view.ask(640);
  view.active_blocks = {0, 0, 7, 5, 6};
  view.overlap = {40, 0, 40, 0, 39};
  const auto policy = policy_for(view, kName);
  const Action action = answer(*policy, view, 0, Hook::kPrefillDone);
  EXPECT_EQ(action.kind, ActionKind::kPlaceDecode);
  EXPECT_EQ(action.decode_instance, 3U);
}

TEST(DynamoKv2025, AtTheDefaultsTheRuleOf2026IsTheSame) {
  const RandomStream random(7, "test");
  for (std::uint32_t r = 0; r < 200; ++r) {
    FakeView view(5);
    view.ask(16 * (1 + random.below(90, r, 0)));
    const auto blocks = static_cast<std::int32_t>(view.asked().row.blocks);
    for (std::uint32_t i = 0; i < 5; ++i) {
      view.active_prefill_tokens[i] = random.below(500, r, 10 + i);
      view.active_blocks[i] = random.below(100, r, 20 + i);
      view.overlap[i] = std::min<std::int32_t>(blocks, random.below(60, r, 30 + i));
    }
    const auto later = policy_for(view, "dynamo-kv@2026-08");
    const auto earlier = policy_for(view, kName);
    EXPECT_EQ(answer(*earlier, view, r).instance, answer(*later, view, r).instance);
  }
}

}  // namespace
}  // namespace pigou
