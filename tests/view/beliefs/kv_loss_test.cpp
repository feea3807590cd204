// What a router believes of caches while some of what engines say never reaches it.
#include <gtest/gtest.h>

#include "core/random_stream.hpp"
#include "view/small_cluster.hpp"

namespace pigou {
namespace {

constexpr SimTime kPicosecond{1};
constexpr double kHalf = 0.5;

/// Whether message `number` of instance 0 is lost on its way to `replica`, at probability 1/2.
bool lost(std::uint64_t seed, std::uint32_t number, ReplicaId replica = 0) {
  return RandomStream(seed, "kv-event-loss").uniform(number, replica) < kHalf;
}

/// A seed under which the messages of instance 0 fare as `fates` says (true: lost).
std::uint64_t seed_for(const std::vector<bool>& fates, ReplicaId replica = 0) {
  for (std::uint64_t seed = 1;; ++seed) {
    bool fits = true;
    for (std::uint32_t n = 0; n < fates.size(); ++n)
      fits = fits && lost(seed, n, replica) == fates[n];
    if (fits) return seed;
  }
}

/// One instance under a view that is 5 ms behind it.
class LossyFeed {
 public:
  LossyFeed(const KvLossConfig& loss, std::uint64_t seed, std::uint32_t replicas = 1)
      : loss_(loss), seed_(seed), replicas_(replicas) {}

  void start() {
    small.kv_events = KvEventTime::kAtSchedule;  // a message at the instant of each send
    small.start();
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.kv_event_latency_s = 0.005;
    view_ = View(needs, small.cluster, replicas_, seed_, loss_);
    small.before = [this](InstanceId i, const EventKey& key) {
      view_.before_change(i, small.cluster, key.time, key.phase);
    };
    small.after = [this](InstanceId i) { view_.after_engine(i, small.cluster); };
  }
  std::int32_t believed(std::uint32_t row, SimTime time, ReplicaId replica = 0) {
    small.run_to(time);
    view_.open(small.cluster, small.view_of(row), replica, time);
    return view_.overlap_on(0);
  }
  const KvLoss& loss() const { return view_.kv_loss(); }

  SmallCluster small;

