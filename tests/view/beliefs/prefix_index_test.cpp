// The believed caches against a map of (segment, instance) that knows no layouts.
#include "view/beliefs/prefix_index.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "depth.hpp"

namespace pigou {
namespace {

/// Nothing clever: one entry per segment and instance.
class BruteForce {
 public:
  void set_held(SegmentId segment, InstanceId instance, std::uint32_t held) {
    held_[{segment, instance}] = held;
  }
  bool add_active(SegmentId segment, InstanceId instance) {
    return active_[{segment, instance}]++ == 0;
  }
  bool drop_active(SegmentId segment, InstanceId instance) {
    return --active_[{segment, instance}] == 0;
  }
  std::int32_t overlap(const PathView& path, InstanceId instance) const {
    std::uint32_t found = 0;
    for (std::size_t s = 0; s < path.size(); ++s) {
      const std::uint32_t held = at(held_, path.segment(s), instance);
      found += held;
      if (held < path.blocks(s)) break;
    }
    return static_cast<std::int32_t>(found);
  }
  std::int32_t shared(const PathView& path, InstanceId instance) const {
    std::uint32_t found = 0;
    for (std::size_t s = 0; s < path.size(); ++s) {
      if (at(active_, path.segment(s), instance) == 0) break;
      found += path.blocks(s);
    }
    return static_cast<std::int32_t>(found);
  }
  std::uint32_t active(SegmentId segment, InstanceId instance) const {
    return at(active_, segment, instance);
  }

 private:
  using Map = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>;
  static std::uint32_t at(const Map& map, SegmentId segment, InstanceId instance) {
    const auto entry = map.find({segment, instance});
    return entry == map.end() ? 0 : entry->second;
  }
  Map held_;
  Map active_;
};

/// A fleet, both indexes over it, and random prompts in a two-level tree of segments: segment 0 is
/// a system prompt under everything, so its row is wide; the deeper ones are held by few.
class Bench {
 public:
  Bench(std::uint32_t instances, std::uint64_t seed)
      : instances_(instances), index_(instances), rng_(seed) {
    for (std::uint32_t s = 0; s < kSegments; ++s) blocks_.push_back(1 + below(9));
  }

  void change() {
    const SegmentId segment{below(3) == 0 ? 0 : below(kSegments)};
    const InstanceId instance{segment == 0 || below(2) == 0 ? below(instances_)
                                                            : below(std::min(4U, instances_))};
    switch (below(4)) {
      case 0:
        index_.set_held(segment, instance, 0);
        truth_.set_held(segment, instance, 0);
        return;
      case 1: {
        const std::uint32_t held = below(blocks_[segment] + 1);
        index_.set_held(segment, instance, held);
        truth_.set_held(segment, instance, held);
        return;
      }
      case 2:
        ASSERT_EQ(index_.add_active(segment, instance), truth_.add_active(segment, instance));
        return;
      default:
        if (truth_.active(segment, instance) == 0) return;
        ASSERT_EQ(index_.drop_active(segment, instance), truth_.drop_active(segment, instance));
    }
  }

  void compare() {
    const std::vector<std::uint32_t> segments = {0, 1 + below(kSegments - 1),
                                                 1 + below(kSegments - 1)};
    PathView path;
    path.prompt = segments;
    path.blocks_of = blocks_.data();
    std::vector<std::int32_t> overlap(instances_, -1), shared(instances_, -1);
    index_.measure(path, overlap.data(), shared.data());
    for (InstanceId i = 0; i < instances_; ++i) {
      ASSERT_EQ(overlap[i], truth_.overlap(path, i)) << "instance " << i;
      ASSERT_EQ(shared[i], truth_.shared(path, i)) << "instance " << i;
      ASSERT_EQ(index_.overlap(path, i), overlap[i]) << "one instance, instance " << i;
    }
    compare_stand_outs(path, overlap, shared);
  }

  /// Whoever does not stand out is as measure() says from the crowd's segment alone.
  void compare_stand_outs(const PathView& path, const std::vector<std::int32_t>& overlap,
                          const std::vector<std::int32_t>& shared) {
    bool crowded = false;
    std::vector<PrefixIndex::Standout> members;
    if (!index_.stand_outs(path, crowded, members)) return;
    std::vector<std::int32_t> plain_overlap(instances_, 0), plain_shared(instances_, 0);
    for (InstanceId i = 0; crowded && i < instances_; ++i) {
      const PrefixIndex::Share share = index_.share(path.segment(0), i);
      plain_overlap[i] = share.overlap;
      plain_shared[i] = share.active ? static_cast<std::int32_t>(path.blocks(0)) : 0;
    }
    for (const auto& member : members) {
      plain_overlap[member.instance] = member.overlap;
      plain_shared[member.instance] = member.shared;
    }
    ASSERT_EQ(plain_overlap, overlap);
    ASSERT_EQ(plain_shared, shared);
    ++found_;
  }
  int found() const { return found_; }

 private:
  static constexpr std::uint32_t kSegments = 12;
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(rng_() % n); }

  std::uint32_t instances_;
  PrefixIndex index_;
  BruteForce truth_;
  std::mt19937_64 rng_;
  std::vector<std::uint32_t> blocks_;
  int found_ = 0;
};

/// With `stand_outs`, choosing without a scan must have been possible now and then.
void run(std::uint32_t instances, bool stand_outs = false) {
  const std::uint32_t indexes = draws(5, "indexes");
  std::uint32_t found = 0;
  for (std::uint64_t seed = 1; seed <= indexes; ++seed) {
    Bench bench(instances, seed);
    for (int n = 0; n < 4000; ++n) {
      bench.change();
      if (n % 5 == 0) bench.compare();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", change " << n;
    }
    found += static_cast<std::uint32_t>(bench.found());
  }
  if (stand_outs) {
    EXPECT_GT(found, 50 * indexes);
  }
}

TEST(PrefixIndex, EqualsABruteForceMapWithoutLists) {
  run(1);
  run(7);
  run(32);
}

TEST(PrefixIndex, EqualsABruteForceMapWithNarrowListsThatWiden) {
  run(33);
  run(100, true);
  run(600, true);
}

TEST(PrefixIndex, ASegmentHeldInPartEndsTheOverlap) {
  PrefixIndex index(2);
  const std::vector<std::uint32_t> segments = {4, 5};
  const std::vector<std::uint32_t> blocks = {0, 0, 0, 0, 10, 6};
  PathView path;
  path.prompt = segments;
  path.blocks_of = blocks.data();
  index.set_held(4, 0, 9);
  index.set_held(5, 0, 6);
  index.set_held(4, 1, 10);
  index.set_held(5, 1, 2);
  EXPECT_EQ(index.overlap(path, 0), 9);
  EXPECT_EQ(index.overlap(path, 1), 12);
  path.offset = 100;  // another workload copy shares nothing
  EXPECT_EQ(index.overlap(path, 1), 0);
}

}  // namespace
}  // namespace pigou
