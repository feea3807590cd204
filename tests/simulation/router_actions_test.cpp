// Every action a policy may answer with, each used by a policy made for this test.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

constexpr auto kFinished = static_cast<std::uint8_t>(Outcome::kFinished);
constexpr auto kRejected = static_cast<std::uint8_t>(Outcome::kRejected);
constexpr auto kTimedOut = static_cast<std::uint8_t>(Outcome::kTimedOut);

Action act(ActionKind kind, const Decision& decision, InstanceId instance = kNoIndex,
           InstanceId decode = kNoIndex, std::int64_t order = 0) {
  return {kind, decision.slot, instance, decode, order};
}

ViewNeeds with_queue() {
  ViewNeeds needs;
  needs.room_freed = true;
  return needs;
}

TEST(RouterActions, EachBuiltActionDoesWhatItSays) {
  SmallRun small;
  small.pool(Role::kPrefill, 2);
  small.pool(Role::kDecode, 2);
  for (std::uint32_t r = 0; r < 4; ++r) small.request(r, 64, 5, 100 * r);
  std::vector<Hook> hooks;
  const RunResult result =
      small.run(with_queue(), [&](const Decision& d, RouterView&, std::vector<Action>& out) {
        hooks.push_back(d.hook);
        if (d.hook == Hook::kPrefillDone) {
          EXPECT_EQ(d.instance, d.request == 0 ? 1U : 0U) << "where it was prefilled";
          out.push_back(act(ActionKind::kPlaceDecode, d, kNoIndex, 3));
        } else if (d.request == 0) {
          out.push_back(act(ActionKind::kPlace, d, 1));
        } else if (d.request == 1) {
          out.push_back(act(ActionKind::kPlacePair, d, 1, 2));
        } else if (d.request == 2) {
          const bool first = d.hook == Hook::kArrival;
          out.push_back(act(first ? ActionKind::kQueue : ActionKind::kPlace, d, 0));
        } else {
          out.push_back(act(ActionKind::kReject, d));
        }
      });
  const RequestColumns& rows = result.requests;
  EXPECT_EQ(rows.outcome, (std::vector{kFinished, kFinished, kFinished, kRejected}));
  EXPECT_EQ(rows.instance, (std::vector<std::int32_t>{1, 1, 0, -1}));
  EXPECT_EQ(rows.decode_instance, (std::vector<std::int32_t>{3, 2, 3, -1}));
  EXPECT_EQ(result.summary.rejected_by.at("router"), 1U);
  // Requests 0 and 2 are asked about again after prefill, 1 never: its pair was complete. What
  // request 3's end frees wakes the queue.
  EXPECT_EQ(hooks, (std::vector{Hook::kArrival, Hook::kPrefillDone, Hook::kArrival, Hook::kArrival,
                                Hook::kArrival, Hook::kRoomFreed, Hook::kPrefillDone}));
}

TEST(RouterActions, AQueuedRequestLeavesByOrderThenByArrival) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  const std::int64_t order[] = {0, 5, -2, 5, 1};
  for (std::uint32_t r = 0; r < 5; ++r) small.request(r * 0.01, 16, 3, 100 * r);
  std::vector<std::uint32_t> placed;
  int waiting = 0;
  small.run(with_queue(), [&](const Decision& d, RouterView& view, std::vector<Action>& out) {
    const bool busy = view.entry().active_requests[0] > 0;
    if (busy) ++waiting;
    if (!busy) placed.push_back(d.request);
    out.push_back(
        act(busy ? ActionKind::kQueue : ActionKind::kPlace, d, 0, kNoIndex, order[d.request]));
  });
  EXPECT_EQ(placed, (std::vector<std::uint32_t>{0, 2, 4, 1, 3}));
  EXPECT_GE(waiting, 4);
}

TEST(RouterActions, AClientThatGivesUpInTheRoutersQueueIsGone) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 16, 100, 0);
  small.request(1, 16, 5, 100);
  small.config.timeout_s = 0.12;
  small.request(150, 16, 5, 200);
  const auto keep_second = [](const Decision& d, RouterView&, std::vector<Action>& out) {
    out.push_back(act(d.request == 1 ? ActionKind::kQueue : ActionKind::kPlace, d, 0));
  };
  const RunResult result = small.run(with_queue(), keep_second);
  EXPECT_EQ(result.requests.outcome, (std::vector{kFinished, kTimedOut, kFinished}));
  EXPECT_EQ(result.summary.in_flight, 0U);
}

TEST(RouterActions, DecodesExchangedByFullInstancesSayThatTheyWaitForEver) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 2).kv_blocks = 12;
  for (std::uint32_t r = 0; r < 2; ++r) small.request(0, 128, 40, 100 * r);
  small.request(20, 16, 2, 300);  // both decode by then
  const auto exchange = [](const Decision& d, RouterView&, std::vector<Action>& out) {
    if (d.request < 2) {
      out.push_back(act(ActionKind::kPlacePair, d, 0, InstanceId{1 + d.request}));
      return;
    }
    out.push_back(act(ActionKind::kPlacePair, d, 0, 1));
    for (SlotId slot = 0; slot < 2; ++slot)
      out.push_back({ActionKind::kMigrate, slot, InstanceId{2 - slot}});
  };
  try {
    small.run(ViewNeeds{}, exchange);
    ADD_FAILURE() << "each waits for the blocks that the other holds until it has been pulled";
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("3 requests wait for ever"), std::string::npos)
        << error.what();
  }
  small.config.timeout_s = 1;
  const RunSummary summary = small.run(ViewNeeds{}, exchange).summary;
  EXPECT_EQ(summary.timed_out, 2U);
  EXPECT_EQ(summary.finished, 1U) << "who stood behind them";
}

