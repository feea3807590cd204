// The price of anarchy of a router along the load: its cost over what none can beat, over the best
// known router's, and the games of its windows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "game/bounds/lower_bound.hpp"
#include "game/index/poa_hat.hpp"
#include "scenario/scenario.hpp"
#include "simulation/record/result.hpp"
#include "study/poa/decided.hpp"

namespace pigou {

/// A router: the one asked about, or one that it is compared with.
struct PoaRouter {
  std::string label;  ///< with the parameters that were given
  ScenarioRequest request;
  Scenario scenario;
};

/// One router under one load, by seed.
struct PoaRuns {
  std::vector<double> cost_s;  ///< mean over requests
  RequestCounts requests;      ///< of all seeds
  bool all_finished() const { return requests.all_finished(); }
  double mean_s() const;  ///< over seeds; NaN unless all requests finished
};

struct PoaLoad {
  double load = 0;
  double requests_per_s = 0;       ///< nominal
  std::vector<PoaRuns> runs;       ///< by router
  std::vector<LowerBound> bounds;  ///< by seed
  // Of the router asked about, with the first seed.
  PoaHat residents, logit;
  WindowPrices windows;

  double bound_s() const;  ///< mean over seeds
  /// Whose cost is the least of those under which every request finished; none: nobody's.
  std::optional<std::size_t> best() const;
  double over_bound() const { return runs.front().mean_s() / bound_s(); }
  double over_best() const;
  /// Half of the 95 % interval (Student's t) of cost over the best known's, seed by seed; NaN with
  /// one seed.
  double over_best_half() const;
};

struct PoaTask {
  std::vector<PoaRouter> routers;  ///< the first is asked about
  std::vector<double> loads;       ///< rising
  SocialCost cost = SocialCost::kTtft;
  std::size_t window = 8;  ///< requests in a window game
  std::uint64_t first_seed = 1;
  std::size_t seeds = 1;
  // Filled by find_prices.
  std::vector<PoaLoad> at;  ///< by load
  RunSummary lowest;        ///< the first router's run at the first load: step models, labels
  bool random = false;
  std::uint64_t runs = 0;
};

/// Windows whose games are solved, per load.
inline constexpr std::size_t kMostWindows = 500;

struct PoaProgress {
  std::size_t done = 0, total = 0;
};

/// Runs every router at every load with the same seeds and fills `at`. Nothing of it depends on
/// `threads`. `progress` returning false stops and throws Interrupted. Throws UserError, for a
/// closed loop before anything runs.
void find_prices(PoaTask& task, unsigned threads,
                 const std::function<bool(const PoaProgress&)>& progress);

}  // namespace pigou
