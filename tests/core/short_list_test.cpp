// A short list behaves as a vector does, inside itself and after it has moved to the heap.
#include "core/short_list.hpp"

#include <gtest/gtest.h>

#include "core/random_stream.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

using List = ShortList<std::uint32_t, 4>;

std::vector<std::uint32_t> members(const List& list) { return {list.begin(), list.end()}; }

TEST(ShortList, agrees_with_a_vector_under_random_changes_and_copies) {
  const RandomStream stream(5, "short-list");
  for (std::uint32_t round = 0, end = draws(200, "lists"); round < end; ++round) {
    List list;
    std::vector<std::uint32_t> expected;
    for (std::uint32_t step = 0; step < 60; ++step) {
      const std::uint32_t value = stream.below(5, round, 2 * step);
      const std::uint32_t what = stream.below(10, round, 2 * step + 1);
      if (what == 0) {
        list.clear();
        expected.clear();
      } else if (what < 4) {
        list.erase_value(value);
        std::erase(expected, value);
      } else {
        list.push_back(value);
        expected.push_back(value);
      }
      ASSERT_EQ(members(list), expected) << "round " << round << ", step " << step;
      ASSERT_EQ(list.size(), expected.size());
      ASSERT_EQ(list.empty(), expected.empty());
    }
  }
}

TEST(ShortList, a_copy_lives_on_its_own_inside_and_on_the_heap) {
  for (const std::uint32_t size : {3u, 4u, 5u, 9u}) {
    List list;
    for (std::uint32_t i = 0; i < size; ++i) list.push_back(i);
    List copy = list;
    copy.push_back(77);
    *copy.begin() = 99;
    EXPECT_EQ(list.size(), size);
    EXPECT_EQ(*list.begin(), 0u);
    EXPECT_EQ(*(copy.end() - 1), 77u);
  }
}

}  // namespace
}  // namespace pigou
