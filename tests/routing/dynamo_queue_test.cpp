// Dynamo's policy classes, by hand: deficit round robin, limits, priorities. Rules: routers.md
// section 2.4 and src/routing/dynamo_queue.hpp.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "fake_view.hpp"
#include "routing/dynamo_queue.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-kv@2026-08";
using Order = DynamoQueueRule::Order;

DynamoQueueRule busy_rule(Order order = Order::kFcfs) {
  DynamoQueueRule rule;
  rule.threshold = 1;
  rule.order = order;
  return rule;
}

struct Waiting {
  std::int64_t tokens = 1000;
  double came_s = 0;
  std::string_view family = {};
  double priority = 0;
  std::uint32_t strict = 0;
};

/// Slots 0, 1, ... enter in the order of `waiting`.
DynamoQueue queue_of(const DynamoQueueRule& rule, const std::vector<Waiting>& waiting) {
  DynamoQueue queue(rule, 1);
  std::uint32_t slot = 0;
  for (const Waiting& w : waiting) {
    Decision decision;
    decision.slot = decision.request = slot++;
    decision.time = from_seconds(w.came_s, "test");
    RequestView request;
    request.row.input_tokens = w.tokens;
    request.hints = {w.priority, w.strict, w.family};
    queue.enter(queue.classify(decision, request, 0));
  }
  return queue;
}

/// Slots in the order in which they leave.
std::vector<std::uint32_t> order_of(DynamoQueue queue) {
  std::vector<std::uint32_t> slots;
  for (;;) {
    const DynamoTicket ticket = queue.next([](const DynamoTicket&) { return true; });
    if (ticket.slot == kNoIndex) return slots;
    slots.push_back(ticket.slot);
  }
}

using Slots = std::vector<std::uint32_t>;

TEST(DynamoClasses, TakeTurnsByTheirQuanta) {
  DynamoQueueRule rule = busy_rule();
  rule.quantum = {1000, 1000, 2000, 1000};
  const Waiting batch{.family = "batch"};
  EXPECT_EQ(order_of(queue_of(rule, {{}, {}, {}, batch, batch, batch, batch})),
            (Slots{0, 3, 4, 1, 5, 6, 2}));
}

TEST(DynamoClasses, RequestsLargerThanAQuantumGetWholeRoundsAtOnce) {
  DynamoQueueRule rule = busy_rule();
  rule.quantum = {1000, 1000, 2000, 1000};
  const Waiting large{.tokens = 5000}, batch{.tokens = 5000, .family = "batch"};
  // A round gives 1000 and 2000, nobody can go; two more: 3000 and 6000. Batch pays and keeps 1000.
  // The next round gives 4000 and 3000; one more: 5000 and 5000, and default is next.
  EXPECT_EQ(order_of(queue_of(rule, {large, large, batch, batch})), (Slots{2, 0, 3, 1}));
}

