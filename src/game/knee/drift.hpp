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

/// Backlog that grows by more than this share of what arrives is past the limit.
inline constexpr double kDriftShare = 0.01;

/// Growth of the backlog over the last two thirds of [begin_s, begin_s + length_s], as a share of
/// what arrives in them: the slope of the least-squares line through the number of stays under way,
/// times the time, over the arrivals. The first third is the time a cluster has to fill. Below the
/// limit it is 0 but for chance; of a load r times the limit it is 1 - 1/r. NaN without arrivals.
double backlog_growth(std::span<const Stay> stays, double begin_s, double length_s);

}  // namespace pigou
