// The fleet as a value: states, what is due, and what routers have heard of it.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "simulation/fleet.hpp"

namespace pigou {
namespace {

using enum InstanceState;
constexpr std::uint32_t kSource = 0;

SimTime at(std::int64_t s) { return {s * kPsPerSecond}; }

/// Two entry instances and one that decodes.
Fleet fleet_of(const FleetConfig& config, std::uint64_t seed = 1) {
  return {config, 2, 3, seed, kSource};
}

TEST(FleetStates, DoesAFleetWithoutEventsChange) {
  Fleet fleet = fleet_of({});
  EXPECT_FALSE(fleet.changes());
  EXPECT_TRUE(fleet.serves(2));
  EXPECT_TRUE(fleet.up_ps(at(10)).empty());
  EventTree events(1);
  fleet.arm(events);
  EXPECT_EQ(events.top().time, kNever);
}

TEST(FleetStates, InWhichOrderDoEventsOfOneInstantCome) {
  FleetConfig config;
  config.events = {
      {2, 1, FleetAction::kFail}, {2, 0, FleetAction::kDrain}, {1, 2, FleetAction::kFail}};
  Fleet fleet = fleet_of(config);
  EventTree events(1);
  fleet.arm(events);
  EXPECT_EQ(events.top().time, at(1));
  EXPECT_EQ(fleet.take().instance, 2U);
  EXPECT_EQ(fleet.take().instance, 1U);
  EXPECT_EQ(fleet.take().instance, 0U);
  config.events.push_back({0, 3, FleetAction::kFail});
  EXPECT_THROW(fleet_of(config), InternalError);
}

TEST(FleetStates, IsAnInstanceThatDrainsStillServed) {
  FleetConfig config;
  config.start_down = {1};
  Fleet fleet = fleet_of(config);
  EXPECT_FALSE(fleet.serves(1));
  EXPECT_FALSE(fleet.taken_for_up(1));
  fleet.enter(0, kDraining, at(1));
  EXPECT_TRUE(fleet.serves(0));
  EXPECT_TRUE(fleet.draining());
  fleet.enter(0, kDown, at(2));
  EXPECT_FALSE(fleet.serves(0));
  EXPECT_FALSE(fleet.draining());
  fleet.enter(1, kBooting, at(3));
  EXPECT_FALSE(fleet.serves(1));
}

TEST(FleetStates, IsWhatWasDueForAnEarlierStateVoid) {
  FleetConfig config;
  config.start_down = {1};
  config.boot_s = 5;
  config.detection_s = 3;
  Fleet fleet = fleet_of(config);
  EXPECT_FALSE(fleet.start_up(1, at(1))) << "it boots until 6";
  const FleetDue booted = fleet.take();
  EXPECT_EQ(booted.time, at(6));
  EXPECT_FALSE(fleet.is_void(booted));
  fleet.enter(1, kDown, at(2));
  EXPECT_TRUE(fleet.is_void(booted));
  EXPECT_FALSE(fleet.fail(0, at(4))) << "noticed at 7";
  const FleetDue detected = fleet.take();
  fleet.enter(0, kBooting, at(5));
  EXPECT_FALSE(fleet.is_void(detected)) << "it is not back yet";
  fleet.enter(0, kUp, at(6));
  EXPECT_TRUE(fleet.is_void(detected));
}

TEST(FleetStates, HowLongWasAnInstanceUp) {
  FleetConfig config;
  config.start_down = {1};
  Fleet fleet = fleet_of(config);
  fleet.enter(0, kDraining, at(4));
  fleet.enter(0, kDown, at(5));
  fleet.enter(0, kUp, at(7));
  fleet.enter(1, kUp, at(9));
  EXPECT_EQ(fleet.up_ps(at(10)), (std::vector<std::int64_t>{at(7).ps, at(1).ps, at(10).ps}));
}

TEST(FleetStates, IsAnybodyGoingToCome) {
  FleetConfig config;
  config.start_down = {0};
  config.boot_s = 5;
  Fleet fleet = fleet_of(config);
  EXPECT_FALSE(fleet.hopeless()) << "one entry instance is there";
  EXPECT_TRUE(fleet.hear(1, false));
  EXPECT_FALSE(fleet.hear(1, false)) << "they knew";
  EXPECT_TRUE(fleet.hopeless());
  fleet.start_up(0, at(1));
  EXPECT_FALSE(fleet.hopeless()) << "one is on its way";
  fleet.take();
  EXPECT_TRUE(fleet.hopeless());
  fleet.hear(0, true);
  EXPECT_FALSE(fleet.hopeless());
  fleet.hear(2, false);
  EXPECT_TRUE(fleet.hopeless()) << "nobody decodes";
}

TEST(FleetStates, DoesADrawOfOneInstanceMoveThoseOfAnother) {
  FleetConfig config;
  config.mtbf_s = 100;
  config.mttr_s = 10;
  Fleet alone = fleet_of(config);
  Fleet busy = fleet_of(config);
  for (int times = 0; times < 5; ++times) busy.plan_repair(0, at(1'000'000));
  for (int n = 0; n < 3; ++n) {
    const FleetDue a = alone.take();
    const FleetDue b = busy.take();
    EXPECT_EQ(a.time, b.time);
    EXPECT_EQ(a.instance, b.instance);
  }
  EXPECT_NE(fleet_of(config, 2).take().time, fleet_of(config).take().time);
}

}  // namespace
}  // namespace pigou
