// Whether the intervals that compare and sweep print cover as often as they say.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/random_stream.hpp"
#include "coverage.hpp"
#include "output/compare/metrics.hpp"
#include "output/compare/report.hpp"
#include "output/sweep/report.hpp"
#include "output/text/seed_note.hpp"

namespace pigou {
namespace {

/// Routers alike: what a seed draws for all of them, and what it draws for each.
Comparison routers_alike(std::size_t arms, std::size_t seeds, std::uint64_t draw) {
  const RandomStream shared(draw, "test.shared"), own(draw, "test.own");
  Comparison comparison;
  for (std::size_t s = 0; s < seeds; ++s) comparison.seeds.push_back(s + 1);
  comparison.arms.resize(arms);
  for (std::size_t a = 0; a < arms; ++a) {
    comparison.arms[a].label = std::string(1, static_cast<char>('a' + a));
    for (std::size_t s = 0; s < seeds; ++s) {
      RunSummary& run = comparison.arms[a].runs.emplace_back();
      run.random = true;
      run.arrived = run.finished = 1000;
      run.e2e.mean = 10 + 5 * shared.normal(s) + own.normal(s, static_cast<std::uint32_t>(a));
    }
  }
  return comparison;
}

const Figure& mean_latency(const Comparison& comparison) { return deciding_figure(comparison); }

TEST(CompareIntervals, CoverTheDifferenceOfTwoRouters) {
  for (const std::size_t seeds : {2, 3, 5, 20}) {
    Coverage seen;
    for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
      const Comparison comparison = routers_alike(2, seeds, draw);
      const auto difference = arm_difference(comparison, mean_latency(comparison), 0, 1);
      seen.add(difference.low(), difference.high(), 0);
    }
    expect_coverage(seen, std::to_string(seeds) + " seeds");
  }
}

TEST(CompareIntervals, OfTheLastLineCoverForAllPairsAtOnce) {
  Coverage seen;
  for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
    const Comparison comparison = routers_alike(4, 5, draw);
    const double confidence = simultaneous_confidence(comparison);
    bool all = true;
    for (std::size_t a = 0; a < 4; ++a)
      for (std::size_t b = 0; b < a; ++b)
        all =
            all &&
            !arm_difference(comparison, mean_latency(comparison), a, b, confidence).excludes_zero();
    seen.add(all);
  }
  expect_coverage(seen, "6 pairs of 4 routers");
}

/// Two routers that serve the same traffic alike, at a share `load` of what one server can do.
Comparison queues_alike(double load, std::uint64_t draw) {
  const RandomStream gaps(draw, "test.gaps");
  Comparison comparison = routers_alike(2, 1, draw);
  for (std::uint32_t a = 0; a < 2; ++a) {
    auto& along = comparison.arms[a].along;
    double wait = 0;
    for (std::uint64_t n = 0; n < 3000; ++n) {
      wait = std::max(0.0, wait - gaps.exponential(n) / load);
      along.e2e_s.push_back(wait + 1);
      along.attained.push_back(1);
      wait += 2 * gaps.uniform(n, 1 + a);  // serves it for 1 s on average
    }
  }
  return comparison;
}

TEST(WindowsInterval, CoversTheLeadOfARouterThatServesAsAnotherDoes) {
  for (const double load : {0.6, 0.8, 0.9}) {
    Coverage seen;
    for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
      const AlongInterval lead = along_difference(queues_alike(load, draw), 0, 1);
      seen.add(std::isnan(lead.low) || (lead.low <= 0 && 0 <= lead.high));
    }
    expect_coverage(seen, "load " + std::to_string(load));
  }
}

TEST(WindowsInterval, IsNotGivenPastSaturation) {
  for (std::uint64_t draw = 1; draw <= 20; ++draw) {
    const Comparison comparison = queues_alike(1.2, draw);
    EXPECT_TRUE(std::isnan(along_difference(comparison, 0, 1).low));
    EXPECT_NE(comparison_windows(comparison).find("without an interval: latency wanders"),
              std::string::npos);
  }
}

/// A sweep of `points` that are all alike.
class AlikePoints {
 public:
  AlikePoints(std::size_t points, std::size_t seeds, std::uint64_t draw) {
    const RandomStream own(draw, "test.own");
    plan_.points = points;
    plan_.hashes.resize(points);
    Axis axis;
    axis.keys = {"workload.head"};
    for (std::size_t p = 0; p < points; ++p) axis.values.push_back({std::to_string(p + 1)});
    plan_.axes.push_back(axis);
    for (std::size_t s = 0; s < seeds; ++s) plan_.seeds.push_back(s + 1);
    results_ = std::make_unique<SweepResults>(plan_, nullptr);
    Scenario scenario;
    scenario.config.router.name = "round-robin";
    scenario.config.cluster.pools.emplace_back();
    for (std::size_t p = 0; p < points; ++p) {
      for (std::size_t s = 0; s < seeds; ++s) {
        RunSummary run;
        run.random = true;
        run.e2e.mean = 500 + 20 * own.normal(s, static_cast<std::uint32_t>(p));
        results_->put(p, s, scenario, run);
      }
    }
    results_->complete();
  }
  nlohmann::json json() const {
    return nlohmann::json::parse(sweep_json(plan_, *results_, RunTimes{}, ""));
  }
  std::string table() const { return sweep_table(plan_, *results_, RunTimes{}, ""); }

 private:
  SweepPlan plan_;
  std::unique_ptr<SweepResults> results_;
};

TEST(SweepIntervals, CoverTheFigureOfAPoint) {
  Coverage seen;
  for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
    const auto figure = AlikePoints(1, 5, draw).json()["points"][0]["figures"]["e2e_s.mean"];
    seen.add(figure["interval"][0], figure["interval"][1], 500);
  }
  expect_coverage(seen, "5 seeds");
}

TEST(SweepIntervals, OfTheBestPointCoverThoughItWasChosen) {
  Coverage seen;
  for (std::uint32_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
    std::string best = AlikePoints(8, 5, draw).table();
    std::ranges::replace(best, '\n', ' ');
    const auto at = best.find(" with ");
    ASSERT_NE(at, std::string::npos) << best;
    const double mean = std::stod(best.substr(at + 6));
    const auto sign = best.find("± ", at);
    ASSERT_NE(sign, std::string::npos) << best;
    seen.add(std::abs(mean - 500) <= std::stod(best.substr(sign + 3)));
  }
  // The best is the one that errs low most, so that of its intervals up to 19 in 20 cover too much.
  EXPECT_GE(seen.covered, std::floor(0.913 * seen.draws));
  EXPECT_LT(seen.covered, seen.draws);
}

TEST(SeedNote, IsSaidOfOneRunAndOfFewSeedsAlone) {
  EXPECT_NE(seed_note(1, true).find("one seed, so there is no interval"), std::string::npos);
  EXPECT_NE(seed_note(1, true).find("add --seeds"), std::string::npos);
  EXPECT_NE(seed_note(1, false).find("nothing is drawn"), std::string::npos);
  EXPECT_NE(seed_note(2, true).find("7.2 times"), std::string::npos) << seed_note(2, true);
  EXPECT_EQ(seed_note(5, true), "");
}

}  // namespace
}  // namespace pigou
