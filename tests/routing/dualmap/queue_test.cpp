// DualMap's central queues, their dispatch rule and what rebalancing moves, by hand.
#include <gtest/gtest.h>

#include "routing/dualmap/central_queues.hpp"
#include "routing/dualmap/testing.hpp"

namespace pigou {
namespace {

WaitingRequest waiting(std::uint32_t number, double arrival_s, std::int64_t input,
                       std::int64_t cached) {
  WaitingRequest request;
  request.request = RequestId{number};
  request.slot = SlotId{number};
  request.arrival = from_seconds(arrival_s, "s");
  request.input_tokens = input;
  request.cached_tokens = cached;
  return request;
}

TEST(CentralQueues, TheLongestCachedPrefixLeavesFirstThenTheEarliest) {
  CentralQueues queues(2);
  queues.push(1, waiting(0, 1, 1000, 0));
  queues.push(1, waiting(1, 2, 1000, 512));
  queues.push(1, waiting(2, 0.5, 1000, 0));
  queues.push(1, waiting(3, 3, 1000, 512));
  EXPECT_EQ(queues.uncached_tokens(1), 2000 + 976);
  EXPECT_EQ(queues.oldest(1), from_seconds(0.5, "s"));
  EXPECT_EQ(queues.oldest(0), kNever);
  std::vector<std::uint32_t> order;
  while (!queues.empty(1)) order.push_back(queues.pop(1).request);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{1, 3, 2, 0}));
  EXPECT_EQ(queues.uncached_tokens(1), 0);
}

TEST(CentralQueues, TokensAheadCountWhoWouldLeaveBefore) {
  CentralQueues queues(2);
  queues.push(0, waiting(0, 0, 1000, 800));
  queues.push(0, waiting(1, 1, 1000, 400));
  queues.push(0, waiting(2, 2, 1000, 0));
  const WaitingRequest other = waiting(9, 5, 1000, 0);
  EXPECT_EQ(queues.tokens_ahead(0, other, 900), 0);
  EXPECT_EQ(queues.tokens_ahead(0, other, 500), 200);
  EXPECT_EQ(queues.tokens_ahead(0, other, 0), 200 + 600 + 1000);
  EXPECT_EQ(queues.tokens_ahead(0, queues.at(0, 1), 0), 200) << "not behind itself";
  EXPECT_TRUE(queues.remove(1));
  EXPECT_FALSE(queues.remove(1));
  EXPECT_EQ(queues.tokens_ahead(0, other, 0), 1200);
}

TEST(DualMapDispatch, OnePrefillAtATimeAndASecondAfterAShortOne) {
  DualMapDrive drive(2);
  EXPECT_EQ(drive.arrive(0, 1, 1024, {1}, {16, 0}), (Placed{{1, 0}}));
  EXPECT_EQ(drive.arrive(0.1, 2, 1024, {1}, {16, 0}), Placed{}) << "one is pending";
  EXPECT_EQ(drive.arrive(0.2, 3, 1024, {1}, {32, 0}), Placed{});
  EXPECT_EQ(drive.first_token(2, 1), (Placed{{3, 0}})) << "the longer cached prefix, and no second";
  EXPECT_EQ(drive.first_token(2.5, 3), (Placed{{2, 0}})) << "after 0.5 s there is room for two";
  EXPECT_EQ(drive.arrive(2.6, 4, 1024, {1}, {16, 0}), (Placed{{4, 0}}));
  EXPECT_EQ(drive.arrive(2.7, 5, 1024, {1}, {16, 0}), Placed{}) << "two are pending";
  EXPECT_EQ(drive.finish(2.8, 1), Placed{}) << "an end is no first token";
  EXPECT_EQ(drive.first_token(4.6, 2), Placed{}) << "2.1 s: one at a time again";
  EXPECT_EQ(drive.first_token(4.7, 4), (Placed{{5, 0}})) << "none is pending";
}

