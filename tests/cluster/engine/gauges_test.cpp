// What does an instance show, and when does it change?
#include "cluster/engine/gauges.hpp"

#include <gtest/gtest.h>

#include "cluster/engine/one_engine.hpp"

namespace pigou {
namespace {

Gauges shown(Engine& e) { return e.cluster().gauges(0, e.now()); }

TEST(PublishedGauges, IsAStepShownWhenItHasEndedWithoutWhoCameMeanwhile) {
  Engine e(512, 100);
  const auto a = e.request(64, 3);
  const auto b = e.request(32, 1);
  e.start();
  e.cluster().publish_gauges();
  e.cluster().hold_gauges(0, e.now());
  e.send(a);
  e.step();
  e.wait(SimTime{kPsPerMillisecond / 2});
  EXPECT_EQ(e.instance().running.count, 1U);
  EXPECT_EQ(shown(e).running, 0U) << "its first step runs";
  e.send(b);
  e.step();  // ends the first, and the second begins
  EXPECT_EQ(shown(e).running, 1U);
  EXPECT_EQ(shown(e).waiting, 0U) << "b came while the first step ran";
  EXPECT_EQ(shown(e).used_blocks, 4U);
  EXPECT_EQ(e.instance().running.count, 2U) << "though it is in the second";
}

TEST(PublishedGauges, DoesAnIdleEngineSayHowItIs) {
  Engine e(512, 100);
  e.request(64, 1);
  e.start();
  e.cluster().publish_gauges();
  EXPECT_EQ(shown(e).used_blocks, 0U);
  e.send(0);
  e.step();
  EXPECT_EQ(e.step(), "idle");
  EXPECT_EQ(shown(e).running, 0U);
  EXPECT_EQ(shown(e).used_blocks, 0U);
}

TEST(PublishedGauges, DoesARunShowItsLastStepThoughSomebodyHasLeftSince) {
  Engine e(512, 100, 1);
  e.fast_forward();
  const auto a = e.request(64, 5);
  const auto b = e.request(32, 1);
  e.start();
  e.cluster().publish_gauges();
  e.send(a);
  e.send(b);  // no seat
  e.step();
  e.step();  // a decodes: a run of four steps
  e.wait(SimTime{5 * kPsPerMillisecond / 2});
  e.cluster().hold_gauges(0, e.now());
  ASSERT_TRUE(e.cluster().withdraw(e.instance().waiting.head, e.now(), e.events()));
  EXPECT_EQ(e.cluster().state(0, e.now()).waiting, 0U) << "the truth";
  EXPECT_EQ(shown(e).waiting, 1U) << "when the second of the four ended";
  EXPECT_EQ(shown(e).used_blocks, 5U);
}

}  // namespace
}  // namespace pigou
