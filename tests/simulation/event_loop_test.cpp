// The event loop: what comes first, and whether pausing it changes anything.
#include "simulation/event_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/for_scenarios.hpp"
#include "simulation/router_replicas.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

EventLoop loop_of_all_kinds() {
  EventLoop loop;
  for (std::size_t kind = 0; kind < kSourceKinds; ++kind)
    loop.sources.add(static_cast<Source>(kind), 2);
  loop.start();
  return loop;
}

TEST(EventLoop, WhereDoReportsStandAmongTheTree) {
  EventLoop loop = loop_of_all_kinds();
  const std::uint32_t delivery = loop.sources.first(Source::kDelivery);
  const std::uint32_t news = loop.sources.first(Source::kNews);
  EXPECT_EQ(loop.next(kNever).time, kNever);
  loop.events.set(news, {5}, Phase::kTimer);
  EXPECT_EQ(loop.next({5}).source, loop.sources.first(Source::kReport)) << "before news";
  loop.events.set(delivery, {5}, Phase::kTimer);
  EXPECT_EQ(loop.next({5}).source, delivery) << "after all kinds before it";
  EXPECT_EQ(loop.next({4}).source, loop.sources.first(Source::kReport));
  EXPECT_EQ(loop.next({6}).source, delivery);
}

TEST(EventLoop, WhatComesBeforeTheQuestionsOfAnInstant) {
  EventLoop loop = loop_of_all_kinds();
  loop.now = {5};
  EXPECT_TRUE(loop.precedes_asks({{5}, Phase::kStepEnd, 0}));
  EXPECT_TRUE(loop.precedes_asks({{5}, Phase::kTimer, 0}));
  EXPECT_FALSE(loop.precedes_asks({{5}, Phase::kFollowUp, 0}));
  EXPECT_FALSE(loop.precedes_asks({{6}, Phase::kStepEnd, 0}));
}

TEST(EventLoop, IsWhatIsPendingLookedUpTwiceAndNoMore) {
  EventLoop loop = loop_of_all_kinds();
  loop.events.set(3, {5}, Phase::kTimer);
  std::vector<std::pair<std::uint32_t, bool>> seen;
  const auto note = [&](std::uint32_t source, bool further) { seen.push_back({source, further}); };
  for (int times = 0; times < 3; ++times) loop.look_ahead(note);
  EXPECT_EQ(std::ranges::count(seen, std::pair{3U, false}), 1);
  EXPECT_EQ(std::ranges::count(seen, std::pair{3U, true}), 1);
}

/// The whole run, advanced `slice` at a time.
RunResult in_slices(const RandomScenario& scenario, SimTime slice) {
  RouterReplicas router(scenario.config);
  Simulation simulation(scenario.workload, scenario.config, router.needs());
  SimTime until = slice;
  while (!simulation.over()) {
    while (const Decision* decision = simulation.advance(until)) {
      EXPECT_LE(decision->time, until);
      router.answer(*decision, simulation);
    }
    EXPECT_LE(simulation.now(), until) << "it went on beyond its slice";
    simulation.check_laws();
    until += slice;
  }
  return simulation.finish();
}

TEST(EventLoop, DoesAdvancingInSlicesOfTimeGiveTheBytesOfOneGo) {
  for_scenarios(40, [&](const RandomScenario& scenario) {
    const RunResult whole = run_checked(scenario, 1 << 30);
    const std::int64_t span =
        std::max<std::int64_t>(1, static_cast<std::int64_t>(whole.summary.simulated_s * 1e12));
    for (const std::int64_t slices : {3, 70})
      EXPECT_EQ(first_difference(whole, in_slices(scenario, {span / slices + 1})), "") << slices;
  });
}

TEST(EventLoop, DoesItStopBehindWhatHappensAtTheTimeGiven) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(1, 16, 1, 0);
  Simulation simulation(small.workload(), small.config, ViewNeeds{});
  EXPECT_EQ(simulation.advance({kPsPerMillisecond - 1}), nullptr);
  EXPECT_FALSE(simulation.over());
  const Decision* decision = simulation.advance({kPsPerMillisecond});
  ASSERT_NE(decision, nullptr);
  Action place;
  place.slot = decision->slot;
  place.instance = 0;
  simulation.apply({place});
  EXPECT_EQ(simulation.advance({2 * kPsPerMillisecond - 1}), nullptr);
  EXPECT_EQ(simulation.done(), 0U);
  EXPECT_EQ(simulation.advance({2 * kPsPerMillisecond}), nullptr);
  EXPECT_EQ(simulation.done(), 1U) << "its one step ends then";
  EXPECT_EQ(simulation.advance(), nullptr);
  EXPECT_TRUE(simulation.over());
}

}  // namespace
}  // namespace pigou