TEST(RouterActions, AnActionNotBuiltYetIsAnsweredWithAClearError) {
  for (const ActionKind kind : {ActionKind::kReplicatePrefix}) {
    SmallRun small;
    small.pool(Role::kAggregated, 1);
    small.request(0, 16, 3, 0);
    try {
      small.run(ViewNeeds{}, [&](const Decision& d, RouterView&, std::vector<Action>& out) {
        out.push_back(act(kind, d, 0));
      });
      ADD_FAILURE() << action_name(kind) << " was taken for something";
    } catch (const UserError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(action_name(kind)), std::string::npos) << text;
      EXPECT_NE(text.find("not built yet"), std::string::npos) << text;
    }
  }
}

TEST(RouterActions, AnswersThatMakeNoSenseAreOurFault) {
  const auto run = [](const Decide& decide) {
    SmallRun small;
    small.pool(Role::kPrefill, 1);
    small.pool(Role::kDecode, 1);
    small.request(0, 16, 3, 0);
    small.run(ViewNeeds{}, decide);
  };
  EXPECT_THROW(run([](const Decision&, RouterView&, std::vector<Action>&) {}), InternalError);
  EXPECT_THROW(run([](const Decision& d, RouterView&, std::vector<Action>& out) {
                 out.push_back(act(ActionKind::kPlace, d, 1));  // a decode instance
               }),
               InternalError);
  EXPECT_THROW(run([](const Decision& d, RouterView&, std::vector<Action>& out) {
                 out.push_back(act(ActionKind::kPlaceDecode, d, kNoIndex, 1));
               }),
               InternalError);
  EXPECT_THROW(run([](const Decision& d, RouterView&, std::vector<Action>& out) {
                 out.push_back(act(ActionKind::kPlacePair, d, 0, 0));  // no decode instance
               }),
               InternalError);
}

TEST(RouterActions, APoolThatCanNeverServeARequestRefusesIt) {
  // Two pools of each side; the second one's cache holds ten blocks.
  for (const bool split : {false, true}) {
    SmallRun small;
    small.pool(split ? Role::kPrefill : Role::kAggregated, 1);
    small.pool(split ? Role::kPrefill : Role::kAggregated, 1).kv_blocks = 10;
    if (split) {
      small.pool(Role::kDecode, 1);
      small.pool(Role::kDecode, 1).kv_blocks = 10;
    }
    for (std::uint32_t r = 0; r < 8; ++r) small.request(r, r < 4 ? 100 : 300, 5, 100 * r);
    for (const char* router : {"round-robin", "dynamo-kv@2026-08"}) {
      const RunResult result = small.run(router);
      EXPECT_EQ(result.summary.in_flight, 0U) << router << split;
      EXPECT_GE(result.summary.finished, 4U) << router << split;
      if (router == std::string("round-robin")) {
        EXPECT_EQ(result.summary.rejected_by.at("kv_capacity"), 2U) << "of the four long ones";
      }
    }
  }
}

TEST(RouterActions, ARefusalByTheDecodeSideFreesThePrefillSide) {
  SmallRun small;
  small.pool(Role::kPrefill, 1).kv_blocks = 20;
  small.pool(Role::kDecode, 1);
  small.pool(Role::kDecode, 1).kv_blocks = 10;
  for (std::uint32_t r = 0; r < 6; ++r) small.request(40.0 * r, 300, 5, 100 * r);
  const RunResult result = small.run("round-robin");  // every second one to the small instance
  EXPECT_EQ(result.summary.finished, 3U);
  EXPECT_EQ(result.summary.rejected_by.at("kv_capacity"), 3U);
}

TEST(RouterQueue, DynamosThresholdHoldsARequestUntilPrefillTokensFall) {
  SmallRun small;
  small.pool(Role::kAggregated, 1).engine.max_num_batched_tokens = 100;
  small.request(0, 320, 200, 0);  // four steps of prefill, then a long answer
  small.request(1, 320, 5, 100);  // finds more than 100 tokens in flight
  const RunResult off = small.run("dynamo-kv@2026-08");
  EXPECT_NEAR(off.requests.queue_s[1], 0.002, 1e-9) << "shares the first one's last step";
  const RunResult on = small.run("dynamo-kv@2026-08", {{"router_queue_threshold", 1}});
  // Dynamo's queue looks again when a prefill completes, not only when a request ends.
  EXPECT_NEAR(on.requests.queue_s[1], 0.003, 1e-9);
  EXPECT_EQ(on.summary.finished, 2U);
}

TEST(RouterQueue, DynamosThresholdLetsGoOneAfterTheOther) {
  for (const bool split : {false, true}) {
    SmallRun small;
    small.pool(split ? Role::kPrefill : Role::kAggregated, 2).engine.max_num_batched_tokens = 64;
    if (split) small.pool(Role::kDecode, 1);
    for (std::uint32_t r = 0; r < 30; ++r) small.request(r * 0.1, 128, 4, 100 * r);
    const RunResult result = small.run("dynamo-kv@2026-08", {{"router_queue_threshold", 1}});
    EXPECT_EQ(result.summary.finished, 30U);
    // Two instances, one prompt of two steps each at a time: in order of arrival.
    for (std::uint32_t r = 2; r < 30; ++r) {
      const double scheduled = result.requests.arrival_s[r] + result.requests.queue_s[r];
      EXPECT_GE(scheduled, 2e-3 * (r / 2) - 1e-9) << r;
    }
  }
}

}  // namespace
}  // namespace pigou
