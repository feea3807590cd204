// What Dynamo's router counts as load, by hand. Rules: src/routing/dynamo/books.hpp.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "routing/dynamo/books.hpp"
#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-kv@2026-08";

SimTime at(double s) { return from_seconds(s, "test"); }

std::uint32_t chosen(FakeView view, const std::vector<std::string>& settings = {},
                     const char* name = kName) {
  return answer(*policy_for(view, name, settings), view).instance;
}

TEST(DynamoBooks, WithoutActiveBlocksPrefillDecidesAlone) {
  FakeView view(2);
  view.ask(160);
  view.active_blocks = {1000, 0};
  view.active_prefill_tokens = {0, 16};
  EXPECT_EQ(chosen(view), 1U);
  const std::vector<std::string> off = {"router_track_active_blocks=false"};
  EXPECT_EQ(chosen(view, off), 0U);
  const auto policy = policy_for(view, kName, off);
  EXPECT_FALSE(policy->needs().shared_active);
  EXPECT_EQ(policy->needs().separable.block_weight, 0);
  view.active_requests = {3, 0};
  EXPECT_EQ(chosen(view, {off[0], "decode_active_request_weight=1"}), 1U) << "10 + 3 against 11";
}

TEST(DynamoBooks, WithoutPrefillTokensAggregatedWorkersAreScoredAsDecodeOnes) {
  FakeView view(2);
  view.ask(64 * 16);
  view.overlap = {48, 0};
  view.active_prefill_tokens = {99'000, 0};
  const std::vector<std::string> off = {"router_track_prefill_tokens=false"};
  view.active_blocks = {60, 13};  // 124 - 48 = 76 against 77
  EXPECT_EQ(chosen(view, off), 0U);
  view.active_blocks = {60, 11};
  EXPECT_EQ(chosen(view, off), 1U);
  view.active_blocks = {60, 59};  // credit 0: 124 against 123
  EXPECT_EQ(chosen(view, {off[0], "overlap_score_credit=0"}), 1U);
}

TEST(DynamoBooks, WithoutPrefillTokensPrefillWorkersKnowBlocksOnly) {
  FakeView view(2, 1);
  view.ask(64 * 16);
  view.overlap = {48, 0, 0};
  view.active_blocks = {60, 59, 0};
  const std::vector<std::string> off = {"router_track_prefill_tokens=false"};
  EXPECT_EQ(chosen(view, off), 1U);
  EXPECT_EQ(chosen(view, {off[0], "overlap_score_credit_decay=1"}), 1U);
  std::vector<int> counts(2);
  for (std::uint64_t seed = 0; seed < 1000; ++seed)
    ++counts[answer(*policy_for(view, "dynamo-lmetric@2026-08", off, seed), view).instance];
  EXPECT_LT(chi_square(counts), 10.8) << "a product with 0 ties; 1 degree of freedom, p = 0.001";
}

TEST(DynamoBooks, WithoutPrefillTokensNobodyQueues) {
  FakeView view(2);
  view.set_max_batched_tokens(1000);
  view.active_prefill_tokens = {4001, 4001};
  const std::vector<std::string> on = {"router_queue_threshold=4"};
  EXPECT_EQ(answer(*policy_for(view, kName, on), view).kind, ActionKind::kQueue);
  EXPECT_EQ(
      answer(*policy_for(view, kName, {on[0], "router_track_prefill_tokens=false"}), view).kind,
      ActionKind::kPlace);
}

TEST(DynamoBooks, OutputBlocksArePartOfActiveOnes) {
  const FakeView view(2);
  EXPECT_EQ(policy_for(view, kName)->needs().output_blocks, OutputBlocks::kNone);
  const std::vector<std::string> on = {"router_track_output_blocks=true"};
  EXPECT_EQ(policy_for(view, kName, on)->needs().output_blocks, OutputBlocks::kWhole);
  EXPECT_EQ(policy_for(view, kName, {on[0], "expected_output=recorded"})->needs().output_blocks,
            OutputBlocks::kFading);
  EXPECT_EQ(policy_for(view, kName, on)->needs().separable.block_weight, 0)
      << "trees know no output";
  EXPECT_THROW(policy_for(view, kName, {on[0], "router_track_active_blocks=false"}), UserError);
}

TEST(DynamoFading, TimeSinceTheOldestPrefillComesOffAllOfThem) {
  DynamoBooks books(true, true, true, 2);
  const std::vector<std::int64_t> booked = {400, 70};
  const auto tokens_at = [&](double s) {
    FleetSide side;
    side.columns.count = 2;
    side.columns.active_prefill_tokens = booked.data();
    books.apply(side, at(s));
    EXPECT_EQ(side.columns.active_prefill_tokens[1], 70) << "nobody's modelled prefill is there";
    return side.columns.active_prefill_tokens[0];
  };
  EXPECT_EQ(tokens_at(0), 400);
  books.sent(0, 0, 100, 0.01, at(0));    // a modelled second
  books.sent(1, 0, 300, 0.01, at(0.5));  // three
  EXPECT_EQ(tokens_at(0.5), 350);
  EXPECT_EQ(tokens_at(1.5), 250) << "late: at its own speed into the next one's tokens";
  EXPECT_EQ(tokens_at(9), 0) << "never below";
  books.prefilled(0, at(2));
  EXPECT_EQ(tokens_at(2), 400) << "the next starts when it becomes the oldest";
  EXPECT_EQ(tokens_at(3), 300);
  books.prefilled(1, at(3));
  EXPECT_EQ(tokens_at(3), 400);
  books.prefilled(1, at(3));  // and again, as an end behind a first token does
}

TEST(DynamoFading, TheChoiceFollows) {
  FakeView view(2);
  view.ask(1600);  // 100 blocks, 0.16 s
  view.active_blocks = {0, 1000};
  const auto policy = policy_for(view, kName, {"router_prefill_load_model=linear"});
  EXPECT_TRUE(policy->needs().first_token);
  EXPECT_EQ(answer_at(*policy, view, 0, at(0)).instance, 0U);
  view.active_prefill_tokens = {1600, 0};
  view.active_blocks = {0, 60};
  // A = 200 + 100, less what is done; B = 100 + 160.
  EXPECT_EQ(answer_at(*policy->clone(), view, 1, at(0)).instance, 1U);
  EXPECT_EQ(answer_at(*policy->clone(), view, 1, at(0.06)).instance, 1U) << "262.5";
  EXPECT_EQ(answer_at(*policy->clone(), view, 1, at(0.07)).instance, 0U) << "256.25";
  const auto still = policy_for(view, kName);
  EXPECT_EQ(answer_at(*still, view, 1, at(0.07)).instance, 1U) << "until the first token";
}

}  // namespace
}  // namespace pigou
