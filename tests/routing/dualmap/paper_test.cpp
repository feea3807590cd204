// DualMap: which two candidates, and which of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "routing/dualmap/testing.hpp"

namespace pigou {
namespace {

TEST(DualMap, EveryKeyHasTwoDistinctCandidates) {
  for (const char* name : {kPaper, kCode}) {
    for (const std::uint32_t instances : {2U, 3U, 8U, 40U}) {
      const DualMapDrive drive(instances, name);
      std::set<std::uint32_t> seen;
      for (std::uint32_t key = 0; key < 300; ++key) {
        const auto pair = drive.candidates({key, key + 1000});
        ASSERT_EQ(pair.size(), 2U) << "only candidates are looked at, and there are two";
        seen.insert(pair.begin(), pair.end());
      }
      EXPECT_EQ(seen.size(), instances) << "300 keys reach everybody";
    }
  }
}

TEST(DualMap, ItsTwoHashesAreIndependent) {
  // Of 16 instances, a pair falls on one instance once in 16 times: then the next one is taken.
  const DualMapDrive drive(16);
  std::vector<int> distance(16);
  for (std::uint32_t key = 0; key < 4000; ++key) {
    const auto pair = drive.candidates({key});
    ++distance[std::min(pair[1] - pair[0], 16 - (pair[1] - pair[0]))];
  }
  // Neighbours: 2/16 of pairs by chance and 1/16 because both hashes agreed, with uneven arcs.
  EXPECT_NEAR(distance[1] / 4000.0, 3.0 / 16, 0.06);
  for (std::size_t d = 2; d < 8; ++d) EXPECT_NEAR(distance[d] / 4000.0, 2.0 / 16, 0.06) << d;
}

TEST(DualMap, TheSameBeginningHasTheSameCandidatesWhateverFollows) {
  const DualMapDrive drive(16);
  const auto pair = drive.candidates({1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(drive.candidates({1, 2, 77}), pair) << "one block makes the key of a cold tree";
  EXPECT_EQ(drive.candidates({1}), pair);
}

TEST(DualMap, WorkloadCopiesHaveKeysOfTheirOwn) {
  DualMapDrive drive(64);
  int moved = 0;
  for (std::uint32_t key = 0; key < 50; ++key) {
    const auto pair = drive.candidates({key, key + 100, 7});
    drive.view.asked().copy = 1;
    moved += drive.candidates({key, key + 100, 7}) != pair ? 1 : 0;
    drive.view.asked().copy = 0;
  }
  EXPECT_GT(moved, 45);
}

TEST(DualMap, APromptWithoutIdsIsItsOwnKey) {
  FakeView view(32);
  const auto policy = policy_for(view, kPaper);
  std::vector<int> counts(32);
  for (std::uint32_t r = 0; r < 3200; ++r) {
    view.ask(1000);
    ++counts[answer(*policy->clone(), view, r).instance];
  }
  for (const int n : counts) EXPECT_GT(n, 0);
}

TEST(DualMap, TheWarmerCandidateKeepsTheRequestUpToTheTargetAndInTheCodeUpToHalf) {
  for (const auto& [name, tokens] : {std::pair{kPaper, 5120}, std::pair{kCode, 2560}}) {
    DualMapDrive drive(8, name);
    const auto pair = drive.candidates({5, 6});
    drive.view.ask(1024, {5, 6});
    drive.view.overlap[pair[1]] = 32;                          // 512 of 1,024 tokens
    drive.view.active_prefill_tokens[pair[1]] = tokens - 512;  // T is the bound exactly
    EXPECT_EQ(drive.probe(), pair[1]) << name;
    ++drive.view.active_prefill_tokens[pair[1]];  // just above: the lower T
    EXPECT_EQ(drive.probe(), pair[0]) << name;
    drive.view.active_prefill_tokens[pair[0]] = tokens;  // 1 s more than there
    EXPECT_EQ(drive.probe(), pair[1]) << name;
  }
}

TEST(DualMap, EquallyWarmCandidatesGoToFewerBlocksAndThenToADraw) {
  DualMapDrive drive(8);
  const auto pair = drive.candidates({9, 10});
  drive.view.ask(1024, {9, 10});
  drive.view.active_blocks[pair[0]] = 10;
  drive.view.active_blocks[pair[1]] = 9;
  EXPECT_EQ(drive.probe(), pair[1]);
  drive.view.active_blocks[pair[1]] = 10;
  std::vector<int> counts(2);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const auto policy = policy_for(drive.view, kPaper, kPerToken, seed);
    const std::uint32_t chosen = answer(*policy, drive.view).instance;
    ASSERT_TRUE(chosen == pair[0] || chosen == pair[1]);
    ++counts[chosen == pair[0] ? 0 : 1];
  }
  EXPECT_LT(chi_square(counts), 10.8);  // 1 degree of freedom, p = 0.001
}

TEST(DualMap, TheCodesDrawAlwaysNamesTheFirstHash) {
  FakeView view(8);
  view.ask(1024, {9, 10});
  std::set<std::uint32_t> chosen;
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    chosen.insert(answer(*policy_for(view, kCode, kPerToken, seed), view).instance);
  EXPECT_EQ(chosen.size(), 1U) << "random.seed(42) before every draw";
}

TEST(DualMap, EqualEstimatesAboveTheTargetGoToFewerBlocks) {
  DualMapDrive drive(8);
  const auto pair = drive.candidates({3, 4});
  drive.view.ask(8192, {3, 4});  // 8 s alone: always above the target
  drive.view.overlap[pair[0]] = 16;
  drive.view.active_prefill_tokens[pair[0]] = 256;
  drive.view.active_blocks[pair[0]] = 10;
  drive.view.active_blocks[pair[1]] = 9;
  EXPECT_EQ(drive.probe(), pair[1]) << "as much to do on either";
  drive.view.active_blocks[pair[1]] = 11;
  EXPECT_EQ(drive.probe(), pair[0]);
}

TEST(DualMap, TheEstimateTakesTheCataloguesSpeedUnlessOneIsGiven) {
  DualMapDrive drive(8, kPaper, {});
  const auto pair = drive.candidates({1, 2});
  drive.view.ask(1024, {1, 2});
  drive.view.overlap[pair[0]] = 1;
  drive.view.active_prefill_tokens[pair[0]] = 10'000;
  drive.view.set_prefill_s_per_token(std::vector<double>(8, 1e-4));  // 1.1 s
  EXPECT_EQ(drive.probe(), pair[0]);
  drive.view.set_prefill_s_per_token(std::vector<double>(8, 1e-3));  // 11 s
  EXPECT_EQ(drive.probe(), pair[1]);
}

TEST(DualMap, WhenAnInstanceLeavesOnlyItsKeysMoveAndOneJoiningTakesItsShare) {
  // The dual hash ring's promise. With n instances a key loses one of its candidates with 2/n.
  constexpr std::uint32_t kKeys = 2000;
  DualMapDrive drive(9);
  std::vector<std::vector<std::uint32_t>> before;
  for (std::uint32_t key = 0; key < kKeys; ++key) before.push_back(drive.candidates({key}));
  drive.set_up(0, 4, false);
  int moved = 0, by_neighbour = 0;
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    const auto now = drive.candidates({key});
    ASSERT_EQ(now.size(), 2U);
    const bool had = std::ranges::count(before[key], 4U) > 0;
    moved += had ? 1 : 0;
    EXPECT_EQ(std::ranges::count(now, 4U), 0) << "it takes no requests";
    if (had || now == before[key]) continue;
    ++by_neighbour;  // both hashes fell on one instance, whose next one was instance 4
  }
  EXPECT_NEAR(moved / double{kKeys}, 2.0 / 9, 0.08);
  EXPECT_EQ(by_neighbour, 0) << "a neighbour that leaves is among the candidates itself";
  drive.set_up(1, 4, true);
  for (std::uint32_t key = 0; key < kKeys; ++key)
    ASSERT_EQ(drive.candidates({key}), before[key]) << "back as it was";
}

TEST(DualMap, ItSaysWhichCandidatesItComparedAndWhy) {
  DualMapDrive drive(8);
  const auto pair = drive.candidates({5, 6});
  drive.view.ask(1024, {5, 6});
  drive.view.overlap[pair[1]] = 32;
  drive.view.keep_notes();
  answer(*drive.policy().clone(), drive.view);
  EXPECT_EQ(drive.view.noted().rule,
            "affinity: the warmer candidate is within its share of the target");
  ASSERT_EQ(drive.view.noted().candidates.size(), 2U);
  for (const auto& candidate : drive.view.noted().candidates)
    EXPECT_EQ(candidate.cost, candidate.instance == pair[1] ? 0.5 : 1.0) << "s until first token";
}

}  // namespace
}  // namespace pigou
