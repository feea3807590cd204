// One trace under rising load: from which load on it costs twice as much, and from which it drifts.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "game/knee/drift.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// What one replay says.
struct LoadPoint {
  double load = 0;
  double cost_s = 0;             ///< mean over finished requests; NaN: none finished
  double ttft_s = 0, e2e_s = 0;  ///< means, one of which is the cost
  Drift drift;
  double hit_ratio = 0;  ///< of prompt tokens
  RequestCounts requests;
};

/// Which loads a chain tries.
struct ChainLoads {
  std::vector<double> grid;  ///< rising; the first is the reference
  bool given = false;        ///< by the user: nothing outside is tried
};

/// Geometric loads from `reference` on: 8, each 1.25 times the one before, so that nearly five
/// times the reference are covered and none tried lies above 1.3 times the limit.
std::vector<double> geometric_loads(double reference);
inline constexpr double kLoadStep = 1.25;
inline constexpr std::size_t kGridLoads = 8;
inline constexpr int kBisections = 5;

/// What the loads of one trace, or of a part of it, came to.
struct KneeChain {
  double rate_per_s = 0;          ///< nominal, at load 1: requests, or session starts
  std::vector<LoadPoint> points;  ///< by load
  std::optional<double> onset, limit;

  double reference_cost_s() const { return points.front().cost_s; }
};

/// Climbs the grid until the backlog drifts for certain and bisects `kBisections` times the step in
/// which it last began to: below, short traces drift by chance. Then it bisects the step in which
/// the cost first passes twice that of the lowest load. Beyond a grid that was not given it climbs
/// on, and where its lowest load drifts for certain it begins anew five times lower. `measure` may
/// throw.
KneeChain climb(const ChainLoads& loads, const std::function<LoadPoint(double)>& measure);

/// A load a quarter of the limit, to two digits, found by doubling and halving from 1. None where
/// no load drifts, or all do.
std::optional<double> low_reference(const std::function<LoadPoint(double)>& measure);

}  // namespace pigou
