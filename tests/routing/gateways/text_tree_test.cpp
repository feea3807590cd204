// The believed tree by hand: SMG's stamps and owners, SGLang's, sizes and evictions.
#include "routing/gateways/text_tree.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "depth.hpp"

namespace pigou {
namespace {

/// Prompts of 10-token blocks, one character a token, against a tree of four tenants.
struct Gateway {
  explicit Gateway(TreeKind kind, std::uint64_t seed = 1)
      : tree(kind, 4, RandomStream(seed, "tree")) {}

  static PromptText text(const std::vector<std::uint32_t>& blocks, std::int64_t tokens,
                         std::uint32_t number = 0) {
    PromptText made;
    made.blocks = blocks;
    made.block_tokens = 10;
    made.tokens = tokens;
    made.tail = 0x80000000U | number;
    return made;
  }
  TextTree::Match match(const std::vector<std::uint32_t>& blocks) {
    return tree.match(text(blocks, tokens(blocks)), now_ms, clock);
  }
  void insert(const std::vector<std::uint32_t>& blocks, std::uint32_t tenant) {
    tree.insert(text(blocks, tokens(blocks)), tenant, now_ms, clock);
  }
  bool holds(const std::vector<std::uint32_t>& blocks, std::uint32_t tenant) const {
    return tree.held_letters(text(blocks, tokens(blocks)), tenant) == blocks.size();
  }
  static std::int64_t tokens(const std::vector<std::uint32_t>& blocks) {
    return static_cast<std::int64_t>(blocks.size()) * 10;
  }

