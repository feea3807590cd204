// SMG's other policies by hand.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

TEST(SmgPowerOfTwo, PolledUsageDecidesOnceBothAreKnown) {
  FakeView view(2);
  view.active_requests = {5, 1};
  view.seen = {{0, 0, 0.1, -1}, {0, 0, 0.9, -1}};
  const auto policy = policy_for(view, "smg-power-of-two");
  for (std::uint32_t r = 0; r < 20; ++r) EXPECT_EQ(answer(*policy, view, r).instance, 1U);
  view.seen[0].tick = 0;
  EXPECT_EQ(answer(*policy, view, 20).instance, 1U) << "one of two is not enough";
  view.seen[1].tick = 0;
  for (std::uint32_t r = 0; r < 20; ++r) EXPECT_EQ(answer(*policy, view, r).instance, 0U);
}

TEST(SmgPowerOfTwo, TwoDistinctOnesAreDrawnAndTheFirstWinsATie) {
  FakeView view(5);
  view.active_requests = {9, 0, 0, 0, 0};
  const auto policy = policy_for(view, "smg-power-of-two");
  std::vector<int> counts(5);
  for (std::uint32_t r = 0; r < 8000; ++r) ++counts[answer(*policy, view, r).instance];
  EXPECT_EQ(counts[0], 0) << "drawn with another, it always loses";
  EXPECT_LT(chi_square({counts[1], counts[2], counts[3], counts[4]}), 16.3);
}

TEST(SmgPowerOfTwo, OnlyWorkersThatAreUpAreDrawn) {
  FakeView view(4, 3);
  view.up = {0, 1, 0, 0, 1, 0, 1};
  const auto policy = policy_for(view, "smg-power-of-two");
  std::set<std::uint32_t> decodes;
  for (std::uint32_t r = 0; r < 50; ++r) {
    const Action action = answer(*policy, view, r);
    EXPECT_EQ(action.instance, 1U);
    decodes.insert(action.decode_instance);
  }
  EXPECT_EQ(decodes, (std::set<std::uint32_t>{4, 6}));
}

/// The cost smg-least-load notes for worker 1 of two, at KV usage `k`.
double noted_cost(double k, std::uint32_t waiting = 0,
                  const std::vector<std::string>& settings = {}) {
  FakeView view(2);
  view.keep_notes();
  view.seen = {{0, 0, 0, 0}, {0, waiting, k, 0}};
  answer(*policy_for(view, "smg-least-load", settings), view);
  return view.noted().candidates.at(1).cost;
}

TEST(SmgLeastLoad, TheBarrierRisesTowardsFullKv) {
  EXPECT_NEAR(noted_cost(0.5), 0.15, 1e-12);
  EXPECT_NEAR(noted_cost(0.9), 1.35, 1e-12);
  EXPECT_NEAR(noted_cost(0.99), 14.85, 1e-9);
  EXPECT_NEAR(noted_cost(1.0), 0.15 * 0.999 / 0.001, 1e-9) << "k is at most 0.999";
}

TEST(SmgLeastLoad, WaitingRequestsCountOnlyIfAsked) {
  EXPECT_EQ(noted_cost(0, 4), 0);
  EXPECT_NEAR(noted_cost(0, 4, {"queued_tokens=estimate"}), 4 * 1024 / 2000.0, 1e-12);
}

TEST(SmgLeastLoad, TokensSentSinceThePollCountUntilTheNext) {
  FakeView view(2);
  view.seen = {{0, 0, 0, 0}, {0, 0, 0.5, 0}};
  const auto policy = policy_for(view, "smg-least-load");
  view.ask(200);
  // Worker 1 costs 0.15 s; worker 0 gains 200 / 2000 = 0.1 s with each request.
  EXPECT_EQ(answer(*policy, view, 0).instance, 0U);
  EXPECT_EQ(answer(*policy, view, 1).instance, 0U);
  EXPECT_EQ(answer(*policy, view, 2).instance, 1U) << "0.2 against 0.15";
  EXPECT_EQ(answer(*policy, view, 3).instance, 0U) << "0.2 against 0.25";
  view.seen[0].tick = view.seen[1].tick = 1;
  EXPECT_EQ(answer(*policy, view, 4).instance, 0U) << "0 again";
  const auto mean = policy_for(view, "smg-least-load", {"request_tokens=mean"});
  EXPECT_EQ(answer(*mean, view, 0).instance, 0U);
  EXPECT_EQ(answer(*mean, view, 1).instance, 1U) << "1024 / 2000 = 0.512";
}

