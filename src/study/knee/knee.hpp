// Price-of-anarchy knees: from which load on routers cost twice as much, and from which they drift.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "game/social_cost.hpp"
#include "scenario/scenario.hpp"
#include "study/knee/chain.hpp"
#include "study/vary.hpp"

namespace pigou {

/// A load found on the whole trace and how far it may be off: Student's t over what the parts of
/// the trace say, each replayed alone.
struct KneeEstimate {
  std::optional<double> load;   ///< of the whole trace; none: not found
  double low = 0, high = 0;     ///< NaN: too few parts found it
  std::vector<double> by_part;  ///< relative to the part as recorded; NaN: not found there
};

/// One router under one setting.
struct KneeCell {
  std::string label;              ///< router with the parameters that were given
  std::vector<Setting> settings;  ///< of the second axis
  ScenarioRequest request;
  Scenario scenario;
  KneeChain whole;
  std::vector<KneeChain> parts;
  KneeEstimate onset, limit;
  RunSummary lowest;  ///< of the whole trace's run at the lowest load: step models, labels
  double lowest_load = 0;
};

struct KneeTask {
  std::vector<KneeCell> cells;  ///< routers, the settings of each together
  std::vector<Axis> axes;       ///< the second axis; none
  SocialCost cost = SocialCost::kTtft;
  ChainLoads loads;       ///< empty: around the first cell's limit
  std::size_t parts = 4;  ///< of the trace, at least kLeastParts
  double confidence = 0.95;
  bool sessions = false;  ///< loads are session starts per second; filled by find_knees
  std::uint64_t runs = 0;
};

inline constexpr std::size_t kLeastParts = 4;

struct KneeProgress {
  std::uint64_t runs_done = 0;
  std::size_t chains_done = 0, chains_total = 0;
};

/// The cells of `routers` (each as --router takes it) and settings. Throws UserError: before
/// anything runs, of every cell.
std::vector<KneeCell> knee_cells(const ScenarioRequest& request,
                                 const std::vector<std::string>& routers,
                                 const std::vector<Axis>& axes);

/// Measures every cell on the whole trace and on each of its parts. Nothing of the result depends
/// on `threads`. `progress` returning false stops and throws Interrupted. Throws UserError, also
/// where nothing says how often requests come.
void find_knees(KneeTask& task, unsigned threads,
                const std::function<bool(const KneeProgress&)>& progress);

}  // namespace pigou
