#include "trace/synthesis/arrival_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>

#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

ArrivalModel model_of(const char* family, double rate) {
  ArrivalModel model;
  model.family = family;
  model.rate = rate;
  return model;
}

struct Moments {
  double mean = 0;
  double cv = 0;
};

Moments moments_of(const GapSampler& gaps, std::size_t count) {
  const RandomStream draws(3, "gaps");
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double gap = gaps.draw(draws, i);
    sum += gap;
    squares += gap * gap;
  }
  const double mean = sum / static_cast<double>(count);
  return {mean, std::sqrt(squares / static_cast<double>(count) - mean * mean) / mean};
}

std::vector<double> times_of(const ArrivalModel& model, std::size_t count, std::uint64_t seed = 1) {
  ArrivalStream stream(model, seed, "test");
  std::vector<double> times(count);
  for (double& time : times) time = stream.next_s();
  return times;
}

/// Counts of windows laid end to end from 0 to the last arrival.
std::vector<double> counts_of(const std::vector<double>& times, double window_s) {
  std::vector<double> counts(static_cast<std::size_t>(times.back() / window_s), 0);
  for (const double time : times) {
    const auto window = static_cast<std::size_t>(time / window_s);
    if (window < counts.size()) ++counts[window];
  }
  return counts;
}

double variance_of(const std::vector<double>& values) {
  const double mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares / static_cast<double>(values.size());
}

