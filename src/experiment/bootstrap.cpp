#include "experiment/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/random.hpp"
#include "experiment/paired.hpp"

namespace pigou {
namespace {

constexpr std::size_t kMostCells = 20'000;

/// Consecutive entries averaged so that at most kMostCells are left; an incomplete last cell is
/// dropped.
std::vector<double> in_cells(std::span<const double> series, std::size_t& per_cell) {
  per_cell = (series.size() + kMostCells - 1) / kMostCells;
  if (per_cell <= 1) return {series.begin(), series.end()};
  std::vector<double> cells;
  for (std::size_t first = 0; first + per_cell <= series.size(); first += per_cell)
    cells.push_back(mean_of(series.subspan(first, per_cell)));
  return cells;
}

/// Autocovariances at lags 0..most.
std::vector<double> autocovariances(std::span<const double> series, std::size_t most) {
  const double mean = mean_of(series);
  const auto n = static_cast<double>(series.size());
  std::vector<double> covariance(most + 1, 0);
  for (std::size_t lag = 0; lag <= most; ++lag) {
    double sum = 0;
    for (std::size_t i = lag; i < series.size(); ++i)
      sum += (series[i] - mean) * (series[i - lag] - mean);
    covariance[lag] = sum / n;
  }
  return covariance;
}

/// Flat-top window of the spectral estimates.
double window(double t) { return t <= 0.5 ? 1 : t <= 1 ? 2 * (1 - t) : 0; }

/// Lag from which on the correlations of `run` lags in a row are insignificant.
std::size_t last_significant_lag(const std::vector<double>& covariance, double bound,
                                 std::size_t run) {
  std::size_t quiet = 0;
  for (std::size_t lag = 1; lag < covariance.size(); ++lag) {
    quiet = std::abs(covariance[lag] / covariance[0]) < bound ? quiet + 1 : 0;
    if (quiet == run) return lag - run;
  }
  return covariance.size() - 1;
}

}  // namespace

std::uint64_t block_length(std::span<const double> series) {
  const std::size_t size = series.size();
  if (size < 20) return 1;
  const auto n = static_cast<double>(size);
  const double log_n = std::log10(n);
  const auto run = static_cast<std::size_t>(std::max(5.0, std::ceil(std::sqrt(log_n))));
  const std::size_t most =
      std::min(size - 1, static_cast<std::size_t>(std::ceil(std::sqrt(n))) + run);
  const auto covariance = autocovariances(series, most);
  if (!(covariance[0] > 0)) return 1;
  const std::size_t lag = last_significant_lag(covariance, 2 * std::sqrt(log_n / n), run);
  const std::size_t width = std::min(most, std::max<std::size_t>(1, 2 * lag));
  double spectrum = covariance[0], slope = 0;
  for (std::size_t k = 1; k <= width; ++k) {
    const double weight = window(static_cast<double>(k) / static_cast<double>(width));
    spectrum += 2 * weight * covariance[k];
    slope += 2 * weight * static_cast<double>(k) * covariance[k];
  }
  const double variance = 4.0 / 3.0 * spectrum * spectrum;
  const double longest = std::max(1.0, std::floor(n / 10));
  if (!(variance > 0)) return static_cast<std::uint64_t>(longest);
  const double length = std::cbrt(2 * slope * slope / variance) * std::cbrt(n);
  return static_cast<std::uint64_t>(std::clamp(std::ceil(length), 1.0, longest));
}

BlockInterval block_interval(std::span<const double> series, double confidence, std::uint64_t seed,
                             std::uint32_t resamples) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  if (series.empty()) return {kNaN, kNaN, kNaN, 0};
  std::size_t per_cell = 1;
  const std::vector<double> cells = in_cells(series, per_cell);
  const std::uint64_t block = block_length(cells);
  const std::size_t starts = cells.size() - block + 1;
  std::vector<double> sums = {0};
  for (const double value : cells) sums.push_back(sums.back() + value);
  const std::size_t blocks = (cells.size() + block - 1) / block;
  const RandomStream draws(seed, "bootstrap");
  std::vector<double> means(resamples);
  for (std::uint32_t r = 0; r < resamples; ++r) {
    double sum = 0;
    for (std::uint32_t b = 0; b < blocks; ++b) {
      const auto start = draws.below(static_cast<std::uint32_t>(starts), r, b);
      sum += sums[start + block] - sums[start];
    }
    means[r] = sum / static_cast<double>(blocks * block);
  }
  std::ranges::sort(means);
  // Blocks reach the ends of the series less often: the resamples' mean is a little off its mean.
  BlockInterval interval;
  interval.mean = mean_of(series);
  const double shift = interval.mean - mean_of(means);
  const auto rank = [&](double q) {
    const double place = std::clamp(std::ceil(q * resamples), 1.0, double{1} * resamples);
    return means[static_cast<std::size_t>(place) - 1] + shift;
  };
  interval.low = rank((1 - confidence) / 2);
  interval.high = rank((1 + confidence) / 2);
  interval.block = block * per_cell;
  return interval;
}

}  // namespace pigou
