// KV events reach the router exactly `latency` after they happened, those inside a run included.
#include <gtest/gtest.h>

#include "small_cluster.hpp"

namespace pigou {
namespace {

/// A cluster under a view that believes caches with `latency` seconds of delay.
class Feed {
 public:
  explicit Feed(double latency_s) {
    needs_.prefix_index = true;
    needs_.kv_event_latency_s = latency_s;
  }

  void start() {
    small.start();
    view_ = View(needs_, small.cluster, 1, 1);
    small.before = [this](std::uint32_t i, const EventKey& key) {
      view_.before_change(i, small.cluster, key.time, key.phase);
    };
    small.after = [this](std::uint32_t i) { view_.after_engine(i, small.cluster); };
  }
  /// Blocks of `row` believed on instance 0 by a router that decides at `time`.
  std::int32_t believed(std::uint32_t row, SimTime time) {
    small.run_to(time);
    view_.open(small.cluster, small.view_of(row), 0, time);
    return view_.overlap_on(0);
  }

  SmallCluster small;

 private:
  ViewNeeds needs_;
  View view_;
};

constexpr SimTime kPicosecond{1};

TEST(KvFeed, APublishedBlockIsSeenAtTheLatencyAndNotBefore) {
  Feed feed(0.005);
  const auto a = feed.small.request(6, 2, 0);
  feed.start();
  feed.small.send(a, 0, ms(10));  // published when the step at 10 ms is planned
  EXPECT_EQ(feed.believed(a, ms(10)), 0);
  EXPECT_EQ(feed.believed(a, ms(15) - kPicosecond), 0);
  EXPECT_EQ(feed.believed(a, ms(15)), 6);
}

TEST(KvFeed, WithoutLatencyARouterSeesEveryStepStartedBeforeItsInstant) {
  Feed feed(0);
  const auto a = feed.small.request(6, 2, 0);
  feed.start();
  feed.small.send(a, 0, ms(10));
  EXPECT_EQ(feed.believed(a, ms(10)), 0) << "the step starts after arrivals at its instant";
  EXPECT_EQ(feed.believed(a, ms(10) + kPicosecond), 6);
}

TEST(KvFeed, AnEvictionInsideADecodeRunArrivesWithTheTimeOfItsStep) {
  for (const double latency_ms : {0.0, 2.5}) {
    Feed feed(latency_ms * 1e-3);
    feed.small.kv_blocks = 10;
    const auto a = feed.small.request(5, 1, 0);
    const auto b = feed.small.request(4, 60, 100);
    feed.start();
    feed.small.send(a, 0, ms(0));   // ends at 1 ms, five blocks stay cached
    feed.small.send(b, 0, ms(10));  // four blocks; one is left that holds nothing
    // b computes 64 tokens in its first step, takes block 5 (free) at 11 ms with token 65, and
    // from then on the deepest block of a at 27 ms, 43 ms and so on.
    const SimTime seen = ms(27 + latency_ms);
    EXPECT_EQ(feed.believed(a, seen - kPicosecond), 5) << latency_ms;
    EXPECT_EQ(feed.believed(a, seen + (latency_ms > 0 ? SimTime{0} : kPicosecond)), 4);
    EXPECT_EQ(feed.believed(a, ms(43 + latency_ms) - kPicosecond), 4) << latency_ms;
    EXPECT_EQ(feed.believed(a, ms(43 + latency_ms) + kPicosecond), 3) << latency_ms;
  }
}

TEST(KvFeed, EventsOfOneInstanceStayInOrder) {
  Feed feed(0.1);
  feed.small.kv_blocks = 6;
  const auto a = feed.small.request(5, 1, 0);
  const auto b = feed.small.request(5, 1, 100);
  feed.start();
  feed.small.send(a, 0, ms(0));  // in at 0, four of its blocks evicted at 20 by b
  feed.small.send(b, 0, ms(20));
  EXPECT_EQ(feed.believed(a, ms(110)), 5);
  EXPECT_EQ(feed.believed(b, ms(110)), 0);
  EXPECT_EQ(feed.believed(a, ms(120)), 1);
  EXPECT_EQ(feed.believed(b, ms(120)), 5);
}

}  // namespace
}  // namespace pigou
