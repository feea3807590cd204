#include "core/flat_map.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/random_stream.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

TEST(FlatMap, agrees_with_the_standard_map_under_random_inserts_and_erases) {
  const RandomStream stream(7, "flat-map");
  FlatMap<std::uint32_t> map;
  std::map<std::uint32_t, std::uint32_t> expected;
  for (std::uint32_t step = 0, end = draws(20000, "steps"); step < end; ++step) {
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

TEST(FlatMap, keys_of_64_bits_that_share_their_halves_stay_apart) {
  FlatMap<std::uint32_t, std::uint64_t> map;
  for (std::uint64_t high = 0; high < 40; ++high)
    for (std::uint64_t low = 0; low < 40; ++low)
      map[(high << 32) | low] = static_cast<std::uint32_t>(high * 40 + low);
  for (std::uint64_t high = 0; high < 40; high += 2)
    for (std::uint64_t low = 0; low < 40; ++low) map.erase((high << 32) | low);
  EXPECT_EQ(map.size(), 800U);
  for (std::uint64_t high = 0; high < 40; ++high) {
    for (std::uint64_t low = 0; low < 40; ++low) {
      const std::uint32_t* found = map.find((high << 32) | low);
      ASSERT_EQ(found != nullptr, high % 2 == 1);
      if (found == nullptr) continue;
      EXPECT_EQ(*found, high * 40 + low);
    }
  }
}

TEST(FlatMap, finds_nothing_in_an_empty_map) {
  const FlatMap<int> map;
  EXPECT_EQ(map.find(3), nullptr);
}

}  // namespace
}  // namespace pigou
