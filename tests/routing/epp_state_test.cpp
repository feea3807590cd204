// llm-d's filters, detector, queue and prefix index by hand.
#include <gtest/gtest.h>

#include "routing/epp_filters.hpp"
#include "routing/epp_prefix_index.hpp"
#include "routing/epp_saturation.hpp"
#include "routing/epp_testing.hpp"

namespace pigou {
namespace {

using Kept = std::vector<std::uint8_t>;

TEST(EppFilters, AffinityKeepsPodsThatHoldFourFifths) {
  EppAffinitySettings settings = epp_defaults().affinity;
  FakePods fake(3);
  fake.matched = {8, 7, 10};
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 0, 1}));
  fake.keep = {1, 1, 1};
  fake.matched = {7, 7, 0};
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 1, 1})) << "nobody is sticky";
  fake.matched = {10, 0, 0};
  settings.exploration = 0.1;
  epp_filter_affinity(settings, fake.pods(), 0.09);
  EXPECT_EQ(fake.keep, (Kept{1, 1, 1})) << "exploring";
}

TEST(EppFilters, AffinityBreaksWhenTheStickyPodIsEighteenSecondsBehind) {
  const EppAffinitySettings settings = epp_defaults().affinity;
  FakePods fake(2);
  fake.matched = {10, 0};
  fake.tokens = {18 * 15928, 0};
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 0})) << "18 s exactly";
  fake.keep = {1, 1};
  fake.tokens[0] += 16;
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 1}));
}

TEST(EppFilters, TheTierIsThosePredictedToMeetTheTargets) {
  FakePods fake(3);
  fake.ttft_headroom = {1, -1, 1};
  fake.tpot_headroom = {0, 1, -1};
  epp_filter_headroom(fake.pods(), 0.01, 0.5);
  EXPECT_EQ(fake.keep, (Kept{1, 0, 0}));
  fake.keep = {1, 1, 1};
  epp_filter_headroom(fake.pods(), 0.01, 0.005);
  EXPECT_EQ(fake.keep, (Kept{0, 1, 1})) << "exploring the others";
  fake.keep = {0, 1, 1};
  epp_filter_headroom(fake.pods(), 0.01, 0.5);
  EXPECT_EQ(fake.keep, (Kept{0, 1, 1})) << "one kind only";
}

TEST(EppFilters, FullPodsAreTakenAwayUnlessAllAre) {
  EppSaturationSettings settings = epp_defaults().saturation;
  FakePods fake(4);
  fake.waiting = {5, 4, 0, 0};
  fake.kv_usage = {0, 0.7, 0.8, 0};
  fake.tick = {0, 0, 0, -1};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{0, 1, 0, 0})) << "5 waiting, 0.8 used and never scraped are out";
  fake.keep = {1, 0, 1, 1};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{1, 0, 1, 1})) << "all: the filter is open";
  settings.headroom = 0.2;
  fake.keep = {1, 1, 1, 1};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{1, 1, 1, 0})) << "limits 6 and 0.96";
  settings.detector = EppDetector::kConcurrency;
  settings.headroom = 0;
  fake.keep = {1, 1, 1, 1};
  fake.requests = {99, 100, 500, 100};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{1, 0, 0, 0}));
  fake.requests[0] = 100;
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{0, 0, 0, 0})) << "by concurrency nobody may be left";
}

TEST(EppSaturation, IsTheMeanOfEachPodsFullerResource) {
  EppSaturationSettings settings = epp_defaults().saturation;
  FakePods fake(4);
  fake.waiting = {5, 0, 2, 9};
  fake.kv_usage = {0.4, 0.4, 0.8, 0};
  fake.tick = {0, 0, 0, -1};  // 1, .5, 1, and 1 for the pod never scraped
  const auto of = [&](std::vector<EppPods> sides) { return epp_saturation(settings, sides); };
  EXPECT_NEAR(of({fake.pods()}), 3.5 / 4, 1e-12);
  fake.keep = {0, 1, 0, 0};
  EXPECT_NEAR(of({fake.pods()}), 0.5, 1e-12);
  fake.keep = {0, 0, 0, 0};
  EXPECT_EQ(of({fake.pods()}), 1) << "an empty pool";
  settings.detector = EppDetector::kConcurrency;
  fake.keep = {1, 1, 0, 0};
  fake.requests = {30, 90, 7, 7};
  fake.tokens = {1'500'000, 0, 0, 0};
  EXPECT_NEAR(of({fake.pods()}), 0.6, 1e-12);
  settings.mode = EppConcurrency::kTokens;
  EXPECT_NEAR(of({fake.pods()}), 0.75, 1e-12);
  settings.mode = EppConcurrency::kHybrid;
  EXPECT_NEAR(of({fake.pods()}), 0.75, 1e-12);
  FakePods other(2);
  settings.mode = EppConcurrency::kRequests;
  EXPECT_NEAR(of({fake.pods(), other.pods()}), 0.3, 1e-12) << "both sides are one pool";
}

