// dynamo-kv@2026-08 through the policy itself. Golden figures by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

/// Case 1: a prompt of 64 blocks. A (0): 48 cached, 100 active blocks; B (1): none cached, 20.
FakeView case_one(std::int32_t shared_on_a) {
  FakeView view(2);
  view.ask(64 * 16);
  view.overlap = {48, 0};
  view.active_blocks = {100, 20};
  view.shared = {shared_on_a, 0};
  return view;
}

std::uint32_t chosen(FakeView view, const std::vector<std::string>& settings = {},
                     std::uint64_t seed = 1, RequestId request = 0) {
  const auto policy = policy_for(view, "dynamo-kv@2026-08", settings, seed);
  const Action action = answer(*policy, view, request);
  EXPECT_EQ(action.kind, ActionKind::kPlace);
  return action.instance;
}

TEST(DynamoKv, CachedBlocksNobodyUsesLoseToAnEmptierWorker) {
  // A = 16 + 164 = 180, B = 64 + 84 = 148.
  EXPECT_EQ(chosen(case_one(0)), 1U);
  FakeView view = case_one(0);
  view.active_blocks[1] = 20 + 31;  // B = 179: still B
  EXPECT_EQ(chosen(view), 1U);
  view.active_blocks[1] = 20 + 33;  // B = 181
  EXPECT_EQ(chosen(view), 0U);
}

TEST(DynamoKv, BlocksSharedWithActiveSequencesAreNotCountedTwice) {
  // A = 16 + 116 = 132.
  EXPECT_EQ(chosen(case_one(48)), 0U);
  FakeView view = case_one(48);
  view.active_blocks[1] = 3;  // B = 64 + 67 = 131
  EXPECT_EQ(chosen(view), 1U);
}

TEST(DynamoKv, ARequestMayBringItsOwnCreditAndTemperature) {
  // A = max(0, 64 - 48 credit) + 164; B = 64 + 84 = 148 at first.
  FakeView view = case_one(0);
  view.asked().hints.own(RequestLabel::kOverlapCredit) = 2;
  EXPECT_EQ(chosen(view), 1U) << "nobody asks for overrides";
  const std::vector<std::string> on = {"router_config_override=true"};
  EXPECT_TRUE(policy_for(view, "dynamo-kv@2026-08", on)->needs().labels.hints());
  EXPECT_FALSE(policy_for(view, "dynamo-kv@2026-08")->needs().labels.hints());
  view.asked().hints.own(RequestLabel::kOverlapCredit) = 1.25;  // the prefill term is 4: A = 168
  EXPECT_EQ(chosen(view, on), 1U);
  view.active_blocks[1] = 20 + 21;  // B = 169
  EXPECT_EQ(chosen(view, on), 0U);
  EXPECT_EQ(chosen(view, {"router_config_override=true", "overlap_score_credit=0"}), 0U);
  view.asked().hints.own(RequestLabel::kOverlapCredit) = -1;  // the router's own again: A = 180
  EXPECT_EQ(chosen(view, on), 1U);
  view.asked().hints.own(RequestLabel::kTemperature) = 1000;
  const auto policy = policy_for(view, "dynamo-kv@2026-08", on);
  int on_a = 0;
  for (std::uint32_t r = 0; r < 1000; ++r) on_a += answer(*policy, view, r).instance == 0 ? 1 : 0;
  EXPECT_NEAR(on_a, 500, 64);
  view.asked().hints.own(RequestLabel::kTemperature) = -1;
  EXPECT_EQ(answer(*policy, view, 1000).instance, 1U) << "the next request's are its own";
}

TEST(DynamoKv, PrefillTokensInFlightCountAsBlocks) {
  FakeView view(2);
  view.ask(160);
  view.active_prefill_tokens = {32, 0};  // two blocks more on A
  view.active_blocks = {0, 1};
  EXPECT_EQ(chosen(view), 1U);
  view.active_blocks[1] = 3;
  EXPECT_EQ(chosen(view), 0U);
  EXPECT_EQ(chosen(view, {"prefill_load_scale=2"}), 1U);
}

TEST(DynamoKv, CreditNeverMakesThePrefillTermNegative) {
  FakeView view(2);
  view.ask(160);  // 10 blocks
  view.overlap = {10, 5};
  view.active_blocks = {6, 0};
  // Credit 3: A = max(0, 10 - 30) + 16 = 16, B = max(0, 10 - 15) + 10 = 10.
  EXPECT_EQ(chosen(view, {"overlap_score_credit=3"}), 1U);
}

TEST(DynamoKv, ExactTiesAreUniformOverSeeds) {
  FakeView view(5);
  view.ask(320);
  view.active_blocks = {4, 9, 4, 4, 11};
  std::vector<int> counts(3);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const std::uint32_t instance = chosen(view, {}, seed);
    ASSERT_TRUE(instance == 0 || instance == 2 || instance == 3);
    ++counts[instance == 0 ? 0 : instance - 1];
  }
  EXPECT_LT(chi_square(counts), 13.8);  // 2 degrees of freedom, p = 0.001
}