TEST(DynamoClasses, ACreditIsLostWithTheLastOfItsClass) {
  DynamoQueueRule rule = busy_rule();
  rule.quantum = {10'000, 1, 1000, 1};
  const Waiting batch{.family = "batch"};
  DynamoQueue queue = queue_of(rule, {{}, batch, batch});
  const auto any = [](const DynamoTicket&) { return true; };
  EXPECT_EQ(queue.next(any).slot, 0U);
  EXPECT_EQ(queue.next(any).slot, 1U) << "its 9000 are gone";
  EXPECT_EQ(queue.next(any).slot, 2U);
  EXPECT_EQ(queue.next(any).slot, kNoIndex);
}

TEST(DynamoClasses, AClassWhoseFirstFitsNowhereIsPassedOverAndEarnsNothing) {
  DynamoQueueRule rule = busy_rule();
  rule.quantum = {1000, 1, 1000, 1};
  const Waiting batch{.family = "batch"};
  DynamoQueue queue = queue_of(rule, {{}, {}, batch, batch, batch});
  const auto only_batch = [](const DynamoTicket& t) { return t.cls == 2; };
  EXPECT_EQ(queue.next(only_batch).slot, 2U);
  EXPECT_EQ(queue.next(only_batch).slot, 3U);
  EXPECT_EQ(order_of(queue), (Slots{0, 4, 1})) << "no credit for the time it could not go";
}

TEST(DynamoClasses, WhatIsLongIsAClassOfItsOwn) {
  DynamoQueueRule rule = busy_rule();
  rule.long_from = 512;
  const DynamoQueue queue(rule, 1);
  const auto class_of = [&](std::int64_t tokens, std::int64_t cached, std::string_view family) {
    RequestView request;
    request.row.input_tokens = tokens;
    request.hints.policy_class = family;
    return queue.classify({}, request, cached).cls;
  };
  EXPECT_EQ(class_of(511, 0, ""), 0U);
  EXPECT_EQ(class_of(512, 0, ""), 1U);
  EXPECT_EQ(class_of(512, 16, ""), 0U) << "uncached tokens count";
  EXPECT_EQ(class_of(512, 0, "batch"), 3U);
  EXPECT_EQ(class_of(1, 0, "batch"), 2U);
  EXPECT_EQ(class_of(1, 0, "unknown"), 0U) << "as in Dynamo: the default family";
}

TEST(DynamoClasses, FamiliesMayBeDrawnByConversation) {
  DynamoQueueRule rule = busy_rule();
  rule.batch_share = 0.25;
  const DynamoQueue queue(rule, 7);
  int batch = 0;
  for (std::uint64_t session = 0; session < 4000; ++session) {
    RequestView request;
    request.session = mix64(session);
    const std::uint32_t cls = queue.classify({}, request, 0).cls;
    EXPECT_EQ(queue.classify({}, request, 0).cls, cls);
    batch += cls == 2 ? 1 : 0;
  }
  EXPECT_NEAR(batch, 1000, 3.3 * 27.4) << "binomial, p = 0.001";
}

TEST(DynamoPriorities, CountAsSecondsOfWaiting) {
  EXPECT_EQ(order_of(queue_of(busy_rule(), {{.came_s = 0}, {.came_s = 5, .priority = 4}})),
            (Slots{0, 1}));
  EXPECT_EQ(order_of(queue_of(busy_rule(), {{.came_s = 0}, {.came_s = 5, .priority = 6}})),
            (Slots{1, 0}));
  const DynamoQueueRule latest = busy_rule(Order::kLcfs);
  EXPECT_EQ(order_of(queue_of(latest, {{.came_s = 0, .priority = 6}, {.came_s = 5}})),
            (Slots{0, 1}));
  EXPECT_EQ(order_of(queue_of(busy_rule(), {{.priority = -9}, {.came_s = 1}})), (Slots{0, 1}))
      << "below 0 is 0";
}

TEST(DynamoPriorities, WeighShortestFirst) {
  const DynamoQueueRule rule = busy_rule(Order::kWspt);
  EXPECT_EQ(order_of(queue_of(rule, {{.tokens = 1000}, {.tokens = 300}, {.tokens = 400}})),
            (Slots{1, 2, 0}));
  // (1 + 2) / 1000 lies between 1 / 300 and 1 / 400.
  EXPECT_EQ(
      order_of(queue_of(rule, {{.tokens = 1000, .priority = 2}, {.tokens = 300}, {.tokens = 400}})),
      (Slots{1, 0, 2}));
}

TEST(DynamoPriorities, StrictOnesComeFirstWhateverElse) {
  EXPECT_EQ(order_of(queue_of(busy_rule(), {{.priority = 1000},
                                            {.came_s = 9, .strict = 1},
                                            {.came_s = 8, .strict = 2},
                                            {.came_s = 8, .strict = 2}})),
            (Slots{2, 3, 1, 0}));
}

TEST(DynamoClasses, WhoHasLeftIsNeitherPlacedNorCounted) {
  DynamoQueueRule rule = busy_rule();
  rule.request_limit = 1;
  DynamoQueue queue = queue_of(rule, {{}, {}, {}});
  EXPECT_TRUE(queue.full(0, 3)) << "3 of 3";
  queue.leave(0);
  queue.leave(0);
  EXPECT_FALSE(queue.full(0, 3));
  EXPECT_TRUE(queue.full(0, 2));
  EXPECT_EQ(order_of(queue), (Slots{1, 2}));
  queue.leave(1), queue.leave(2);
  EXPECT_FALSE(queue.backlog(0));
}

TEST(DynamoClasses, LimitsAreOfEachClassAndDoNotCountWhatComes) {
  DynamoQueueRule rule = busy_rule();
  rule.input_token_limit = 600;
  const DynamoQueue queue = queue_of(rule, {{.tokens = 599}, {.tokens = 600, .family = "batch"}});
  EXPECT_FALSE(queue.full(0, 1));
  EXPECT_TRUE(queue.full(2, 1));
  EXPECT_FALSE(queue.full(2, 2)) << "twice the workers";
  rule.request_limit = 0;
  EXPECT_TRUE(DynamoQueue(rule, 1).full(1, 9)) << "0 refuses all";
}

FakeView busy_pair() {
  FakeView view(2);
  view.batched_tokens = 1000;
  view.active_prefill_tokens = {4001, 4001};
  return view;
}

TEST(DynamoClasses, AFullQueueRefuses) {
  FakeView view = busy_pair();
  const std::vector<std::string> limited = {"router_queue_threshold=4",
                                            "request_queue_limit_per_worker=1"};
  const auto policy = policy_for(view, kName, limited);
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kQueue);
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue);
  EXPECT_EQ(answer(*policy, view, 2).kind, ActionKind::kReject) << "two workers, two wait";
  view.asked.hints.policy_class = "batch";
  EXPECT_EQ(answer(*policy, view, 3).kind, ActionKind::kQueue) << "another class";
  EXPECT_TRUE(policy->needs().request_hints);
}

