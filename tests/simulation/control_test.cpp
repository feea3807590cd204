// Do parameters change, and a controller act, when they should and nothing else with them?
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "simulation/for_scenarios.hpp"
#include "simulation/prefix_fleet.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

std::uint32_t place(std::string_view router, std::string_view parameter) {
  return static_cast<std::uint32_t>(
      parameter_index(router, find_policy(router).parameters, parameter));
}

/// Many requests on `count` instances of one pool under router `name`, crowded where they are few.
RandomScenario prefix_fleet(std::uint32_t count, std::string_view name) {
  RandomScenario scenario = fleet(1, false);
  PoolConfig& pool = scenario.config.cluster.pools.front();
  pool.count = count;
  pool.kv_blocks = 60 * 70 / count;
  scenario.config.router = {std::string(name), default_values(find_policy(name).parameters)};
  return scenario;
}

/// The scenario under Dynamo's router of 2026 with `value` for `parameter` from the start.
RandomScenario set_from_start(RandomScenario scenario, std::uint32_t parameter, double value) {
  scenario.config.router.values[parameter] = value;
  return scenario;
}

/// A controller made of a function.
class Tells final : public Controller {
 public:
  using Tick = std::function<void(const ControlReading&, std::vector<ControlAction>&)>;
  explicit Tells(Tick tick) : tick_(std::move(tick)) {}
  void tick(const ControlReading& reading, std::vector<ControlAction>& actions) override {
    tick_(reading, actions);
  }
  std::unique_ptr<Controller> clone() const override { return std::make_unique<Tells>(tick_); }

 private:
  Tick tick_;
};

/// As the price-of-anarchy paper's: another temperature while calls wait, the old one afterwards.
class SaturationSwitch final : public Controller {
 public:
  SaturationSwitch(std::uint32_t temperature, double saturated)
      : temperature_(temperature), saturated_(saturated) {}
  void tick(const ControlReading& reading, std::vector<ControlAction>& actions) override {
    std::uint32_t waiting = 0;
    for (std::uint32_t i = 0; i < reading.fleet->count(); ++i) waiting += reading.gauges.waiting[i];
    const double wanted = waiting > 0 ? saturated_ : 0;
    if (reading.parameters[temperature_] == wanted) return;
    actions.push_back({ControlAction::Kind::kSetParameter, temperature_, wanted});
    ++switches;
  }
  std::unique_ptr<Controller> clone() const override {
    return std::make_unique<SaturationSwitch>(*this);
  }
  std::uint32_t switches = 0;

 private:
  std::uint32_t temperature_;
  double saturated_;
};

RunResult run_with(const RandomScenario& scenario, std::unique_ptr<Controller> controller = {}) {
  return run_simulation(scenario.workload, scenario.config, {}, std::move(controller));
}

TEST(Control, AChangeBeforeTheFirstRequestIsTheParameterFromTheStart) {
  const std::string_view name = "dynamo-kv@2026-08";
  const std::pair<std::string_view, double> changes[] = {{"temperature", 0.7},
                                                         {"prefill_load_scale", 0.1},
                                                         {"overlap_score_credit", 0},
                                                         {"decode_active_request_weight", 3}};
  std::uint64_t moved = 0;
  const auto check = [&](const RandomScenario& drawn) {
    RandomScenario plain = drawn;
    plain.config.fleet = {};
    for (const auto& [parameter, value] : changes) {
      const std::uint32_t at = place(name, parameter);
      RandomScenario changed = plain;
      changed.config.control.changes.push_back({0, at, value});
      const RunResult a = run_with(changed), b = run_with(set_from_start(plain, at, value));
      EXPECT_EQ(a.requests.instance, b.requests.instance) << parameter;
      EXPECT_EQ(a.requests.end_s, b.requests.end_s) << parameter;
      ASSERT_EQ(a.summary.parameter_changes.size(), 1U);
      EXPECT_EQ(a.summary.parameter_changes[0].parameter, parameter);
      moved += a.requests.instance != run_with(plain).requests.instance ? 1 : 0;
    }
  };
  for (std::uint64_t seed = 1; seed <= 12; ++seed) check(draw_scenario(seed, name));
  check(prefix_fleet(96, name));  // where trees choose
  EXPECT_GT(moved, 20U) << "or the parameters say nothing";
}

TEST(Control, WhatCameBeforeAChangeIsAsWithoutItAndWhatComesAfterIsNot) {
  const std::string_view name = "dynamo-kv@2025-08";
  RandomScenario plain = prefix_fleet(8, name);
  RandomScenario changed = plain;
  const RunResult without = run_with(plain);
  const std::vector<double>& arrival_s = without.requests.arrival_s;
  const double at_s = arrival_s[arrival_s.size() / 2];
  changed.config.control.changes.push_back({at_s, place(name, "overlap_score_weight"), 0});
  const RunResult with = run_with(changed);
  const auto half = static_cast<std::ptrdiff_t>(arrival_s.size() / 2);
  const auto& a = with.requests.instance;
  const auto& b = without.requests.instance;
  EXPECT_TRUE(std::equal(a.begin(), a.begin() + half, b.begin()));
  EXPECT_FALSE(std::equal(a.begin() + half, a.end(), b.begin() + half));
}

