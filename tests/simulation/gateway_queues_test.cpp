// The gateway as a value: who waits there, and what is on its way.
#include <gtest/gtest.h>

#include "simulation/gateway.hpp"

namespace pigou {
namespace {

RequestState waiting(RequestId request, ReplicaId replica) {
  RequestState state;
  state.request = request;
  state.replica = replica;
  return state;
}

TEST(RouterQueue, WhoIsFirst) {
  RouterQueue queue(2);
  RequestState a = waiting(5, 0);
  RequestState b = waiting(4, 0);
  RequestState c = waiting(9, 1);
  EXPECT_EQ(queue.first(0), kNoIndex);
  queue.add(10, 7, a);
  queue.add(11, 7, b);
  queue.add(12, -3, c);
  EXPECT_EQ(queue.first(0), 11U) << "of one order, the earlier request";
  EXPECT_EQ(queue.first(1), 12U);
  EXPECT_EQ(queue.first(), 11U);
  EXPECT_EQ(queue.size(0), 2U);
  queue.remove(b);
  EXPECT_FALSE(b.queued);
  EXPECT_EQ(queue.first(0), 10U);
  queue.remove(c);
  EXPECT_EQ(queue.first(1), kNoIndex);
  EXPECT_EQ(queue.size(), 1U);
}

TEST(Reports, WhenIsOneAnEvent) {
  Reports reports;
  Report silent;
  silent.time = {10};
  reports.add(silent);
  EXPECT_EQ(reports.next(false), kNever) << "nobody acts on it";
  EXPECT_EQ(reports.next(true), SimTime{10}) << "somebody waits for what it tells";
  Report acted;
  acted.acted_on = true;
  acted.time = {20};
  ActedReport how;
  how.time = {20};
  reports.add(acted, how);
  EXPECT_EQ(reports.next(false), SimTime{20});
  reports.arm(false);
  EXPECT_EQ(reports.time(), SimTime{20});
  EXPECT_FALSE(reports.due({9}));
  EXPECT_TRUE(reports.due({10}));
  EXPECT_FALSE(reports.take().acted_on);
  EXPECT_TRUE(reports.take().acted_on);
  EXPECT_EQ(reports.take_acted().time, SimTime{20});
  EXPECT_FALSE(reports.due(kNever));
}

TEST(Deliveries, InWhichOrderDoCallsArrive) {
  Deliveries deliveries(1);
  EventTree events(2);
  deliveries.send({20}, 1, 0, false, events);
  deliveries.send({10}, 2, 0, false, events);
  deliveries.send({10}, 3, 4, true, events);
  EXPECT_EQ(events.top().time, SimTime{10});
  EXPECT_EQ(deliveries.take(events).slot, 2U);
  const Delivery second = deliveries.take(events);
  EXPECT_EQ(second.slot, 3U);
  EXPECT_EQ(second.attempt, 4U);
  EXPECT_TRUE(second.decode);
  EXPECT_EQ(events.top().time, SimTime{20});
  deliveries.take(events);
  EXPECT_EQ(events.top().time, kNever);
}

/// Two replicas: timers 0 and 1, servers 2 and 3, deliveries 4, news 5.
Gateway two_replicas(GatewayConfig config) {
  config.replicas = 2;
  return {config, {}, 1, {0, 2, 4, 5}};
}

TEST(Gateway, DoesOneReplicaDecideAfterTheOther) {
  Gateway gateway = two_replicas({.decision_s = 1e-12});
  EventTree events(6);
  Ask ask;
  ask.replica = 1;
  EXPECT_TRUE(gateway.line_up(ask)) << "it is free";
  EXPECT_TRUE(gateway.next_in_line(1).has_value());
  gateway.set_busy(1, true, {10}, events);
  EXPECT_EQ(events.top().time, SimTime{11});
  EXPECT_EQ(events.top().source, 3U);
  EXPECT_FALSE(gateway.line_up(ask));
  gateway.set_busy(1, false, {11}, events);
  EXPECT_EQ(events.top().time, kNever);
  EXPECT_TRUE(gateway.next_in_line(1).has_value());
  EXPECT_FALSE(gateway.next_in_line(1).has_value());
}

TEST(Gateway, WhoIsAskedWhenRoomIsFreed) {
  Gateway gateway = two_replicas({});
  gateway.free_room(1);
  EXPECT_FALSE(gateway.room_freed()) << "nobody waits there";
  RequestState state = waiting(3, 1);
  gateway.queue.add(7, 0, state);
  gateway.free_room(1);
  gateway.free_room(1);
  EXPECT_TRUE(gateway.room_freed());
  EXPECT_EQ(gateway.take_room(), 1U);
  EXPECT_FALSE(gateway.room_freed());
  gateway.free_room(1);
  EXPECT_EQ(gateway.take_room(), kNoIndex) << "it has been asked already";
  gateway.room_answered(1);
  gateway.free_room(1);
  EXPECT_EQ(gateway.take_room(), 1U);
}

TEST(Gateway, ATimerInThePastGoesOffAsSoonAsTimeGoesOn) {
  Gateway gateway = two_replicas({});
  EventTree events(6);
  gateway.set_timer(1, 3, {10}, events);
  EXPECT_EQ(events.top().time, SimTime{11});
  EXPECT_EQ(events.top().source, 1U);
  gateway.set_timer(1, -1, {10}, events);
  EXPECT_EQ(events.top().time, kNever);
}

TEST(Gateway, WhichReplicaDoesARequestGoTo) {
  const auto session = [] { return std::uint64_t{77}; };
  const Gateway turns = two_replicas({.replica_choice = ReplicaChoice::kRoundRobin});
  EXPECT_EQ(turns.replica_of(0, 5, session), 0U);
  EXPECT_EQ(turns.replica_of(1, 5, session), 1U);
  EXPECT_EQ(turns.replica_of(2, 5, session), 0U);
  const Gateway sticky = two_replicas({.replica_choice = ReplicaChoice::kSession});
  for (RequestId request = 0; request < 20; ++request)
    EXPECT_EQ(sticky.replica_of(request, request, session), sticky.replica_of(0, 0, session));
  const Gateway random = two_replicas({.replica_choice = ReplicaChoice::kRandom});
  std::uint32_t ones = 0;
  for (RequestId request = 0; request < 100; ++request)
    ones += random.replica_of(0, request, session);
  EXPECT_GT(ones, 30U);
  EXPECT_LT(ones, 70U);
}

TEST(Gateway, DoesNewsComeInOrder) {
  Gateway gateway = two_replicas({.sync = true});
  EXPECT_TRUE(gateway.syncs());
  EventTree events(6);
  for (const RequestId request : {RequestId{4}, RequestId{2}}) {
    PeerNews news;
    news.time = {request == 4 ? 10 : 20};
    news.request = request;
    gateway.send_news(news, events);
  }
  EXPECT_EQ(events.top().time, SimTime{10});
  EXPECT_EQ(events.top().source, 5U);
  EXPECT_EQ(gateway.take_news(events).request, 4U);
  EXPECT_EQ(events.top().time, SimTime{20});
  EXPECT_EQ(gateway.take_news(events).request, 2U);
  EXPECT_EQ(events.top().time, kNever);
}

}  // namespace
}  // namespace pigou
