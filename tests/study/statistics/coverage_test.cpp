// Whether the intervals that commands print cover as often as they say.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <vector>

#include <unistd.h>

#include "core/random_stream.hpp"
#include "coverage.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/run.hpp"
#include "study/capacity/capacity.hpp"
#include "study/executor/shared_workloads.hpp"
#include "study/statistics/batch_means.hpp"
#include "study/statistics/paired_differences.hpp"

namespace pigou {
namespace {

/// A scenario of a few milliseconds in which the seed draws arrivals and placements.
class SmallScenario {
 public:
  explicit SmallScenario(int requests, std::vector<std::string> sets = {}) {
    request_.sets = std::move(sets);
    request_.file = (std::filesystem::temp_directory_path() /
                     ("pigou-statistics-" + std::to_string(getpid()) + ".json"))
                        .string();
    std::ofstream(request_.file) << R"({ "workload": { "jitter_s": 5,
        "synth": { "rate": 8, "input": 4000, "requests": )" +
                                        std::to_string(requests) + R"( } },
      "cluster": { "pools": [ { "count": 2, "gpu": "h100", "model": "llama-3.1-8b" } ] },
      "router": { "name": "random" }, "slo": { "ttft_s": 0.11 } })";
    scenario_ = resolve_scenario(request_);
  }
  ~SmallScenario() { std::filesystem::remove(request_.file); }
  SmallScenario(const SmallScenario&) = delete;
  SmallScenario& operator=(const SmallScenario&) = delete;

  RunResult run(std::uint64_t seed) {
    SimulationConfig config = scenario_.config;
    config.seed = seed;
    config.output.requests = RequestOutput::kFull;
    return run_simulation(shelf_.get(scenario_, seed), config);
  }
  const ScenarioRequest& request() const { return request_; }
  const Scenario& scenario() const { return scenario_; }

 private:
  ScenarioRequest request_;
  Scenario scenario_;
  SharedWorkloads shelf_;
};

TEST(Intervals, ExcludeZeroAboutOneTimeInTwentyWhenARouterIsComparedWithItself) {
  SmallScenario small(100);
  constexpr std::uint64_t kSeeds = 5;
  Coverage latency, attainment;
  for (std::uint64_t set = 0, end = coverage_draws(); set < end; ++set) {
    std::vector<double> e2e[2], met[2];
    for (std::uint64_t side = 0; side < 2; ++side) {
      for (std::uint64_t n = 0; n < kSeeds; ++n) {
        const RunSummary summary = small.run(1 + (set * 2 + side) * kSeeds + n).summary;
        e2e[side].push_back(summary.e2e.mean);
        met[side].push_back(summary.slo_attained_fraction);
      }
    }
    latency.add(!paired_difference(e2e[0], e2e[1]).excludes_zero());
    attainment.add(!paired_difference(met[0], met[1]).excludes_zero());
  }
  expect_coverage(latency, "latency");
  expect_coverage(attainment, "attainment");
}

TEST(Intervals, AlongOneRunExcludeZeroAboutOneTimeInTwentyWhenARouterIsComparedWithItself) {
  SmallScenario small(1000, {"workload.jitter_s=0"});  // one run's n-th request is the other's
  const SloTerm attained{SloTerm::Kind::kAttainment, 0, 1, ""};
  Coverage latency, attainment;
  for (std::uint64_t draw = 0, end = coverage_draws(); draw < end; ++draw) {
    const RunResult a = small.run(1 + 2 * draw), b = small.run(2 + 2 * draw);
    const auto met_a = slo_series(attained, a, small.scenario().config.slo).values;
    const auto met_b = slo_series(attained, b, small.scenario().config.slo).values;
    std::vector<double> seconds, met;
    for (std::size_t n = 0; n < met_a.size(); ++n) {
      seconds.push_back(b.requests.e2e_s[n] - a.requests.e2e_s[n]);
      met.push_back(met_b[n] - met_a[n]);
    }
    const auto of_seconds = difference_along(seconds, 0.95), of_met = difference_along(met, 0.95);
    latency.add(of_seconds.low, of_seconds.high, 0);
    attainment.add(of_met.low, of_met.high, 0);
  }
  expect_coverage(latency, "latency");
  expect_coverage(attainment, "attainment");
}

