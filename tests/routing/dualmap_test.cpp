// dualmap@2602.06502: which two candidates, and which of them.
#include <gtest/gtest.h>

#include <set>

#include "fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dualmap@2602.06502";
/// 2^-10 s per token: half of a 5 s target is exactly 2,560 tokens.
const std::vector<std::string> kPerToken = {"prefill_s_per_token=0.0009765625"};

/// The candidate that takes a cold prompt, and the one that takes it when only that one is warm.
struct Pair {
  std::uint32_t first;
  std::uint32_t second;
};

Pair candidates(FakeView& view, Policy& policy, std::uint32_t request = 0) {
  std::fill(view.overlap.begin(), view.overlap.end(), 0);
  Pair pair{answer(policy, view, request).instance, kNoIndex};
  for (std::uint32_t i = 0; i < view.overlap.size(); ++i) {
    view.overlap[i] = 1;
    const std::uint32_t chosen = answer(policy, view, request).instance;
    view.overlap[i] = 0;
    if (chosen == pair.first) continue;
    EXPECT_EQ(chosen, i) << "only candidates are looked at";
    EXPECT_EQ(pair.second, kNoIndex) << "there are two";
    pair.second = i;
  }
  return pair;
}

TEST(DualMap, EveryKeyHasTwoDistinctCandidates) {
  for (const std::uint32_t instances : {2U, 3U, 8U, 40U}) {
    FakeView view(instances);
    const auto policy = policy_for(view, kName);
    std::set<std::uint32_t> seen;
    for (std::uint32_t key = 0; key < 300; ++key) {
      view.ask(1100, {key, key + 1000});
      const Pair pair = candidates(view, *policy);
      ASSERT_NE(pair.second, kNoIndex);
      ASSERT_NE(pair.first, pair.second);
      seen.insert({pair.first, pair.second});
    }
    EXPECT_EQ(seen.size(), instances) << "300 keys reach everybody";
  }
}

TEST(DualMap, TheSamePrefixHasTheSameCandidatesWhateverFollows) {
  FakeView view(16);
  const auto policy = policy_for(view, kName);
  view.ask(5000, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Pair pair = candidates(view, *policy, 1);
  view.ask(1500, {1, 2, 77});  // key_tokens: 1,024, two blocks
  const Pair same = candidates(view, *policy, 2);
  EXPECT_EQ(pair.first, same.first);
  EXPECT_EQ(pair.second, same.second);
}

TEST(DualMap, WorkloadCopiesAndDeeperKeysAreOtherKeys) {
  FakeView view(64);
  const auto policy = policy_for(view, kName);
  const auto deeper = policy_for(view, kName, {"key_tokens=1536"});
  int moved = 0;
  for (std::uint32_t key = 0; key < 50; ++key) {
    view.ask(5000, {key, key + 100, 7});
    const Pair pair = candidates(view, *policy);
    view.asked.copy = 1;
    moved += candidates(view, *policy).first != pair.first ? 1 : 0;
    view.asked.copy = 0;
    moved += candidates(view, *deeper).first != pair.first ? 1 : 0;
  }
  EXPECT_GT(moved, 90);
}

TEST(DualMap, APromptWithoutIdsIsItsOwnKey) {
  FakeView view(32);
  const auto policy = policy_for(view, kName);
  std::vector<int> counts(32);
  for (std::uint32_t r = 0; r < 3200; ++r) {
    view.ask(1000);
    ++counts[answer(*policy, view, r).instance];
  }
  for (const int n : counts) EXPECT_GT(n, 0);
}

TEST(DualMap, TheWarmerCandidateKeepsTheRequestUpToHalfTheTarget) {
  FakeView view(8);
  const auto policy = policy_for(view, kName, kPerToken);
  view.ask(1024, {5, 6});
  const Pair pair = candidates(view, *policy);
  view.overlap[pair.second] = 32;                        // 512 of 1,024 tokens
  view.active_prefill_tokens[pair.second] = 2560 - 512;  // T = 2.5 s exactly
  EXPECT_EQ(answer(*policy, view).instance, pair.second);
  ++view.active_prefill_tokens[pair.second];  // just above: the lower T
  EXPECT_EQ(answer(*policy, view).instance, pair.first);
  view.active_prefill_tokens[pair.first] = 2560;  // T = 3.5 s there
  EXPECT_EQ(answer(*policy, view).instance, pair.second);
}

TEST(DualMap, AColdTieIsTheFirstHashsAndAboveTheTargetTheLowerEstimates) {
  FakeView view(8);
  const auto policy = policy_for(view, kName, kPerToken);
  view.ask(1024, {9, 10});
  const Pair pair = candidates(view, *policy);
  view.active_prefill_tokens[pair.first] = 1536;  // 2.5 s
  EXPECT_EQ(answer(*policy, view).instance, pair.first);
  view.active_prefill_tokens[pair.first] = 1537;
  EXPECT_EQ(answer(*policy, view).instance, pair.second);
  const auto patient = policy_for(view, kName, {"prefill_s_per_token=0.0009765625", "slo_s=10"});
  EXPECT_EQ(answer(*patient, view).instance, pair.first);
}

TEST(DualMap, EqualEstimatesGoToFewerBlocksAndThenToADraw) {
  FakeView view(8);
  view.ask(8192, {3, 4});  // 8 s alone: always above the target
  const Pair pair = candidates(view, *policy_for(view, kName));
  view.active_blocks[pair.first] = 10;
  view.active_blocks[pair.second] = 9;
  EXPECT_EQ(answer(*policy_for(view, kName, kPerToken), view).instance, pair.second);
  view.active_blocks[pair.second] = 10;
  std::vector<int> counts(2);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const std::uint32_t chosen = answer(*policy_for(view, kName, kPerToken, seed), view).instance;
    ASSERT_TRUE(chosen == pair.first || chosen == pair.second);
    ++counts[chosen == pair.first ? 0 : 1];
  }
  EXPECT_LT(chi_square(counts), 10.8);  // 1 degree of freedom, p = 0.001
}

TEST(DualMap, TheEstimateTakesTheCataloguesSpeedUnlessOneIsGiven) {
  FakeView view(8);
  const auto policy = policy_for(view, kName);
  view.ask(1024, {1, 2});
  const Pair pair = candidates(view, *policy);
  view.active_prefill_tokens[pair.first] = 10'000;
  view.s_per_token.assign(8, 1e-4);  // 1.1 s
  EXPECT_EQ(answer(*policy, view).instance, pair.first);
  view.s_per_token.assign(8, 1e-3);  // 11 s
  EXPECT_EQ(answer(*policy, view).instance, pair.second);
}

}  // namespace
}  // namespace pigou
