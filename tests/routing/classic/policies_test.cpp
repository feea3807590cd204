// The textbook policies by hand: samples, rings, sessions, latencies.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

TEST(PowerOfD, AllOfThemDrawnWithoutReplacementIsTheShortestQueue) {
  FakeView view(5);
  view.active_requests = {4, 3, 9, 1, 2};
  const auto all = policy_for(view, "power-of-d", {"d=5"});
  const auto more = policy_for(view, "power-of-d", {"d=64"});
  for (std::uint32_t r = 0; r < 50; ++r) {
    EXPECT_EQ(answer(*all, view, r).instance, 3U);
    EXPECT_EQ(answer(*more, view, r).instance, 3U);
  }
}

TEST(PowerOfD, OneDrawIsUniformAndTwoFollowTheOddsOfPairs) {
  FakeView view(4);
  view.active_requests = {0, 1, 2, 3};
  std::vector<int> one(4), two(4), replaced(4);
  const auto d1 = policy_for(view, "power-of-d", {"d=1"});
  const auto d2 = policy_for(view, "power-of-d", {"d=2"});
  const auto d2r = policy_for(view, "power-of-d", {"d=2", "with_replacement=true"});
  for (std::uint32_t r = 0; r < 12000; ++r) {
    ++one[answer(*d1, view, r).instance];
    ++two[answer(*d2, view, r).instance];
    ++replaced[answer(*d2r, view, r).instance];
  }
  EXPECT_LT(chi_square(one), 16.3);
  // Without replacement 3, 2, 1 and 0 of the 6 pairs; with it 7, 5, 3 and 1 of 16.
  EXPECT_EQ(two[3], 0);
  EXPECT_NEAR(two[0], 6000, 250);
  EXPECT_NEAR(two[1], 4000, 250);
  EXPECT_NEAR(replaced[0], 5250, 250);
  EXPECT_NEAR(replaced[3], 750, 120);
}

TEST(PowerOfD, EqualLoadsAreUniformBecauseTheFirstDrawnWins) {
  FakeView view(5, 3);
  std::vector<int> entries(5), decodes(3);
  const auto policy = policy_for(view, "power-of-d", {"d=3"});
  for (std::uint32_t r = 0; r < 9000; ++r) {
    const Action action = answer(*policy, view, r);
    ++entries[action.instance];
    ++decodes[action.decode_instance - 5];
  }
  EXPECT_LT(chi_square(entries), 18.5);
  EXPECT_LT(chi_square(decodes), 13.8);
}

TEST(ConsistentHash, PromptsThatBeginAlikeMeetAndOthersSpread) {
  FakeView view(8);
  const auto policy = policy_for(view, "consistent-hash");
  view.ask(2048, {1, 2, 3, 4});
  const std::uint32_t home = answer(*policy, view, 1).instance;
  view.ask(1536, {1, 2, 9});
  EXPECT_EQ(answer(*policy, view, 2).instance, home) << "1,024 tokens are two blocks";
  std::set<std::uint32_t> used;
  for (std::uint32_t block = 0; block < 60; ++block) {
    view.ask(2048, {1, 10 + block, 3, 4});
    used.insert(answer(*policy, view, 3).instance);
  }
  EXPECT_EQ(used.size(), 8U);
  used.clear();
  view.ask(2048);
  for (std::uint32_t r = 0; r < 100; ++r) used.insert(answer(*policy, view, r).instance);
  EXPECT_EQ(used.size(), 8U) << "prompts without ids are their own keys";
}

TEST(ConsistentHash, TheSessionCanBeTheKey) {
  FakeView view(8, 4);
  const auto policy = policy_for(view, "consistent-hash", {"key=session"});
  view.asked().session = 9;
  const Action home = answer(*policy, view, 1);
  view.ask(512, {77});
  view.asked().session = 9;
  EXPECT_EQ(answer(*policy, view, 2).instance, home.instance);
  EXPECT_EQ(answer(*policy, view, 3).decode_instance, home.decode_instance);
  view.up.assign(12, 1);
  view.up[home.instance] = 0;
  EXPECT_NE(answer(*policy, view, 4).instance, home.instance);
}

TEST(Chwbl, WithTheCeilingALoadOfSevenOfNineteenPassesAndEightDoesNot) {
  FakeView view(4);
  view.ask(1024, {7, 8});
  view.keep_notes();
  const auto policy = policy_for(view, "chwbl");
  const std::uint32_t own = answer(*policy, view).instance;
  // ceil(1.25 * 20 / 4) = 7.
  view.active_requests.assign(4, 4);
  view.active_requests[own] = 7;
  EXPECT_EQ(answer(*policy, view).instance, own);
  EXPECT_EQ(view.noted().rule, "ring: the owner of the key");
  view.active_requests.assign(4, 3);
  view.active_requests[own] = 8;
  view.active_requests[(own + 1) % 4] = 5;
  EXPECT_NE(answer(*policy, view).instance, own);
  EXPECT_EQ(view.noted().rule, "ring: the first within the bound");
}

