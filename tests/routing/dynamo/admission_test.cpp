// Whom Dynamo lets in, by hand: router queue, busy thresholds, session affinity. Rules:
// opening comments of src/routing/dynamo/queue.hpp, dynamo_overload.hpp and
// dynamo_affinity.hpp.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-kv@2026-08";

SimTime at(double s) { return from_seconds(s, "test"); }

FakeView busy_pair() {
  FakeView view(2);
  view.set_max_batched_tokens(1000);
  view.active_prefill_tokens = {4001, 4001};
  return view;
}

TEST(DynamoQueue, BusyMeansMoreThanThresholdTimesAStep) {
  FakeView view = busy_pair();
  const std::vector<std::string> on = {"router_queue_threshold=4"};
  EXPECT_EQ(answer(*policy_for(view, kName, on), view).kind, ActionKind::kQueue);
  view.active_prefill_tokens[1] = 4000;
  EXPECT_EQ(answer(*policy_for(view, kName, on), view).kind, ActionKind::kPlace);
  EXPECT_EQ(answer(*policy_for(busy_pair(), kName), view).kind, ActionKind::kPlace) << "off";
}

TEST(DynamoQueue, AWorkerThatIsDownIsNotAskedForRoom) {
  FakeView view = busy_pair();
  view.active_prefill_tokens[1] = 0;
  view.up = {1, 0};
  const auto policy = policy_for(view, kName, {"router_queue_threshold=4"});
  EXPECT_EQ(answer(*policy, view).kind, ActionKind::kQueue) << "the idle one is down";
}

TEST(DynamoQueue, NobodyOvertakesThoseWhoWait) {
  FakeView view = busy_pair();
  const auto policy = policy_for(view, kName, {"router_queue_threshold=4"});
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kQueue);
  EXPECT_TRUE(answers(*policy, view, Hook::kRoomFreed, 0).empty()) << "still busy";
  view.active_prefill_tokens = {0, 0};
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue) << "room, but another is first";
  EXPECT_EQ(answers(*policy, view, Hook::kRoomFreed, 0).at(0).kind, ActionKind::kPlace);
  EXPECT_EQ(answer(*policy, view, 2).kind, ActionKind::kQueue);
  notify(*policy, view, Hook::kFinish, 1, kNoIndex, at(1));  // its client gave up
  EXPECT_EQ(answers(*policy, view, Hook::kRoomFreed, 2).at(0).kind, ActionKind::kPlace);
  EXPECT_EQ(answer(*policy, view, 3).kind, ActionKind::kPlace) << "nobody waits";
}

TEST(DynamoQueue, LeavesInTheOrderOfItsPolicy) {
  const auto order = [](const char* policy_name, double now_s, std::int64_t tokens,
                        std::int32_t best_overlap) {
    FakeView view = busy_pair();
    view.ask(tokens);
    view.overlap = {1, best_overlap};
    const auto policy =
        policy_for(view, kName,
                   {"router_queue_threshold=4", std::string("router_queue_policy=") + policy_name});
    return answer_at(*policy, view, 0, at(now_s)).order;
  };
  EXPECT_LT(order("fcfs", 1, 320, 2), order("fcfs", 2, 32, 2));
  EXPECT_GT(order("lcfs", 1, 320, 2), order("lcfs", 2, 32, 2));
  EXPECT_EQ(order("wspt", 1, 320, 2), 320 - 2 * 16) << "uncached on the best worker";
  EXPECT_EQ(order("wspt", 2, 1024, 60), 64);
  EXPECT_EQ(order("wspt", 2, 512, 32), 1) << "never below one";
}

TEST(DynamoBusy, AnOverloadedWorkerTakesNothing) {
  FakeView view(3);
  view.ask(160);
  view.set_kv_blocks(1000);
  view.active_blocks = {0, 30, 40};
  EXPECT_EQ(answer(*policy_for(view, kName), view).instance, 0U);
  view.active_prefill_tokens = {101, 100, 0};
  const std::vector<std::string> tokens = {"active_prefill_tokens_threshold=100",
                                           "prefill_load_scale=0"};
  EXPECT_EQ(answer(*policy_for(view, kName, tokens), view).instance, 1U) << "100 is not above 100";
  view.set_max_batched_tokens(200);
  const std::vector<std::string> share = {"active_prefill_tokens_threshold_frac=0.4",
                                          "prefill_load_scale=0"};
  EXPECT_EQ(answer(*policy_for(view, kName, share), view).instance, 2U) << "more than 80 tokens";
  view.active_blocks = {901, 30, 40};
  view.overlap = {10, 0, 0};
  view.active_prefill_tokens = {0, 2000, 2000};
  const std::vector<std::string> blocks = {"active_decode_blocks_threshold=0.9",
                                           "prefill_load_scale=100"};
  EXPECT_NE(answer(*policy_for(view, kName, blocks), view).instance, 0U) << "901 of 1000";
  view.active_blocks[0] = 900;
  EXPECT_EQ(answer(*policy_for(view, kName, blocks), view).instance, 0U);
}

