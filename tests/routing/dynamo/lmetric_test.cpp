// dynamo-lmetric by hand.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-lmetric@2026-08";

std::uint32_t chosen(FakeView view, const std::vector<std::string>& settings = {},
                     std::uint64_t seed = 1) {
  const auto policy = policy_for(view, kName, settings, seed);
  return answer(*policy, view).instance;
}

FakeView case_one(std::int32_t shared_on_a) {
  FakeView view(2);
  view.ask(64 * 16);
  view.overlap = {48, 0};
  view.active_blocks = {100, 20};
  view.shared = {shared_on_a, 0};
  return view;
}

TEST(DynamoLmetric, PicksTheCachedWorkerWhereTheSumPicksTheEmptierOne) {
  // A = 16 * 165 = 2640 or, shared, 16 * 117 = 1872; B = 64 * 85 = 5440.
  EXPECT_EQ(chosen(case_one(0)), 0U);
  EXPECT_EQ(chosen(case_one(48)), 0U);
  FakeView view = case_one(0);
  view.active_blocks[0] = 276;  // 16 * 341 = 5456
  EXPECT_EQ(chosen(view), 1U);
  view.active_blocks[0] = 274;  // 16 * 339 = 5424
  EXPECT_EQ(chosen(view), 0U);
}

TEST(DynamoLmetric, ThePrefillQueueIsPartOfTheFactor) {
  FakeView view = case_one(0);
  view.active_prefill_tokens = {17 * 16, 0};  // A = 33 * 165 = 5445
  EXPECT_EQ(chosen(view), 1U);
  view.active_prefill_tokens = {16 * 16, 0};  // A = 32 * 165 = 5280
  EXPECT_EQ(chosen(view), 0U);
}

TEST(DynamoLmetric, APromptCachedToItsEndCostsNothingWhateverTheLoad) {
  FakeView view(3);
  view.ask(320);
  view.overlap = {20, 20, 19};
  view.active_blocks = {1000, 0, 0};
  std::vector<int> counts(3);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) ++counts[chosen(view, {}, seed)];
  EXPECT_EQ(counts[2], 0);
  counts.pop_back();
  EXPECT_LT(chi_square(counts), 10.8);  // 1 degree of freedom, p = 0.001
}

TEST(DynamoLmetric, HasNoTreeToChooseFrom) {
  const SeparableCost cost = policy_for(FakeView(2), kName)->needs().separable;
  EXPECT_EQ(cost.prefill_weight, 0);
  EXPECT_EQ(cost.block_weight, 0);
}

}  // namespace
}  // namespace pigou
