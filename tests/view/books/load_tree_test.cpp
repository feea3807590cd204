// The tree finds what a scan finds: the least key, how many tie, and the k-th of them by id.
#include "view/books/load_tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "depth.hpp"

namespace pigou {
namespace {

TEST(LoadTree, AgreesWithAScanAfterEveryChange) {
  std::mt19937_64 rng(7);
  for (const std::uint32_t leaves : {1U, 2U, 3U, 8U, 13U, 100U}) {
    LoadTree tree(leaves);
    std::vector<std::int64_t> keys(leaves, 0);
    for (std::uint32_t n = 0, end = draws(2000, "steps"); n < end; ++n) {
      const auto leaf = static_cast<std::uint32_t>(rng() % leaves);
      keys[leaf] = static_cast<std::int64_t>(rng() % 5) - 2;  // few values: many ties
      tree.set(leaf, keys[leaf]);
      const std::int64_t least = *std::min_element(keys.begin(), keys.end());
      ASSERT_EQ(tree.least(), least);
      std::uint32_t ties = 0;
      for (std::uint32_t i = 0; i < leaves; ++i) {
        ASSERT_EQ(tree.key(i), keys[i]);
        ASSERT_EQ(tree.ties_before(i), ties) << "leaf " << i << " of " << leaves;
        if (keys[i] == least) {
          ASSERT_EQ(tree.tied(ties++), i) << leaves;
        }
      }
      ASSERT_EQ(tree.ties(), ties);
    }
  }
}

TEST(LoadTree, collects_who_is_within_a_limit_in_order_and_stops_at_too_many) {
  std::mt19937_64 rng(9);
  for (const std::uint32_t leaves : {1U, 5U, 64U, 77U}) {
    LoadTree tree(leaves);
    for (std::uint32_t n = 0, end = draws(500, "steps"); n < end; ++n) {
      tree.set(static_cast<std::uint32_t>(rng() % leaves), static_cast<std::int64_t>(rng() % 50));
      const auto limit = static_cast<std::int64_t>(rng() % 60) - 5;
      std::vector<std::uint32_t> wanted;
      for (std::uint32_t i = 0; i < leaves; ++i)
        if (tree.key(i) <= limit) wanted.push_back(i);
      std::vector<std::uint32_t> found;
      ASSERT_TRUE(tree.collect(limit, wanted.size(), found));
      ASSERT_EQ(found, wanted);
      found.clear();
      if (!wanted.empty()) {
        ASSERT_FALSE(tree.collect(limit, wanted.size() - 1, found));
      }
    }
  }
}

}  // namespace
}  // namespace pigou
