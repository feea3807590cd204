#include "core/flat_map.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/random.hpp"

namespace pigou {
namespace {

TEST(FlatMap, agrees_with_the_standard_map_under_random_inserts_and_erases) {
  const RandomStream stream(7, "flat-map");
  FlatMap<std::uint32_t> map;
  std::map<std::uint32_t, std::uint32_t> expected;
  for (std::uint32_t step = 0; step < 20000; ++step) {
    const std::uint32_t key = stream.below(300, step, 0) * 0x01000193u;
    if (stream.below(3, step, 1) == 0 && expected.count(key) > 0) {
      map.erase(key);
      expected.erase(key);
    } else {
      map[key] = step;
      expected[key] = step;
    }
    ASSERT_EQ(map.size(), expected.size());
  }
  for (std::uint32_t k = 0; k < 300; ++k) {
    const std::uint32_t key = k * 0x01000193u;
    const auto* found = map.find(key);
    ASSERT_EQ(found != nullptr, expected.count(key) > 0);
    if (found == nullptr) continue;
    EXPECT_EQ(*found, expected[key]);
  }
}

TEST(FlatMap, finds_nothing_in_an_empty_map) {
  const FlatMap<int> map;
  EXPECT_EQ(map.find(3), nullptr);
}

}  // namespace
}  // namespace pigou
