// Dynamo's index without KV events under its policies, by hand.
#include <gtest/gtest.h>

#include <array>

#include "routing/dynamo/approximate_index.hpp"
#include "routing/dynamo/lru_index.hpp"
#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kName = "dynamo-kv@2026-08";

SimTime at(double s) { return from_seconds(s, "test"); }

/// Segments 0 to 3 of 3, 4, 2 and 5 blocks.
class Segments {
 public:
  PathView path(std::size_t first, std::size_t count) const {
    PathView path;
    path.prompt = std::span(ids_).subspan(first, count);
    path.blocks_of = blocks_.data();
    return path;
  }

 private:
  std::array<std::uint32_t, 4> ids_ = {0, 1, 2, 3};
  std::array<std::uint32_t, 4> blocks_ = {3, 4, 2, 5};
};

TEST(DynamoTreeSize, PrunesWhatWouldEndFirstAndTheDeepestOfIt) {
  const Segments segments;
  DynamoApproximateIndex index(3, at(120), 16, 0.5);
  index.sent(segments.path(0, 2), 0, at(0));
  index.sent(segments.path(0, 2), 1, at(1));  // 14 blocks
  EXPECT_EQ(index.overlap(segments.path(0, 2), at(2))[0], 7);
  index.sent(segments.path(3, 1), 2, at(2));  // 19: down to 8
  EXPECT_EQ(index.overlap(segments.path(0, 2), at(2))[0], 0) << "7 gone, segment 1 before 0";
  EXPECT_EQ(index.overlap(segments.path(0, 2), at(2))[1], 3) << "and 4 of the second's";
  EXPECT_EQ(index.overlap(segments.path(3, 1), at(2))[2], 5);
  index.sent(segments.path(0, 2), 1, at(3));  // 12
  EXPECT_EQ(index.overlap(segments.path(0, 2), at(122.9))[1], 7);
  EXPECT_EQ(index.overlap(segments.path(0, 2), at(123))[1], 0);
}

TEST(DynamoTreeSize, PrunesInsideASegment) {
  const Segments segments;
  DynamoApproximateIndex index(1, at(120), 6, 0.84);
  index.sent(segments.path(0, 2), 0, at(0));  // 7, down to 5
  EXPECT_EQ(index.overlap(segments.path(0, 2), at(1))[0], 5);
  EXPECT_EQ(index.overlap(segments.path(0, 2), at(120))[0], 0) << "the rest ends as it would have";
}

TEST(DynamoLru, EvictsTheDeepestOfWhoEndedFirst) {
  const Segments segments;
  DynamoLruIndex index(2);
  const PathView first = segments.path(0, 2), second = segments.path(2, 1),
                 third = segments.path(3, 1);
  index.acquire(0, first, 1, 0, 8);
  EXPECT_EQ(index.overlap(first)[0], 7);
  EXPECT_EQ(index.overlap(first)[1], 0);
  index.release(0);
  index.acquire(1, second, 0, 0, 8);  // 9 blocks in 8
  EXPECT_EQ(index.overlap(first)[0], 6);
  index.acquire(2, third, 0, 0, 8);  // 13: the other 3 of segment 1, then 2 of segment 0
  EXPECT_EQ(index.overlap(first)[0], 1);
  EXPECT_EQ(index.overlap(second)[0], 2) << "held by a request in flight";
}

TEST(DynamoLru, KeepsWhatRequestsInFlightHoldEvenBeyondCapacity) {
  const Segments segments;
  DynamoLruIndex index(1);
  index.acquire(0, segments.path(0, 2), 0, 0, 8);
  index.acquire(1, segments.path(2, 1), 0, 0, 8);
  EXPECT_EQ(index.overlap(segments.path(0, 2))[0], 7);
  EXPECT_EQ(index.overlap(segments.path(2, 1))[0], 2);
  index.release(1);
  EXPECT_EQ(index.overlap(segments.path(2, 1))[0], 1) << "9 in 8";
}

TEST(DynamoLru, ABlockIsAsOldAsItsLastHolder) {
  const Segments segments;
  DynamoLruIndex index(1);
  index.acquire(0, segments.path(0, 1), 0, 0, 5);
  index.acquire(1, segments.path(0, 1), 0, 0, 5);
  index.acquire(2, segments.path(2, 1), 0, 0, 5);
  index.release(0);
  index.release(2);
  index.release(1);
  index.acquire(3, segments.path(1, 1), 0, 0, 5);  // 4 more: 9 in 5
  EXPECT_EQ(index.overlap(segments.path(2, 1))[0], 0);
  EXPECT_EQ(index.overlap(segments.path(0, 1))[0], 1);
  index.release(3);
  index.acquire(4, segments.path(0, 1), 0, 0, 5);  // its other 2 come back: 7 in 5
  EXPECT_EQ(index.overlap(segments.path(0, 1))[0], 3);
  EXPECT_EQ(index.overlap(segments.path(1, 1))[0], 2);
}

TEST(DynamoLru, AWorkerThatWentAwayLeavesNothing) {
  const Segments segments;
  DynamoLruIndex index(2);
  index.acquire(0, segments.path(0, 2), 1, 0, 8);
  index.acquire(1, segments.path(0, 2), 0, 1, 8);
  index.forget(0);
  EXPECT_EQ(index.overlap(segments.path(0, 2))[0], 0);
  EXPECT_EQ(index.overlap(segments.path(0, 2))[1], 7);
  index.acquire(2, segments.path(0, 1), 0, 0, 8);
  index.release(0);  // of the cache that was lost
  index.acquire(3, segments.path(3, 1), 0, 0, 8);
  EXPECT_EQ(index.overlap(segments.path(0, 1))[0], 3);
  EXPECT_EQ(index.overlap(segments.path(3, 1))[0], 5) << "3 + 5 in 8";
}

TEST(DynamoWithoutEvents, LruBelievesAsLongAsItFits) {
  const Segments segments;
  FakeView view(2);
  view.set_kv_blocks(8);
  const auto ask = [&](std::size_t first, std::size_t count, std::int64_t blocks) {
    view.ask(blocks * 16);
    view.asked().path = segments.path(first, count);
  };
  const auto policy =
      policy_for(view, kName, {"use_kv_events=false", "router_approximate_cache_policy=lru"});
  EXPECT_TRUE(policy->needs().finish);
  ask(0, 2, 7);
  view.active_blocks = {0, 9};
  EXPECT_EQ(answer_at(*policy, view, 0, at(0)).believed_tokens, 0);
  notify(*policy, view, Hook::kFinish, 0, 0, at(1));
  EXPECT_EQ(answer_at(*policy, view, 1, at(1e5)).believed_tokens, 7 * 16) << "no time ends it";
  notify(*policy, view, Hook::kFinish, 1, 0, at(1e5));
  ask(3, 1, 5);
  EXPECT_EQ(answer_at(*policy, view, 2, at(1e5)).believed_tokens, 0);
  ask(0, 2, 7);
  EXPECT_EQ(answer_at(*policy, view, 3, at(1e5)).believed_tokens, 3 * 16) << "12 blocks in 8";
}

}  // namespace
}  // namespace pigou
