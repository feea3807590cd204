#include "study/knee/chain.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "game/knee/crossing.hpp"
#include "game/knee/drift.hpp"
#include "study/capacity/search.hpp"

namespace pigou {
namespace {

constexpr double kHighest = 1e5, kLowest = 1e-4;
constexpr double kBelowLimit = 4;  ///< the limit over the reference, about
constexpr int kMostRestarts = 5;

/// Gaps below this are not split: what is left of a step after its bisections.
double tolerance() { return std::pow(kLoadStep, 1.0 / (1 << kBisections)) * (1 + 1e-9) - 1; }

/// A limit that no arithmetic tells from none: what has no growth has no arrivals.
Verdict drift_verdict(const LoadPoint& point) {
  return point.growth <= kDriftShare ? Verdict::kMeets : Verdict::kFails;
}

class Climb {
 public:
  Climb(const ChainLoads& loads, const std::function<LoadPoint(double)>& measure)
      : loads_(loads), measure_(measure) {}

  KneeChain run() {
    std::vector<double> grid = loads_.grid;
    climb_grid(grid);
    for (int restart = 0; restart < kMostRestarts && begins_past_limit(); ++restart) {
      const double lower = grid.front() / grid.back();
      for (double& load : grid) load *= lower;
      chain_.points.clear();
      climb_grid(grid);
    }
    find_limit(grid);
    find_onset(grid);
    return std::move(chain_);
  }

 private:
  bool begins_past_limit() const {
    return !loads_.given && drift_verdict(chain_.points.front()) == Verdict::kFails;
  }

  const LoadPoint& add(double load) {
    LoadPoint point = measure_(load);
    point.load = load;
    const auto place = std::ranges::lower_bound(chain_.points, load, {}, &LoadPoint::load);
    return *chain_.points.insert(place, point);
  }

  void climb_grid(const std::vector<double>& grid) {
    for (const double load : grid)
      if (drift_verdict(add(load)) == Verdict::kFails) return;
  }

  /// Splits until `verdict` turns within the tolerance.
  void bisect(const LoadRange& range, const std::function<Verdict(const LoadPoint&)>& verdict) {
    CapacitySearch search(range);
    for (const LoadPoint& point : chain_.points) search.add(point.load, verdict(point));
    while (const auto load = search.next()) search.add(*load, verdict(add(*load)));
  }

  std::vector<AtLoad> along(double LoadPoint::*value) const {
    std::vector<AtLoad> points;
    for (const LoadPoint& point : chain_.points) points.push_back({point.load, point.*value});
    return points;
  }

  void find_limit(const std::vector<double>& grid) {
    const double highest = loads_.given ? grid.back() : kHighest;
    bisect({grid.front(), highest, grid.front(), tolerance(), false, kLoadStep}, drift_verdict);
    chain_.limit = first_crossing(along(&LoadPoint::growth), kDriftShare, Between::kLinear);
  }

  void find_onset(const std::vector<double>& grid) {
    const double most = kOnsetFactor * chain_.reference_cost_s();
    bisect({grid.front(), chain_.points.back().load, grid.front(), tolerance(), false, kLoadStep},
           [most](const LoadPoint& p) {
             return p.cost_s <= most ? Verdict::kMeets : Verdict::kFails;
           });
    chain_.onset = first_crossing(along(&LoadPoint::cost_s), most, Between::kGeometric);
  }

  const ChainLoads& loads_;
  const std::function<LoadPoint(double)>& measure_;
  KneeChain chain_;
};

}  // namespace

std::vector<double> geometric_loads(double reference) {
  std::vector<double> loads;
  for (std::size_t i = 0; i < kGridLoads; ++i, reference *= kLoadStep) loads.push_back(reference);
  return loads;
}

KneeChain climb(const ChainLoads& loads, const std::function<LoadPoint(double)>& measure) {
  return Climb(loads, measure).run();
}

std::optional<double> low_reference(const std::function<LoadPoint(double)>& measure) {
  CapacitySearch search({kLowest, kHighest, 1, 0.3, false, 2});
  while (const auto load = search.next()) search.add(*load, drift_verdict(measure(*load)));
  if (!search.meets() || !search.fails()) return std::nullopt;
  const double reference = *search.meets() / kBelowLimit;
  const double unit = std::pow(10, std::floor(std::log10(reference)) - 1);
  return std::round(reference / unit) * unit;
}

}  // namespace pigou
