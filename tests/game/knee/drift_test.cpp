#include "game/knee/drift.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random_stream.hpp"
#include "game/knee/crossing.hpp"

namespace pigou {
namespace {

/// One server of constant service under `rate` arrivals a second for 1,000 s.
std::vector<Stay> served(double rate, double service_s, std::uint64_t seed = 0) {
  const RandomStream draws(seed, "test.drift");
  std::vector<Stay> stays;
  double now = 0, free = 0;
  for (std::uint64_t i = 0; now < 1000; ++i) {
    now += seed == 0 ? 1 / rate : draws.exponential(i) / rate;
    free = std::max(free, now) + service_s;
    stays.push_back({now, free});
  }
  return stays;
}

TEST(Drift, IsWhatASaturatedServerCannotServe) {
  for (const double over : {1.02, 1.1, 1.5, 2.0}) {
    const Drift drift = drift_of(served(100 * over, 0.01), 0, 1000);
    EXPECT_NEAR(drift.growth, 1 - 1 / over, 1e-3) << over;
    EXPECT_TRUE(drift.drifts());
    EXPECT_EQ(drift.certain(), over > 1.05) << over;
  }
}

TEST(Drift, IsNoneOfASteadyServer) {
  for (const double load : {0.1, 0.5, 0.9}) {
    const Drift drift = drift_of(served(100 * load, 0.01, 3), 0, 1000);
    EXPECT_NEAR(drift.growth, 0, 2e-3) << load;
    EXPECT_FALSE(drift.drifts());
  }
}

TEST(Drift, IsTheTimeToFillLeftOut) {
  // Every stay takes 200 s: the backlog grows until then and is steady afterwards.
  std::vector<Stay> stays;
  for (int i = 0; i < 1000; ++i) stays.push_back({i + 0.5, i + 200.5});
  const Drift drift = drift_of(stays, 0, 1000);
  EXPECT_NEAR(drift.growth, 0, 1e-3);
  EXPECT_NEAR(drift.backlog, 200, 1);
  EXPECT_NEAR(drift.arrived, 667, 1);
}

TEST(Drift, DoesWhatIsNeverServedStayInTheBacklog) {
  std::vector<Stay> stays = served(50, 0.01);
  for (std::size_t i = 0; i < stays.size(); i += 10) stays[i] = Stay{stays[i].begin_s};
  EXPECT_NEAR(drift_of(stays, 0, 1000).growth, 0.1, 1e-3);
}

TEST(Drift, IsChanceOfFewNotCertain) {
  // Five requests, the last two under way at the end: a growth of a quarter and more.
  const std::vector<Stay> stays = {{0, 1}, {40, 41}, {60, 61}, {80, 200}, {90, 200}};
  const Drift drift = drift_of(stays, 0, 100);
  EXPECT_GT(drift.growth, 0.25);
  EXPECT_FALSE(drift.certain());
}

TEST(Drift, IsUnknownWithoutArrivalsAndThenDrifts) {
  EXPECT_TRUE(std::isnan(drift_of({}, 0, 100).growth));
  EXPECT_TRUE(drift_of({}, 0, 100).drifts());
  EXPECT_FALSE(drift_of({}, 0, 100).certain());
}

TEST(Crossing, IsInterpolatedInEqualStepsOrFactors) {
  const std::vector<AtLoad> points = {{1, 0.001}, {2, 0.005}, {4, 0.015}, {8, 0.3}};
  EXPECT_NEAR(*first_crossing(points, 0.01, Between::kLinear), 3, 1e-12);
  EXPECT_NEAR(*first_crossing(std::vector<AtLoad>{{1, 1}, {4, 4}}, 2, Between::kGeometric), 2,
              1e-12);
}

TEST(Crossing, IsNoneWhereTheFirstIsAboveOrNoneIs) {
  EXPECT_FALSE(first_crossing(std::vector<AtLoad>{{1, 2}, {2, 3}}, 1, Between::kLinear));
  EXPECT_FALSE(first_crossing(std::vector<AtLoad>{{1, 2}, {2, 3}}, 5, Between::kLinear));
  EXPECT_FALSE(first_crossing({}, 5, Between::kLinear));
}

TEST(Crossing, IsTheLastLoadBeforeOneWithoutAValue) {
  const std::vector<AtLoad> points = {{1, 1}, {2, 1.5}, {3, std::nan("")}};
  EXPECT_EQ(*first_crossing(points, 2, Between::kGeometric), 2);
}

TEST(Crossing, IsTheFigureReadBetweenLoadsAndNotBeyond) {
  const std::vector<AtLoad> points = {{1, 2}, {4, 8}, {8, std::nan("")}};
  EXPECT_NEAR(*value_at(points, 2), 4, 1e-12);
  EXPECT_EQ(*value_at(points, 4), 8);
  EXPECT_FALSE(value_at(points, 6)) << "one of them has none";
  EXPECT_FALSE(value_at(points, 0.5));
  EXPECT_FALSE(value_at(points, 9));
}

TEST(LoadRegime, IsSaidOfEveryLoad) {
  EXPECT_EQ(regime_at(1, 2, 3), LoadRegime::kBelowOnset);
  EXPECT_EQ(regime_at(2.5, 2, 3), LoadRegime::kBetween);
  EXPECT_EQ(regime_at(3.5, 2, 3), LoadRegime::kPastLimit);
  EXPECT_EQ(regime_at(9, std::nullopt, std::nullopt), LoadRegime::kBelowOnset);
  EXPECT_EQ(regime_at(3, 4, 2), LoadRegime::kPastLimit) << "cost may double past the limit only";
}

}  // namespace
}  // namespace pigou
