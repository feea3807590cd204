// The same scenario and seeds under several routers, on all cores.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scenario/scenario.hpp"
#include "simulation/record/result.hpp"
#include "study/figures.hpp"

namespace pigou {

/// What became of every request of one run, in order of arrival: what differences along the trace
/// are taken from. Empty unless the run kept all its rows.
struct AlongTrace {
  std::vector<double> e2e_s;           ///< NaN: did not finish
  std::vector<std::uint8_t> attained;  ///< 1: met every target that is set
};

/// One router of a comparison: the scenario resolved with it, and a run per seed.
struct CompareArm {
  std::string label;  ///< router with the parameters that were given
  Scenario scenario;
  std::vector<RunSummary> runs;  ///< by seed; one run stands for all when nothing is drawn
  AlongTrace along;              ///< of the first seed's run
};

struct Comparison {
  std::vector<CompareArm> arms;      ///< in the order given; the first is the reference
  std::vector<std::uint64_t> seeds;  ///< one when no draw could change any arm
  bool deterministic = false;

  /// A figure of one arm by seed, as long as `seeds`.
  std::vector<double> values(std::size_t arm, const Figure& figure) const;
};

struct CompareProgress {
  std::size_t done = 0, total = 0;
};

/// Runs every arm with seeds `first`, `first` + 1, ... Results do not depend on the number of
/// threads. `progress` returning false stops all runs and throws Interrupted.
Comparison compare_routers(std::vector<CompareArm> arms, std::uint64_t first_seed,
                           std::size_t seed_count, unsigned threads,
                           const std::function<bool(const CompareProgress&)>& progress);

}  // namespace pigou
