// The highest load under which a router meets its objectives, and how sure that is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scenario/scenario.hpp"
#include "study/capacity/search.hpp"
#include "study/slo_terms.hpp"

namespace pigou {

/// What moves the load: `load` is workload.load, the others are keys of the scenario.
struct LoadAxis {
  std::string key = "load";
  LoadRange range;
};

/// The axis `key` with its range around the scenario's own value; `low` and `high` replace its
/// ends where they are above 0. Throws UserError.
LoadAxis load_axis(const std::string& key, const Scenario& scenario, double low, double high,
                   double tolerance);

/// What --set would set to put the axis at `load`.
std::vector<std::string> axis_settings(const std::string& key, double load);

/// One term of a probe over its seeds.
struct TermProbe {
  std::vector<double> values;  ///< the figure by seed: seconds or a share
  double mean = 0;
  double low = 0, high = 0;  ///< of the interval that the verdict was made with
  bool of_share = false;     ///< bounds are of the share of requests within the limit
  Verdict verdict = Verdict::kUnsure;
};

struct CapacityProbe {
  double load = 0;
  double requests_per_s = 0;   ///< nominal; in a closed loop: answered, mean over the seeds
  bool random = false;         ///< false: one run, exact
  std::size_t empty_runs = 0;  ///< whose draw left no request of the trace: they count for nothing
  RequestCounts requests;      ///< sums over its runs
  std::vector<TermProbe> terms;
  Verdict verdict = Verdict::kUnsure;  ///< meets: every term does; fails: one does
};

struct CapacityArm {
  std::string label;
  ScenarioRequest request;            ///< with this router
  Scenario scenario;                  ///< resolved at the scenario's own load
  std::vector<CapacityProbe> probes;  ///< in the order they were made
  CapacitySearch search;
  std::uint64_t runs = 0;

  const CapacityProbe* at(std::optional<double> load) const;
};

struct CapacityTask {
  std::vector<SloTerm> terms;
  LoadAxis axis;
  std::vector<CapacityArm> arms;
  std::uint64_t first_seed = 1;
  std::size_t seeds = 5;  ///< per probe, doubled while it is unsure
  std::size_t most_seeds = 20;
  double confidence = 0.95;  ///< of a probe's interval, however often its seeds were doubled
};

struct CapacityProgress {
  std::uint64_t runs_done = 0;
  std::size_t arms_done = 0, arms_total = 0;
};

/// Searches all arms at once, with the same seeds at every load, and fills their probes. Nothing of
/// the result depends on `threads`. `progress` returning false stops and throws Interrupted.
void find_capacities(CapacityTask& task, unsigned threads,
                     const std::function<bool(const CapacityProgress&)>& progress);

}  // namespace pigou
