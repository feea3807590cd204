#include "game/knee/drift.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pigou {
namespace {

/// Instants the backlog is read at; far more than it has independent values near the limit.
constexpr std::size_t kInstants = 1000;

constexpr double kCertainShare = 0.04, kCertainDeviations = 4;

}  // namespace

bool Drift::certain() const {
  return growth > kCertainShare && growth * arrived > kCertainDeviations * std::sqrt(backlog);
}

Drift drift_of(std::span<const Stay> stays, double begin_s, double length_s) {
  const double from_s = begin_s + length_s / 3, window_s = length_s * 2 / 3;
  const auto instant = [&](double time_s) {  // the first one not before it
    const double place = std::ceil((time_s - from_s) / window_s * (kInstants - 1));
    return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(kInstants)));
  };
  std::vector<double> change(kInstants + 1, 0);
  Drift drift;
  for (const Stay& stay : stays) {
    if (stay.begin_s > from_s && stay.begin_s <= from_s + window_s) ++drift.arrived;
    ++change[instant(stay.begin_s)];
    --change[instant(stay.end_s)];
  }
  // Of instants i = 0 .. n-1 the slope is sum (i - middle) backlog over sum (i - middle)^2.
  constexpr double kMiddle = (kInstants - 1) / 2.0;
  double backlog = 0, moment = 0, squares = 0;
  for (std::size_t i = 0; i < kInstants; ++i) {
    backlog += change[i];
    drift.backlog += backlog / kInstants;
    moment += (static_cast<double>(i) - kMiddle) * backlog;
    squares += (static_cast<double>(i) - kMiddle) * (static_cast<double>(i) - kMiddle);
  }
  drift.growth = drift.arrived > 0 ? moment / squares * (kInstants - 1) / drift.arrived
                                   : std::numeric_limits<double>::quiet_NaN();
  return drift;
}

}  // namespace pigou
