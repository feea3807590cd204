#include "trace/synthesis/two_way_odds.hpp"

#include <algorithm>
#include <numeric>

namespace pigou {
namespace {

constexpr int kRounds = 30;
constexpr double kMostLogOdds = 12;

}  // namespace

/// What to add to one row or column for as many events to be expected in it as were counted.
/// `center` is the log odds of all trials together.
double TwoWayCounts::step(bool by_row, std::size_t at, const TwoWayOdds& odds,
                          double center) const {
  const std::size_t others = by_row ? columns_ : rows_;
  const auto cell = [&](std::size_t other) {
    return by_row ? at * columns_ + other : other * columns_ + at;
  };
  const auto share = [](double log_odds) { return 1 / (1 + std::exp(-log_odds)); };
  const double apart = by_row ? odds.row[at] - center : odds.column[at];
  double wanted = 0.5 * share(center);
  for (std::size_t other = 0; other < others; ++other) wanted += events_[cell(other)];
  double low = -kMostLogOdds, high = kMostLogOdds;
  for (int halving = 0; halving < 50; ++halving) {
    const double shift = (low + high) / 2;
    double expected = 0.5 * share(center + apart + shift);
    for (std::size_t other = 0; other < others; ++other)
      expected += trials_[cell(other)] *
                  (by_row ? odds.chance(at, other, shift) : odds.chance(other, at, shift));
    (expected < wanted ? low : high) = shift;
  }
  return (low + high) / 2;
}

TwoWayOdds TwoWayCounts::fit() const {
  const double trials = std::accumulate(trials_.begin(), trials_.end(), 0.0);
  const double events = std::accumulate(events_.begin(), events_.end(), 0.0);
  const double mean = (events + 0.5) / (trials + 1);
  const double center = std::log(mean / (1 - mean));
  TwoWayOdds odds{std::vector<double>(rows_, center), std::vector<double>(columns_, 0)};
  const auto move = [](double& value, double by) {
    value = std::clamp(value + by, -kMostLogOdds, kMostLogOdds);
  };
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t r = 0; r < rows_; ++r) move(odds.row[r], step(true, r, odds, center));
    for (std::size_t c = 0; c < columns_; ++c) move(odds.column[c], step(false, c, odds, center));
  }
  return odds;
}

}  // namespace pigou