TEST(DynamoKv, TemperatureIsRelativeToTheSpreadOfTwoCosts) {
  // With two candidates the odds depend on the temperature alone: 0.731 at 1, 0.881 at 0.5.
  for (const std::int64_t gap : {1, 1000}) {
    FakeView view(2);
    view.ask(320);
    view.active_blocks = {0, gap};
    for (const auto& [temperature, expected] : {std::pair{"1", 0.7311}, {"0.5", 0.8808}}) {
      const auto policy =
          policy_for(view, "dynamo-kv@2026-08", {std::string("temperature=") + temperature});
      int best = 0;
      const int draws = 20'000;
      for (int r = 0; r < draws; ++r)
        best += answer(*policy, view, static_cast<std::uint32_t>(r)).instance == 0 ? 1 : 0;
      const double sigma = std::sqrt(expected * (1 - expected) / draws);
      EXPECT_NEAR(best / static_cast<double>(draws), expected, 4 * sigma) << gap;
    }
  }
}

TEST(DynamoKv, EqualCostsAreUniformAtAnyTemperature) {
  FakeView view(4);
  std::vector<int> counts(4);
  const auto policy = policy_for(view, "dynamo-kv@2026-08", {"temperature=0.1"});
  for (std::uint32_t r = 0; r < 4000; ++r) ++counts[answer(*policy, view, r).instance];
  EXPECT_LT(chi_square(counts), 16.3);  // 3 degrees of freedom, p = 0.001
}

TEST(DynamoKv, TheDecodeSideIsLoadOnly) {
  FakeView view(2, 3);
  view.ask(640);
  view.active_blocks = {0, 0, 7, 5, 6};
  view.overlap = {40, 0, 40, 0, 39};  // believed overlap on decode workers must not matter
  view.active_prefill_tokens = {0, 0, 0, 90'000, 0};
  const auto policy = policy_for(view, "dynamo-kv@2026-08");
  const Action action = answer(*policy, view, 0, Hook::kPrefillDone);
  EXPECT_EQ(action.kind, ActionKind::kPlaceDecode);
  EXPECT_EQ(action.decode_instance, 3U);
  const auto weighted = policy_for(view, "dynamo-kv@2026-08", {"decode_active_request_weight=2"});
  view.active_requests = {0, 0, 0, 3, 1};  // 7, 5 + 6, 6 + 2
  EXPECT_EQ(answer(*weighted, view, 0, Hook::kPrefillDone).decode_instance, 2U);
}

TEST(DynamoKv, TheQueueTakesARequestOnlyWhenEveryWorkerIsBusy) {
  FakeView view(2);
  view.set_max_batched_tokens(1000);
  const std::vector<std::string> on = {"router_queue_threshold=4"};
  view.active_prefill_tokens = {4001, 4000};  // busy means more than threshold x budget
  const auto policy = policy_for(view, "dynamo-kv@2026-08", on);
  EXPECT_EQ(answer(*policy, view).kind, ActionKind::kPlace);
  view.active_prefill_tokens = {4001, 4001};
  EXPECT_EQ(answer(*policy, view).kind, ActionKind::kQueue);
  const auto unlimited = policy_for(view, "dynamo-kv@2026-08");
  EXPECT_EQ(answer(*unlimited, view).kind, ActionKind::kPlace) << "off by default";
}

TEST(DynamoKv, ItsDefaultsAreDynamos) {
  const PolicyInfo& info = find_policy("dynamo-kv@2026-08");
  const auto value = [&](std::string_view name) {
    return info.parameters[parameter_index("dynamo-kv@2026-08", info.parameters, name)].fallback;
  };
  EXPECT_EQ(value("overlap_score_credit"), 1);
  EXPECT_EQ(value("overlap_score_credit_decay"), 0);
  EXPECT_EQ(value("prefill_load_scale"), 1);
  EXPECT_EQ(value("decode_active_request_weight"), 0);
  EXPECT_EQ(value("temperature"), 0);
  EXPECT_EQ(value("assume_kv_reuse"), 1);
  EXPECT_EQ(value("router_queue_threshold"), 0) << "0 stands for None";
  FakeView view(2);
  EXPECT_TRUE(policy_for(view, "dynamo-kv@2026-08")->needs().prefix_index);
  EXPECT_TRUE(policy_for(view, "dynamo-kv@2026-08")->needs().shared_active);
  EXPECT_TRUE(policy_for(view, "dynamo-kv@2026-08")->needs().whole_blocks);
  const auto alone = policy_for(view, "dynamo-kv@2026-08", {"assume_kv_reuse=false"});
  EXPECT_FALSE(alone->needs().shared_active);
}

}  // namespace
}  // namespace pigou