TEST(SmgLeastLoad, BeforeAnyPollTheFewestInFlightAndWithSomeAnEstimate) {
  FakeView view(3);
  view.seen = {{}, {}, {}};
  view.active_requests = {2, 1, 1};
  const auto policy = policy_for(view, "smg-least-load");
  EXPECT_EQ(answer(*policy, view).instance, 1U) << "the first of equals";
  view.seen[2] = {0, 0, 0.75, 0};  // 0.15 * 3 = 0.45 s against 1 * 1024 / 2000 = 0.512 s
  EXPECT_EQ(answer(*policy, view).instance, 2U);
}

TEST(SmgLeastLoad, EachSideKeepsItsOwnAccount) {
  FakeView view(2, 2);
  view.seen = {{0, 0, 0.2, 0}, {0, 0, 0.1, 0}, {0, 0, 0.1, 0}, {0, 0, 0.3, 0}};
  const Action action = answer(*policy_for(view, "smg-least-load"), view);
  EXPECT_EQ(action.kind, ActionKind::kPlacePair);
  EXPECT_EQ(action.instance, 1U);
  EXPECT_EQ(action.decode_instance, 2U);
}

/// The owner of the prompt that begins with block 7 among four idle workers.
std::uint32_t owner(const char* name, FakeView& view, Policy& policy) {
  view.active_requests.assign(4, 0);
  const std::uint32_t found = answer(policy, view).instance;
  EXPECT_LT(found, 4U) << name;
  return found;
}

TEST(SmgPrefixHash, TheOwnerPassesAtLoadSixOfNineteenAndNotAtSeven) {
  FakeView view(4);
  view.ask(1024, {7, 8});
  const auto policy = policy_for(view, "smg-prefix-hash");
  const std::uint32_t own = owner("smg-prefix-hash", view, *policy);
  const std::uint32_t idle = (own + 2) % 4;
  // 1.25 * 20 / 4 = 6.25.
  view.active_requests.assign(4, 5);
  view.active_requests[own] = 6;
  view.active_requests[idle] = 3;
  EXPECT_EQ(answer(*policy, view).instance, own);
  view.active_requests[own] = 7;
  view.active_requests[idle] = 2;
  EXPECT_EQ(answer(*policy, view).instance, idle) << "the least loaded, not the next on the ring";
}

TEST(SmgPrefixHash, OnlyTheBeginningCounts) {
  FakeView view(16);
  const auto policy = policy_for(view, "smg-prefix-hash");
  view.ask(1024, {7, 8});
  const std::uint32_t first = answer(*policy, view, 1).instance;
  view.ask(4096, {7, 1, 2, 3, 4, 5, 6, 9});
  EXPECT_EQ(answer(*policy, view, 2).instance, first);
  std::set<std::uint32_t> owners;
  for (std::uint32_t block = 0; block < 60; ++block) {
    view.ask(1024, {block, 8});
    owners.insert(answer(*policy, view, 3).instance);
  }
  EXPECT_GT(owners.size(), 10U);
  const auto longer = policy_for(view, "smg-prefix-hash", {"prefix_token_count=1024"});
  view.ask(1024, {7, 8});
  const std::uint32_t both = answer(*longer, view, 1).instance;
  std::set<std::uint32_t> seconds;
  for (std::uint32_t block = 0; block < 20; ++block) {
    view.ask(1024, {7, block});
    seconds.insert(answer(*longer, view, 2).instance);
  }
  EXPECT_GT(seconds.size(), 4U);
  EXPECT_TRUE(seconds.count(both) > 0);
}

