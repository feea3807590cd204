// Dynamo without KV events, and with conditional disaggregation, by hand.
#include <gtest/gtest.h>

#include <array>

#include "routing/dynamo/approximate_index.hpp"
#include "routing/dynamo/conditional.hpp"
#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-kv@2026-08";

SimTime at(double s) { return from_seconds(s, "test"); }

/// Segments 0 and 1 of 3 and 4 blocks.
class TwoSegments {
 public:
  PathView path(std::size_t segments) const {
    PathView path;
    path.prompt = std::span(ids_).first(segments);
    path.blocks_of = blocks_.data();
    return path;
  }

 private:
  std::array<std::uint32_t, 2> ids_ = {0, 1};
  std::array<std::uint32_t, 2> blocks_ = {3, 4};
};

TEST(DynamoApproximateIndex, BelievesWhatWasSentUntilItsTimeIsUp) {
  const TwoSegments segments;
  DynamoApproximateIndex index(2, at(120));
  index.sent(segments.path(2), 0, at(0));
  EXPECT_EQ(index.overlap(segments.path(2), at(0))[0], 7);
  EXPECT_EQ(index.overlap(segments.path(2), at(0))[1], 0);
  index.sent(segments.path(1), 0, at(100));
  EXPECT_EQ(index.overlap(segments.path(2), at(119))[0], 7);
  EXPECT_EQ(index.overlap(segments.path(2), at(120))[0], 3) << "the second was not sent again";
  EXPECT_EQ(index.overlap(segments.path(2), at(219))[0], 3);
  EXPECT_EQ(index.overlap(segments.path(2), at(220))[0], 0);
}

TEST(DynamoApproximateIndex, ForgetsWhoWentAway) {
  const TwoSegments segments;
  DynamoApproximateIndex index(2, at(120));
  index.sent(segments.path(2), 0, at(0));
  index.sent(segments.path(2), 1, at(0));
  index.forget(0);
  EXPECT_EQ(index.overlap(segments.path(2), at(1))[0], 0);
  EXPECT_EQ(index.overlap(segments.path(2), at(1))[1], 7);
  index.sent(segments.path(1), 0, at(60));
  EXPECT_EQ(index.overlap(segments.path(2), at(130))[0], 3) << "the old end is void";
  EXPECT_EQ(index.overlap(segments.path(2), at(130))[1], 0);
}

TEST(DynamoWithoutEvents, TheChoiceFollowsWhatWasSent) {
  const TwoSegments segments;
  FakeView view(2);
  view.ask(7 * 16);
  view.asked().path = segments.path(2);
  view.overlap = {0, 7};  // not heard of
  view.active_blocks = {0, 5};
  const auto policy = policy_for(view, kName, {"use_kv_events=false"});
  EXPECT_FALSE(policy->needs().prefix_index);
  EXPECT_TRUE(policy->needs().instance_change);
  const Action first = answer_at(*policy, view, 0, at(0));
  EXPECT_EQ(first.instance, 0U);
  EXPECT_EQ(first.believed_tokens, 0);
  view.active_blocks = {6, 0};  // 0 + 13 against 7 + 7
  const Action second = answer_at(*policy, view, 1, at(60));
  EXPECT_EQ(second.instance, 0U);
  EXPECT_EQ(second.believed_tokens, 7 * 16);
  EXPECT_EQ(answer_at(*policy, view, 2, at(180)).instance, 1U) << "120 s after the last sending";
  view.up = {1, 0};
  notify(*policy, view, Hook::kInstanceChange, 3, 1, at(181));
  view.up = {1, 1};
  view.active_blocks = {0, 6};
  EXPECT_EQ(answer_at(*policy, view, 3, at(182)).instance, 0U) << "its cache went with it";
}

TEST(DynamoConditional, IslBoundingIsStrictInBothBounds) {
  DynamoConditional rule;
  EXPECT_TRUE(rule.short_enough(8192, 6160)) << "2,032 tokens, a quarter";
  EXPECT_FALSE(rule.short_enough(8192, 6144)) << "2,048 is not below 2,048";
  EXPECT_FALSE(rule.short_enough(1000, 300)) << "0.7 is not below 0.7";
  EXPECT_TRUE(rule.short_enough(1000, 301));
  EXPECT_TRUE(rule.short_enough(1000, 1008)) << "nothing left";
}

