// dualmap@smg: keys of doubling length, two rendezvous candidates, a budget.
#include <gtest/gtest.h>

#include <set>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dualmap@smg";

/// Where the prompt goes now, were nothing to come of it.
std::uint32_t probe(FakeView& view, const Policy& policy) {
  return answer(*policy.clone(), view).instance;
}

/// The candidates: whoever takes the prompt where it alone has some of it.
std::vector<std::uint32_t> candidates(FakeView& view, const Policy& policy) {
  const auto before = view.overlap;
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < view.overlap.size(); ++i) {
    view.overlap.assign(view.overlap.size(), 0);
    view.overlap[i] = 1;
    if (probe(view, policy) == i) found.push_back(i);
  }
  view.overlap = before;
  return found;
}

TEST(DualMapSmg, TwoCandidatesTheWarmerOneWithinItsBudgetElseLessPrefill) {
  FakeView view(8);
  const auto policy = policy_for(view, kName, {"pending_prefill_token_budget=2000"});
  view.ask(1024, {5, 6});
  const auto pair = candidates(view, *policy);
  ASSERT_EQ(pair.size(), 2U);
  view.overlap[pair[1]] = 32;
  view.active_prefill_tokens[pair[1]] = 2000 - 512;  // with this prompt's other half: 2,000
  EXPECT_EQ(probe(view, *policy), pair[1]);
  ++view.active_prefill_tokens[pair[1]];
  EXPECT_EQ(probe(view, *policy), pair[0]);
  view.active_prefill_tokens[pair[0]] = 5000;  // this prompt is not compared, the backlog before is
  EXPECT_EQ(probe(view, *policy), pair[1]);
}

TEST(DualMapSmg, EquallyWarmGoesToLessPrefillAndThenToTheLowerIndex) {
  FakeView view(8);
  const auto policy = policy_for(view, kName);
  view.ask(1024, {5, 6});
  const auto pair = candidates(view, *policy);
  EXPECT_EQ(probe(view, *policy), pair[0]);
  view.active_prefill_tokens[pair[0]] = 1;
  EXPECT_EQ(probe(view, *policy), pair[1]);
}

TEST(DualMapSmg, AHotPrefixIsHashedTwiceAsLong) {
  // n = 4: a key is hot above half of the window. All prompts share their first 512-token block (32
  // engine blocks), none the second: keys of 4, 8, 16 and 32 blocks are hot, 64 are not.
  FakeView view(4);
  const auto policy = policy_for(view, kName, {"window_requests=16"});
  view.ask(2048, {2, 100, 3, 4});
  for (std::uint32_t r = 0; r < 8; ++r) answer(*policy, view, r);
  view.ask(2048, {1, 100, 3, 4});
  const auto before = candidates(view, *policy);
  std::set<std::vector<std::uint32_t>> pairs;
  for (std::uint32_t r = 0; r < 16; ++r) {
    view.ask(2048, {1, 200 + r, 3, 4});
    const auto pair = candidates(view, *policy);
    if (r < 8) {
      EXPECT_EQ(pair, before) << r << ": up to half of the window";
    }
    if (r >= 8) pairs.insert(pair);
    answer(*policy, view, 10 + r);
  }
  EXPECT_GT(pairs.size(), 2U) << "each has a key of its own now";
}

TEST(DualMapSmg, APromptTooShortForAKeyGoesToTheLeastPrefillOfAll) {
  FakeView view(4);
  const auto policy = policy_for(view, kName);
  view.active_prefill_tokens = {5, 3, 2, 2};
  view.ask(63, {1});  // three whole blocks of 16
  EXPECT_EQ(probe(view, *policy), 2U);
  view.ask(4000);  // no ids
  EXPECT_EQ(probe(view, *policy), 2U);
  view.up = {1, 1, 0, 1};
  EXPECT_EQ(probe(view, *policy), 3U);
}

TEST(DualMapSmg, OnlyKeysWonOrLostMoveWithTheFleet) {
  FakeView view(9);
  const auto policy = policy_for(view, kName);
  int moved = 0;
  for (std::uint32_t key = 0; key < 2000; ++key) {
    view.ask(1024, {key, 1});
    view.up.clear();
    const auto before = candidates(view, *policy);
    view.up = {1, 1, 1, 1, 0, 1, 1, 1, 1};
    const auto after = candidates(view, *policy);
    ASSERT_EQ(after.size(), 2U);
    const bool had = before[0] == 4 || before[1] == 4;
    moved += had ? 1 : 0;
    if (!had) {
      ASSERT_EQ(after, before);
    }
  }
  EXPECT_NEAR(moved / 2000.0, 2.0 / 9, 0.03);
}

}  // namespace
}  // namespace pigou
