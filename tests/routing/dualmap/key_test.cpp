// How long DualMap's key is: the paper's hotness tree and the code's lazy table, by hand.
#include <gtest/gtest.h>

#include "routing/dualmap/hot_prefix_table.hpp"
#include "routing/dualmap/hotness_tree.hpp"

namespace pigou {
namespace {

/// The chain of a prompt of whole 512-token blocks.
PrefixChain chain_of(const std::vector<std::uint32_t>& ids, std::int64_t key_block_tokens = 512) {
  RequestView request;
  request.trace_blocks = ids;
  request.trace_block_tokens = 512;
  PrefixChain chain(key_block_tokens, 64);
  chain.read(request);
  return chain;
}

TEST(PrefixChain, EqualBeginningsHaveEqualHashesAndAPartialLastKeyBlockCounts) {
  const PrefixChain one = chain_of({1, 2, 3}), other = chain_of({1, 2, 4});
  ASSERT_EQ(one.depth(), 3U);
  EXPECT_EQ(one.hash(2), other.hash(2));
  EXPECT_NE(one.hash(3), other.hash(3));
  EXPECT_NE(one.hash(1), one.hash(2));
  const PrefixChain coarse = chain_of({1, 2, 3}, 1024);
  ASSERT_EQ(coarse.depth(), 2U);
  EXPECT_EQ(coarse.hash(1), one.hash(2));
  EXPECT_EQ(coarse.hash(2), one.hash(3));
  EXPECT_EQ(chain_of({1, 2, 3}, 100).depth(), 3U) << "at least one trace block";
  EXPECT_EQ(chain_of({}).depth(), 0U);
}

/// Asks for the key of `ids` and tells the tree that it was routed.
std::uint32_t route(HotnessTree& tree, const std::vector<std::uint32_t>& ids, std::uint32_t n) {
  const PrefixChain chain = chain_of(ids);
  const std::uint32_t depth = tree.key_depth(chain);
  tree.observe(chain, depth, n);
  return depth;
}

TEST(HotnessTree, AKeyGetsLongerAboveTwoOverN) {
  // n = 8: more than a quarter of the last 40.
  HotnessTree tree(40, 20, 8);
  std::uint32_t other = 1000;
  for (int r = 0; r < 30; ++r) route(tree, {other++}, 8);
  for (int r = 0; r < 10; ++r) EXPECT_EQ(route(tree, {1, 10U + r}, 8), 1U) << "up to 10 of 40";
  EXPECT_EQ(route(tree, {1, 77}, 8), 1U) << "the eleventh: it is found hot afterwards";
  EXPECT_EQ(route(tree, {1, 78}, 8), 2U);
  EXPECT_EQ(route(tree, {2, 78}, 8), 1U) << "others keep their length";
  EXPECT_EQ(route(tree, {1}, 8), 1U) << "a prompt of one block has no longer key";
}

TEST(HotnessTree, AKeyGetsShorterWhenItsParentIsBelowOneOverN) {
  HotnessTree tree(40, 20, 8);
  for (int r = 0; r < 20; ++r) route(tree, {1, 10U + r}, 8);
  EXPECT_EQ(route(tree, {1, 50}, 8), 2U);
  std::uint32_t other = 1000;
  // Five of 40 are 1/8, and not below.
  for (int r = 0; r < 35; ++r) route(tree, {other++}, 8);
  for (int r = 0; r < 5; ++r) EXPECT_EQ(route(tree, {1, 60U + r}, 8), 2U) << r;
  for (int r = 0; r < 36; ++r) route(tree, {other++}, 8);
  EXPECT_EQ(route(tree, {1, 70}, 8), 2U) << "the key is looked up first";
  EXPECT_EQ(route(tree, {1, 71}, 8), 1U);
}

TEST(HotnessTree, NothingChangesBeforeMinSamplesAndThePathOfAHotPromptGoesAllTheWayDown) {
  HotnessTree tree(200, 20, 8);
  for (int r = 0; r < 20; ++r) EXPECT_EQ(route(tree, {1, 2, 3, 4}, 8), 1U) << r;
  for (std::uint32_t depth = 2; depth <= 4; ++depth) EXPECT_EQ(route(tree, {1, 2, 3, 4}, 8), depth);
  EXPECT_EQ(route(tree, {1, 2, 3, 4}, 8), 4U);
  HotnessTree two(200, 20, 8);
  for (int r = 0; r < 60; ++r)
    EXPECT_EQ(route(two, {1, 2}, 2), 1U)
        << "no share is above 2/2: two candidates are all there are";
}

std::uint32_t route(HotPrefixTable& table, const std::vector<std::uint32_t>& ids) {
  const PrefixChain chain = chain_of(ids);
  const std::uint32_t depth = table.key_depth(chain);
  table.observe(chain, depth);
  return depth;
}

TEST(HotPrefixTable, AKeyGetsLongerFromAShareOf612PercentOnAndNotBefore21Observations) {
  HotPrefixTable table(200, 20, 0.0612, 0.02, 8, 10'000);
  for (std::uint32_t r = 0; r < 187; ++r) route(table, {1000 + r});
  // 12 of 199 are 6.03 %, 13 of 200 are 6.5 %.
  for (std::uint32_t r = 0; r < 13; ++r) EXPECT_EQ(route(table, {1, 10 + r}), 1U) << r;
  EXPECT_EQ(route(table, {1, 99}), 2U);
  HotPrefixTable young(200, 20, 0.0612, 0.02, 8, 10'000);
  for (int r = 0; r < 21; ++r) EXPECT_EQ(route(young, {1, 2}), 1U) << r;
  EXPECT_EQ(route(young, {1, 2}), 2U) << "found hot at the 21st observation";
}

TEST(HotPrefixTable, AsPublishedAKeyThatHasGrownStaysLongWhenItsPrefixGrowsCold) {
  HotPrefixTable table(200, 20, 0.0612, 0.02, 8, 10'000);
  for (std::uint32_t r = 0; r < 30; ++r) route(table, {1, 10 + r});
  EXPECT_EQ(route(table, {1, 90}), 2U);
  for (std::uint32_t r = 0; r < 400; ++r) route(table, {1000 + r});
  for (std::uint32_t r = 0; r < 3; ++r)
    EXPECT_EQ(route(table, {1, 91 + r}), 2U)
        << "its parent's share is below 2 %: nothing is undone";
}

TEST(HotPrefixTable, ALongKeyTakesTwoPlacesOfTheWindow) {
  HotPrefixTable table(40, 20, 0.5, 0.02, 8, 10'000);
  for (int r = 0; r < 30; ++r) route(table, {1, 2, 3});
  // Key {1} became hot at the 21st, {1, 2} shares the window with its parent ever after: half and
  // half, which is hot at 0.5 once the 21 of before have gone.
  HotPrefixTable strict(40, 20, 0.51, 0.02, 8, 10'000);
  for (int r = 0; r < 200; ++r) route(strict, {1, 2, 3});
  EXPECT_EQ(route(strict, {1, 2, 3}), 2U) << "never more than half of the window";
  for (int r = 0; r < 30; ++r) route(table, {1, 2, 3});
  EXPECT_EQ(route(table, {1, 2, 3}), 3U);
}

TEST(HotPrefixTable, ALevelKeepsTheLastAskedAbout) {
  HotLevel level;
  level.insert(1, 1, 2);
  level.insert(2, 2, 2);
  EXPECT_TRUE(level.contains(1, 3));
  level.insert(3, 4, 2);
  EXPECT_FALSE(level.contains(2, 5));
  EXPECT_TRUE(level.contains(1, 6));
  EXPECT_TRUE(level.contains(3, 7));
}

}  // namespace
}  // namespace pigou
