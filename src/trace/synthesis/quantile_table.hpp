// A distribution as a short table of quantiles, drawn from by interpolation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pigou {

/// Quantiles at rising shares from 0 to 1, straight lines in between: the inverse of a
/// distribution function. An empty table stands for "always 0".
class QuantileTable {
 public:
  QuantileTable() = default;
  /// Throws UserError, opened by `what`, unless shares rise strictly from 0 to 1, values do not
  /// fall and are finite, and there are as many of both.
  QuantileTable(std::vector<double> shares, std::vector<double> values, const std::string& what);
  /// The table of a sample: percentiles and a few more in both tails. Between any two of them
  /// lie 8 values or more, so a table of a large sample is far shorter than the sample; the ends
  /// are its least and largest value.
  static QuantileTable of(std::vector<double> sample);

  bool empty() const { return values_.empty(); }
  /// The value below which the share `u` in [0, 1] lies.
  double at(double u) const;
  /// The share below `value`; in the middle of the share of a value held by many.
  double share_of(double value) const;
  double mean() const;
  double max() const { return values_.empty() ? 0 : values_.back(); }

  const std::vector<double>& shares() const { return shares_; }
  const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> shares_;
  std::vector<double> values_;
};

/// Reads `tokens,count` lines (a header is skipped) as a histogram: every length as often as it
/// counts. Throws UserError naming the line.
QuantileTable read_histogram(const std::string& path);

/// Distribution function of the standard normal law, and its inverse (within 8 of 0).
double normal_share(double z);
double normal_quantile(double share);

/// Spearman's rank correlation, ties at their middle rank; 0 for fewer than 3 pairs or where one
/// side is constant.
double rank_correlation(const std::vector<double>& x, const std::vector<double>& y);
/// The correlation of a Gaussian copula with this rank correlation.
double copula_correlation(double rank_correlation);

}  // namespace pigou
