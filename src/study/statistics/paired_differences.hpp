// Means and paired differences with intervals. Which one is printed where: docs/statistics.md.
#pragma once

#include <cstddef>
#include <span>

namespace pigou {

/// Mean of the differences b - a, and the half width of its interval (Student's t over the pairs).
/// `half_width` is NaN for a single pair: one draw says nothing about the next.
struct PairedDifference {
  double mean = 0;
  double half_width = 0;

  double low() const { return mean - half_width; }
  double high() const { return mean + half_width; }
  bool excludes_zero() const { return low() > 0 || high() < 0; }
};

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                   double confidence = 0.95);

/// A mean and the half width of its interval, NaN for a single value.
struct MeanInterval {
  double mean = 0;
  double half_width = 0;
};
MeanInterval mean_interval(std::span<const double> values, double confidence = 0.95);

/// Student's t: the half width of a two-sided interval in standard errors. NaN without degrees.
double student_t(std::size_t degrees, double confidence);

/// NaN for none.
double mean_of(std::span<const double> values);

}  // namespace pigou