  TextTree tree;
  std::int64_t now_ms = 0;
  std::uint64_t clock = 0;
};

TEST(TextTree, AMatchReachesAsFarAsBlocksAreEqualAndNamesWhoeverMadeTheNode) {
  Gateway gateway(TreeKind::kSmg);
  EXPECT_EQ(gateway.match({1, 2}).tenant, kNoIndex) << "an empty tree knows nobody";
  gateway.insert({1, 2, 3}, 2);
  EXPECT_EQ(gateway.match({1, 2, 3}).letters, 3U);
  EXPECT_EQ(gateway.match({1, 2, 9}).letters, 2U) << "inside a node";
  EXPECT_EQ(gateway.match({1, 2, 9}).tenant, 2U);
  gateway.insert({1, 2, 9}, 0);  // cuts the node after 2
  EXPECT_EQ(gateway.match({1, 2, 9}).tenant, 0U);
  EXPECT_EQ(gateway.match({1, 2}).tenant, 2U) << "tenant 0 holds it too, but 2 made it";
  EXPECT_EQ(gateway.match({1, 2, 7}).tenant, 2U);
  EXPECT_EQ(gateway.match({5}).letters, 0U);
}

TEST(TextTree, ATenantIsChargedEachCharacterOnce) {
  Gateway gateway(TreeKind::kSmg);
  gateway.insert({1, 2, 3}, 2);
  gateway.insert({1, 2, 3}, 2);
  EXPECT_EQ(gateway.tree.chars()[2], 30);
  gateway.insert({1, 2, 9, 8}, 0);
  EXPECT_EQ(gateway.tree.chars()[0], 40) << "20 shared and 20 of its own";
  EXPECT_EQ(gateway.tree.chars()[2], 30);
  gateway.insert({1}, 3);
  EXPECT_EQ(gateway.tree.chars()[3], 10);
  gateway.insert({1, 2, 3}, 3);
  EXPECT_EQ(gateway.tree.chars()[3], 30);
  EXPECT_EQ(gateway.tree.nodes(), 1U + 4U) << "root, 1, 2, 3, and 9 8 in one node";
}

TEST(TextTree, InsertingAfterAMatchEqualsInsertingFromTheRoot) {
  for (const TreeKind kind : {TreeKind::kSmg, TreeKind::kSglang2025}) {
    Gateway one(kind), two(kind);
    const RandomStream stream(3, "prompts");
    for (std::uint32_t r = 0; r < 3000; ++r) {
      std::vector<std::uint32_t> blocks;
      for (std::uint32_t b = 0; b < 1 + stream.below(6, r, 0); ++b)
        blocks.push_back(stream.below(3, r, b + 1));
      const PromptText text = Gateway::text(blocks, Gateway::tokens(blocks) + r % 4, r);
      const std::uint32_t tenant = stream.below(4, r, 20);
      one.now_ms = two.now_ms = r / 7;
      const auto match = one.tree.match(text, one.now_ms, one.clock);
      one.tree.insert(text, tenant, one.now_ms, one.clock, match);
      ASSERT_EQ(two.tree.match(text, two.now_ms, two.clock).tenant, match.tenant);
      two.tree.insert(text, tenant, two.now_ms, two.clock);
      if (r % 50 == 49) one.tree.evict(400), two.tree.evict(400);
      for (std::uint32_t t = 0; t < 4; ++t) ASSERT_EQ(one.tree.chars()[t], two.tree.chars()[t]);
      ASSERT_EQ(one.tree.nodes(), two.tree.nodes());
    }
  }
}

TEST(TextTree, TheTailWithoutBlocksIsSharedWithNobodyButCounts) {
  Gateway gateway(TreeKind::kSmg);
  const std::vector<std::uint32_t> blocks = {1};
  const PromptText first = Gateway::text(blocks, 14, 1);
  const PromptText second = Gateway::text(blocks, 14, 2);
  gateway.tree.insert(first, 0, 0, gateway.clock);
  EXPECT_EQ(gateway.tree.chars()[0], 14);
  EXPECT_EQ(second.chars(gateway.tree.match(second, 0, gateway.clock).letters), 10);
  EXPECT_EQ(first.chars(gateway.tree.match(first, 0, gateway.clock).letters), 14);
}

TEST(TextTree, CopiesOfTheTraceShareNothing) {
  Gateway gateway(TreeKind::kSmg);
  gateway.insert({1, 2}, 0);
  const std::vector<std::uint32_t> blocks = {1, 2};
  PromptText other = Gateway::text(blocks, 20);
  other.copy = 1;
  EXPECT_EQ(gateway.tree.match(other, 0, gateway.clock).letters, 0U);
}

TEST(TextTree, EvictionTakesTheLeastRecentlyStampedLeavesDownToTheSize) {
  Gateway gateway(TreeKind::kSmg);
  gateway.insert({1, 2}, 0);  // stamps 0, 1, 2
  gateway.insert({1, 3}, 0);
  gateway.insert({4}, 0);
  gateway.insert({1, 2}, 1);
  ASSERT_EQ(gateway.tree.chars()[0], 40);
  gateway.tree.evict(40);
  EXPECT_EQ(gateway.tree.chars()[0], 40) << "at the size nothing goes";
  gateway.tree.evict(39);
  EXPECT_FALSE(gateway.holds({1, 2}, 0)) << "the oldest leaf";
  EXPECT_TRUE(gateway.holds({1, 3}, 0));
  EXPECT_TRUE(gateway.holds({1, 2}, 1)) << "other tenants keep theirs";
  EXPECT_EQ(gateway.tree.chars()[0], 30);
  gateway.tree.evict(10);
  // Without 3 the node 1 is a leaf, and its stamp, 0 or 1, is older than that of 4.
  EXPECT_FALSE(gateway.holds({1}, 0));
  EXPECT_TRUE(gateway.holds({4}, 0));
  EXPECT_EQ(gateway.match({1, 2}).tenant, 1U) << "who made it has left";
  gateway.tree.evict(0);
  EXPECT_EQ(gateway.tree.nodes(), 1U) << "only the root";
}

TEST(TextTree, ASmgMatchStampsWhenTheCountOfCallsIsAMultipleOfEight) {
  // Insert a (0), b (1); seven matches of a are calls 2..8, of which 8 stamps.
  for (const int matches : {6, 7}) {
    Gateway gateway(TreeKind::kSmg);
    gateway.insert({1}, 0);
    gateway.insert({2}, 0);
    for (int m = 0; m < matches; ++m) gateway.match({1});
    gateway.tree.evict(10);
    EXPECT_EQ(gateway.holds({1}, 0), matches == 7) << matches;
  }
}

TEST(TextTree, ASglangMatchStampsTheWholePathInMilliseconds) {
  Gateway gateway(TreeKind::kSglang2025);
  gateway.insert({1, 2}, 0);
  gateway.now_ms = 1;
  gateway.insert({3, 4}, 0);
  gateway.now_ms = 2;
  gateway.match({1, 9});
  gateway.now_ms = 3;
  gateway.insert({1, 9}, 1);
  gateway.tree.evict(20);
  EXPECT_TRUE(gateway.holds({1, 2}, 0));
  EXPECT_FALSE(gateway.holds({3}, 0));
}

TEST(TextTree, ASglangNodeIsNamedByItsHashMapsOrderWhichAnotherSeedChanges) {
  std::set<std::uint32_t> named;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Gateway gateway(TreeKind::kSglang2025, seed);
    for (std::uint32_t tenant = 0; tenant < 4; ++tenant) gateway.insert({1, 2}, tenant);
    const std::uint32_t tenant = gateway.match({1, 2}).tenant;
    named.insert(tenant);
    for (int again = 0; again < 5; ++again) EXPECT_EQ(gateway.match({1, 2}).tenant, tenant);
  }
  EXPECT_EQ(named.size(), 4U);
}

/// The same tree without compression: one node per block, a set of tenants in each.
struct PlainTree {
  std::map<std::vector<std::uint32_t>, std::set<std::uint32_t>> held;