TEST(SmgPrefixHash, IfNobodyPassesTheOwnerServesAfterAll) {
  FakeView view(4);
  view.ask(1024, {7, 8});
  const auto policy = policy_for(view, "smg-prefix-hash", {"load_factor=0.5"});
  const std::uint32_t own = owner("smg-prefix-hash", view, *policy);
  view.active_requests.assign(4, 4);
  EXPECT_EQ(answer(*policy, view).instance, own);
}

TEST(SmgConsistentHash, ASessionStaysAndOnlyTheKeysOfALostWorkerMove) {
  FakeView view(6);
  const auto policy = policy_for(view, "smg-consistent-hash");
  std::map<std::uint64_t, std::uint32_t> home;
  for (std::uint64_t session = 0; session < 600; ++session) {
    view.asked().session = session;
    home[session] = answer(*policy, view).instance;
    view.active_requests[home[session]] += 1000;
    EXPECT_EQ(answer(*policy, view, 9).instance, home[session]) << "whatever the load";
  }
  std::vector<int> counts(6);
  for (const auto& [session, worker] : home) ++counts[worker];
  for (const int count : counts) EXPECT_GT(count, 50);
  view.up = {1, 1, 0, 1, 1, 1};
  for (const auto& [session, worker] : home) {
    view.asked().session = session;
    const std::uint32_t now = answer(*policy, view).instance;
    if (worker == 2)
      EXPECT_NE(now, 2U);
    else
      EXPECT_EQ(now, worker);
  }
}

TEST(SmgManual, ASessionKeepsItsWorkerThroughAFailureAndComesBack) {
  FakeView view(4);
  view.asked().session = 77;
  const auto policy = policy_for(view, "smg-manual");
  const std::uint32_t first = answer(*policy, view, 0).instance;
  for (std::uint32_t r = 1; r < 20; ++r) EXPECT_EQ(answer(*policy, view, r).instance, first);
  view.up = {1, 1, 1, 1};
  view.up[first] = 0;
  const std::uint32_t second = answer(*policy, view, 20).instance;
  EXPECT_NE(second, first);
  EXPECT_EQ(answer(*policy, view, 21).instance, second);
  view.up[first] = 1;
  EXPECT_EQ(answer(*policy, view, 22).instance, first) << "the elder of the two it remembers";
  view.up[first] = view.up[second] = 0;
  const std::uint32_t third = answer(*policy, view, 23).instance;
  view.up.assign(4, 1);
  EXPECT_EQ(answer(*policy, view, 24).instance, second) << "the eldest was replaced by " << third;
}

TEST(SmgManual, IdleSessionsAreForgottenAtASweep) {
  FakeView view(50);
  const auto policy = policy_for(view, "smg-manual", {"max_idle_s=100", "eviction_interval_s=60"});
  const auto at = [&](RequestId request, std::int64_t second) {
    view.asked().session = 5;
    return answer_at(*policy, view, request, SimTime{second * kPsPerSecond}).instance;
  };
  const std::uint32_t first = at(0, 10);
  EXPECT_EQ(at(1, 109), first);
  EXPECT_EQ(at(2, 235), first) << "126 s idle, but the sweep at 180 s found it idle for 71";
  EXPECT_NE(at(3, 420), first) << "the sweep at 420 s found it idle for 185";
}