/// A capacity's only probe, at the scenario's own load.
CapacityProbe probe_at_own_load(const SmallScenario& small, std::vector<SloTerm> terms,
                                std::uint64_t first_seed, std::size_t seeds) {
  CapacityTask task;
  task.terms = std::move(terms);
  task.axis.range = {1, 1, 1, 0.05, false};
  task.first_seed = first_seed;
  task.seeds = seeds;
  task.most_seeds = 4 * seeds;
  task.arms.push_back(
      {"", small.request(), small.scenario(), {}, CapacitySearch(task.axis.range), 0});
  find_capacities(task, 2, [](const CapacityProgress&) { return true; });
  return task.arms.front().probes.front();
}

const std::vector<SloTerm> kTerms = {parse_slo_term("attainment>=0.5"),
                                     parse_slo_term("ttft_mean<=1s")};

/// Terms that hold exactly, so that a probe is unsure as long as it may be.
std::vector<SloTerm> terms_at(const std::vector<double>& truth) {
  std::vector<SloTerm> terms = kTerms;
  for (std::size_t t = 0; t < terms.size(); ++t) terms[t].limit = truth[t];
  return terms;
}

void add_probe(std::vector<Coverage>& seen, const CapacityProbe& probe,
               const std::vector<double>& truth) {
  ASSERT_TRUE(probe.random);
  for (std::size_t t = 0; t < truth.size(); ++t)
    seen[t].add(probe.terms[t].low, probe.terms[t].high, truth[t]);
}

TEST(Capacity, OfOneRunIsJudgedByIntervalsThatCover) {
  // Each draw is another stretch of traffic, and the truth that of a very long one.
  SmallScenario traffic(400'000);
  const RunResult all = traffic.run(1'000'000);
  const std::vector<double> truth = {slo_figure(kTerms[0], all), slo_figure(kTerms[1], all)};
  std::vector<Coverage> seen(truth.size());
  for (std::uint64_t draw = 1, end = coverage_draws(); draw <= end; ++draw) {
    const SmallScenario small(1000, {"workload.synth.seed=" + std::to_string(draw)});
    add_probe(seen, probe_at_own_load(small, terms_at(truth), draw, 1), truth);
  }
  for (std::size_t t = 0; t < truth.size(); ++t) expect_coverage(seen[t], kTerms[t].text);
}

TEST(Capacity, OfSeveralSeedsIsJudgedByIntervalsThatCoverHoweverOftenItLooks) {
  SmallScenario small(100);
  constexpr std::size_t kSeeds = 3, kRuns = 2000;
  std::vector<double> truth(kTerms.size(), 0);
  for (std::uint64_t n = 0; n < kRuns; ++n) {
    const RunResult run = small.run(1'000'000 + n);
    for (std::size_t t = 0; t < truth.size(); ++t) truth[t] += slo_figure(kTerms[t], run) / kRuns;
  }
  // Each term by itself: a probe of both ends as soon as one of them fails.
  for (std::size_t t = 0; t < truth.size(); ++t) {
    Coverage seen;
    for (std::uint64_t draw = 0, end = coverage_draws(); draw < end; ++draw) {
      const CapacityProbe probe =
          probe_at_own_load(small, {terms_at(truth)[t]}, 1 + draw * 4 * kSeeds, kSeeds);
      seen.add(probe.terms[0].low, probe.terms[0].high, truth[t]);
    }
    expect_coverage(seen, kTerms[t].text);
  }
}

}  // namespace
}  // namespace pigou