TEST(ArrivalProcess, DoGapsHaveTheMeanAndTheCvAskedFor) {
  for (const double cv : {0.3, 0.8, 1.0, 2.0, 3.0}) {
    for (const GapFamily family : {GapFamily::kGamma, GapFamily::kWeibull}) {
      const Moments moments = moments_of(GapSampler(family, cv), 200'000);
      EXPECT_NEAR(moments.mean, 1, 0.01 * std::max(cv, 1.0)) << cv;
      EXPECT_NEAR(moments.cv, cv, 0.04 * cv) << cv;
    }
  }
  EXPECT_NEAR(moments_of(GapSampler(GapFamily::kExponential, 1), 200'000).cv, 1, 0.01);
  EXPECT_EQ(moments_of(GapSampler(GapFamily::kConstant, 1), 10).cv, 0);
}

TEST(ArrivalProcess, DoShapesGiveTheirFamilysCv) {
  // Gamma: 1 / sqrt(shape). Weibull of shape 1 is exponential, of shape 2 Rayleigh.
  EXPECT_NEAR(moments_of(GapSampler::of_shape(GapFamily::kGamma, 0.25), 200'000).cv, 2, 0.05);
  EXPECT_NEAR(moments_of(GapSampler::of_shape(GapFamily::kWeibull, 1), 200'000).cv, 1, 0.02);
  EXPECT_NEAR(moments_of(GapSampler::of_shape(GapFamily::kWeibull, 2), 200'000).cv,
              std::sqrt(4 / std::numbers::pi - 1), 0.01);
  EXPECT_NEAR(GapSampler(GapFamily::kWeibull, 1).shape(), 1, 1e-9);
}

TEST(ArrivalProcess, IsEveryStreamSortedAndOfTheRateAskedFor) {
  for (const char* const family :
       {"poisson", "constant", "gamma", "weibull", "on-off", "diurnal"}) {
    ArrivalModel model = model_of(family, 8);
    model.cv = std::string(family) == "weibull" ? 1.5 : 1;
    model.period_s = 500;
    const auto times = times_of(model, 100'000);
    EXPECT_TRUE(std::is_sorted(times.begin(), times.end())) << family;
    EXPECT_NEAR(100'000 / times.back(), 8, 0.25) << family;
    EXPECT_EQ(times, times_of(model, 100'000)) << family;
  }
  EXPECT_EQ(times_of(model_of("together", 1), 3), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(times_of(model_of("constant", 4), 3), (std::vector<double>{0, 0.25, 0.5}));
}

TEST(ArrivalProcess, DoBusyAndSilentSpellsGiveTheKnownBurstiness) {
  // Interrupted Poisson process: Var N(T) = m + 2 r^2 p (1-p) / k (T - (1 - exp(-k T)) / k).
  ArrivalModel model = model_of("on-off", 4);
  model.on_s = 6;
  model.off_s = 18;
  const auto counts = counts_of(times_of(model, 800'000), 10);
  const double busy = 16, share = 0.25, k = 1.0 / 6 + 1.0 / 18;
  const double expected =
      40 + 2 * busy * busy * share * (1 - share) / k * (10 - (1 - std::exp(-10 * k)) / k);
  EXPECT_NEAR(variance_of(counts), expected, 0.05 * expected);
}

TEST(ArrivalProcess, DoesADayRiseAndFallAsItsSineSays) {
  ArrivalModel model = model_of("diurnal", 10);
  model.period_s = 1000;
  model.amplitude = 0.8;
  std::vector<double> phase(10, 0);
  const auto times = times_of(model, 410'000);
  for (const double time : times)  // whole days only
    phase[static_cast<std::size_t>(std::fmod(time, 1000) / 100)] += time < 40'000;
  for (std::size_t part = 0; part < phase.size(); ++part) {
    const double w = 2 * std::numbers::pi / 10;
    const auto from = static_cast<double>(part);
    const double share = 0.1 + 0.8 * (std::cos(w * from) - std::cos(w * (from + 1))) / 10 / w;
    EXPECT_NEAR(phase[part] / 400'000, share, 0.0015) << part;
  }
}

TEST(ArrivalProcess, IsARateSeriesReplayedAndThenStartedAgain) {
  ArrivalModel model = model_of("series", 2);     // a factor
  model.series = {{100, 1}, {130, 0}, {140, 9}};  // lengths 30, 10 and 10
  const auto counts = counts_of(times_of(model, 96'000), 10);
  double slow = 0, none = 0, fast = 0;
  for (std::size_t window = 0; window + 5 <= counts.size(); window += 5) {
    slow += counts[window] + counts[window + 1] + counts[window + 2];
    none += counts[window + 3];
    fast += counts[window + 4];
  }
  EXPECT_EQ(none, 0);
  EXPECT_NEAR(fast / slow, 3, 0.06);
  EXPECT_NEAR(static_cast<double>(counts.size()), 2000, 30);  // 240 arrivals in 50 s
}

TEST(ArrivalProcess, DoesACvOfItsOwnSmoothOrRoughenAChangingRate) {
  ArrivalModel model = model_of("diurnal", 5);
  model.amplitude = 0;
  model.cv = 0.5;
  const auto counts = counts_of(times_of(model, 300'000), 20);
  EXPECT_NEAR(variance_of(counts) / 100, 0.25, 0.02);  // of a renewal process: cv^2
}

TEST(ArrivalProcess, IsARateFileReadAndItsMistakesNamed) {
  const testing::ScratchFolder folder;
  const auto file = folder.write("rates.csv", "time_s,rate\n0,1.5\n60, 0\n");
  const auto series = read_rate_series(file);
  ASSERT_EQ(series.size(), 2U);
  EXPECT_EQ(series[1].start_s, 60);
  EXPECT_EQ(series[0].rate, 1.5);
  for (const char* const bad : {"0,1\n0,2\n", "0,1\n5,-1\n", "0,1\nx,1\n", "0,1\n5\n", "t,r\n"}) {
    const auto broken = folder.write("bad.csv", bad);
    EXPECT_NE(testing::error_of([&] { read_rate_series(broken); }).find("time_s,rate"),
              std::string::npos)
        << bad;
  }
}

TEST(ArrivalProcess, DoModelsThatDoNotFitNameTheirKey) {
  const auto error_with = [](const std::function<void(ArrivalModel&)>& change) {
    ArrivalModel model;
    change(model);
    return testing::error_of([&] { check_arrivals(model, "synth."); });
  };
  const auto names = [](const std::string& message, const char* key) {
    return message.find(std::string("synth.") + key) == 0;
  };
  EXPECT_EQ(error_with([](auto&) {}), "");
  EXPECT_TRUE(names(error_with([](auto& m) { m.family = "gama"; }), "arrivals"));
  EXPECT_TRUE(names(error_with([](auto& m) { m.rate = 0; }), "rate"));
  EXPECT_TRUE(names(error_with([](auto& m) { m.cv = 0; }), "cv"));
  EXPECT_TRUE(names(error_with([](auto& m) { m.family = "on-off", m.off_s = 0; }), "on_s"));
  EXPECT_TRUE(
      names(error_with([](auto& m) { m.family = "diurnal", m.amplitude = 2; }), "amplitude"));
  EXPECT_TRUE(names(error_with([](auto& m) { m.family = "series"; }), "rate_file"));
}

}  // namespace
}  // namespace pigou