TEST(DynamoBusy, ReportedBlocksCountBesideTheBooks) {
  FakeView view(2);
  view.active_blocks = {1, 2};
  view.seen[0].kv_usage = 0.95;
  const std::string threshold = "active_decode_blocks_threshold=0.9";
  EXPECT_EQ(answer(*policy_for(view, kName, {threshold}), view).instance, 0U) << "unreported";
  const auto policy = policy_for(view, kName, {threshold, "kv_metrics_period_s=1"});
  EXPECT_EQ(policy->needs().snapshot_period_s, 1);
  EXPECT_EQ(answer(*policy, view).instance, 1U);
}

TEST(DynamoBusy, WhenAllAreTheRequestIsRefused) {
  FakeView view(2, 2);
  view.active_prefill_tokens = {101, 101, 101, 101};
  const auto policy = policy_for(view, kName, {"active_prefill_tokens_threshold=100"});
  EXPECT_EQ(answer(*policy, view).kind, ActionKind::kReject);
  EXPECT_EQ(answer(*policy, view, 0, Hook::kPrefillDone).kind, ActionKind::kReject);
  view.active_prefill_tokens = {0, 101, 0, 101};
  view.active_blocks = {9, 0, 9, 0};
  EXPECT_EQ(answer(*policy, view).instance, 0U);
  EXPECT_EQ(answer(*policy, view, 0, Hook::kPrefillDone).decode_instance, 2U);
}

TEST(DynamoAffinity, ASessionStaysUntilItWasIdle) {
  FakeView view(3);
  view.asked().session = 7;
  view.active_blocks = {5, 0, 5};
  const auto policy = policy_for(view, kName, {"session_affinity_ttl_s=10"});
  EXPECT_EQ(answer_at(*policy, view, 0, at(0)).instance, 1U);
  view.active_blocks = {0, 500, 5};
  EXPECT_EQ(answer_at(*policy, view, 1, at(9)).instance, 1U) << "bound, whatever the load";
  notify(*policy, view, Hook::kFinish, 1, 1, at(15));
  EXPECT_EQ(answer_at(*policy, view, 2, at(24)).instance, 1U) << "9 s after its last answer";
  EXPECT_EQ(answer_at(*policy, view, 3, at(34)).instance, 0U) << "10 s idle";
  view.asked().session = 8;
  EXPECT_EQ(answer_at(*policy, view, 4, at(34)).instance, 0U) << "another session";
}

TEST(DynamoAffinity, AWorkerThatIsDownFreesItsSessions) {
  FakeView view(2);
  view.asked().session = 7;
  view.active_blocks = {0, 9};
  const auto policy = policy_for(view, kName, {"session_affinity_ttl_s=10"});
  EXPECT_EQ(answer(*policy, view, 0).instance, 0U);
  view.up = {0, 1};
  EXPECT_EQ(answer(*policy, view, 1).instance, 1U);
  view.up = {1, 1};
  EXPECT_EQ(answer(*policy, view, 2).instance, 1U) << "bound anew";
}

TEST(DynamoAffinity, HardIsRefusedAndSoftSentElsewhereWhenItsWorkerIsOverloaded) {
  for (const bool hard : {true, false}) {
    FakeView view(2);
    view.asked().session = 7;
    view.active_blocks = {0, 9};
    const auto policy =
        policy_for(view, kName,
                   {"session_affinity_ttl_s=10", "active_prefill_tokens_threshold=100",
                    std::string("session_affinity_mode=") + (hard ? "hard" : "soft")});
    EXPECT_EQ(answer(*policy, view, 0).instance, 0U);
    view.active_prefill_tokens[0] = 101;
    const Action next = answer(*policy, view, 1);
    EXPECT_EQ(next.kind, hard ? ActionKind::kReject : ActionKind::kPlace);
    if (!hard) {
      EXPECT_EQ(next.instance, 1U);
    }
  }
}

TEST(DynamoAffinity, AHardSessionWaitsForItsOwnWorker) {
  FakeView view(2);
  view.asked().session = 7;
  view.set_max_batched_tokens(100);
  view.active_blocks = {0, 9};
  const auto policy =
      policy_for(view, kName, {"session_affinity_ttl_s=10", "router_queue_threshold=1"});
  EXPECT_EQ(answer(*policy, view, 0).instance, 0U);
  view.active_prefill_tokens = {101, 0};
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue);
  view.active_prefill_tokens = {100, 500};
  EXPECT_EQ(answers(*policy, view, Hook::kRoomFreed, 1).at(0).instance, 0U);
}

}  // namespace
}  // namespace pigou
