// value(t) = true(last tick <= t - delay), evaluated lazily, against gauges taken eagerly.
#include <gtest/gtest.h>

#include <map>

#include "view/small_cluster.hpp"

namespace pigou {
namespace {

constexpr std::uint64_t kSeed = 5;

void declare(SmallCluster& small, std::vector<std::pair<std::uint32_t, SimTime>>& sends) {
  small.instances = 2;
  small.kv_blocks = 60;
  small.seats = 3;
  for (std::uint32_t r = 0; r < 24; ++r) {
    small.request(1 + r * 5 % 7, 1 + r * 37 % 90, 10 * r);
    sends.emplace_back(r, ms(3.0 * r + (r % 4) * 0.37));
  }
  small.start();
  small.cluster.publish_gauges();
}

/// Gauges of every instance at its ticks, step by step, with no signal in between.
std::map<std::pair<std::uint32_t, std::int64_t>, Gauges> truth(const StalenessRing& clock,
                                                               SimTime period, SimTime end) {
  SmallCluster small;
  small.fast_forward = false;
  std::vector<std::pair<std::uint32_t, SimTime>> sends;
  declare(small, sends);
  std::map<std::pair<std::uint32_t, std::int64_t>, Gauges> taken;
  std::vector<std::int64_t> next(2, 0);
  const auto take = [&](const EventKey& until) {
    for (InstanceId i = 0; i < 2; ++i) {
      for (;; ++next[i]) {
        const SimTime tick = clock.next_tick(i) + period * next[i];
        if (!(EventKey{tick, Phase::kTimer, 0} < until)) break;
        taken[{i, next[i]}] = small.cluster.gauges(i, tick);
      }
    }
  };
  small.before = [&](InstanceId i, const EventKey& key) {
    take(key);
    if (key.phase != Phase::kStepEnd) small.cluster.hold_gauges(i, key.time);
  };
  for (const auto& [row, time] : sends) small.send(row, InstanceId{row % 2}, time);
  small.run_to(end);
  take({end, Phase::kArrival, 0});
  return taken;
}

void compare(double period_ms, double delay_ms) {
  const SimTime period = ms(period_ms);
  const SimTime delay = ms(delay_ms);
  StalenessRing signal(2, period, delay, kSeed);
  const StalenessRing clock = signal;  // next_tick of a fresh signal is the phase
  const SimTime end = ms(400);
  const auto expected = truth(clock, period, end);
  SmallCluster small;
  std::vector<std::pair<std::uint32_t, SimTime>> sends;
  declare(small, sends);
  // As View::before_change does it.
  small.before = [&](InstanceId i, const EventKey& key) {
    signal.catch_up(i, small.cluster, key.phase < Phase::kTimer ? key.time - SimTime{1} : key.time);
    if (key.phase != Phase::kStepEnd) small.cluster.hold_gauges(i, key.time);
  };
  std::size_t next = 0;
  int seen = 0;
  for (SimTime now = ms(0); now < end; now += ms(0.7)) {
    for (; next < sends.size() && sends[next].second <= now; ++next)
      small.send(sends[next].first, InstanceId{sends[next].first % 2}, sends[next].second);
    small.run_to(now);
    for (InstanceId i = 0; i < 2; ++i) {
      signal.catch_up(i, small.cluster, now);
      const Gauges got = signal.read(i, now);
      const std::int64_t since = (now - delay - clock.next_tick(i)).ps;
      Gauges want;
      if (since >= 0) want = expected.at({i, since / period.ps});
      ASSERT_EQ(got.running, want.running) << "instance " << i << " at " << to_seconds(now);
      ASSERT_EQ(got.waiting, want.waiting) << "instance " << i << " at " << to_seconds(now);
      ASSERT_EQ(got.used_blocks, want.used_blocks) << "instance " << i << " at " << to_seconds(now);
      seen += got.running > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(seen, 50) << "a comparison of busy instances";
}

TEST(StalenessRing, WithoutDelayARouterSeesTheLastTick) { compare(5, 0); }
TEST(StalenessRing, ADelayBelowThePeriodShowsTheTickBeforeIt) { compare(5, 3.3); }
TEST(StalenessRing, ADelayOfSeveralPeriodsKeepsThemAll) { compare(5, 17.1); }
TEST(StalenessRing, ADelayOfWholePeriodsIsNoSpecialCase) { compare(5, 10); }
TEST(StalenessRing, TicksMoreFrequentThanStepsAreAnsweredInsideThem) { compare(0.25, 1.1); }

TEST(StalenessRing, NothingIsSeenBeforeTheFirstSnapshotArrives) {
  SmallCluster small;
  const auto a = small.request(4, 50, 0);
  small.start();
  ViewNeeds needs;
  needs.snapshot_period_s = 0.01;
  needs.snapshot_delay_s = 0.1;
  View view(needs, small.cluster, 1, kSeed);
  small.before = [&](InstanceId i, const EventKey& key) {
    view.before_change(i, small.cluster, key.time, key.phase);
  };
  small.send(a, 0, ms(0));
  small.run_to(ms(30));
  view.open(small.cluster, small.view_of(a), 0, ms(30));
  EXPECT_EQ(view.gauges(0).running, 0U);
  EXPECT_EQ(view.gauges(0).kv_usage, 0);
  small.run_to(ms(115));
  view.open(small.cluster, small.view_of(a), 0, ms(115));
  EXPECT_EQ(view.gauges(0).running, 1U);  // as it was between 5 and 15 ms
  EXPECT_EQ(view.gauges(0).kv_usage, 5 / 100.0);
}

}  // namespace
}  // namespace pigou
