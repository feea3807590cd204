// KV events reach the router exactly `latency` after they happened, those inside a run included.
#include <gtest/gtest.h>

#include "view/small_cluster.hpp"

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
    small.before = [this](InstanceId i, const EventKey& key) {
      view_.before_change(i, small.cluster, key.time, key.phase);
    };
    small.after = [this](InstanceId i) { view_.after_engine(i, small.cluster); };
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

class KvFeedTimes : public testing::TestWithParam<KvEventTime> {
 protected:
  /// Steps last 1 ms: how much later than when it begins a step is told of.
  double told_ms() const { return GetParam() == KvEventTime::kAfterStep ? 1 : 0; }
  /// The first instant of a reader without latency who knows: steps that begin come after readers.
  SimTime first_ms(double step_ms) const {
    return ms(step_ms + told_ms()) +
           (GetParam() == KvEventTime::kAfterStep ? SimTime{0} : kPicosecond);
  }
};
INSTANTIATE_TEST_SUITE_P(Versions, KvFeedTimes,
                         testing::Values(KvEventTime::kAfterStep, KvEventTime::kAtSchedule),
                         [](const auto& row) {
                           return row.param == KvEventTime::kAfterStep ? "AfterStep" : "AtSchedule";
                         });

TEST_P(KvFeedTimes, APublishedBlockIsSeenAtTheLatencyAndNotBefore) {
  Feed feed(0.005);
  feed.small.kv_events = GetParam();
  const auto a = feed.small.request(6, 2, 0);
  feed.start();
  feed.small.send(a, 0, ms(10));  // computed by the step from 10 to 11 ms
  EXPECT_EQ(feed.believed(a, ms(10)), 0);
  EXPECT_EQ(feed.believed(a, ms(15 + told_ms()) - kPicosecond), 0);
  EXPECT_EQ(feed.believed(a, ms(15 + told_ms())), 6);
}

TEST_P(KvFeedTimes, WithoutLatencyARouterSeesEveryStepToldOfByItsInstant) {
  Feed feed(0);
  feed.small.kv_events = GetParam();
  const auto a = feed.small.request(6, 2, 0);
  feed.start();
  feed.small.send(a, 0, ms(10));
  EXPECT_EQ(feed.believed(a, first_ms(10) - kPicosecond), 0);
  EXPECT_EQ(feed.believed(a, first_ms(10)), 6);
}

TEST_P(KvFeedTimes, AnEvictionInsideADecodeRunArrivesWithTheTimeOfItsStep) {
  for (const double latency_ms : {0.0, 2.5}) {
    Feed feed(latency_ms * 1e-3);
    feed.small.kv_events = GetParam();
    feed.small.kv_blocks = 10;
    const auto a = feed.small.request(5, 1, 0);
    const auto b = feed.small.request(4, 60, 100);
    feed.start();
    feed.small.send(a, 0, ms(0));   // ends at 1 ms, five blocks stay cached
    feed.small.send(b, 0, ms(10));  // four blocks; one is left that holds nothing
    // b computes 64 tokens in its first step, takes block 5 (free) at 11 ms with token 65, and
    // from then on the deepest block of a at 27 ms, 43 ms and so on.
    const auto seen = [&](double step_ms) {
      return latency_ms > 0 ? ms(step_ms + told_ms() + latency_ms) : first_ms(step_ms);
    };
    EXPECT_EQ(feed.believed(a, seen(27) - kPicosecond), 5) << latency_ms;
    EXPECT_EQ(feed.believed(a, seen(27)), 4) << latency_ms;
    EXPECT_EQ(feed.believed(a, seen(43) - kPicosecond), 4) << latency_ms;
    EXPECT_EQ(feed.believed(a, seen(43)), 3) << latency_ms;
  }
}

TEST_P(KvFeedTimes, EventsOfOneInstanceStayInOrder) {
  Feed feed(0.1);
  feed.small.kv_events = GetParam();
  feed.small.kv_blocks = 6;
  const auto a = feed.small.request(5, 1, 0);
  const auto b = feed.small.request(5, 1, 100);
  feed.start();
  feed.small.send(a, 0, ms(0));  // in at 0, four of its blocks evicted at 20 by b
  feed.small.send(b, 0, ms(20));
  EXPECT_EQ(feed.believed(a, ms(110)), 5);
  EXPECT_EQ(feed.believed(b, ms(110)), 0);
  EXPECT_EQ(feed.believed(a, ms(120 + told_ms())), 1);
  EXPECT_EQ(feed.believed(b, ms(120 + told_ms())), 5);
}

}  // namespace
}  // namespace pigou
