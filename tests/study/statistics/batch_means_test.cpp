// Whether means along a run come with intervals that cover.
#include "study/statistics/batch_means.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/random_stream.hpp"
#include "coverage.hpp"
#include "study/statistics/paired_differences.hpp"

namespace pigou {
namespace {

using Series = std::vector<double>;

/// x[t] = memory * x[t - 1] + noise: neighbours alike, mean 0.
Series autoregression(double memory, std::size_t size, std::uint64_t series) {
  const RandomStream noise(series, "test.noise");
  Series values(size);
  double state = noise.normal(size) / std::sqrt(1 - memory * memory);
  for (std::size_t t = 0; t < size; ++t) {
    state = memory * state + noise.normal(t);
    values[t] = state;
  }
  return values;
}

/// What requests of 1 s wait for one server that is busy for a share `load` of the time, from a
/// long while after it opened on. `arrivals` and `moves` are the seeds of when they come and of by
/// how much each of them is late, up to 40 s.
Series waits(double load, std::size_t size, std::uint64_t arrivals, std::uint64_t moves = 0) {
  constexpr std::size_t kWarm = 3000;
  const RandomStream gaps(arrivals, "test.gaps"), late(moves, "test.late");
  std::vector<std::pair<double, std::size_t>> order(size + kWarm);
  double time = 0;
  for (std::size_t n = 0; n < order.size(); ++n) {
    time += gaps.exponential(n) / load;
    order[n] = {time + (moves > 0 ? 40 * late.uniform(n) : 0), n};
  }
  std::ranges::sort(order);
  Series values(size);
  double wait = 0;
  for (std::size_t n = 0; n < order.size(); ++n) {
    if (n > 0) wait = std::max(0.0, wait + 1 - (order[n].first - order[n - 1].first));
    if (order[n].second >= kWarm) values[order[n].second - kWarm] = wait;
  }
  return values;
}

/// The mean of waits() in the long run (Pollaczek and Khinchine).
double mean_wait(double load) { return load / (2 * (1 - load)); }

Series difference(const Series& a, const Series& b) {
  Series values(a.size());
  for (std::size_t n = 0; n < a.size(); ++n) values[n] = b[n] - a[n];
  return values;
}

Series within(const Series& values, double limit) {
  Series shares;
  for (const double value : values) shares.push_back(value <= limit ? 1 : 0);
  return shares;
}

TEST(DifferenceAlong, CoversTheMeanOfADependentSeries) {
  const std::pair<double, std::size_t> cases[] = {
      {0, 300}, {0, 1000}, {0.5, 300}, {0.5, 1000}, {0.9, 1000}, {0.9, 12'000}, {0.98, 12'000}};
  for (const auto& [memory, size] : cases) {
    Coverage seen;
    for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
      const auto interval = difference_along(autoregression(memory, size, draw), 0.95);
      seen.add(interval.low, interval.high, 0);
    }
    expect_coverage(seen, std::to_string(size) + " of memory " + std::to_string(memory));
  }
}

TEST(DifferenceAlong, CoversTheDifferenceOfTwoQueuesThatServeTheSameTraffic) {
  for (const double load : {0.6, 0.8, 0.9}) {
    Coverage latency, share;
    for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
      const Series a = waits(load, 6000, draw, 2 * draw), b = waits(load, 6000, draw, 2 * draw + 1);
      const auto seconds = difference_along(difference(a, b), 0.95);
      latency.add(seconds.low, seconds.high, 0);
      const double limit = 3 * mean_wait(load);
      const auto points = difference_along(difference(within(a, limit), within(b, limit)), 0.95);
      share.add(points.low, points.high, 0);
    }
    expect_coverage(latency, "latency at load " + std::to_string(load));
    expect_coverage(share, "share at load " + std::to_string(load));
  }
}