TEST(DualMapDispatch, TheCodeLooksAtArrivalsAndEndsOnlyAndSendsOne) {
  DualMapDrive drive(2, kCode);
  EXPECT_EQ(drive.arrive(0, 1, 1024, {1}, {16, 0}), (Placed{{1, 0}}));
  EXPECT_EQ(drive.arrive(0.1, 2, 1024, {1}, {16, 0}), Placed{});
  EXPECT_EQ(drive.first_token(0.3, 1), Placed{}) << "no pass is made";
  EXPECT_EQ(drive.arrive(0.4, 3, 1024, {1}, {16, 0}), (Placed{{2, 0}}));
  EXPECT_EQ(drive.first_token(0.5, 2), Placed{});
  EXPECT_EQ(drive.finish(0.6, 1), (Placed{{3, 0}}));
  EXPECT_EQ(drive.arrive(0.7, 4, 1024, {1}, {16, 0}), Placed{}) << "never a second one";
}

TEST(DualMapDispatch, WhoGivesUpInTheQueueOrOnTheWayIsForgotten) {
  DualMapDrive drive(2);
  drive.arrive(0, 1, 1024, {1}, {16, 0});
  drive.arrive(0.1, 2, 1024, {1}, {32, 0});
  drive.arrive(0.2, 3, 1024, {1}, {16, 0});
  EXPECT_EQ(drive.finish(0.3, 2), Placed{}) << "left the router's queue";
  EXPECT_EQ(drive.finish(0.4, 1), (Placed{{3, 0}})) << "left without a first token";
}

TEST(DualMapFleet, WhoWaitsForAnInstanceThatGoesIsPutElsewhere) {
  DualMapDrive drive(3);
  const auto prompt = prompt_for(drive, 0, 1);
  EXPECT_EQ(drive.arrive(0, 1, 1024, prompt, {16, 0, 0}), (Placed{{1, 0}}));
  EXPECT_EQ(drive.arrive(0.1, 2, 1024, prompt, {16, 0, 0}), Placed{});
  const Placed moved = drive.set_up(0.2, 0, false);
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0].first, 2U);
  EXPECT_NE(moved[0].second, 0U);
  EXPECT_EQ(drive.finish(0.2, 1), Placed{}) << "lost with its instance";
  EXPECT_EQ(drive.set_up(1, 0, true), Placed{});
  EXPECT_EQ(drive.arrive(2, 3, 1024, prompt, {16, 0, 0}), (Placed{{3, 0}})) << "nothing is pending";
}

TEST(DualMapFleet, WhileNobodyIsThereTheQueuesWait) {
  DualMapDrive drive(2);
  drive.arrive(0, 1, 1024, {1}, {16, 0});
  drive.arrive(0.1, 2, 1024, {1}, {16, 0});
  drive.set_up(0.2, 1, false);
  EXPECT_EQ(drive.set_up(0.3, 0, false), Placed{});
  EXPECT_EQ(drive.finish(0.3, 1), Placed{});
  EXPECT_EQ(drive.set_up(5, 1, true), (Placed{{2, 1}}));
}

/// Instance 0 has 1,008 tokens to compute and 4,080 in its queue (request 2, which may go to 1);
/// the next request of 4,096 tokens, for 0 or 2, finds instance 2 with 8,000 of somebody else.
Placed hotspot(DualMapDrive& drive) {
  const auto to_one = prompt_for(drive, 0, 1), to_two = prompt_for(drive, 0, 2);
  EXPECT_EQ(drive.arrive(0, 1, 1024, to_one, {1, 0, 0}), (Placed{{1, 0}}));
  EXPECT_EQ(drive.arrive(0.1, 2, 4096, to_one, {1, 0, 0}), Placed{}) << "4.97 s: affinity";
  drive.view.active_prefill_tokens[2] = 8000;
  return drive.arrive(0.2, 3, 4096, to_two, {1, 0, 0});
}

