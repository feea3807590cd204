// Does the segment cache behave as a cache with one node per block?
#include <gtest/gtest.h>

#include <random>

#include "cluster/kv_cache.hpp"
#include "cluster/reference_cache.hpp"
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
  std::size_t path;
  std::uint32_t named;
  std::uint32_t anonymous;
};

/// One random operation on both caches, as an engine would do it.
class Twins {
 public:
  Twins(std::uint32_t blocks, std::mt19937& rng)
      : rng_(rng), forest_(rng), segments_(blocks), oracle_(blocks) {
    segments_.record_events = true;
  }
  void step(SimTime now) {
    if (rng_() % 2 == 0 || holders_.empty())
      admit(now);
    else if (rng_() % 2 == 0)
      grow(now);
    else
      leave();
    ASSERT_EQ(segments_.free_blocks(), oracle_.free_blocks());
    ASSERT_EQ(segments_.evicted_blocks(), oracle_.evicted_blocks());
    std::uint64_t owned = 0;
    for (const Holder& h : holders_) owned += h.named + h.anonymous;
    segments_.check(owned);
    for (std::size_t p = 0; p < forest_.paths.size(); ++p) {
      const KvMatch a = segments_.match(forest_.view(p), forest_.length(p));
      const KvMatch b = oracle_.match(forest_.view(p), forest_.length(p));
      ASSERT_EQ(a.blocks, b.blocks);
      ASSERT_EQ(a.evictable, b.evictable);
    }
  }
  std::uint64_t evicted() const { return segments_.evicted_blocks(); }

 private:
  void admit(SimTime now) {
    const std::size_t p = rng_() % forest_.paths.size();
    const PathView view = forest_.view(p);
    const std::uint32_t length = forest_.length(p);
    const KvMatch hit = segments_.match(view, length - 1);
    const auto wanted = hit.blocks + static_cast<std::uint32_t>(rng_() % (length - hit.blocks + 1));
    if (wanted - hit.blocks + hit.evictable > segments_.free_blocks()) return;
    segments_.acquire(view, hit.blocks);
    oracle_.acquire(view, hit.blocks);
    Holder holder{p, hit.blocks, 0};
    take(holder, wanted, now);
    holders_.push_back(holder);
  }
  void take(Holder& holder, std::uint32_t upto, SimTime now) {
    const PathView view = forest_.view(holder.path);
    segments_.allocate(upto - holder.named, now);
    oracle_.allocate(upto - holder.named, now, nullptr);
    const std::uint32_t twins = segments_.publish(view, holder.named, upto, now);
    ASSERT_EQ(twins, oracle_.publish(view, holder.named, upto, now, nullptr));
    holder.named = upto;
    holder.anonymous += twins;
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
    oracle_.allocate(anonymous, now, nullptr);
    holder.anonymous += anonymous;
  }
  void leave() {
    const std::size_t h = rng_() % holders_.size();
    const Holder holder = holders_[h];
    holders_.erase(holders_.begin() + static_cast<std::ptrdiff_t>(h));
    segments_.release(forest_.view(holder.path), holder.named, holder.anonymous, scratch_);
    oracle_.release(forest_.view(holder.path), holder.named, holder.anonymous);
  }

  std::mt19937& rng_;
  Forest forest_;
  SegmentCache segments_;
  ReferenceCache oracle_;
  std::vector<Holder> holders_;
  std::vector<std::uint32_t> scratch_;
};

TEST(KvCache, Law07SegmentsEqualOneNodePerBlockUnderRandomUse) {
  std::uint64_t evicted = 0;
  for (std::uint32_t seed = 1, end = 1 + draws(80, "caches"); seed < end; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 rng(seed);
    Twins twins(12 + seed % 40, rng);
    for (std::int64_t n = 0; n < 800 && !testing::Test::HasFatalFailure(); ++n) twins.step({n});
    evicted += twins.evicted();
  }
  if (!whole_search()) return;
  EXPECT_GT(evicted, 10'000U);  // or the test has not been hot enough to mean anything
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
  cache.publish(view, 0, 4, {});
  cache.release(view, 4, 0, scratch);
  EXPECT_EQ(cache.match(view, 4).blocks, 4U);
  cache.allocate(3, {});  // two never used, then the tail of the freed four
  EXPECT_EQ(cache.match(view, 4).blocks, 3U);
  EXPECT_EQ(cache.free_blocks(), 3U);
}

}  // namespace
}  // namespace pigou
