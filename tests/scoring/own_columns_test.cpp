// Costs over what a policy counts itself, and the summary of loads: vectorised as a plain loop.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/random_stream.hpp"
#include "depth.hpp"
#include "scoring/scorer.hpp"

namespace pigou {
namespace {

/// Columns of `count` instances drawn from `seed`, with small ranges so that ties are common.
struct Drawn {
  std::vector<std::int64_t> requests, counts;
  std::vector<std::int32_t> overlap;
  std::vector<double> values;
  std::vector<std::uint8_t> eligible;
  InstanceColumns columns;

  Drawn(std::uint64_t seed, std::uint32_t count, bool with_eligible) {
    const RandomStream stream(seed, "own-columns");
    for (std::uint32_t i = 0; i < count; ++i) {
      requests.push_back(stream.below(4, i, 0));
      counts.push_back(stream.below(5, i, 1));
      overlap.push_back(static_cast<std::int32_t>(stream.below(3, i, 2)));
      values.push_back(0.25 * stream.below(4, i, 3));
      eligible.push_back(stream.below(3, i, 4) != 0);
    }
    columns.count = count;
    columns.active_requests = requests.data();
    columns.own_counts = counts.data();
    columns.own_values = values.data();
    columns.overlap_blocks = overlap.data();
    if (with_eligible) columns.eligible = eligible.data();
  }
  bool counts_in(std::uint32_t i) const { return columns.eligible == nullptr || eligible[i] != 0; }
};

/// The first and the last of the best by `cost`, and how many there are.
template <class Cost>
void expect_plain_choice(const Drawn& drawn, const Cost& cost) {
  std::vector<std::uint32_t> best;
  double least = 0;
  for (std::uint32_t i = 0; i < drawn.columns.count; ++i) {
    if (!drawn.counts_in(i)) continue;
    const auto value = static_cast<double>(cost(RequestRow{}, drawn.columns, PoolRow{}, i));
    if (!best.empty() && value > least) continue;
    if (!best.empty() && value < least) best.clear();
    least = value;
    best.push_back(i);
  }
  Scorer scorer;
  const auto choose = [&](std::uint64_t draw) {
    return scorer.choose(cost, ArgminChoice{}, RequestRow{}, drawn.columns, PoolRow{}, draw);
  };
  if (best.empty()) {
    EXPECT_EQ(choose(0).index, kNoChoice);
    return;
  }
  EXPECT_EQ(choose(0).index, best.front());
  EXPECT_EQ(choose(UINT64_MAX).index, best.back());
  EXPECT_EQ(choose(0).weight_total, best.size());
}

TEST(OwnColumns, EveryCostChoosesAsAPlainLoopDoes) {
  for (std::uint64_t seed = 0, end = draws(40, "fleets"); seed < end; ++seed) {
    for (const std::uint32_t count : {1U, 7U, 128U, 130U, 700U}) {
      for (const bool with_eligible : {false, true}) {
        const Drawn drawn(seed, count, with_eligible);
        expect_plain_choice(drawn, LeastOutstandingThenOwnCost{});
        expect_plain_choice(drawn, LeastOwnCountCost{});
        expect_plain_choice(drawn, LeastOwnValueCost{});
        expect_plain_choice(drawn, DrainTimeCost{3});
        expect_plain_choice(drawn, LatencyTimesLoadCost{});
        expect_plain_choice(drawn, MostOverlapThenLeastOutstandingCost{});
      }
    }
  }
}

TEST(OwnColumns, TheSummaryOfLoadsCountsEligibleInstancesOnly) {
  for (std::uint64_t seed = 0, end = draws(40, "fleets"); seed < end; ++seed) {
    for (const std::uint32_t count : {1U, 5U, 64U, 301U}) {
      for (const bool with_eligible : {false, true}) {
        const Drawn drawn(seed, count, with_eligible);
        LoadSummary plain{0, INT64_MAX, INT64_MIN, 0};
        for (std::uint32_t i = 0; i < count; ++i) {
          if (!drawn.counts_in(i)) continue;
          ++plain.candidates;
          plain.least = std::min(plain.least, drawn.requests[i]);
          plain.most = std::max(plain.most, drawn.requests[i]);
          plain.total += drawn.requests[i];
        }
        if (plain.candidates == 0) plain = {};
        const LoadSummary found = summarise_load(drawn.columns);
        EXPECT_EQ(found.candidates, plain.candidates);
        EXPECT_EQ(found.least, plain.least);
        EXPECT_EQ(found.most, plain.most);
        EXPECT_EQ(found.total, plain.total);
      }
    }
  }
}

}  // namespace
}  // namespace pigou
