#include "experiment/paired.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.hpp"

namespace pigou {

double student_t95(std::size_t degrees) {
  static constexpr std::array<double, 30> kTable = {
      12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
      2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
      2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (degrees == 0) return std::numeric_limits<double>::quiet_NaN();
  if (degrees <= kTable.size()) return kTable[degrees - 1];
  // Cornish-Fisher's first terms; off by less than 0.001 from 30 on.
  const double z = 1.959964;
  const auto n = static_cast<double>(degrees);
  return z + (z * z * z + z) / (4 * n);
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

PairedDifference paired_difference(std::span<const double> a, std::span<const double> b) {
  require(a.size() == b.size() && !a.empty(), "paired_difference needs pairs");
  const auto n = static_cast<double>(a.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += b[i] - a[i];
  PairedDifference difference;
  difference.mean = sum / n;
  double squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double off = b[i] - a[i] - difference.mean;
    squares += off * off;
  }
  difference.half_width = student_t95(a.size() - 1) * std::sqrt(squares / (n - 1) / n);
  return difference;
}

}  // namespace pigou
