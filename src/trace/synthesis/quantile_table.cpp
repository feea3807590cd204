#include "trace/synthesis/quantile_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/error.hpp"
#include "io/csv_reader.hpp"
#include "io/text_file.hpp"

namespace pigou {
namespace {

/// The value at `share` of a sorted sample, between the two nearest ranks.
double sample_quantile(const std::vector<double>& sorted, double share) {
  const double rank = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (rank - static_cast<double>(below));
}

std::vector<double> candidate_shares() {
  std::vector<double> shares = {0.0005, 0.001, 0.002, 0.005, 0.995, 0.998, 0.999, 0.9995};
  for (int percent = 1; percent < 100; ++percent) shares.push_back(percent / 100.0);
  std::sort(shares.begin(), shares.end());
  return shares;
}

std::vector<double> middle_ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i)
      ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
    begin = end;
  }
  return ranks;
}

}  // namespace

QuantileTable::QuantileTable(std::vector<double> shares, std::vector<double> values,
                             const std::string& what)
    : shares_(std::move(shares)), values_(std::move(values)) {
  bool good = shares_.size() == values_.size() && (shares_.empty() || shares_.size() >= 2);
  if (good && !shares_.empty()) good = shares_.front() == 0 && shares_.back() == 1;
  for (std::size_t i = 0; good && i < shares_.size(); ++i) {
    good = std::isfinite(values_[i]);
    if (i > 0) good = good && shares_[i] > shares_[i - 1] && values_[i] >= values_[i - 1];
  }
  if (!good)
    throw UserError(what + " is no table of quantiles",
                    "shares rise from 0 to 1 and values do not fall", "correct the table");
}

QuantileTable QuantileTable::of(std::vector<double> sample) {
  QuantileTable table;
  if (sample.empty()) return table;
  std::sort(sample.begin(), sample.end());
  const double apart = 8 / static_cast<double>(sample.size());
  const auto add = [&](double share) {
    table.shares_.push_back(share);
    table.values_.push_back(sample_quantile(sample, share));
  };
  add(0);
  for (const double share : candidate_shares())
    if (share >= table.shares_.back() + apart && share <= 1 - apart) add(share);
  add(1);
  return table;
}

double QuantileTable::at(double u) const {
  if (values_.empty()) return 0;
  const auto above = static_cast<std::size_t>(std::upper_bound(shares_.begin(), shares_.end(), u) -
                                              shares_.begin());
  if (above == 0) return values_.front();
  if (above == shares_.size()) return values_.back();
  const double along = (u - shares_[above - 1]) / (shares_[above] - shares_[above - 1]);
  return values_[above - 1] + along * (values_[above] - values_[above - 1]);
}

double QuantileTable::share_of(double value) const {
  if (values_.empty()) return 0.5;
  const auto [low, high] = std::equal_range(values_.begin(), values_.end(), value);
  const auto first = static_cast<std::size_t>(low - values_.begin());
  const auto last = static_cast<std::size_t>(high - values_.begin());
  if (last > first) return (shares_[first] + shares_[last - 1]) / 2;
  if (first == 0) return 0;
  if (first == values_.size()) return 1;
  const double along = (value - values_[first - 1]) / (values_[first] - values_[first - 1]);
  return shares_[first - 1] + along * (shares_[first] - shares_[first - 1]);
}

double QuantileTable::mean() const {
  double sum = 0;
  for (std::size_t i = 1; i < values_.size(); ++i)
    sum += (shares_[i] - shares_[i - 1]) * (values_[i] + values_[i - 1]) / 2;
  return sum;
}

QuantileTable read_histogram(const std::string& path) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> bars;
  LineReader reader(path);
  for (std::string_view line; reader.next(line);) {
    std::array<std::string_view, 2> fields;
    std::uint64_t length = 0, count = 0;
    if (line.empty()) continue;
    const bool good = split_csv_plain(line, fields) == 2 && parse_whole(fields[0], length) &&
                      parse_whole(fields[1], count) && length <= 100'000'000 &&
                      count <= 1'000'000'000'000;
    if (!good && reader.line_number() == 1) continue;  // a header
    if (!good)
      throw UserError(
          "'" + path + "' line " + std::to_string(reader.line_number()) + " is no histogram bar",
          "lines are tokens,count in whole numbers", "correct the line");
    if (count > 0) bars.emplace_back(length, count);
  }
  if (bars.empty())
    throw UserError("'" + path + "' has no lengths", "lines are tokens,count", "name another file");
  std::sort(bars.begin(), bars.end());
  double total = 0, below = 0;
  for (const auto& [length, count] : bars) total += static_cast<double>(count);
  // Each bar is a level stretch. The steps between are as good as upright: a draw falls inside one
  // with a chance of 1e-6. Bars under 1e-9 of the whole are left out.
  std::vector<double> shares, values;
  for (const auto& [length, count] : bars) {
    const double bar = static_cast<double>(count) / total;
    if (bar < 1e-9) continue;
    const auto value = static_cast<double>(length);
    if (!values.empty() && values.back() == value) {
      shares.pop_back();
      values.pop_back();
    } else {
      shares.push_back(shares.empty() ? 0 : below + 1e-6 * bar);
      values.push_back(value);
    }
    below += bar;
    shares.push_back(below);
    values.push_back(value);
  }
  shares.back() = 1;
  return {std::move(shares), std::move(values), "'" + path + "'"};
}

double normal_share(double z) { return 0.5 * std::erfc(-z * std::numbers::sqrt2 / 2); }

double normal_quantile(double share) {
  double low = -8, high = 8, z = 0;
  for (int step = 0; step < 60; ++step) {
    const double excess = normal_share(z) - share;
    (excess < 0 ? low : high) = z;
    const double slope = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    const double newton = z - excess / slope;
    const double next = newton > low && newton < high ? newton : (low + high) / 2;
    if (std::abs(next - z) < 1e-9) return next;
    z = next;
  }
  return z;
}

double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
  if (x.size() < 3 || x.size() != y.size()) return 0;
  const auto a = middle_ranks(x), b = middle_ranks(y);
  const double middle = static_cast<double>(x.size() - 1) / 2;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - middle) * (b[i] - middle);
    aa += (a[i] - middle) * (a[i] - middle);
    bb += (b[i] - middle) * (b[i] - middle);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

double copula_correlation(double rank_correlation) {
  return 2 * std::sin(std::numbers::pi * rank_correlation / 6);
}

}  // namespace pigou
