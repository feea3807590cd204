// Paired comparison: the same seeds under two settings, differences with a 95 % interval.
#pragma once

#include <span>

namespace pigou {

/// Mean of the differences b - a, and the half width of its 95 % interval (Student's t over the
/// pairs). `half_width` is NaN for a single pair: one draw says nothing about the next.
struct PairedDifference {
  double mean = 0;
  double half_width = 0;

  double low() const { return mean - half_width; }
  double high() const { return mean + half_width; }
  bool excludes_zero() const { return low() > 0 || high() < 0; }
};

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b);

/// Two-sided 95 % quantile of Student's t.
double student_t95(std::size_t degrees);

double mean_of(std::span<const double> values);

}  // namespace pigou