TEST(Control, TwoChangesAtOneInstantHappenInTheirOrder) {
  const std::string_view name = "dynamo-kv@2026-08";
  RandomScenario scenario = prefix_fleet(8, name);
  const std::uint32_t temperature = place(name, "temperature");
  scenario.config.control.changes = {
      {0.002, temperature, 1}, {0.001, temperature, 3}, {0.002, temperature, 2}};
  const auto changes = run_with(scenario).summary.parameter_changes;
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].value, 3);
  EXPECT_EQ(changes[1].value, 1);
  EXPECT_EQ(changes[2].value, 2);
  EXPECT_EQ(changes[2].time_s, 0.002);
}

TEST(Control, AControllerThatOnlyLooksMovesNothing) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    RandomScenario plain = draw_scenario(seed);
    plain.config.fleet = {};  // where nobody is left, one that looks might help
    RandomScenario watched = plain;
    watched.config.control.period_s = 0.05;
    watched.config.control.signal_age_s = 0.02;
    const RunResult with = run_with(
        watched,
        std::make_unique<Tells>([](const ControlReading&, std::vector<ControlAction>&) {}));
    const RunResult without = run_with(plain);
    EXPECT_EQ(with.requests.instance, without.requests.instance) << plain.words;
    EXPECT_EQ(with.requests.ttft_s.size(), without.requests.ttft_s.size());
    EXPECT_EQ(with.requests.end_s, without.requests.end_s) << plain.words;
  }
}

TEST(Control, ItTicksOnTimeAndItsGaugesAreAsOldAsTheySay) {
  for (const double age_s : {0.0, 0.003, 0.01, 0.037}) {
    RandomScenario scenario = prefix_fleet(4, "round-robin");
    scenario.config.control = {.period_s = 0.01, .signal_age_s = age_s, .changes = {}};
    const SimTime period = from_seconds(0.01, "period"), age = from_seconds(age_s, "age");
    std::vector<Gauges> seen;
    std::vector<SimTime> ticks;
    run_with(scenario,
             std::make_unique<Tells>([&](const ControlReading& r, std::vector<ControlAction>&) {
               ticks.push_back(r.now);
               EXPECT_EQ(r.signal_age, age);
               for (std::uint32_t i = 0; i < r.fleet->count(); ++i)
                 seen.push_back({r.gauges.running[i], r.gauges.waiting[i],
                                 static_cast<std::uint32_t>(
                                     std::lround(r.gauges.kv_usage[i] * r.fleet->kv_blocks[i]))});
             }));
    ASSERT_GT(ticks.size(), 20U);
    RouterReplicas router(scenario.config, std::make_unique<Tells>([](const auto&, auto&) {}));
    Simulation simulation(scenario.workload, scenario.config, router.needs());
    bool busy = false;
    for (std::size_t t = 0; t < 20; ++t) {
      EXPECT_EQ(ticks[t].ps, static_cast<std::int64_t>(t + 1) * period.ps);
      const SimTime then = ticks[t] - age;
      if (then < SimTime{0}) continue;
      while (const Decision* decision = simulation.advance(then))
        router.answer(*decision, simulation);
      for (InstanceId i = 0; i < 4; ++i) {
        const Gauges truth = simulation.cluster().gauges(i, then);
        const Gauges& read = seen[4 * t + i];
        EXPECT_EQ(read.running, truth.running) << "tick " << t << ", age " << age_s;
        EXPECT_EQ(read.waiting, truth.waiting);
        EXPECT_EQ(read.used_blocks, truth.used_blocks);
        busy = busy || truth.running > 0;
      }
    }
    EXPECT_TRUE(busy);
  }
}

TEST(Control, AControllerSwitchesTheRouterWhileCallsWait) {
  const std::string_view name = "dynamo-kv@2026-08";
  RandomScenario scenario = prefix_fleet(3, name);
  scenario.config.cluster.pools.front().engine.max_num_seqs = 16;
  scenario.config.control.period_s = 0.02;
  const std::uint32_t temperature = place(name, "temperature");
  const RunSummary summary =
      run_with(scenario, std::make_unique<SaturationSwitch>(temperature, 0.8)).summary;
  ASSERT_GT(summary.parameter_changes.size(), 1U);
  EXPECT_TRUE(summary.random) << "softmax draws";
  double value = 0;
  for (const ParameterChangeRow& change : summary.parameter_changes) {
    EXPECT_EQ(change.parameter, "temperature");
    EXPECT_TRUE(change.by_controller);
    EXPECT_NE(change.value, value);
    value = change.value;
  }
}

