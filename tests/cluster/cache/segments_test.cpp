// Does the segment cache behave as a cache with one node per block?
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "cluster/cache/reference.hpp"
#include "cluster/cache/segments.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

/// A random prefix tree and paths through it.
struct Forest {
  std::vector<std::uint32_t> blocks;
  std::vector<std::vector<std::uint32_t>> paths;

  explicit Forest(std::mt19937& rng) {
    std::vector<std::vector<std::uint32_t>> open = {{}};
    for (std::uint32_t s = 0; s < 24; ++s) {
      auto path = open[rng() % open.size()];
      path.push_back(s);
      blocks.push_back(1 + static_cast<std::uint32_t>(rng() % 6));
      open.push_back(path);
      paths.push_back(path);
    }
  }
  PathView view(std::size_t p) const {
    PathView view;
    view.prompt = paths[p];
    view.blocks_of = blocks.data();
    return view;
  }
  std::uint32_t length(std::size_t p) const { return path_blocks(view(p)); }
};

struct Holder {
  CallId call;
  std::size_t path;
  std::uint32_t named;
  std::uint32_t anonymous;
};

/// One random operation on both caches, as an engine would do it.
class BothCaches {
 public:
  BothCaches(std::uint32_t blocks, std::mt19937& rng)
      : rng_(rng), forest_(rng), segments_(blocks), oracle_(blocks) {
    segments_.record_events = true;
  }
  void step(SimTime now) {
    if (rng_() % 16 == 0)
      change_mind(now);
    else if (rng_() % 2 == 0 || holders_.empty())
      admit(now);
    else if (rng_() % 2 == 0)
      grow(now);
    else
      leave();
    ASSERT_EQ(segments_.free_blocks(), oracle_.free_blocks());
    ASSERT_EQ(segments_.evicted_blocks(), oracle_.evicted_blocks());
    compare_told();
    std::uint64_t nameless = 0;
    for (const Holder& h : holders_) nameless += h.anonymous;
    segments_.check(nameless);
    for (std::size_t p = 0; p < forest_.paths.size(); ++p) {
      const KvMatch a = segments_.match(forest_.view(p), forest_.length(p));
      const KvMatch b = oracle_.match(forest_.view(p), forest_.length(p));
      ASSERT_EQ(a.blocks, b.blocks);
      ASSERT_EQ(a.evictable, b.evictable);
    }
  }
  std::uint64_t evicted() const { return segments_.evicted_blocks(); }
  std::uint64_t twins() const { return twins_; }

 private:
  void admit(SimTime now) {
    const std::size_t p = rng_() % forest_.paths.size();
    const PathView view = forest_.view(p);
    const std::uint32_t length = forest_.length(p);
    const KvMatch hit = segments_.match(view, length - 1);
    const auto wanted = hit.blocks + static_cast<std::uint32_t>(rng_() % (length - hit.blocks + 1));
    if (wanted - hit.blocks + hit.evictable > segments_.free_blocks()) return;
    const CallId call{next_call_++};
    if (hit.blocks > 0) {
      segments_.acquire(view, hit.blocks, call);
      oracle_.acquire(view, hit.blocks, call);
    }
    Holder holder{call, p, hit.blocks, 0};
    take(holder, wanted, now);
    holders_.push_back(holder);
  }
  void take(Holder& holder, std::uint32_t upto, SimTime now) {
    const PathView view = forest_.view(holder.path);
    segments_.allocate(upto - holder.named, now);
    oracle_.allocate(upto - holder.named, now, &told_);
    for (std::uint32_t b = holder.named; b < upto; ++b)
      if (segments_.match(view, b + 1).blocks > b) ++twins_;
    segments_.publish(view, holder.named, upto, holder.call, now);
    oracle_.publish(view, holder.named, upto, holder.call, now, &told_);
    holder.named = upto;
  }
  /// A step is planned, and then it is not taken.
  void change_mind(SimTime now) {
    const auto blocks = static_cast<std::uint32_t>(rng_() % 4);
    if (blocks > segments_.free_blocks()) return;
    segments_.allocate(blocks, now);
    oracle_.allocate(blocks, now, &told_);
    segments_.give_back(blocks);
    oracle_.give_back(blocks);
  }
  void grow(SimTime now) {
    Holder& holder = holders_[rng_() % holders_.size()];
    const auto more = static_cast<std::uint32_t>(rng_() % 4);
    if (more > segments_.free_blocks()) return;
    const std::uint32_t length = forest_.length(holder.path);
    const std::uint32_t upto = std::min(length, holder.named + more);
    const std::uint32_t anonymous = more - (upto - holder.named);
    take(holder, upto, now);
    if (anonymous > segments_.free_blocks()) return;
    segments_.allocate(anonymous, now);
    oracle_.allocate(anonymous, now, &told_);
    holder.anonymous += anonymous;
  }
  void leave() {
    const std::size_t h = rng_() % holders_.size();
    const Holder holder = holders_[h];
    holders_.erase(holders_.begin() + static_cast<std::ptrdiff_t>(h));
    segments_.release(forest_.view(holder.path), holder.named, holder.anonymous, holder.call,
                      scratch_);
    oracle_.release(forest_.view(holder.path), holder.named, holder.anonymous, holder.call);
  }
  /// Both tell of the same blocks held, whatever they say in between.
  void compare_told() {
    ASSERT_EQ(held_after(segments_.events, seen_), held_after(told_, seen_by_oracle_));
  }
  static std::map<std::uint32_t, std::uint32_t>& held_after(
      std::vector<KvEvent>& events, std::map<std::uint32_t, std::uint32_t>& held) {
    for (const KvEvent& event : events) held[event.segment] = event.held;
    events.clear();
    return held;
  }