TEST(DynamoClasses, ThePolicyPlacesWhoseTurnItIsNotWhoIsAskedAbout) {
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
  EXPECT_EQ(view.asked.row.input_tokens, 160) << "and was scored as itself";
  EXPECT_EQ(answers(*policy, view, Hook::kRoomFreed, 0).at(0).slot, 0U);
  EXPECT_TRUE(answers(*policy, view, Hook::kRoomFreed, 0).empty());
}

TEST(DynamoClasses, ABacklogHoldsUpItsOwnClassOnly) {
  FakeView view = busy_pair();
  const auto policy =
      policy_for(view, kName, {"router_queue_threshold=4", "uncached_isl_bucket=512"});
  view.ask(512);
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kQueue);
  view.active_prefill_tokens = {0, 0};
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue);
  view.ask(511);
  EXPECT_EQ(answer(*policy, view, 2).kind, ActionKind::kPlace);
}

TEST(DynamoQueue, MayCountTokensInsteadOfStepsAndAShareOfWorkers) {
  FakeView view = busy_pair();
  EXPECT_EQ(answer(*policy_for(view, kName, {"prefill_busy_threshold=4000"}), view).kind,
            ActionKind::kQueue);
  EXPECT_EQ(answer(*policy_for(view, kName, {"prefill_busy_threshold=4001"}), view).kind,
            ActionKind::kPlace);
  view.active_prefill_tokens = {4001, 0};
  EXPECT_EQ(answer(*policy_for(view, kName, {"router_queue_threshold=4"}), view).kind,
            ActionKind::kPlace);
  const auto half = policy_for(view, kName, {"router_queue_threshold=4", "busy_worker_ratio=0.5"});
  EXPECT_EQ(answer(*half, view).kind, ActionKind::kQueue) << "one of two";
  EXPECT_THROW(policy_for(view, kName, {"router_queue_policy=lcfs", "uncached_isl_bucket=512"}),
               UserError);
}

}  // namespace
}  // namespace pigou
