// Do instances that come and go do to requests what docs/fleet.md says?
#include <gtest/gtest.h>

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

/// The first available entry instance; decode side likewise.
void first_available(const Decision& d, RouterView& view, std::vector<Action>& out) {
  if (d.hook == Hook::kPrefillDone) {
    InstanceId i{view.entry_count()};
    while (!view.available(i)) ++i;
    out.push_back({ActionKind::kPlaceDecode, d.slot, kNoIndex, i});
  } else if (d.hook == Hook::kArrival) {
    InstanceId i = 0;
    while (!view.available(i)) ++i;
    out.push_back({ActionKind::kPlace, d.slot, i});
  }
}

TEST(Fleet, ARequestLostBeforeItsFirstTokenIsTriedOnAnotherInstance) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  small.request(0, 1024, 5, 0);  // two steps of prefill
  small.config.fleet.events = {at(1.5, 0, FleetAction::kFail)};
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.requests.outcome[0], kFinished);
  EXPECT_EQ(result.requests.instance[0], 1);
  EXPECT_EQ(result.requests.attempts[0], 2U);
  EXPECT_EQ(result.summary.retries, 1U);
  EXPECT_NEAR(result.requests.ttft_s[0], 0.0015 + 0.002, 1e-9);
}

TEST(Fleet, AStreamThatHasBegunFailsOrGoesOnElsewhere) {
  for (const bool goes_on : {false, true}) {
    SmallRun small;
    small.pool(Role::kAggregated, 2);
    small.request(0, 64, 10, 0);  // a token at 1 ms, 2 ms, ...
    small.config.fleet.events = {at(4.5, 0, FleetAction::kFail)};
    if (goes_on) small.config.fleet.retry = RetryRule::kContinue;
    const RunResult result = small.run({}, first_available);
    EXPECT_EQ(result.requests.outcome[0], goes_on ? kFinished : kFailed);
    EXPECT_NEAR(result.requests.ttft_s[0], 0.001, 1e-9);
    if (!goes_on) continue;
    // Four tokens are out; one step computes 68 tokens and emits the fifth at 5.5 ms.
    EXPECT_NEAR(result.requests.e2e_s[0], 0.0105, 1e-9);
    EXPECT_NEAR(result.summary.itl.max, 0.0015, 1e-9);
  }
}

TEST(Fleet, RetriesRunOut) {
  SmallRun small;
  small.pool(Role::kAggregated, 3);
  small.request(0, 5120, 5, 0);  // ten steps
  small.config.fleet.events = {at(1.5, 0, FleetAction::kFail), at(2.5, 1, FleetAction::kFail)};
  small.config.fleet.retries = 1;
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.requests.outcome[0], kFailed);
  EXPECT_EQ(result.summary.failed, 1U);
  EXPECT_EQ(result.summary.retries, 1U);
}

TEST(Fleet, ADrainedInstanceFinishesWhatItHasAndForgetsItsCache) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  small.request(0, 64, 10, 0);
  small.request(3, 64, 2, 0);
  small.request(40, 64, 2, 0);
  small.config.fleet.events = {at(2, 0, FleetAction::kDrain), at(30, 0, FleetAction::kJoin),
                               at(31, 1, FleetAction::kDrain)};
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.requests.instance, (std::vector<std::int32_t>{0, 1, 0}));
  EXPECT_NEAR(result.requests.e2e_s[0], 0.010, 1e-9) << "finished where it was";
  EXPECT_EQ(result.requests.hit_tokens[2], 0U) << "the cache did not survive";
  EXPECT_EQ(result.summary.finished, 3U);
}

TEST(Fleet, RequestsWaitInTheGatewayWhileNobodyIsThere) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(5, 64, 2, 0);
  small.request(6, 64, 2, 100);
  small.config.fleet.start_down = {0};
  small.config.fleet.boot_s = 0.010;
  small.config.fleet.events = {at(20, 0, FleetAction::kJoin)};
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.summary.finished, 2U);
  EXPECT_NEAR(result.requests.queue_s[0], 0.025, 1e-9);
  EXPECT_NEAR(result.requests.queue_s[1], 0.024, 1e-9);
}

TEST(Fleet, RequestsFailWhenNobodyIsGoingToCome) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(5, 64, 2, 0);
  small.config.fleet.events = {at(1, 0, FleetAction::kFail)};
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.requests.outcome[0], kFailed);
}

TEST(Fleet, SoDoThoseInARoutersQueueWhateverItsTimer) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  for (int k = 0; k < 3; ++k) small.request(0, 64, 2, 0);
  small.config.fleet.events = {at(5, 0, FleetAction::kFail)};
  const RunResult result =
      small.run({}, [](const Decision& d, RouterView&, std::vector<Action>& out) {
        if (d.hook == Hook::kArrival) out.push_back({ActionKind::kQueue, d.slot});
        if (d.hook == Hook::kTimer && d.slot == kNoIndex) return;
        Action again{ActionKind::kSetTimer};
        again.order = d.time.ps + kPsPerMillisecond;
        out.push_back(again);
      });
  EXPECT_EQ(result.summary.failed, 3U);
  EXPECT_LT(result.summary.simulated_s, 0.1);
}

