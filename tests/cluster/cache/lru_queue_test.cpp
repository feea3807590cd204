// Does the free queue behave as a plain list?
#include "cluster/cache/lru_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <vector>

#include "depth.hpp"

namespace pigou {
namespace {

struct Part {
  std::uint32_t older = 77;  // of a part that is in no queue they mean nothing
  std::uint32_t newer = 77;
};

/// Front: the oldest.
std::vector<std::uint32_t> from_oldest(const LruQueue& queue, const std::vector<Part>& parts) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t p = queue.oldest(); p != kNoIndex; p = parts[p].newer) found.push_back(p);
  return found;
}

std::vector<std::uint32_t> from_newest(const LruQueue& queue, const std::vector<Part>& parts) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t p = queue.newest(); p != kNoIndex; p = parts[p].older) found.push_back(p);
  return found;
}

TEST(LruQueue, WhoLeavesFirst) {
  std::vector<Part> parts(4);
  LruQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.push_newest(parts, 2);
  queue.push_newest(parts, 0);
  queue.push_oldest(parts, 3);
  queue.insert_before(parts, 1, 0);
  EXPECT_EQ(from_oldest(queue, parts), (std::vector<std::uint32_t>{3, 2, 1, 0}));
  queue.remove(parts, 2);
  EXPECT_EQ(from_oldest(queue, parts), (std::vector<std::uint32_t>{3, 1, 0}));
  EXPECT_EQ(queue.newest(), 0U);
}

TEST(LruQueue, IsItAPlainListBothWaysWhateverHappens) {
  constexpr std::uint32_t kParts = 12;
  for (unsigned seed = 0, end = draws(100, "free queues"); seed < end; ++seed) {
    std::mt19937 rng(seed);
    std::vector<Part> parts(kParts);
    LruQueue queue;
    std::list<std::uint32_t> plain;
    for (int n = 0; n < 200; ++n) {
      const auto index = static_cast<std::uint32_t>(rng() % kParts);
      const auto at = std::ranges::find(plain, index);
      if (at != plain.end()) {
        queue.remove(parts, index);
        plain.erase(at);
      } else if (rng() % 3 == 0) {
        queue.push_oldest(parts, index);
        plain.push_front(index);
      } else if (rng() % 2 == 0 || plain.empty()) {
        queue.push_newest(parts, index);
        plain.push_back(index);
      } else {
        const auto place = std::next(plain.begin(), static_cast<long>(rng() % plain.size()));
        queue.insert_before(parts, index, *place);
        plain.insert(place, index);
      }
      ASSERT_EQ(from_oldest(queue, parts), std::vector(plain.begin(), plain.end())) << seed;
      ASSERT_EQ(from_newest(queue, parts), std::vector(plain.rbegin(), plain.rend())) << seed;
      ASSERT_EQ(queue.empty(), plain.empty());
    }
  }
}

}  // namespace
}  // namespace pigou
