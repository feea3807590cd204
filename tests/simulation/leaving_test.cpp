// What is let go of when a client, an instance or an attempt is gone, and what is not.
// docs/fleet.md.
#include <gtest/gtest.h>

#include <algorithm>

#include "simulation/for_scenarios.hpp"
#include "simulation/router_replicas.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

constexpr auto kFinished = static_cast<std::uint8_t>(Outcome::kFinished);
constexpr auto kFailed = static_cast<std::uint8_t>(Outcome::kFailed);

FleetEvent at(double ms, InstanceId instance, FleetAction action) {
  return {ms * 1e-3, instance, action};
}

/// Two prefill and two decode instances; four prompts whose prefill takes 10 ms and more.
SmallRun four_long_prompts() {
  SmallRun small;
  small.pool(Role::kPrefill, 2);
  small.pool(Role::kDecode, 2);
  for (std::uint32_t r = 0; r < 4; ++r) small.request(0.1 * r, 5120, 5, 1000 * r);
  for (const char* side : {"prefill_instance", "decode_instance"}) {  // for router recorded
    LabelColumn& column = small.trace.add_label(side);
    for (std::uint32_t r = 0; r < 4; ++r)
      column.code.push_back(column.code_of(r % 2 == 0 ? "first" : "second"));
  }
  small.config.output.decisions.mode = DecisionOutput::Mode::kAll;
  return small;
}

/// Runs `small` under every policy that serves a split cluster; check(result).
template <class Check>
void under_every_policy(SmallRun& small, Check check) {
  for (const PolicyInfo& info : policy_table()) {
    if (!misfit(info, true).empty()) continue;
    SCOPED_TRACE(info.name);
    check(small.run(info.name));
  }
}

constexpr std::uint32_t kDecode = 2;  ///< the first decode instance of those four

/// Requests that were placed with it as their decode side, of the first attempt.
std::vector<std::uint64_t> bound_requests(const DecisionColumns& d) {
  std::vector<std::uint64_t> bound;
  for (std::size_t r = 0; r < d.rows(); ++r)
    if (d.action[r] == static_cast<std::uint8_t>(ActionKind::kPlacePair) && d.attempt[r] == 0 &&
        d.decode_instance[r] == static_cast<std::int32_t>(kDecode))
      bound.push_back(d.request[r]);
  return bound;
}

TEST(BoundDecode, AFailureLosesItsRequestsAtThatInstantUnderEveryPolicy) {
  for (const bool comes_back : {false, true}) {
    SmallRun small = four_long_prompts();
    small.config.fleet.events = {at(5, kDecode, FleetAction::kFail)};
    if (comes_back) small.config.fleet.events.push_back(at(6, kDecode, FleetAction::kRecover));
    std::size_t bound = 0;
    under_every_policy(small, [&](const RunResult& result) {
      const DecisionColumns& d = result.decisions;
      for (const std::uint64_t request : bound_requests(d)) {
        ++bound;
        EXPECT_EQ(result.requests.attempts[request], 2U);
        EXPECT_EQ(result.requests.outcome[request], kFinished);
        bool again = false;
        for (std::size_t r = 0; r < d.rows(); ++r)
          again = again || (d.request[r] == request && d.attempt[r] == 1 && d.time_s[r] == 0.005);
        EXPECT_TRUE(again) << "request " << request << " is asked about again at 5 ms";
      }
    });
    EXPECT_GT(bound, 10U);
  }
}

TEST(BoundDecode, ADrainFinishesItsRequestsUnderEveryPolicy) {
  SmallRun small = four_long_prompts();
  small.config.fleet.events = {at(5, kDecode, FleetAction::kDrain)};
  std::size_t bound = 0;
  under_every_policy(small, [&](const RunResult& result) {
    EXPECT_EQ(result.requests.attempts, (std::vector<std::uint32_t>{1, 1, 1, 1}));
    EXPECT_EQ(result.summary.finished, 4U);
    for (const std::uint64_t request : bound_requests(result.decisions)) {
      ++bound;
      EXPECT_EQ(result.requests.decode_instance[request], static_cast<std::int32_t>(kDecode));
    }
  });
  EXPECT_GT(bound, 10U);
}

/// The first available instance of either side, the decode side with the prefill side.
void first_pair(const Decision& d, RouterView& view, std::vector<Action>& out) {
  if (d.hook != Hook::kArrival) return;
  InstanceId entry = 0, decode{view.entry_count()};
  while (!view.available(entry)) ++entry;
  while (!view.available(decode)) ++decode;
  out.push_back({ActionKind::kPlacePair, d.slot, entry, decode});
}