TEST(Fleet, UntilAFailureIsNoticedCallsSentThereAreRefused) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  small.request(5, 64, 2, 0);
  small.request(20, 64, 2, 0);
  small.config.fleet.events = {at(1, 0, FleetAction::kFail)};
  small.config.fleet.detection_s = 0.010;
  small.config.fleet.retries = 3;
  const RunResult result = small.run({}, first_available);
  EXPECT_EQ(result.requests.outcome[0], kFailed) << "it insists on the dead instance";
  EXPECT_EQ(result.summary.retries, 3U);
  EXPECT_EQ(result.requests.instance[1], 1);
}

TEST(Fleet, BothSidesOfASplitRequestAreLetGoWhenOneDies) {
  for (const std::uint32_t dead : {0U, 2U}) {
    SmallRun small;
    small.pool(Role::kPrefill, 2);
    small.pool(Role::kDecode, 2);
    small.config.cluster.network.latency_s = 0.010;
    small.request(0, 64, 5, 0);  // prefilled at 1 ms, KV arrives after 11 ms
    small.config.fleet.events = {at(5, InstanceId{dead}, FleetAction::kFail)};
    const RunResult result = small.run({}, first_available);
    EXPECT_EQ(result.summary.finished, 1U) << dead;
    EXPECT_EQ(result.requests.instance[0], dead == 0 ? 1 : 0);
    EXPECT_EQ(result.requests.decode_instance[0], dead == 0 ? 2 : 3);
  }
}

TEST(Fleet, AQueuedCallIsMovedAndARunningOneIsNot) {
  SmallRun small;
  small.pool(Role::kAggregated, 2).engine.max_num_seqs = 1;
  small.request(0, 64, 50, 0);
  small.request(1, 64, 5, 100);
  small.request(2, 64, 5, 200);
  const RunResult result =
      small.run({}, [](const Decision& d, RouterView&, std::vector<Action>& out) {
        if (d.request == 2) {
          for (const SlotId slot : {SlotId{0}, SlotId{1}})
            out.push_back({ActionKind::kMoveQueued, slot, 1});
        }
        out.push_back({ActionKind::kPlace, d.slot, 0});
      });
  EXPECT_EQ(result.summary.moved, 1U);
  EXPECT_EQ(result.requests.instance, (std::vector<std::int32_t>{0, 1, 0}));
  EXPECT_NEAR(result.requests.queue_s[1], 0.001, 1e-9);
}

TEST(Fleet, ADecodeMigratesWithItsKvOrByComputingItAgain) {
  for (const bool split : {false, true}) {
    SmallRun small;
    small.pool(split ? Role::kPrefill : Role::kAggregated, split ? 1 : 2);
    if (split) small.pool(Role::kDecode, 2);
    small.config.cluster.network.latency_s = 0;
    small.request(0, 64, 30, 0);
    small.request(10.5, 64, 2, 100);
    const InstanceId to{split ? 2U : 1U};
    const RunResult result = small.run({}, [&](const Decision& d, RouterView& view,
                                               std::vector<Action>& out) {
      if (d.hook == Hook::kPrefillDone)
        out.push_back({ActionKind::kPlaceDecode, d.slot, kNoIndex, InstanceId{view.entry_count()}});
      else
        out.push_back({ActionKind::kPlace, d.slot, 0});
      if (d.request == 1 && d.hook == Hook::kArrival) out.push_back({ActionKind::kMigrate, 0, to});
    });
    EXPECT_EQ(result.summary.finished, 2U);
    EXPECT_EQ(result.summary.migrated, 1U);
    EXPECT_EQ((split ? result.requests.decode_instance : result.requests.instance)[0],
              static_cast<std::int32_t>(to));
    const std::uint64_t prompts = 2ULL * 64 * 1000;
    if (split) {
      EXPECT_GT(result.summary.transferred_bytes, prompts + 64 * 1000);
    }
    EXPECT_LT(result.requests.e2e_s[0], 0.036);
  }
}

TEST(Fleet, ACallWhoseClientGaveUpAndWhoseSenderThenDiedLeavesOnce) {
  SmallRun small;
  small.pool(Role::kPrefill, 2);
  small.pool(Role::kDecode, 1).engine.max_num_seqs = 1;
  small.config.timeout_s = 0.10042;
  small.request(0, 64, 200, 0);      // has the seat, and times out
  small.request(0.45, 64, 200, 10);  // waits for it with its KV on instance 1, and times out too
  small.request(110, 64, 5, 20);
  small.request(110.1, 64, 5, 30);
  // Before the boundary at which the engine would let the two go.
  small.config.fleet.events = {at(100.95, 1, FleetAction::kFail)};
  const auto by_turns = [](const Decision& d, RouterView& view, std::vector<Action>& out) {
    if (d.hook == Hook::kArrival)
      out.push_back({ActionKind::kPlace, d.slot, InstanceId{d.request % 2}});
    if (d.hook == Hook::kArrival && d.request > 1) out.back().instance = 0;
    if (d.hook == Hook::kPrefillDone)
      out.push_back({ActionKind::kPlaceDecode, d.slot, kNoIndex, InstanceId{view.entry_count()}});
  };
  const RunResult result = small.run({}, by_turns);
  const auto gone = static_cast<std::uint8_t>(Outcome::kTimedOut);
  EXPECT_EQ(result.requests.outcome, (std::vector<std::uint8_t>{gone, gone, kFinished, kFinished}));
}

}  // namespace
}  // namespace pigou
