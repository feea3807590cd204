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

Verdict certain_verdict(const LoadPoint& point) {
  return point.drift.certain() ? Verdict::kFails : Verdict::kMeets;
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
    find_limit();
    find_onset();
    return std::move(chain_);
  }

 private:
  bool begins_past_limit() const { return !loads_.given && chain_.points.front().drift.certain(); }

  const LoadPoint& add(double load) {
    LoadPoint point = measure_(load);
    point.load = load;
    const auto place = std::ranges::lower_bound(chain_.points, load, {}, &LoadPoint::load);
    return *chain_.points.insert(place, point);
  }

  void climb_grid(const std::vector<double>& grid) {
    for (const double load : grid)
      if (add(load).drift.certain()) return;
    while (!loads_.given && chain_.points.back().load < kHighest)
      if (add(chain_.points.back().load * kLoadStep).drift.certain()) return;
  }

  /// Splits the step in which `verdict` turns, until it is within the tolerance.
  void bisect(const std::function<Verdict(const LoadPoint&)>& verdict) {
    const double low = chain_.points.front().load, high = chain_.points.back().load;
    while (true) {
      CapacitySearch search({low, high, low, tolerance(), false, kLoadStep});
      for (const LoadPoint& point : chain_.points) search.add(point.load, verdict(point));
      const auto load = search.next();
      if (!load) return;
      add(*load);
    }
  }

  /// Where the drift that becomes certain begins; what drifts below was chance.
  double last_steady() const {
    double steady = 0;
    for (const LoadPoint& point : chain_.points) {
      if (point.drift.certain()) break;
      if (!point.drift.drifts()) steady = point.load;
    }
    return steady;
  }

  void find_limit() {
    bisect([this](const LoadPoint& point) {
      return point.load <= last_steady() ? Verdict::kMeets : Verdict::kFails;
    });
    std::vector<AtLoad> points;
    for (const LoadPoint& point : chain_.points)
      if (point.load >= last_steady()) points.push_back({point.load, point.drift.growth});
    const auto drifting = first_crossing(points, kDriftShare, Between::kLinear);
    if (drifting) chain_.limit = limit_of(*drifting);
  }

  void find_onset() {
    const double most = kOnsetFactor * chain_.reference_cost_s();
    bisect([most](const LoadPoint& point) {
      return point.cost_s <= most ? Verdict::kMeets : Verdict::kFails;
    });
    std::vector<AtLoad> points;
    for (const LoadPoint& point : chain_.points) points.push_back({point.load, point.cost_s});
    chain_.onset = first_crossing(points, most, Between::kGeometric);
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
  while (const auto load = search.next()) search.add(*load, certain_verdict(measure(*load)));
  if (!search.meets() || !search.fails()) return std::nullopt;
  const double reference = *search.meets() / kBelowLimit;
  const double unit = std::pow(10, std::floor(std::log10(reference)) - 1);
  return std::round(reference / unit) * unit;
}

}  // namespace pigou