TEST(EppSaturation, TheProbabilisticAdmitterRisesWithTheFifthPower) {
  EXPECT_NEAR(epp_reject_probability(0.2), 300 * 0.00032, 1e-12);
  EXPECT_EQ(epp_reject_probability(0.4), 1);
  EXPECT_EQ(epp_reject_probability(0), 0);
}

TEST(EppPrefixIndex, MatchesWhatAPodWasSentUpToTheFirstUnknownBlock) {
  EppPrefixIndex index(3);
  const std::vector<std::uint64_t> first = {1, 2, 3, 4}, second = {1, 2, 9};
  index.add(0, first, 100);
  index.add(1, second, 100);
  std::vector<std::int32_t> hits(3);
  index.match(first, hits.data());
  EXPECT_EQ(hits, (std::vector<std::int32_t>{4, 2, 0}));
  hits.assign(3, 0);
  index.match(std::vector<std::uint64_t>{1, 7, 3}, hits.data());
  EXPECT_EQ(hits, (std::vector<std::int32_t>{1, 1, 0})) << "7 is held by nobody";
  index.forget(0);
  hits.assign(3, 0);
  index.match(first, hits.data());
  EXPECT_EQ(hits, (std::vector<std::int32_t>{0, 2, 0}));
  EXPECT_EQ(index.blocks(0), 0U);
}

TEST(EppPrefixIndex, ForgetsThePodsOldestBlocksBeyondItsCapacity) {
  EppPrefixIndex index(2);
  index.add(0, std::vector<std::uint64_t>{1, 2, 3}, 4);
  index.add(0, std::vector<std::uint64_t>{1}, 4);       // newest: 2, 3, 1
  index.add(0, std::vector<std::uint64_t>{10, 11}, 4);  // 2 goes
  EXPECT_EQ(index.blocks(0), 4U);
  std::vector<std::int32_t> hits(2);
  index.match(std::vector<std::uint64_t>{1, 2, 3}, hits.data());
  EXPECT_EQ(hits[0], 1) << "nobody holds 2";
  index.add(1, std::vector<std::uint64_t>{1, 2, 3}, 4);
  hits.assign(2, 0);
  index.match(std::vector<std::uint64_t>{1, 2, 3}, hits.data());
  EXPECT_EQ(hits[0], 2) << "with 2 on another pod, 3 counts again, as in llm-d";
  EXPECT_EQ(hits[1], 3);
  index.remove(1, 2);
  hits.assign(2, 0);
  index.match(std::vector<std::uint64_t>{1, 2, 3}, hits.data());
  EXPECT_EQ(hits[1], 1);
}

TEST(EppBlockHashes, FollowThePromptsBeginnings) {
  const auto hashes = [](std::int64_t tokens, std::vector<std::uint32_t> ids, std::uint32_t number,
                         std::int64_t block = 64, std::int64_t most = 0) {
    RequestView request;
    request.row.input_tokens = tokens;
    request.trace_blocks = ids;
    request.trace_block_tokens = 512;
    EppBlockHashes made;
    made.compute(request, number, block, most);
    return std::vector<std::uint64_t>(made.all().begin(), made.all().end());
  };
  const auto shared = [](const auto& a, const auto& b) {
    return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
  };
  const auto a = hashes(1100, {5, 6, 7}, 1);
  EXPECT_EQ(a.size(), 18U) << "a partial last block counts";
  EXPECT_EQ(shared(a, hashes(1100, {5, 6, 7}, 2)), 18);
  EXPECT_EQ(shared(a, hashes(1100, {5, 8, 7}, 1)), 8) << "512 tokens in common";
  EXPECT_EQ(shared(a, hashes(1100, {5}, 1)), 8);
  EXPECT_EQ(shared(hashes(600, {}, 1), hashes(600, {}, 2)), 0) << "no ids: its own";
  EXPECT_EQ(hashes(1100, {5, 6, 7}, 1, 64, 256).size(), 4U);
  EXPECT_EQ(hashes(1100, {5, 6, 7}, 1, 1024).size(), 2U) << "a block over two of the trace's";
  EXPECT_EQ(shared(hashes(1100, {5, 6, 7}, 1, 1024), hashes(1100, {5, 9, 7}, 1, 1024)), 0);
}

}  // namespace
}  // namespace pigou
