// Drift: whether a cluster falls behind what arrives.
#pragma once

#include <limits>
#include <span>

namespace pigou {

/// A request, or a session, from its arrival until it left served.
struct Stay {
  double begin_s = 0;
  double end_s = std::numeric_limits<double>::infinity();  ///< infinite: never served
};

/// A backlog that grows by more than this share of what arrives drifts.
inline constexpr double kDriftShare = 0.01;

/// The limit where loads drift from `drifting_load` on: what is served of it. Of a server that is
/// never idle this is what it can serve, whatever the share (M/D/N: utilisation 1).
constexpr double limit_of(double drifting_load) { return drifting_load * (1 - kDriftShare); }

/// How a backlog moves over the last two thirds of a time in which stays arrive.
struct Drift {
  /// The slope of the least-squares line through the number of stays under way, times the time,
  /// over the arrivals. 0 below the limit but for chance; at r times the limit 1 - 1/r. NaN without
  /// arrivals.
  double growth = 0;
  double backlog = 0;  ///< mean number under way
  double arrived = 0;

  bool drifts() const { return !(growth <= kDriftShare); }
  /// Beyond what chance makes of a steady backlog, however few arrive: so much growth that the load
  /// is past the limit by 4 % or more, and four standard deviations of Poisson's backlog.
  bool certain() const;
};

/// Of `stays` that begin in [begin_s, begin_s + length_s]; the first third is the time a cluster
/// has to fill.
Drift drift_of(std::span<const Stay> stays, double begin_s, double length_s);

}  // namespace pigou