TEST(DualMapRebalance, WhereBothCandidatesAreOverloadedAWaitingRequestGoesToItsOther) {
  // T(3, 0) = 9,168 tokens, T(3, 2) = 12,096: it waits for 0. Then 0 is above the target by 4,048
  // tokens, and 2 as well. Request 2 gains 9,168 - 4,096 tokens on 1; request 3 would be above the
  // target on 2. With 4,080 tokens gone that is all.
  DualMapDrive drive(3);
  EXPECT_EQ(hotspot(drive), (Placed{{2, 1}}));
  EXPECT_EQ(drive.first_token(1.2, 1), (Placed{{3, 0}}));
  DualMapDrive still(3, kPaper, {"prefill_s_per_token=0.0009765625", "rebalance=off"});
  EXPECT_EQ(hotspot(still), Placed{});
}

TEST(DualMapRebalance, TheLargestBenefitGoesFirstAndNoMoreThanIsAboveTheTarget) {
  DualMapDrive drive(3);
  const auto prompt = prompt_for(drive, 0, 1), elsewhere = prompt_for(drive, 1, 2);
  drive.arrive(0, 1, 1024, prompt, {1, 0, 0});
  drive.arrive(0.1, 2, 2048, prompt, {8, 0, 0});  // 1,920 uncached on 0, 2,048 on 1
  drive.arrive(0.2, 3, 2048, prompt, {8, 4, 0});  // 1,984 on 1: the larger benefit
  drive.view.active_prefill_tokens[0] += 1000;    // 5,848 in all: 728 above the target
  EXPECT_EQ(drive.arrive(0.3, 4, 64, elsewhere, {0, 0, 1}), (Placed{{3, 1}, {4, 2}}));
  EXPECT_EQ(drive.first_token(0.4, 4), Placed{}) << "2 stays: below the target again";
}

TEST(DualMapRebalance, AQueueThatHasWaitedThreeSecondsMovesWhoeverGains) {
  DualMapDrive drive(3);
  const auto prompt = prompt_for(drive, 0, 1), elsewhere = prompt_for(drive, 1, 2);
  drive.arrive(0, 1, 1024, prompt, {1, 0, 0});
  drive.arrive(0, 2, 512, prompt, {1, 0, 0});
  drive.arrive(0, 3, 512, prompt, {1, 0, 0});
  EXPECT_EQ(drive.arrive(2.9, 4, 64, elsewhere, {0, 0, 1}), (Placed{{4, 2}})) << "no pass finds it";
  EXPECT_EQ(drive.first_token(3, 4), (Placed{{2, 1}})) << "and then 3 is alone and gains too";
  EXPECT_EQ(drive.first_token(3.1, 2), (Placed{{3, 1}}));
}

TEST(DualMapRebalance, TheCodeTriesANeighbourAndForgetsTheMoveOfTheOneThatArrives) {
  // Both candidates (0 and 1) are overloaded by others' work; instance 2 is idle.
  for (const char* name : {kCode, kPaper}) {
    DualMapDrive drive(3, name);
    const auto prompt = prompt_for(drive, 0, 1);
    drive.arrive(0, 1, 1024, prompt, {1, 0, 0});
    drive.view.active_prefill_tokens[0] = 6000;
    drive.view.active_prefill_tokens[1] = 9000;
    EXPECT_EQ(drive.arrive(0.1, 2, 1024, prompt), Placed{}) << "alone in its queue: it stays";
    // 3 joins it: 8,048 tokens on 0. It has more ahead of it and goes to the queue of 2 first, then
    // 2 goes as well, and leaves first. The paper's moves stay within the pair.
    const Placed sent = drive.arrive(0.2, 3, 1024, prompt);
    EXPECT_EQ(sent, name == kCode ? (Placed{{2, 2}}) : Placed{});
    if (name == kPaper) continue;
    EXPECT_EQ(drive.first_token(0.5, 2), Placed{});
    EXPECT_EQ(drive.finish(0.6, 2), (Placed{{3, 0}})) << "its turn on 2, yet sent to 0";
  }
}

}  // namespace
}  // namespace pigou