/// 2 prefill and 2 decode instances; the prompt has 64 blocks.
FakeView split_pair() {
  FakeView view(2, 2);
  view.ask(1024);
  view.set_max_batched_tokens(1000);
  view.set_kv_blocks(1000);
  view.active_blocks = {0, 0, 30, 0};
  view.overlap = {0, 0, 48, 0};
  return view;
}

TEST(DynamoConditional, DecodesWarmestWorkerPrefillsWhatIsMostlyThere) {
  FakeView view = split_pair();
  const auto policy = policy_for(view, kName, {"conditional_disagg=isl_bounding"});
  EXPECT_TRUE(policy->needs().decode_index);
  const Action local = answer(*policy, view);  // 94 - 48 against 64 blocks
  EXPECT_EQ(local.kind, ActionKind::kPrefillLocally);
  EXPECT_EQ(local.decode_instance, 2U);
  view.active_blocks[2] = 50;  // 114 - 48 = 66 against 64: the cold worker, all to compute
  EXPECT_EQ(answer(*policy, view).kind, ActionKind::kPlace);
  EXPECT_EQ(answer(*policy, view, 0, Hook::kPrefillDone).decode_instance, 3U);
  view.active_blocks[2] = 40;
  EXPECT_EQ(answer(*policy, view, 0, Hook::kPrefillDone).decode_instance, 2U) << "credit counts";
  const auto off = policy_for(view, kName);
  EXPECT_EQ(answer(*off, view).kind, ActionKind::kPlace);
  EXPECT_EQ(answer(*off, view, 0, Hook::kPrefillDone).decode_instance, 3U) << "load alone";
}

TEST(DynamoConditional, ABusyPrefillWorkerIsAvoided) {
  FakeView view = split_pair();
  view.overlap = {0, 0, 0, 0};
  view.active_prefill_tokens = {4001, 4002, 0, 0};
  const std::vector<std::string> load = {"conditional_disagg=prefill_load",
                                         "conditional_disagg_prefill_busy_threshold=4"};
  EXPECT_EQ(answer(*policy_for(view, kName, load), view).kind, ActionKind::kPrefillLocally);
  view.active_prefill_tokens[0] = 4000;
  EXPECT_EQ(answer(*policy_for(view, kName, load), view).kind, ActionKind::kPlace);
  const std::vector<std::string> queue = {"conditional_disagg=isl_or_load",
                                          "router_queue_threshold=3"};
  EXPECT_EQ(answer(*policy_for(view, kName, queue), view).kind, ActionKind::kPrefillLocally)
      << "rather than queue";
  const std::vector<std::string> length = {"conditional_disagg=isl_bounding",
                                           "router_queue_threshold=3"};
  EXPECT_EQ(answer(*policy_for(view, kName, length), view).kind, ActionKind::kQueue);
}

TEST(DynamoConditional, ABusyDecodeWorkerVetoes) {
  FakeView view = split_pair();
  view.active_blocks = {0, 0, 30, 100};
  const std::vector<std::string> veto = {"conditional_disagg=isl_bounding",
                                         "conditional_disagg_decode_busy_threshold=0.03"};
  EXPECT_EQ(answer(*policy_for(view, kName, veto), view).kind, ActionKind::kPrefillLocally)
      << "30 of 1,000 is not above 0.03";
  view.active_blocks[2] = 31;
  EXPECT_EQ(answer(*policy_for(view, kName, veto), view).kind, ActionKind::kPlace);
}

TEST(DynamoConditional, AnAggregatedClusterKnowsNoDifference) {
  FakeView view(2);
  EXPECT_EQ(answer(*policy_for(view, kName, {"conditional_disagg=isl_bounding"}), view).kind,
            ActionKind::kPlace);
}

}  // namespace
}  // namespace pigou
