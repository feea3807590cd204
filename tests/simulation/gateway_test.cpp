// Do several slow routers that hear late do exactly what docs/signals.md says?
#include <gtest/gtest.h>

#include "simulation/small_run.hpp"

namespace pigou {
namespace {

struct Seen {
  Hook hook;
  double ms;
  RequestId request;
  ReplicaId replica;
  InstanceId instance;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& s) {
  return out << "hook " << static_cast<int>(s.hook) << " at " << s.ms << " ms, request "
             << s.request << ", replica " << s.replica << ", instance " << s.instance;
}

/// Places everything on instance 0 (decode side on the last) and notes what it was told.
struct Notes {
  std::vector<Seen> seen;
  void operator()(const Decision& d, RouterView& view, std::vector<Action>& out) {
    seen.push_back({d.hook, to_seconds(d.time) * 1e3, d.request, d.replica, d.instance});
    if (d.hook == Hook::kArrival) out.push_back({ActionKind::kPlace, d.slot, 0});
    if (d.hook == Hook::kPrefillDone)
      out.push_back({ActionKind::kPlaceDecode, d.slot, kNoIndex, InstanceId{view.entry_count()}});
  }
};

ViewNeeds all_notices() {
  ViewNeeds needs;
  needs.first_token = needs.finish = needs.peer_placed = true;
  return needs;
}

TEST(Gateway, ANotificationComesOnceAtTheInstantItTellsOf) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(1, 64, 3, 0);  // first token after one step of 1 ms, two more after it
  Notes notes;
  small.run(all_notices(), std::ref(notes));
  EXPECT_EQ(notes.seen, (std::vector<Seen>{{Hook::kArrival, 1, 0, 0, kNoIndex},
                                           {Hook::kFirstToken, 2, 0, 0, 0},
                                           {Hook::kFinish, 4, 0, 0, 0}}));
}

TEST(Gateway, ASplitRequestFinishesOnItsDecodeSide) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 1);
  small.config.cluster.network.latency_s = 0;
  small.request(0, 64, 3, 0);
  Notes notes;
  small.run(all_notices(), std::ref(notes));
  ASSERT_EQ(notes.seen.size(), 4U);
  EXPECT_EQ(notes.seen[1], (Seen{Hook::kFirstToken, 1, 0, 0, 0}));
  EXPECT_EQ(notes.seen[2], (Seen{Hook::kPrefillDone, 1, 0, 0, 0}));
  EXPECT_EQ(notes.seen[3].hook, Hook::kFinish);
  EXPECT_EQ(notes.seen[3].instance, 1U);
}

TEST(Gateway, NothingIsToldToAPolicyThatDidNotAsk) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 64, 3, 0);
  Notes notes;
  small.run({}, std::ref(notes));
  EXPECT_EQ(notes.seen.size(), 1U);
}

TEST(Gateway, DecisionsQueueAndCallsTravel) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  for (std::uint32_t r = 0; r < 3; ++r) small.request(0, 64, 1, 100 * r);
  small.config.gateway.decision_s = 0.010;
  small.config.gateway.network_s = 0.002;
  Notes notes;
  const RunResult result = small.run({}, std::ref(notes));
  // Decisions start when the one before is made; calls arrive 12 ms after that, and step at once.
  for (std::uint32_t r = 0; r < 3; ++r) {
    EXPECT_NEAR(notes.seen[r].ms, 10.0 * r, 1e-9);
    EXPECT_NEAR(result.requests.queue_s[r], 0.012 + 0.010 * r, 1e-9);
    EXPECT_NEAR(result.requests.ttft_s[r], 0.013 + 0.010 * r, 1e-9);
  }
}

TEST(Gateway, TwoReplicasDecideSideBySideEachKnowingOnlyItsOwn) {
  for (const bool sync : {false, true}) {
    SmallRun small;
    small.pool(Role::kAggregated, 2);
    for (std::uint32_t r = 0; r < 4; ++r) small.request(r, 64, 100, 100 * r);
    small.config.gateway.replicas = 2;
    small.config.gateway.sync = sync;
    small.config.gateway.sync_latency_s = 0.0005;
    std::vector<std::int64_t> known;
    std::vector<std::uint32_t> replicas;
    const RunResult result =
        small.run(ViewNeeds{}, [&](const Decision& d, RouterView& view, std::vector<Action>& out) {
          const InstanceColumns columns = view.entry();
          known.push_back(columns.active_requests[0] + columns.active_requests[1]);
          replicas.push_back(d.replica);
          out.push_back({ActionKind::kPlace, d.slot, InstanceId{d.request % 2}});
        });
    EXPECT_EQ(result.summary.finished, 4U);
    EXPECT_EQ(replicas, (std::vector<std::uint32_t>{0, 1, 0, 1}));
    EXPECT_EQ(known, sync ? (std::vector<std::int64_t>{0, 1, 2, 3})
                          : (std::vector<std::int64_t>{0, 0, 1, 1}));
  }
}

TEST(Gateway, PeersAreToldOfAPlacementAfterTheSyncLatency) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(1, 64, 1, 0);
  small.config.gateway.replicas = 3;
  small.config.gateway.sync = true;
  small.config.gateway.sync_latency_s = 0.004;
  ViewNeeds needs;
  needs.peer_placed = true;
  Notes notes;
  small.run(needs, std::ref(notes));
  EXPECT_EQ(notes.seen, (std::vector<Seen>{{Hook::kArrival, 1, 0, 0, kNoIndex},
                                           {Hook::kPeerPlaced, 5, 0, 1, 0},
                                           {Hook::kPeerPlaced, 5, 0, 2, 0}}));
}