  std::size_t longest(const std::vector<std::uint32_t>& blocks) const {
    std::vector<std::uint32_t> prefix;
    for (const std::uint32_t block : blocks) {
      prefix.push_back(block);
      if (held.count(prefix) == 0) return prefix.size() - 1;
    }
    return blocks.size();
  }
  void insert(const std::vector<std::uint32_t>& blocks, std::uint32_t tenant) {
    std::vector<std::uint32_t> prefix;
    for (const std::uint32_t block : blocks) {
      prefix.push_back(block);
      held[prefix].insert(tenant);
    }
  }
  std::int64_t chars(std::uint32_t tenant) const {
    std::int64_t sum = 0;
    for (const auto& [prefix, tenants] : held) sum += tenants.count(tenant) > 0 ? 10 : 0;
    return sum;
  }
};

TEST(TextTree, MatchesAndSizesAreThoseOfATreeOfSingleBlocks) {
  for (std::uint64_t seed = 0, end = draws(20, "trees"); seed < end; ++seed) {
    Gateway gateway(seed % 2 == 0 ? TreeKind::kSmg : TreeKind::kSglang2025, seed);
    PlainTree plain;
    const RandomStream stream(seed, "prompts");
    for (std::uint32_t r = 0; r < 300; ++r) {
      std::vector<std::uint32_t> blocks;
      for (std::uint32_t b = 0; b < 1 + stream.below(7, r, 0); ++b)
        blocks.push_back(stream.below(3, r, b + 1));
      const auto match = gateway.match(blocks);
      ASSERT_EQ(match.letters, plain.longest(blocks));
      if (match.letters > 0) {
        const std::vector<std::uint32_t> reached(blocks.begin(), blocks.begin() + match.letters);
        ASSERT_TRUE(plain.held[reached].count(match.tenant) > 0) << "who is named holds it";
      }
      const std::uint32_t tenant = stream.below(4, r, 20);
      gateway.insert(blocks, tenant);
      plain.insert(blocks, tenant);
      for (std::uint32_t t = 0; t < 4; ++t) ASSERT_EQ(gateway.tree.chars()[t], plain.chars(t));
    }
  }
}

}  // namespace
}  // namespace pigou