TEST(BoundDecode, OneThatIsDeadUnnoticedIsRefusedWithItsPrefillCall) {
  SmallRun small = four_long_prompts();
  small.config.fleet.events = {at(0.05, kDecode, FleetAction::kFail)};
  small.config.fleet.detection_s = 0.00025;  // the requests at 0.1 and 0.2 ms do not know
  small.config.fleet.retries = 3;
  small.config.first_token = FirstToken::kPrefill;
  const RunResult result = small.run({}, first_pair);
  EXPECT_EQ(result.requests.attempts[1], 4U);
  EXPECT_EQ(result.requests.outcome[1], kFailed) << "it insists, and nothing takes time";
  EXPECT_EQ(result.requests.attempts[3], 1U);
}

TEST(Detection, AFailureIsNoticedWhileTheInstanceBoots) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  small.request(10, 64, 2, 0);
  small.config.fleet.boot_s = 1;
  small.config.fleet.detection_s = 0.005;
  small.config.fleet.events = {at(1, 0, FleetAction::kFail), at(2, 0, FleetAction::kRecover)};
  const auto first = [](const Decision& d, RouterView& view, std::vector<Action>& out) {
    out.push_back({ActionKind::kPlace, d.slot, InstanceId{view.available(0) ? 0U : 1U}});
  };
  EXPECT_EQ(small.run({}, first).requests.attempts[0], 1U) << "noticed at 6 ms";
  small.config.fleet.events.push_back(at(3, 0, FleetAction::kDrain));
  EXPECT_EQ(small.run({}, first).requests.attempts[0], 1U) << "known to be drained";
}

/// A decode of 30 tokens on instance 1 is asked, at 10.5 ms, to move to instance 2.
RunResult migrate_while(const std::vector<FleetEvent>& events) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 2);
  small.config.cluster.network.latency_s = 0;
  small.request(0, 64, 30, 0);
  small.request(10.5, 64, 2, 100);
  small.config.fleet.events = events;
  return small.run({}, [&](const Decision& d, RouterView& view, std::vector<Action>& out) {
    if (d.hook == Hook::kPrefillDone)
      out.push_back({ActionKind::kPlaceDecode, d.slot, kNoIndex, InstanceId{view.entry_count()}});
    if (d.hook == Hook::kArrival) out.push_back({ActionKind::kPlace, d.slot, 0});
    if (d.hook == Hook::kArrival && d.request == 1) out.push_back({ActionKind::kMigrate, 0, 2});
  });
}

TEST(Migration, OneThatHasNotBegunWhenItsTargetFailsNeverBegins) {
  for (const double fails_ms : {10.2, 10.7}) {  // unnoticed before it was asked, and after
    const RunResult result = migrate_while({at(fails_ms, 2, FleetAction::kFail)});
    EXPECT_EQ(result.summary.migrated, 0U);
    EXPECT_EQ(result.requests.decode_instance[0], 1);
    EXPECT_EQ(result.requests.attempts[0], 1U);
    EXPECT_EQ(result.summary.finished, 2U);
  }
}

TEST(Migration, ATargetThatDrainsWaitsForIt) {
  const RunResult result = migrate_while({at(10.7, 2, FleetAction::kDrain)});
  EXPECT_EQ(result.summary.migrated, 1U);
  EXPECT_EQ(result.requests.decode_instance[0], 2);
  EXPECT_EQ(result.requests.attempts[0], 1U);
}

TEST(Leaving, KvThatNobodyWillPullIsLetGoOfWhenTheClientGivesUp) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 1);
  small.request(0, 64, 5, 0);  // prefilled at 1 ms, when there is no decode instance
  small.config.timeout_s = 0.010;
  small.config.output.timeline_s = 0.001;
  small.config.fleet.events = {at(0.5, 1, FleetAction::kFail), at(40, 1, FleetAction::kRecover)};
  small.request(30, 64, 5, 100);
  const RunResult result =
      small.run({}, [](const Decision& d, RouterView&, std::vector<Action>& out) {
        if (d.hook == Hook::kArrival) out.push_back({ActionKind::kPlace, d.slot, 0});
        if (d.hook == Hook::kPrefillDone)
          out.push_back({ActionKind::kPlaceDecode, d.slot, kNoIndex, 1});
      });
  const TimelineColumns& t = result.timeline;
  for (std::size_t n = 0; n < t.time_s.size(); ++n)
    EXPECT_EQ(t.kv_used_blocks[n] > 0, t.time_s[n] < 0.0099) << t.time_s[n];
}

