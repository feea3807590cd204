// A grid of scenarios, each run with several seeds: every point resolved before the first one runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scenario/scenario.hpp"
#include "simulation/record/result.hpp"
#include "study/vary.hpp"

namespace pigou {

/// What a sweep is to do. Point p sets what grid_settings(axes, p) says on top of `request`.
struct SweepPlan {
  ScenarioRequest request;
  std::vector<Axis> axes;
  std::size_t points = 0;
  std::vector<std::uint64_t> seeds;
  Scenario base;                        ///< the scenario without the axes
  std::vector<std::string> hashes;      ///< Scenario::hash of every point
  std::vector<std::string> inputs;      ///< input_identity() of each distinct list of files
  std::vector<std::uint32_t> input_of;  ///< per point, index into `inputs`

  Scenario resolve(std::size_t point) const;
};

/// Resolves every point once, on `threads` threads, so that a mistake in any of them is told before
/// anything runs. `keep_going` returning false stops and throws Interrupted. Throws UserError.
SweepPlan plan_sweep(const ScenarioRequest& request, std::vector<Axis> axes, std::size_t seed_count,
                     unsigned threads, const std::function<bool()>& keep_going);

/// Where the runs of a sweep go and come from. Called from one thread at a time.
class SweepSink {
 public:
  virtual ~SweepSink() = default;
  /// Whether the run of `seed` (an index into the plan's seeds) is there already.
  virtual bool has(std::size_t point, std::size_t seed) const = 0;
  /// Whether the runs there say that a draw could change the point.
  virtual bool random(std::size_t point) const = 0;
  /// `scenario` is the point's, resolved.
  virtual void put(std::size_t point, std::size_t seed, const Scenario& scenario,
                   const RunSummary& run) = 0;
};

struct SweepProgress {
  std::size_t points_done = 0, points_total = 0;
  std::size_t points_found = 0;  ///< of those done, the ones an earlier sweep left
  double runs_done = 0;          ///< of this process; a run under way counts by its finished share
  double runs_left = 0;          ///< as far as known
};

/// Runs what `sink` does not have yet: of every point the first seed, then, if a draw could change
/// it, the others. Nothing of a result depends on `threads` or on their order. `progress` returning
/// false stops all runs and throws Interrupted.
void run_sweep(const SweepPlan& plan, SweepSink& sink, unsigned threads,
               const std::function<bool(const SweepProgress&)>& progress);

}  // namespace pigou
