#include "study/statistics/paired_differences.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <boost/math/distributions/students_t.hpp>

#include "core/error.hpp"

namespace pigou {
namespace {

/// Far above what rounding leaves of a difference, far below any difference that means something.
constexpr double kRounding = 1e-12;

}  // namespace

double student_t(std::size_t degrees, double confidence) {
  if (degrees == 0) return std::numeric_limits<double>::quiet_NaN();
  const boost::math::students_t distribution(static_cast<double>(degrees));
  return boost::math::quantile(boost::math::complement(distribution, (1 - confidence) / 2));
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

MeanInterval mean_interval(std::span<const double> values, double confidence) {
  MeanInterval interval;
  interval.mean = mean_of(values);
  const auto n = static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - interval.mean) * (value - interval.mean);
  interval.half_width = values.size() < 2 ? std::numeric_limits<double>::quiet_NaN()
                                          : student_t(values.size() - 1, confidence) *
                                                std::sqrt(squares / (n - 1) / n);
  // Equal values that differ in their last bits are equal.
  if (interval.half_width < kRounding * std::abs(interval.mean)) interval.half_width = 0;
  return interval;
}

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b,
                                   double confidence) {
  require(a.size() == b.size() && !a.empty(), "paired_difference needs pairs");
  std::vector<double> differences(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) differences[i] = b[i] - a[i];
  const MeanInterval interval = mean_interval(differences, confidence);
  return {interval.mean, interval.half_width};
}

}  // namespace pigou