TEST(Chwbl, NobodyIsEverAboveTheBoundAndSomebodyAlwaysFits) {
  FakeView view(7);
  const auto policy = policy_for(view, "chwbl");
  view.ask(1024, {7, 8});  // one key for all
  for (std::uint32_t r = 0; r < 700; ++r) {
    ++view.active_requests[answer(*policy, view, r).instance];
    for (const std::int64_t load : view.active_requests)
      ASSERT_LE(load, static_cast<std::int64_t>(1.25 * (r + 1) / 7) + 2);
  }
}

TEST(SessionAffinity, AStartGoesToTheFewestInFlightAndTheRestFollows) {
  FakeView view(3, 2);
  const auto policy = policy_for(view, "session-affinity");
  view.active_requests = {2, 0, 1, 5, 4};
  view.asked().session = 1;
  EXPECT_EQ(answer(*policy, view, 0).instance, 1U);
  EXPECT_EQ(answer(*policy, view, 0).decode_instance, 4U);
  view.active_requests = {0, 90, 1, 0, 90};
  EXPECT_EQ(answer(*policy, view, 1).instance, 1U);
  EXPECT_EQ(answer(*policy, view, 1).decode_instance, 4U);
  view.asked().session = 2;
  EXPECT_EQ(answer(*policy, view, 2).instance, 0U);
  view.asked().session = 1;
  view.up = {1, 0, 1, 1, 1};
  EXPECT_EQ(answer(*policy, view, 3).instance, 0U) << "its instance is down";
  view.up = {1, 1, 1, 1, 1};
  EXPECT_EQ(answer(*policy, view, 4).instance, 0U) << "it has moved for good";
}

TEST(SessionAffinity, AnIdleSessionStartsAgain) {
  FakeView view(2);
  view.asked().session = 1;
  view.active_requests = {1, 0};
  const auto policy = policy_for(view, "session-affinity", {"session_ttl_s=60"});
  const auto at = [&](std::int64_t second) {
    return answer_at(*policy, view, 0, SimTime{second * kPsPerSecond}).instance;
  };
  EXPECT_EQ(at(0), 1U);
  view.active_requests = {0, 1};
  EXPECT_EQ(at(59), 1U);
  EXPECT_EQ(at(118), 1U);
  EXPECT_EQ(at(178), 0U) << "60 s";
}

TEST(LeastLatency, UnmeasuredInstancesAreTriedFirstThenTheProductDecides) {
  FakeView view(3);
  const auto policy = policy_for(view, "least-latency", {"sample_weight=0.5"});
  const auto at = [](double seconds) { return from_seconds(seconds, "test"); };
  std::set<std::uint32_t> tried;
  for (std::uint32_t r = 0; r < 3; ++r) {
    const std::uint32_t chosen = answer_at(*policy, view, r, at(0)).instance;
    tried.insert(chosen);
    notify(*policy, view, Hook::kFirstToken, r, chosen, at(chosen == 1 ? 0.1 : 1.0));
  }
  EXPECT_EQ(tried.size(), 3U);
  EXPECT_EQ(answer_at(*policy, view, 3, at(2)).instance, 1U);
  view.active_requests = {0, 11, 4};  // 1 * 1 s, 12 * 0.1 s, 5 * 1 s
  EXPECT_EQ(answer_at(*policy, view, 4, at(2)).instance, 0U);
  notify(*policy, view, Hook::kFirstToken, 4, 0, at(5));  // (1 + 3) / 2 = 2 s
  EXPECT_EQ(answer_at(*policy, view, 5, at(6)).instance, 1U) << "2 s against 1.2 s";
  notify(*policy, view, Hook::kInstanceChange, 5, 2, at(6));
  EXPECT_EQ(answer_at(*policy, view, 6, at(6)).instance, 2U) << "unknown again";
}

TEST(LeastLatency, ResponsesAreTimedIfAsked) {
  FakeView view(2);
  const auto policy = policy_for(view, "least-latency", {"measure=response"});
  const std::uint32_t first = answer_at(*policy, view, 0, SimTime{}).instance;
  notify(*policy, view, Hook::kFirstToken, 0, first, SimTime{kPsPerSecond});
  notify(*policy, view, Hook::kFinish, 0, first, SimTime{9 * kPsPerSecond});
  for (std::uint32_t r = 1; r < 9; ++r)
    EXPECT_NE(answer_at(*policy, view, r, SimTime{}).instance, first);
}

TEST(EveryPolicy, SendsNothingToAnInstanceThatIsDown) {
  for (const PolicyInfo& info : policy_table()) {
    const std::string_view name = info.name;
    FakeView view(6, 4);
    const auto policy = policy_for(view, info.name);
    for (std::uint32_t r = 0; r < 40; ++r) {
      view.up = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
      view.up[r % 6] = view.up[(r + 2) % 6] = 0;
      view.up[6 + r % 4] = 0;
      view.ask(600 + 100 * (r % 3), {1, r % 5});
      view.asked().session = r % 7;
      const Action action = answer(*policy, view, r);
      EXPECT_EQ(view.up[action.instance], 1) << name;
      if (action.kind != ActionKind::kPlacePair) continue;
      EXPECT_EQ(view.up[action.decode_instance], 1) << name;
    }
  }
}

}  // namespace
}  // namespace pigou