TEST(Gateway, BooksHearOfFirstTokensAndEndsLate) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.config.gateway.feedback_s = 0.0045;
  small.request(0, 64, 2, 0);  // first token at 1 ms, done at 2 ms
  for (const double ms : {5.0, 6.0, 7.0}) small.request(ms, 64, 2, 100);
  std::vector<std::int64_t> tokens, requests;
  small.run(ViewNeeds{}, [&](const Decision& d, RouterView& view, std::vector<Action>& out) {
    const InstanceColumns columns = view.entry();
    tokens.push_back(columns.active_prefill_tokens[0]);
    requests.push_back(columns.active_requests[0]);
    out.push_back({ActionKind::kPlace, d.slot, 0});
  });
  EXPECT_EQ(tokens, (std::vector<std::int64_t>{0, 64, 64, 128}));
  EXPECT_EQ(requests, (std::vector<std::int64_t>{0, 1, 2, 2}));
}

TEST(Gateway, APolicyMayActOnItsWholeQueueFromATimer) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  for (std::uint32_t r = 0; r < 5; ++r) small.request(r, 64, 1, 100 * r);
  std::vector<std::pair<std::uint32_t, double>> placed;
  std::vector<std::uint32_t> slots;
  small.run(ViewNeeds{}, [&](const Decision& d, RouterView& view, std::vector<Action>& out) {
    if (d.hook == Hook::kArrival) {
      out.push_back({ActionKind::kQueue, d.slot});
      slots.push_back(d.slot);
      if (slots.size() == 1)
        out.push_back(
            {ActionKind::kSetTimer, kNoIndex, kNoIndex, kNoIndex, 10 * kPsPerMillisecond});
      return;
    }
    ASSERT_EQ(d.hook, Hook::kTimer);
    EXPECT_EQ(d.slot, slots[0]) << "a timer is about the first that waits";
    EXPECT_EQ(view.request().row.input_tokens, 64);
    for (auto slot = slots.rbegin(); slot != slots.rend(); ++slot) {
      out.push_back({ActionKind::kPlace, SlotId{*slot}, InstanceId{*slot % 2}});
      placed.emplace_back(*slot, to_seconds(d.time) * 1e3);
    }
  });
  ASSERT_EQ(placed.size(), 5U);
  EXPECT_EQ(placed[0].second, 10.0);
}

TEST(Gateway, AQueueNobodyWillEverEmptyIsNamed) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 64, 1, 0);
  const auto hoard = [](const Decision& d, RouterView&, std::vector<Action>& out) {
    out.push_back({ActionKind::kQueue, d.slot});
  };
  EXPECT_THROW(small.run(ViewNeeds{}, hoard), std::exception);
}

TEST(Gateway, ARequestInTheQueueThatTimesOutIsReported) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 64, 1, 0);
  small.config.timeout_s = 0.005;
  ViewNeeds needs;
  needs.finish = true;
  std::vector<Seen> seen;
  const RunResult result =
      small.run(needs, [&](const Decision& d, RouterView&, std::vector<Action>& out) {
        seen.push_back({d.hook, to_seconds(d.time) * 1e3, d.request, d.replica, d.instance});
        if (d.hook == Hook::kArrival) out.push_back({ActionKind::kQueue, d.slot});
      });
  EXPECT_EQ(seen[1], (Seen{Hook::kFinish, 5, 0, 0, kNoIndex}));
  EXPECT_EQ(result.summary.timed_out, 1U);
}

TEST(Gateway, PrefillOnTheDecodeSideIsOneCallThere) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 2);
  small.request(0, 64, 3, 0);
  const RunResult result =
      small.run(all_notices(), [&](const Decision& d, RouterView& view, std::vector<Action>& out) {
        if (d.hook == Hook::kArrival)
          out.push_back({ActionKind::kPrefillLocally, d.slot, kNoIndex, 2});
        else
          EXPECT_EQ(d.instance, 2U);
        if (d.hook == Hook::kFirstToken) {
          EXPECT_EQ(view.decode().active_prefill_tokens[1], 0);
          EXPECT_EQ(view.decode().active_requests[1], 1);
        }
      });
  EXPECT_EQ(result.summary.finished, 1U);
  EXPECT_NEAR(result.requests.ttft_s[0], 0.001, 1e-9);
  EXPECT_NEAR(result.requests.e2e_s[0], 0.003, 1e-9);
  EXPECT_EQ(result.summary.transferred_bytes, 0U);
}

TEST(Gateway, ABeliefOfThePolicysOwnCountsForPhantomHits) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 64, 1, 0);
  small.request(10, 64, 1, 0);
  std::vector<std::int64_t> booked;
  const RunResult result =
      small.run(ViewNeeds{}, [&](const Decision& d, RouterView&, std::vector<Action>& out) {
        Action place{ActionKind::kPlace, d.slot, 0};
        place.believed_tokens = d.request == 0 ? 32 : 16;
        out.push_back(place);
      });
  EXPECT_EQ(result.requests.believed_tokens, (std::vector<std::uint32_t>{32, 16}));
  EXPECT_EQ(result.summary.phantom_hit_tokens, 32U);
  EXPECT_EQ(result.summary.missed_hit_tokens, 48U - 16U);
}

}  // namespace
}  // namespace pigou
