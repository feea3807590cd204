// Where requests come from, without a cluster to answer them.
#include "simulation/clients.hpp"

#include <gtest/gtest.h>

#include "simulation/small_run.hpp"

namespace pigou {
namespace {

constexpr ClientSources kSources{0, 1, 2};

/// Two sessions of two turns, a second of thought before each. The answer to the very first turn
/// starts a lane of the first session beside it, of one more turn.
std::shared_ptr<Workload> two_sessions(std::uint32_t at_once) {
  SmallRun small;
  for (int row = 0; row < 5; ++row) small.request(0, 16, 1, static_cast<std::uint32_t>(row));
  auto workload = std::make_shared<Workload>(*small.workload());
  workload->arrival.clear();
  Trace& trace = workload->trace;
  trace.lanes = {{0, 2, 0}, {2, 3, 0, 0}, {3, 5, 1}};
  trace.sessions = 2;
  trace.think.assign(5, {kPsPerSecond});
  workload->session_start = {SimTime{5}, SimTime{0}};
  workload->sessions_max_concurrent = at_once;
  return workload;
}

RequestState of_row(std::uint32_t row) {
  RequestState state;
  state.row = RowId{row};
  return state;
}

TEST(Clients, AStreamComesInOrderAndOnce) {
  SmallRun small;
  for (const double ms : {1.0, 2.0, 7.0}) small.request(ms, 16, 1, 0);
  EventTree events(2);
  Clients clients(small.workload(), 0, kSources);
  clients.start(events);
  EXPECT_EQ(events.top().time, kNever);
  EXPECT_EQ(clients.next_arrival(), SimTime{kPsPerMillisecond});
  EXPECT_EQ(clients.upcoming(2), 2U);
  EXPECT_EQ(clients.upcoming(3), kNoIndex);
  for (RequestId request = 0; request < 3; ++request) EXPECT_EQ(clients.take_arrival(), request);
  EXPECT_EQ(clients.next_arrival(), kNever);
}

TEST(Clients, ATurnFollowsTheAnswerToTheOneBefore) {
  EventTree events(5);
  Clients clients(two_sessions(0), 0, kSources);
  clients.start(events);
  EXPECT_EQ(clients.next_arrival(), kNever);
  EXPECT_EQ(events.top().source, 2U + 2) << "the second session starts first";
  EXPECT_EQ(events.top().time, SimTime{kPsPerSecond});
  EXPECT_EQ(clients.take_turn(2, events), 3U);
  EXPECT_EQ(events.top().source, 2U);
  EXPECT_EQ(clients.take_turn(0, events), 0U);
  EXPECT_EQ(events.top().time, kNever) << "both wait for their answers";
  clients.answered(of_row(0), 2, {100}, events);
  EXPECT_EQ(events.top().time, SimTime{100 + kPsPerSecond});
  EXPECT_EQ(clients.take_turn(0, events), 1U);
  EXPECT_EQ(events.top().source, 2U + 1) << "and the lane it triggers";
  EXPECT_EQ(clients.take_turn(1, events), 2U);
  EXPECT_EQ(events.top().time, kNever);
}

TEST(Clients, ASessionBeyondTheLimitWaitsForOneToEnd) {
  EventTree events(5);
  Clients clients(two_sessions(1), 0, kSources);
  clients.start(events);
  EXPECT_EQ(clients.take_turn(2, events), 3U);
  EXPECT_EQ(events.top().time, kNever) << "the first session waits";
  clients.answered(of_row(3), 1, {100}, events);
  EXPECT_EQ(clients.take_turn(2, events), 4U);
  clients.answered(of_row(4), 2, {200}, events);
  EXPECT_EQ(events.top().source, 2U) << "it starts now";
  EXPECT_EQ(events.top().time, SimTime{200 + kPsPerSecond});
}

TEST(Clients, ANumberOfRequestsIsKeptOutstanding) {
  SmallRun small;
  for (int row = 0; row < 3; ++row) small.request(0, 16, 1, 0);
  auto workload = std::make_shared<Workload>(*small.workload());
  workload->concurrency = 2;
  EventTree events(2);
  Clients clients(workload, 0, kSources);
  clients.start(events);
  EXPECT_EQ(clients.next_arrival(), kNever);
  EXPECT_EQ(clients.take_refill(0, events), 0U);
  EXPECT_EQ(events.top().source, 1U);
  EXPECT_EQ(clients.take_refill(1, events), 1U);
  EXPECT_EQ(events.top().time, kNever);
  clients.answered(of_row(0), 2, {50}, events);
  EXPECT_EQ(events.top().time, SimTime{50});
  EXPECT_EQ(clients.take_refill(2, events), 2U);
  clients.answered(of_row(1), 3, {60}, events);
  EXPECT_EQ(events.top().time, kNever) << "no request is left";
}

TEST(Clients, OnlyTheClientThatStillWaitsGivesUp) {
  SmallRun small;
  for (int row = 0; row < 3; ++row) small.request(0, 16, 1, 0);
  const auto workload = small.workload();
  EventTree events(2);
  Requests requests;
  Clients clients(workload, 1, kSources);
  std::vector<SlotId> slots;
  for (RequestId request = 0; request < 3; ++request) {
    slots.push_back(requests.open(*workload, request, {request}));
    clients.wait(slots[request], request, {request}, events);
  }
  EXPECT_EQ(events.top().time, SimTime{kPsPerSecond});
  requests[slots[0]].ended = requests[slots[1]].ended = true;
  EXPECT_FALSE(clients.take_timeout(requests, events).has_value()) << "it was answered";
  EXPECT_EQ(events.top().time, SimTime{kPsPerSecond + 2}) << "nor does anyone look at the second";
  EXPECT_EQ(clients.take_timeout(requests, events), slots[2]);
  EXPECT_EQ(events.top().time, kNever);
  Clients patient(workload, 0, kSources);
  patient.wait(slots[2], 2, {0}, events);
  EXPECT_EQ(events.top().time, kNever);
}

}  // namespace
}  // namespace pigou
