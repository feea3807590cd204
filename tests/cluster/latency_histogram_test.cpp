// Do percentiles of a histogram keep what docs/metrics.md says of them?
#include "cluster/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random_stream.hpp"

namespace pigou {
namespace {

constexpr double kQuantiles[] = {0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0};

std::int64_t nth(std::vector<std::int64_t> values, double q) {
  std::ranges::sort(values);
  const auto rank = std::max<std::size_t>(
      1, static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size()))));
  return values[rank - 1];
}

TEST(LatencyHistogram, APercentileIsAtMostATenthOfAPercentOffAndOfFewValuesExact) {
  const RandomStream draws(7, "latencies");
  std::uint64_t draw = 0;
  for (const std::size_t count : {1u, 2u, 20u, 4096u, 4097u, 50'000u}) {
    for (const double octaves : {0.01, 1.0, 12.0, 40.0}) {
      LatencyHistogram histogram;
      std::vector<std::int64_t> values;
      for (std::size_t i = 0; i < count; ++i) {
        values.push_back(
            static_cast<std::int64_t>(1e5 * std::exp2(octaves * draws.uniform(draw++))));
        histogram.add(values.back(), 1);
      }
      for (const double q : kQuantiles) {
        const auto truth = static_cast<double>(nth(values, q));
        const double bound = count <= 4096 ? 0 : 0.001 * truth;
        EXPECT_NEAR(histogram.quantile_ps(q), truth, bound) << count << " values, q " << q;
      }
    }
  }
}

TEST(LatencyHistogram, ARunTakenAsOneIsItsStepsTakenOneByOne) {
  const RandomStream draws(8, "progressions");
  LatencyHistogram whole, steps;
  std::uint64_t draw = 0;
  for (int run = 0; run < 400; ++run) {
    const auto first = static_cast<std::int64_t>(std::exp2(10 + 35 * draws.uniform(draw++)));
    const bool grows = draws.uniform(draw++) < 0.9;
    const auto growth =
        grows ? static_cast<std::int64_t>(std::exp2(30 * draws.uniform(draw++))) : 0;
    const auto count = static_cast<std::uint64_t>(1 + 300 * draws.uniform(draw++));
    const auto weight = static_cast<std::uint64_t>(1 + 4 * draws.uniform(draw++));
    whole.add_progression(first, growth, count, weight);
    for (std::uint64_t n = 0; n < count; ++n)
      steps.add(first + growth * static_cast<std::int64_t>(n), weight);
    ASSERT_EQ(whole.count(), steps.count());
    ASSERT_EQ(whole.max_ps(), steps.max_ps());
    ASSERT_EQ(whole.mean_ps(), steps.mean_ps());
    if (run % 20 != 0 && run >= 5) continue;
    for (const double q : kQuantiles)
      ASSERT_EQ(whole.quantile_ps(q), steps.quantile_ps(q)) << "run " << run << ", q " << q;
  }
}

}  // namespace
}  // namespace pigou