TEST(Rows, AContinuedStreamsRowIsOfTheAttemptThatSentTheFirstToken) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  small.request(0, 64, 2, 0);    // warms instance 1
  small.request(10, 64, 10, 0);  // hits nothing on instance 0, streams from 11 ms on
  small.config.fleet.events = {at(14.5, 0, FleetAction::kFail)};
  small.config.fleet.retry = RetryRule::kContinue;
  const RunResult result =
      small.run({}, [](const Decision& d, RouterView& view, std::vector<Action>& out) {
        const InstanceId to{d.request == 0 || !view.available(0) ? 1U : 0U};
        out.push_back({ActionKind::kPlace, d.slot, to});
        out.back().believed_tokens = d.attempt == 0 ? 16 : 48;
      });
  const RequestColumns& rows = result.requests;
  EXPECT_EQ(rows.attempts[1], 2U);
  EXPECT_EQ(rows.attempt[1], 1U);
  EXPECT_EQ(rows.outcome[1], kFinished);
  EXPECT_EQ(rows.instance[1], 0);
  EXPECT_EQ(rows.hit_tokens[1], 0U) << "not the 64 that the second attempt found";
  EXPECT_EQ(rows.believed_tokens[1], 16U);
  EXPECT_NEAR(rows.queue_s[1], 0, 1e-9);
  EXPECT_EQ(result.summary.phantom_hit_tokens, 32U) << "16 each, of the first attempts";
}

TEST(Rows, WhoFailedHasAnEnd) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  small.request(0, 64, 10, 0);
  small.config.fleet.events = {at(4.5, 0, FleetAction::kFail)};
  const RunResult result =
      small.run({}, [](const Decision& d, RouterView&, std::vector<Action>& out) {
        out.push_back({ActionKind::kPlace, d.slot, 0});
      });
  EXPECT_EQ(result.requests.outcome[0], kFailed);
  EXPECT_NEAR(result.requests.end_s[0], 0.0045, 1e-12);
}

TEST(Rows, OfAClosedLoopAreInTheOrderOfTheTrace) {
  for_scenarios(40, [](const RandomScenario& scenario) {
    if (!scenario.workload->trace.closed_loop()) return;
    RandomScenario kept = scenario;
    kept.config.output.requests = RequestOutput::kSample;
    kept.config.output.sample = 30;
    for (const RandomScenario& s : {scenario, kept}) {
      const RequestColumns rows = run_checked(s, 1 << 30).requests;
      EXPECT_TRUE(std::ranges::is_sorted(rows.request, std::ranges::less_equal{}));
      for (std::size_t r = 0; r < rows.request.size(); ++r)
        EXPECT_EQ(rows.input_tokens[r],
                  s.workload->trace.input_tokens[rows.request[r] % s.workload->trace.rows()]);
    }
  });
}

/// A token that the prefill side has sent is not sent again when its decode side is dead.
TEST(Tokens, AreSentOnceThoughTheDecodeSideRefuses) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 2);
  small.config.first_token = FirstToken::kPrefill;
  small.config.fleet.retry = RetryRule::kContinue;
  small.config.fleet.detection_s = 0.0005;
  small.config.fleet.events = {at(0.8, 1, FleetAction::kFail)};
  small.request(0, 64, 5, 0);  // its first token comes at 1 ms, from the prefill side
  Simulation simulation(small.workload(), small.config, {});
  std::vector<Action> actions;
  while (const Decision* d = simulation.advance()) {
    RouterView& view = simulation.view();
    actions.clear();
    if (d->hook == Hook::kPrefillDone)
      actions.push_back(
          {ActionKind::kPlaceDecode, d->slot, kNoIndex, InstanceId{view.available(1) ? 1U : 2U}});
    else
      actions.push_back({ActionKind::kPlace, d->slot, 0});
    simulation.apply(actions);
  }
  EXPECT_EQ(simulation.cluster().inter_token.count(), 4U) << "gaps between five tokens";
  const RequestColumns rows = simulation.finish().requests;
  EXPECT_EQ(rows.outcome[0], kFinished);
  EXPECT_EQ(rows.attempts[0], 2U);
}

/// Nor one that a prefill side computes although its attempt is lost.
TEST(Tokens, OfAPrefillThatLostItsDecodeSideAreNotSent) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 3);
  small.config.fleet.retry = RetryRule::kContinue;
  small.config.fleet.retries = 3;
  small.config.first_token = FirstToken::kPrefill;
  small.config.fleet.events = {at(6, 1, FleetAction::kFail), at(6.5, 2, FleetAction::kFail)};
  small.request(0, 64, 20,
                0);  // decodes at 6 ms; at 6.5 ms its next attempt's prefill is under way
  Simulation simulation(small.workload(), small.config, {});
  std::vector<Action> actions;
  while (const Decision* d = simulation.advance()) {
    actions = {{ActionKind::kPlacePair, d->slot, 0, InstanceId{1 + d->attempt}}};
    simulation.apply(actions);
  }
  EXPECT_EQ(simulation.cluster().inter_token.count(), 19U) << "gaps between twenty tokens";
  const RequestColumns rows = simulation.finish().requests;
  EXPECT_EQ(rows.outcome[0], kFinished);
  EXPECT_EQ(rows.attempts[0], 3U);
}

}  // namespace
}  // namespace pigou