  std::mt19937& rng_;
  Forest forest_;
  SegmentCache segments_;
  ReferenceCache oracle_;
  std::vector<Holder> holders_;
  std::vector<std::uint32_t> scratch_;
  std::uint32_t next_call_ = 0;
  std::uint64_t twins_ = 0;
  std::vector<KvEvent> told_;
  std::map<std::uint32_t, std::uint32_t> seen_, seen_by_oracle_;
};

TEST(KvCache, Law07SegmentsEqualOneNodePerBlockUnderRandomUse) {
  std::uint64_t evicted = 0;
  std::uint64_t twins = 0;
  for (std::uint32_t seed = 1, end = 1 + draws(80, "caches"); seed < end; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng(seed);
    BothCaches caches(12 + seed % 40, rng);
    for (std::int64_t n = 0; n < 800 && !testing::Test::HasFatalFailure(); ++n) caches.step({n});
    evicted += caches.evicted();
    twins += caches.twins();
  }
  if (!whole_search()) return;
  EXPECT_GT(evicted, 10'000U);  // or the test has not been hot enough to mean anything
  EXPECT_GT(twins, 2'000U);
}

TEST(KvCache, AFreedRequestLosesItsLastBlockFirst) {
  const std::vector<std::uint32_t> blocks = {4};
  const std::vector<std::uint32_t> path = {0};
  PathView view;
  view.prompt = path;
  view.blocks_of = blocks.data();
  SegmentCache cache(6);
  std::vector<std::uint32_t> scratch;
  cache.allocate(4, {});
  cache.publish(view, 0, 4, 0, {});
  cache.release(view, 4, 0, 0, scratch);
  EXPECT_EQ(cache.match(view, 4).blocks, 4U);
  cache.allocate(3, {});  // two never used, then the tail of the freed four
  EXPECT_EQ(cache.match(view, 4).blocks, 3U);
  EXPECT_EQ(cache.free_blocks(), 3U);
}

/// One segment of four blocks, computed by calls 0 and 1, in a cache of twelve.
template <class Cache>
struct TwoCopies {
  std::vector<std::uint32_t> blocks = {4}, path = {0}, scratch;
  PathView view;
  Cache cache{12};

  TwoCopies() {
    view.prompt = path;
    view.blocks_of = blocks.data();
    for (const CallId call : {CallId{0}, CallId{1}}) {
      allocate(4);
      if constexpr (std::is_same_v<Cache, SegmentCache>)
        cache.publish(view, 0, 4, call, {});
      else
        cache.publish(view, 0, 4, call, {}, nullptr);
    }
  }
  void allocate(std::uint32_t count) {
    if constexpr (std::is_same_v<Cache, SegmentCache>)
      cache.allocate(count, {});
    else
      cache.allocate(count, {}, nullptr);
  }
  void release(CallId call) {
    if constexpr (std::is_same_v<Cache, SegmentCache>)
      cache.release(view, 4, 0, call, scratch);
    else
      cache.release(view, 4, 0, call);
  }
};
template <class Cache>
class KvTwins : public testing::Test {};
using Caches = testing::Types<SegmentCache, ReferenceCache>;
TYPED_TEST_SUITE(KvTwins, Caches);

TYPED_TEST(KvTwins, ATwinDoesNotPinTheFirstOwnersCopy) {
  TwoCopies<TypeParam> two;
  EXPECT_EQ(two.cache.free_blocks(), 4U);
  two.release(0);
  EXPECT_EQ(two.cache.free_blocks(), 8U) << "its four blocks are free while call 1 has its own";
  EXPECT_EQ(two.cache.match(two.view, 4).evictable, 4U) << "the oldest copies are found";
}

TYPED_TEST(KvTwins, ACopyTakesOverTheNameWhenTheFirstGoes) {
  TwoCopies<TypeParam> two;
  two.release(0);
  two.allocate(6);  // four never used, then the last two of the freed
  EXPECT_EQ(two.cache.evicted_blocks(), 2U);
  EXPECT_EQ(two.cache.match(two.view, 4).blocks, 4U) << "call 1 has copies of all";
  EXPECT_EQ(two.cache.match(two.view, 4).evictable, 2U) << "the last two found are those in use";
  two.release(1);
  two.allocate(4);  // the first two of call 0, then the last two of call 1
  EXPECT_EQ(two.cache.match(two.view, 4).blocks, 2U);
  EXPECT_EQ(two.cache.evicted_blocks(), 6U);
}

}  // namespace
}  // namespace pigou