TEST(LatencyAlong, CoversTheMeanWaitForAServer) {
  for (const double load : {0.5, 0.7, 0.8}) {
    Coverage seen;
    for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
      const auto interval = latency_along(waits(load, 12'000, draw), 0.95);
      seen.add(interval.low, interval.high, mean_wait(load));
    }
    expect_coverage(seen, "load " + std::to_string(load));
  }
}

TEST(ShareAlong, CoversTheShareOfRequestsThatWaitAtMostSoLong) {
  for (const double load : {0.5, 0.7, 0.8, 0.9}) {
    const double limit = 3 * mean_wait(load);
    const double truth = mean_of(within(waits(load, 3'000'000, 999'983), limit));
    Coverage seen;
    for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
      const Series all = waits(load, 12'000, draw);
      const auto interval = share_along(within(all, limit), all, 0.95);
      seen.add(interval.low, interval.high, truth);
    }
    expect_coverage(seen, "load " + std::to_string(load) + ", share " + std::to_string(truth));
  }
}

TEST(ShareAlong, KnowsThatAShortRunMayHaveMissedTheBadSpells) {
  const double load = 0.9, limit = 3 * mean_wait(load);
  const double truth = mean_of(within(waits(load, 3'000'000, 999'983), limit));
  Coverage seen;
  for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
    const Series all = waits(load, 1000, draw);
    const auto interval = share_along(within(all, limit), all, 0.95);
    seen.add(interval.low, interval.high, truth);
  }
  EXPECT_GE(seen.covered, std::floor(0.913 * seen.draws)) << "a fifth of them saw no bad spell";
}

TEST(ShareAlong, OfRequestsThatAreAllAlikeIsAsSureAsTheirNumberAllows) {
  // All of n met: shares below 0.025^(1/n) would show it less than once in forty times.
  const auto few = share_along(Series(20, 1), {}, 0.95),
             many = share_along(Series(12'000, 1), {}, 0.95);
  EXPECT_GT(few.low, 0.6);
  EXPECT_LT(few.low, std::pow(0.025, 1 / 20.0) + 1e-9);
  EXPECT_EQ(few.high, 1);
  EXPECT_GT(many.low, 0.999);
  const auto none = share_along(Series(20, 0), {}, 0.95);
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 1 - few.low, 1e-12);
}

TEST(ShareOf, IsTheTextbookIntervalOfAShare) {
  const auto interval = share_of(0.9, 10, 0.95);  // Clopper and Pearson of 9 in 10
  EXPECT_NEAR(interval.low, 0.5550, 5e-5);
  EXPECT_NEAR(interval.high, 0.9975, 5e-5);
}

TEST(BatchMeans, TakesLongerBlocksWhereNeighboursAreMoreAlike) {
  const auto blocks = [](double memory, std::size_t size) {
    std::uint64_t sum = 0;
    for (std::uint64_t series = 1; series <= 50; ++series)
      sum += batch_means(autoregression(memory, size, series)).blocks;
    return static_cast<double>(sum) / 50;
  };
  EXPECT_GT(blocks(0, 4000), 20);
  EXPECT_GT(blocks(0, 4000), blocks(0.98, 4000) + 4);
  EXPECT_LT(blocks(0.98, 1000), 10);
}

TEST(BatchMeans, IsStudentsTWhereThereIsNoRoomForBlocks) {
  const Series values = {1, 2, 4};
  const auto interval = difference_along(values, 0.95);
  const auto textbook = mean_interval(values, 0.95);
  EXPECT_EQ(interval.blocks, 3u);
  EXPECT_DOUBLE_EQ(interval.high - interval.low, 2 * textbook.half_width);
  EXPECT_DOUBLE_EQ(interval.mean, textbook.mean);
}

TEST(BatchMeans, SaysWhatItCanOfSeriesWithoutVariation) {
  const auto same = difference_along(Series(100, 3.0), 0.95);
  EXPECT_DOUBLE_EQ(same.low, 3);
  EXPECT_DOUBLE_EQ(same.high, 3);
  EXPECT_DOUBLE_EQ(latency_along(Series(100, 0.0), 0.95).high, 0);
  EXPECT_TRUE(std::isnan(difference_along({}, 0.95).mean));
  const Series one = {7};
  EXPECT_DOUBLE_EQ(difference_along(one, 0.95).mean, 7);
  EXPECT_TRUE(std::isnan(difference_along(one, 0.95).high)) << "one says nothing about the next";
}

TEST(Wanders, IsSaidOfAQueueThatGrowsAndOneTimeInTwentyOfOneThatDoesNot) {
  Coverage steady;
  std::uint32_t growing = 0;
  for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
    steady.add(!wanders(waits(0.7, 12'000, draw)));
    growing += wanders(waits(1.3, 1000, draw)) ? 1 : 0;
  }
  expect_coverage(steady, "steady");
  EXPECT_EQ(growing, steady.draws);
}

}  // namespace
}  // namespace pigou