TEST(Control, ACopyMidwayEndsInTheSameBytes) {
  const std::string_view name = "dynamo-kv@2026-08";
  RandomScenario scenario = prefix_fleet(3, name);
  scenario.config.cluster.pools.front().engine.max_num_seqs = 16;
  scenario.config.control.period_s = 0.02;
  scenario.config.control.signal_age_s = 0.007;
  const std::uint32_t temperature = place(name, "temperature");
  const auto controller = [&] { return std::make_unique<SaturationSwitch>(temperature, 0.8); };
  RouterReplicas router(scenario.config, controller());
  Simulation simulation(scenario.workload, scenario.config, router.needs());
  std::uint32_t decisions = 0;
  drive(simulation, router, [&] { return ++decisions < 150; });
  RouterReplicas other(router);
  Simulation copy(simulation);
  const auto always = [] { return true; };
  ASSERT_TRUE(drive(copy, other, always));
  ASSERT_TRUE(drive(simulation, router, always));
  const RunResult whole = run_with(scenario, controller());
  RunResult first = simulation.finish(), second = copy.finish();
  first.summary.random = second.summary.random = whole.summary.random;
  EXPECT_EQ(first_difference(first, whole), "");
  EXPECT_EQ(first_difference(second, whole), "");
  EXPECT_EQ(second.summary.parameter_changes.size(), whole.summary.parameter_changes.size());
}

SmallRun two_instances(std::uint32_t requests) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  for (std::uint32_t r = 0; r < requests; ++r) small.request(r, 64, 2, 100 * r);
  small.config.router = {"round-robin", {}};
  small.config.control.period_s = 0.01;
  return small;
}

RunResult run_with(const SmallRun& small, Tells::Tick tick) {
  return run_simulation(small.workload(), small.config, {},
                        std::make_unique<Tells>(std::move(tick)));
}

TEST(Control, AControllerLetsAnInstanceDrainAndJoin) {
  SmallRun small = two_instances(60);
  small.config.fleet.boot_s = 0.005;
  std::vector<std::vector<std::uint8_t>> up;
  const auto result = run_with(small, [&](const ControlReading& r, auto& actions) {
    up.push_back(r.taken_for_up);
    if (r.now.ps == 20 * kPsPerMillisecond) actions.push_back({ControlAction::Kind::kDrain, 1, 0});
    if (r.now.ps == 40 * kPsPerMillisecond) actions.push_back({ControlAction::Kind::kJoin, 1, 0});
  });
  const RequestColumns& rows = result.requests;
  for (std::size_t r = 0; r < rows.request.size(); ++r) {
    const double at_s = rows.arrival_s[r];
    if (at_s >= 0.02 && at_s < 0.045)
      EXPECT_EQ(rows.instance[r], 0) << at_s;
    else
      EXPECT_EQ(rows.instance[r] >= 0, true);
  }
  EXPECT_EQ(std::ranges::count(rows.instance, 1), 60 / 2 - 25 / 2)
      << "its turns but those it missed";
  ASSERT_GE(up.size(), 5U);
  EXPECT_EQ(up[1], (std::vector<std::uint8_t>{1, 1}));
  EXPECT_EQ(up[2], (std::vector<std::uint8_t>{1, 0}));
  EXPECT_EQ(up[4], (std::vector<std::uint8_t>{1, 1}));
  EXPECT_EQ(result.summary.finished, 60U);
}

TEST(Control, RequestsWaitForAControllerToLetSomebodyJoinButNotForEver) {
  const auto drain_all = [](const ControlReading& r, auto& actions) {
    if (r.now.ps != 10 * kPsPerMillisecond) return;
    actions.push_back({ControlAction::Kind::kDrain, 0, 0});
    actions.push_back({ControlAction::Kind::kDrain, 1, 0});
  };
  const auto back = run_with(two_instances(40), [&](const ControlReading& r, auto& actions) {
    drain_all(r, actions);
    if (r.now.ps == 500 * kPsPerMillisecond) actions.push_back({ControlAction::Kind::kJoin, 1, 0});
  });
  EXPECT_EQ(back.summary.finished, 40U) << "they waited";
  EXPECT_GE(back.requests.ttft_s.back(), 0.45);
  const auto never = run_with(two_instances(40), drain_all);
  EXPECT_EQ(never.summary.failed + never.summary.finished, 40U);
  EXPECT_GT(never.summary.failed, 20U);
}

TEST(Control, AControllerIsHeldToWhatMayChange) {
  const auto sets = [](std::uint32_t parameter, double value) {
    RandomScenario scenario = prefix_fleet(4, "dynamo-kv@2026-08");
    scenario.config.control.period_s = 0.01;
    run_with(scenario, std::make_unique<Tells>([=](const ControlReading&, auto& actions) {
               actions.push_back({ControlAction::Kind::kSetParameter, parameter, value});
             }));
  };
  const std::string_view name = "dynamo-kv@2026-08";
  EXPECT_NO_THROW(sets(place(name, "temperature"), 1));
  EXPECT_THROW(sets(place(name, "use_kv_events"), 0), InternalError);
  EXPECT_THROW(sets(place(name, "temperature"), -1), InternalError);
  EXPECT_THROW(sets(1000, 0), InternalError);
}

}  // namespace
}  // namespace pigou
