// Whether the intervals that commands print cover as often as they say.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <vector>

#include <unistd.h>

#include "core/random.hpp"
#include "experiment/bootstrap.hpp"
#include "experiment/paired.hpp"
#include "experiment/trace_source.hpp"
#include "experiment/workload_shelf.hpp"
#include "simulation/run.hpp"

namespace pigou {
namespace {

/// A scenario of a few milliseconds in which the seed draws arrivals and placements.
Scenario small_random_scenario() {
  const auto file = std::filesystem::temp_directory_path() /
                    ("pigou-statistics-" + std::to_string(getpid()) + ".json");
  std::ofstream(file) << R"({ "workload": { "jitter_s": 5,
      "synth": { "requests": 100, "rate": 8, "input": 4000 } },
    "cluster": { "pools": [ { "count": 2, "gpu": "h100", "model": "llama-3.1-8b" } ] },
    "router": { "name": "random" }, "slo": { "ttft_s": 0.11 } })";
  ScenarioRequest request;
  request.file = file.string();
  const Scenario scenario = resolve_scenario(request);
  std::filesystem::remove(file);
  return scenario;
}

TEST(Intervals, ExcludeZeroAboutOneTimeInTwentyWhenARouterIsComparedWithItself) {
  const Scenario scenario = small_random_scenario();
  WorkloadShelf shelf;
  const auto run = [&](std::uint64_t seed) {
    SimulationConfig config = scenario.config;
    config.seed = seed;
    return run_simulation(shelf.get(scenario, seed), config).summary;
  };
  constexpr std::uint64_t kSets = 100, kSeeds = 5;
  int latency = 0, attainment = 0;
  for (std::uint64_t set = 0; set < kSets; ++set) {
    std::vector<double> e2e[2], met[2];
    for (std::uint64_t side = 0; side < 2; ++side) {
      for (std::uint64_t n = 0; n < kSeeds; ++n) {
        const RunSummary summary = run(1 + (set * 2 + side) * kSeeds + n);
        e2e[side].push_back(summary.e2e.mean);
        met[side].push_back(summary.slo_attained_fraction);
      }
    }
    latency += paired_difference(e2e[0], e2e[1]).excludes_zero() ? 1 : 0;
    attainment += paired_difference(met[0], met[1]).excludes_zero() ? 1 : 0;
  }
  // Of Binomial(100, 0.05), 99.3 % lies in 1 to 12.
  EXPECT_GE(latency, 1);
  EXPECT_LE(latency, 12);
  EXPECT_GE(attainment, 1);
  EXPECT_LE(attainment, 12);
}

/// x[t] = memory * x[t - 1] + noise: neighbours alike, mean 0.
std::vector<double> autoregression(double memory, std::size_t size, std::uint64_t series) {
  const RandomStream noise(series, "test.noise");
  std::vector<double> values(size);
  double state = noise.normal(size) / std::sqrt(1 - memory * memory);
  for (std::size_t t = 0; t < size; ++t) {
    state = memory * state + noise.normal(t);
    values[t] = state;
  }
  return values;
}

/// Of 300 series with mean 0, how many 95 % intervals hold it.
int covered(double memory) {
  int count = 0;
  for (std::uint64_t series = 0; series < 300; ++series) {
    const auto interval = block_interval(autoregression(memory, 1000, series), 0.95, series, 500);
    count += interval.low <= 0 && interval.high >= 0 ? 1 : 0;
  }
  return count;
}

TEST(BlockInterval, CoversTheMeanOfADependentSeries) {
  // 285 of 300 would be exact; a bootstrap of finite blocks covers a little less
  // (docs/statistics.md). Below 252 (84 %) or above 297 (99 %) the blocks would be wrong.
  for (const double memory : {0.0, 0.5, 0.9}) {
    EXPECT_GE(covered(memory), 252) << memory;
    EXPECT_LE(covered(memory), 297) << memory;
  }
}

TEST(BlockInterval, TakesLongerBlocksWhereNeighboursAreMoreAlike) {
  EXPECT_LE(block_length(autoregression(0, 4000, 1)), 8u);
  const auto some = block_length(autoregression(0.5, 4000, 1));
  const auto much = block_length(autoregression(0.95, 4000, 1));
  EXPECT_GT(some, 5u);
  EXPECT_GT(much, 2 * some);
  EXPECT_LE(much, 400u);
}

TEST(BlockInterval, SaysWhatItCanOfSeriesWithoutVariation) {
  const std::vector<double> same(100, 3.0);
  const auto interval = block_interval(same, 0.95, 1);
  EXPECT_DOUBLE_EQ(interval.low, 3);
  EXPECT_DOUBLE_EQ(interval.high, 3);
  EXPECT_TRUE(std::isnan(block_interval({}, 0.95, 1).mean));
  const std::vector<double> one = {7};
  EXPECT_DOUBLE_EQ(block_interval(one, 0.95, 1).high, 7);
}

TEST(BlockInterval, AveragesLongSeriesInCellsAndStaysAboutTheSame) {
  const auto series = autoregression(0.5, 60'000, 3);
  const auto interval = block_interval(series, 0.95, 3, 500);
  // Standard error of the mean of 60,000 values with memory 0.5: 2 / sqrt(60,000).
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * 2 / std::sqrt(60'000.0), 0.006);
  EXPECT_EQ(interval.block % 3, 0u) << "cells of three";
}

}  // namespace
}  // namespace pigou
