// Who waits in the gateway for another attempt.
#include <gtest/gtest.h>

#include "simulation/retries.hpp"

namespace pigou {
namespace {

TEST(RetryWaits, WhenDoRetriesRunOut) {
  FleetConfig config;
  config.retries = 2;
  const Retries before(config, 1, 0);
  EXPECT_TRUE(before.allows(1, false));
  EXPECT_TRUE(before.allows(2, false));
  EXPECT_FALSE(before.allows(3, false));
  EXPECT_FALSE(before.allows(1, true)) << "its client has a token";
  config.retry = RetryRule::kContinue;
  EXPECT_TRUE(Retries(config, 1, 0).allows(2, true));
}

TEST(RetryWaits, InWhichOrderDoTheyGoOut) {
  Retries retries({}, 1, 1);
  EventTree events(2);
  retries.wait(7, {30}, events);
  retries.wait(8, {20}, events);
  retries.wait(9, {20}, events);
  EXPECT_EQ(events.top().time, SimTime{20});
  EXPECT_EQ(events.top().source, 1U);
  EXPECT_EQ(retries.take(events), 8U) << "lost before the other of its instant";
  EXPECT_EQ(retries.take(events), 9U);
  EXPECT_EQ(events.top().time, SimTime{30});
  EXPECT_EQ(retries.take(events), 7U);
  EXPECT_EQ(events.top().time, kNever);
}

TEST(RetryWaits, DoesABackOffDependOnAnythingButRequestAndAttempt) {
  FleetConfig config;
  config.backoff = {.initial_s = 1, .max_s = 30, .multiplier = 2, .jitter = 0.2};
  const Retries retries(config, 3, 0);
  const SimTime first = retries.delay(5, 1);
  EXPECT_EQ(first, Retries(config, 3, 0).delay(5, 1));
  EXPECT_NE(first, retries.delay(6, 1));
  EXPECT_GT(retries.delay(5, 2), first) << "twice as long, a fifth more or less";
}

TEST(RetryWaits, AreThoseHeldReleasedInOrder) {
  Retries retries;
  EXPECT_FALSE(retries.holds());
  for (const SlotId slot : {SlotId{4}, SlotId{2}, SlotId{3}}) {
    Ask ask;
    ask.slot = slot;
    retries.hold(ask);
  }
  const Retries copy = retries;
  EXPECT_EQ(retries.release().slot, 4U);
  EXPECT_EQ(retries.release().slot, 2U);
  EXPECT_EQ(retries.release().slot, 3U);
  EXPECT_FALSE(retries.holds());
  EXPECT_TRUE(copy.holds());
}

}  // namespace
}  // namespace pigou