TEST(SmgManual, NewSessionsGoByTheAssignmentMode) {
  FakeView view(3);
  view.active_requests = {4, 1, 2};
  const auto by_load = policy_for(view, "smg-manual", {"assignment_mode=min_load"});
  for (std::uint32_t r = 0; r < 5; ++r) {
    view.asked().session = r;
    EXPECT_EQ(answer(*by_load, view, r).instance, 1U);
  }
  const auto by_group = policy_for(view, "smg-manual", {"assignment_mode=min_group"});
  std::set<std::uint32_t> used;
  for (std::uint32_t r = 0; r < 3; ++r) {
    view.asked().session = 100 + r;
    used.insert(answer(*by_group, view, r).instance);
  }
  EXPECT_EQ(used.size(), 3U) << "one session each, whatever the load";
  view.asked().session = 101;
  const std::uint32_t freed = answer(*by_group, view, 3).instance;
  notify(*by_group, view, Hook::kFinish, 1, freed, {});
  const auto half = by_group->clone();
  std::set<std::uint32_t> open;
  for (std::uint32_t r = 10; r < 40; ++r) {
    view.asked().session = 1000 + r;
    open.insert(answer(*half->clone(), view, r).instance);
  }
  EXPECT_EQ(open.size(), 3U) << "another request of the session is still there";
  view.asked().session = 101;
  notify(*by_group, view, Hook::kFinish, 3, freed, {});
  view.asked().session = 201;
  EXPECT_EQ(answer(*by_group, view, 5).instance, freed) << "its last request has left";
}

/// Sends prompts of the given characters to smg-bucket, one token each.
struct BucketSender {
  explicit BucketSender(std::uint32_t workers, std::vector<std::string> settings)
      : view(workers, 2) {
    settings.emplace_back("chars_per_token=1");
    policy = policy_for(view, "smg-bucket", settings);
  }
  std::uint32_t send(std::int64_t chars, std::int64_t ms = 0) {
    view.ask(chars);
    return answer_at(*policy, view, request++, SimTime{ms * kPsPerMillisecond}).instance;
  }
  FakeView view;
  std::unique_ptr<Policy> policy;
  std::uint32_t request = 0;
};

TEST(SmgBucket, AtFirst4096CharactersAreSharedEvenly) {
  BucketSender sender(4, {"balance_abs_threshold=1000000000"});
  EXPECT_EQ(sender.send(1), 0U);
  EXPECT_EQ(sender.send(1023), 0U);
  EXPECT_EQ(sender.send(1024), 1U);
  EXPECT_EQ(sender.send(2048), 2U);
  EXPECT_EQ(sender.send(3071), 2U);
  EXPECT_EQ(sender.send(3072), 3U);
  EXPECT_EQ(sender.send(1'000'000), 3U);
}

TEST(SmgBucket, TheRangesAreRedrawnOverTheWindowsLengths) {
  BucketSender sender(2, {"balance_abs_threshold=1000000000"});
  // 100 + 100 + 200 + 400 = 800, 400 each: lengths up to 200 add up to 400.
  for (const std::int64_t chars : {100, 400, 100, 200}) EXPECT_EQ(sender.send(chars), 0U);
  EXPECT_EQ(sender.send(200, 5000), 0U);
  EXPECT_EQ(sender.send(201, 5000), 1U);
  EXPECT_EQ(sender.send(400, 5000), 1U);
}

TEST(SmgBucket, UnevenCharactersInTheWindowGoToTheFewest) {
  BucketSender sender(3, {});
  EXPECT_EQ(sender.send(20), 0U) << "by range";
  EXPECT_EQ(sender.send(13), 0U) << "20 is not more than 32";
  EXPECT_EQ(sender.send(10), 1U) << "33 is; the first of the two with none";
  EXPECT_EQ(sender.send(50), 2U);
  EXPECT_EQ(sender.send(50), 1U) << "33, 10, 50";
  EXPECT_EQ(sender.send(10, 5000), 0U) << "33, 60, 50 is even enough: by range";
  // What is older than the window leaves after the next arrival has been placed.
  EXPECT_EQ(sender.send(24, 6000), 0U) << "43, 60, 50 still";
  EXPECT_EQ(sender.send(1, 6001), 1U) << "34, 0, 0";
}

TEST(SmgBucket, AWorkerThatLeavesTakesTheRangesWithIt) {
  BucketSender sender(3, {"balance_abs_threshold=1000000000"});
  EXPECT_EQ(sender.send(4000), 2U);
  sender.view.up = {1, 1, 0, 1, 1};
  notify(*sender.policy, sender.view, Hook::kInstanceChange, 0, 2, {});
  EXPECT_EQ(sender.send(4000), 0U) << "half of all lengths belongs to the first";
}

}  // namespace
}  // namespace pigou
