// Dynamo's queue with one class, by hand: who waits, in which order, who leaves. Rules:
// src/routing/dynamo/queue.hpp; several classes: dynamo_classes_test.cpp.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "routing/dynamo/queue_setup.hpp"

namespace pigou {
namespace {

using Order = DynamoClass::Order;

DynamoProfile one_class(Order order = Order::kFcfs) { return DynamoProfile::synthetic(1.0, order); }

TEST(DynamoPriorities, CountAsSecondsOfWaiting) {
  EXPECT_EQ(order_of(queue_of(one_class(), {{.came_s = 0}, {.came_s = 5, .priority = 4}})),
            (Slots{0, 1}));
  EXPECT_EQ(order_of(queue_of(one_class(), {{.came_s = 0}, {.came_s = 5, .priority = 6}})),
            (Slots{1, 0}));
  const DynamoProfile latest = one_class(Order::kLcfs);
  EXPECT_EQ(order_of(queue_of(latest, {{.came_s = 0, .priority = 6}, {.came_s = 5}})),
            (Slots{0, 1}));
  EXPECT_EQ(order_of(queue_of(one_class(), {{.priority = -9}, {.came_s = 1}})), (Slots{0, 1}))
      << "below 0 is 0";
}

TEST(DynamoPriorities, WeighShortestFirst) {
  const DynamoProfile shortest = one_class(Order::kWspt);
  EXPECT_EQ(order_of(queue_of(shortest, {{.tokens = 1000}, {.tokens = 300}, {.tokens = 400}})),
            (Slots{1, 2, 0}));
  // (1 + 2) / 1000 lies between 1 / 300 and 1 / 400.
  EXPECT_EQ(order_of(queue_of(shortest,
                              {{.tokens = 1000, .priority = 2}, {.tokens = 300}, {.tokens = 400}})),
            (Slots{1, 0, 2}));
}

TEST(DynamoPriorities, StrictOnesComeFirstWhateverElse) {
  EXPECT_EQ(order_of(queue_of(one_class(), {{.priority = 1000},
                                            {.came_s = 9, .strict = 1},
                                            {.came_s = 8, .strict = 2},
                                            {.came_s = 8, .strict = 2}})),
            (Slots{2, 3, 1, 0}));
}

TEST(DynamoQueue, WhoHasLeftIsNeitherPlacedNorCounted) {
  DynamoProfile profile = one_class();
  profile.classes[0].request_limit = 1;
  DynamoQueue queue = queue_of(profile, {{}, {}, {}});
  EXPECT_TRUE(queue.full(0, 3)) << "3 of 3";
  queue.leave(0);
  queue.leave(0);
  EXPECT_FALSE(queue.full(0, 3));
  EXPECT_TRUE(queue.full(0, 2));
  EXPECT_EQ(order_of(queue), (Slots{1, 2}));
  queue.leave(1), queue.leave(2);
  EXPECT_FALSE(queue.backlog(0));
}

TEST(DynamoQueue, WhoMustGoToABusyWorkerHoldsUpNobodyElse) {
  DynamoQueue queue = queue_of(one_class(), {{.pinned = 4}, {}, {.pinned = 2}, {.pinned = 4}});
  const auto worker_4_busy = [](const DynamoTicket& t) { return t.pinned != 4; };
  EXPECT_EQ(queue.next(worker_4_busy).slot, 1U) << "of everybody's lane and worker 2's the first";
  EXPECT_EQ(queue.next(worker_4_busy).slot, 2U);
  EXPECT_EQ(queue.next(worker_4_busy).slot, kNoIndex);
  EXPECT_EQ(order_of(queue), (Slots{0, 3}));
}

TEST(DynamoQueue, ThePolicyPlacesWhoseTurnItIsNotWhoIsAskedAbout) {
  FakeView view = busy_pair();
  const auto policy =
      policy_for(view, kName, {"router_queue_threshold=4", "router_queue_policy=wspt"});
  view.ask(1600);
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kQueue);
  view.ask(160);
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue);
  view.active_prefill_tokens = {0, 0};
  view.ask(1600);
  const auto placed = answers(*policy, view, Hook::kRoomFreed, 0);
  ASSERT_EQ(placed.size(), 1U);
  EXPECT_EQ(placed[0].slot, 1U);
  EXPECT_EQ(view.asked().row.input_tokens, 160) << "and was scored as itself";
  EXPECT_EQ(answers(*policy, view, Hook::kRoomFreed, 0).at(0).slot, 0U);
  EXPECT_TRUE(answers(*policy, view, Hook::kRoomFreed, 0).empty());
}

TEST(DynamoQueue, WithoutAFileAClassThatIsAskedForIsNoClass) {
  FakeView view = busy_pair();
  const auto policy = policy_for(view, kName, {"router_queue_threshold=4"});
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kQueue);
  view.active_prefill_tokens = {0, 0};
  view.asked().hints.policy_class = "batch";
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue) << "behind the other one";
}

TEST(DynamoQueue, APinnedRequestWaitsForItsWorkerAlone) {
  FakeView view = busy_pair();
  view.active_prefill_tokens = {0, 0};
  const auto policy =
      policy_for(view, kName, {"router_queue_threshold=4", "session_affinity_ttl_s=100"});
  view.overlap = {4, 0};
  view.asked().session = 7;
  EXPECT_EQ(answer(*policy, view, 0).instance, 0U);
  view.active_prefill_tokens = {4001, 4001};
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue) << "the session's worker is busy";
  view.asked().session = 8;
  EXPECT_EQ(answer(*policy, view, 2).kind, ActionKind::kQueue);
  view.active_prefill_tokens = {4001, 0};
  const auto placed = answers(*policy, view, Hook::kRoomFreed, 1);
  ASSERT_EQ(placed.size(), 1U);
  EXPECT_EQ(placed[0].slot, 2U) << "not held up by who came before";
  EXPECT_EQ(placed[0].instance, 1U);
  EXPECT_TRUE(answers(*policy, view, Hook::kRoomFreed, 1).empty());
  view.active_prefill_tokens = {0, 0};
  EXPECT_EQ(answers(*policy, view, Hook::kRoomFreed, 1).at(0).instance, 0U);
}

}  // namespace
}  // namespace pigou
