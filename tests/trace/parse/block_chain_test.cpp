#include "trace/parse/block_chain.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "depth.hpp"

namespace pigou {
namespace {

TEST(BlockChain, AreIdsDenseInOrderOfFirstSight) {
  BlockChain chain;
  EXPECT_EQ(chain.id(40, kNoIndex), 0U);
  EXPECT_EQ(chain.id(7, 0), 1U);
  EXPECT_EQ(chain.id(40, kNoIndex), 0U);
  EXPECT_EQ(chain.id(7, 0), 1U);
  EXPECT_EQ(chain.distinct(), 2U);
  EXPECT_EQ(chain.conflicts(), 0U);
}

TEST(BlockChain, IsOneRawIdBehindTwoPredecessorsTwoBlocks) {
  BlockChain chain;
  const std::uint32_t a = chain.id(1, kNoIndex), b = chain.id(2, kNoIndex);
  const std::uint32_t behind_a = chain.id(3, a), behind_b = chain.id(3, b);
  EXPECT_NE(behind_a, behind_b);
  EXPECT_EQ(chain.id(3, a), behind_a);
  EXPECT_EQ(chain.id(3, b), behind_b);
  EXPECT_EQ(chain.conflicts(), 1U);
}

TEST(BlockChain, DoesAScopeForgetRawIdsAndKeepNumbering) {
  BlockChain chain;
  chain.id(1, kNoIndex);
  chain.begin_scope();
  EXPECT_EQ(chain.id(1, kNoIndex), 1U);
  EXPECT_EQ(chain.distinct(), 2U);
}

TEST(BlockChain, DoSmallLargeAndConflictingIdsEqualAPlainMap) {
  std::mt19937_64 random(3);
  for (std::uint32_t round = 0, end = draws(20, "chains"); round < end; ++round) {
    BlockChain chain;
    std::map<std::pair<std::uint64_t, std::uint32_t>, std::uint32_t> plain;
    for (int row = 0; row < 300; ++row) {
      std::uint32_t previous = kNoIndex;
      for (std::uint64_t block = 0; block < random() % 12; ++block) {
        std::uint64_t raw = random() % 50;
        if (random() % 8 == 0) raw = UINT64_MAX - random() % 20;
        if (random() % 8 == 0) raw = random() % 200'000;
        const auto next = static_cast<std::uint32_t>(plain.size());
        const std::uint32_t expected = plain.try_emplace({raw, previous}, next).first->second;
        previous = chain.id(raw, previous);
        ASSERT_EQ(previous, expected);
      }
    }
    ASSERT_EQ(chain.distinct(), plain.size());
  }
}

}  // namespace
}  // namespace pigou