 private:
  KvLossConfig loss_;
  std::uint64_t seed_;
  std::uint32_t replicas_;
  View view_;
};

TEST(KvLoss, ALostMessageIsMadeUpForOnceTheNextOneShowsTheGap) {
  LossyFeed feed({kHalf, KvResync::kOnGap, 0.020}, seed_for({true, false}));
  const auto a = feed.small.request(6, 2, 0);
  const auto b = feed.small.request(4, 2, 100);
  feed.start();
  feed.small.send(a, 0, ms(10));
  feed.small.send(b, 0, ms(30));
  EXPECT_EQ(feed.believed(a, ms(29)), 0) << "nobody knows yet that something is missing";
  EXPECT_EQ(feed.believed(b, ms(35)), 4) << "seen 5 ms after it was said, and with it the gap";
  EXPECT_EQ(feed.believed(a, ms(55) - kPicosecond), 0);
  EXPECT_EQ(feed.believed(a, ms(55)), 6) << "the state, 20 ms after the gap showed";
  EXPECT_EQ(feed.loss().lost_messages(), 1U);
  EXPECT_EQ(feed.loss().resyncs(), 1U);
}

TEST(KvLoss, TheStateArrivesAtTheSameInstantHoweverRarelyItIsReadFor) {
  LossyFeed feed({kHalf, KvResync::kOnGap, 0.020}, seed_for({true, false, false}));
  const auto a = feed.small.request(6, 2, 0);
  const auto b = feed.small.request(4, 2, 100);
  const auto c = feed.small.request(3, 2, 200);
  feed.start();
  feed.small.send(a, 0, ms(10));
  feed.small.send(b, 0, ms(30));
  feed.small.send(c, 0, ms(60));
  EXPECT_EQ(feed.believed(a, ms(70)), 6);
  EXPECT_EQ(feed.believed(c, ms(70)), 3);
  EXPECT_EQ(feed.loss().resyncs(), 1U);
}

TEST(KvLoss, ALastMessageThatIsLostIsNeverNoticed) {
  LossyFeed feed({kHalf, KvResync::kOnGap, 0.020}, seed_for({true}));
  const auto a = feed.small.request(6, 2, 0);
  feed.start();
  feed.small.send(a, 0, ms(10));
  EXPECT_EQ(feed.believed(a, ms(10'000)), 0);
  EXPECT_EQ(feed.loss().resyncs(), 0U);
}

TEST(KvLoss, WithoutResyncTheGapStays) {
  LossyFeed feed({kHalf, KvResync::kNone, 0.020}, seed_for({true, false}));
  const auto a = feed.small.request(6, 2, 0);
  const auto b = feed.small.request(4, 2, 100);
  feed.start();
  feed.small.send(a, 0, ms(10));
  feed.small.send(b, 0, ms(30));
  EXPECT_EQ(feed.believed(b, ms(10'000)), 4);
  EXPECT_EQ(feed.believed(a, ms(10'000)), 0);
}

TEST(KvLoss, AStateSentRoundAfterRoundNeedsNoGap) {
  const std::uint64_t seed = seed_for({true});
  LossyFeed feed({kHalf, KvResync::kPeriodic, 0.040}, seed);
  const auto a = feed.small.request(6, 2, 0);
  feed.start();
  feed.small.send(a, 0, ms(100));
  const double phase_ms = RandomStream(seed, "kv-resync-phase").uniform(0) * 40;
  double state_ms = phase_ms;  // the first state an instance sends after 100 ms
  while (state_ms <= 100) state_ms += 40;
  EXPECT_EQ(feed.believed(a, ms(state_ms + 5 - 0.001)), 0);
  EXPECT_EQ(feed.believed(a, ms(state_ms + 5 + 0.001)), 6);
}

TEST(KvLoss, ALostRemovalLeavesAPhantom) {
  LossyFeed feed({kHalf, KvResync::kOnGap, 0.020}, seed_for({false, true, false}));
  feed.small.kv_blocks = 6;
  const auto a = feed.small.request(5, 1, 0);
  const auto b = feed.small.request(5, 1, 100);
  const auto c = feed.small.request(5, 1, 200);
  feed.start();
  feed.small.send(a, 0, ms(0));
  feed.small.send(b, 0, ms(20));  // evicts four blocks of a and says so; nobody hears
  EXPECT_EQ(feed.believed(a, ms(30)), 5);
  EXPECT_EQ(feed.believed(b, ms(30)), 0);
  feed.small.send(c, 0, ms(40));  // heard at 45 ms, with the gap
  EXPECT_EQ(feed.believed(c, ms(45)), 5);
  EXPECT_EQ(feed.believed(a, ms(65) - kPicosecond), 0) << "its last block went with c's message";
  EXPECT_EQ(feed.believed(b, ms(65)), 1);
}

TEST(KvLoss, BlocksStoredBehindOnesItDoesNotKnowStayUnknown) {
  LossyFeed feed({kHalf, KvResync::kOnGap, 0.020}, seed_for({true, false}));
  const auto a = feed.small.request(40, 2, 0);  // 512 tokens in the first step, 128 in the second
  feed.start();
  feed.small.send(a, 0, ms(10));
  EXPECT_EQ(feed.believed(a, ms(31) - kPicosecond), 0) << "32 blocks lost, 8 behind them heard of";
  EXPECT_EQ(feed.believed(a, ms(36)), 40) << "gap at 16 ms, state 20 ms later";
}

TEST(KvLoss, EveryReplicaLosesItsOwn) {
  std::uint64_t seed = 1;
  while (!lost(seed, 0, 0) || lost(seed, 0, 1)) ++seed;
  LossyFeed feed({kHalf, KvResync::kNone, 0}, seed, 2);
  const auto a = feed.small.request(6, 2, 0);
  feed.start();
  feed.small.send(a, 0, ms(10));
  EXPECT_EQ(feed.believed(a, ms(20), 0), 0);
  EXPECT_EQ(feed.believed(a, ms(20), 1), 6);
}

TEST(KvLoss, AfterAStateOfEveryInstanceBeliefIsWhatItWereHadNothingBeenLost) {
  LossyFeed all({0, KvResync::kOnGap, 0}, 7);
  LossyFeed some({0.3, KvResync::kPeriodic, 0.040}, 7);
  std::vector<std::uint32_t> rows;
  for (LossyFeed* feed : {&all, &some}) {
    feed->small.kv_blocks = 40;
    rows.clear();
    for (std::uint32_t n = 0; n < 300; ++n) {
      const auto who = static_cast<std::uint32_t>(mix64(n) % 12);
      rows.push_back(feed->small.request(2 + n % 9, 1 + n % 40, 100 * who));
    }
    feed->start();
  }
  std::uint32_t differed = 0;
  for (std::uint32_t n = 0; n < 300; ++n) {
    const SimTime at = ms(7.0 * n);
    for (LossyFeed* feed : {&all, &some}) feed->small.send(rows[n], 0, at);
    if (all.believed(rows[n], at) != some.believed(rows[n], at)) ++differed;
  }
  EXPECT_GT(differed, 10U) << "while messages are being lost";
  const SimTime quiet = ms(7.0 * 300 + 1000);
  for (const std::uint32_t row : rows)
    EXPECT_EQ(all.believed(row, quiet), some.believed(row, quiet)) << row;
  EXPECT_GT(some.loss().resyncs(), 10U);
}

}  // namespace
}  // namespace pigou
