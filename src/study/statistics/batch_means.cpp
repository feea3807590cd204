#include "study/statistics/batch_means.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>

#include "study/statistics/paired_differences.hpp"

namespace pigou {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostBlocks = 32, kLeastBlocks = 4, kLeastEntries = 4;
/// More dependence than this many standard deviations of von Neumann's ratio asks for longer
/// blocks. Four independent blocks in ten do too: they lose a little width, while a stricter test,
/// which cannot see much of so few blocks, would lose coverage (docs/statistics.md).
constexpr double kTraceOfDependence = 0.3;
constexpr std::size_t kWanderBlocks = 8;
constexpr double kWanders = 1.645;  ///< one independent series in twenty

/// Means of `blocks` blocks of equal length; what is left over is dropped at the beginning.
std::vector<double> block_values(std::span<const double> series, std::size_t blocks) {
  const std::size_t length = series.size() / blocks;
  const std::span<const double> kept = series.last(length * blocks);
  std::vector<double> means(blocks);
  for (std::size_t b = 0; b < blocks; ++b) means[b] = mean_of(kept.subspan(b * length, length));
  return means;
}

double squares_about_mean(std::span<const double> values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return squares;
}

/// How far neighbours are alike, in standard deviations of what independent values give (von
/// Neumann 1941); 0 of equal values.
double likeness_of_neighbours(std::span<const double> values) {
  const double squares = squares_about_mean(values);
  if (!(squares > 0)) return 0;
  double steps = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    steps += (values[i] - values[i - 1]) * (values[i] - values[i - 1]);
  const auto n = static_cast<double>(values.size());
  return (1 - steps / (2 * squares)) / std::sqrt((n - 2) / (n * n - 1));
}

/// Each two neighbours become one.
void double_blocks(std::vector<double>& means) {
  for (std::size_t b = 0; 2 * b < means.size(); ++b)
    means[b] = (means[2 * b] + means[2 * b + 1]) / 2;
  means.resize(means.size() / 2);
}

/// Blocks to begin with.
std::size_t first_blocks(std::size_t size) {
  if (size < kLeastBlocks) return size;
  std::size_t blocks = kLeastBlocks;
  while (blocks < kMostBlocks && 2 * blocks * kLeastEntries <= size) blocks *= 2;
  return blocks;
}

/// As many independent ones of the same spread would have the blocks' standard error. No more than
/// there are: blocks that happen to be alike make requests no surer.
double independent_requests(std::span<const double> values, const BatchMeans& batch) {
  const auto n = static_cast<double>(values.size());
  const double squared = batch.standard_error * batch.standard_error;
  if (!(squared > 0)) return std::numeric_limits<double>::infinity();
  return std::clamp(squares_about_mean(values) / n / squared, 1.0, n);
}

/// Whether fewer than three blocks in four know of requests that met and of ones that did not.
bool mostly_alike_within_blocks(std::span<const double> met) {
  const auto shares = block_values(met, first_blocks(met.size()));
  const auto knowing = std::ranges::count_if(shares, [](double s) { return s > 0 && s < 1; });
  return 4 * static_cast<std::size_t>(knowing) < 3 * shares.size();
}

AlongInterval no_interval(const BatchMeans& batch) {
  return {batch.mean, kNaN, kNaN, batch.block, batch.blocks};
}

double quantile_of_t(const BatchMeans& batch, double confidence) {
  return student_t(batch.degrees, confidence);
}

/// Clopper and Pearson's bounds of a share seen in `n` trials, which need not be a whole number.
void exact_bounds(double share, double n, double confidence, AlongInterval& interval) {
  const double tail = (1 - confidence) / 2;
  const double met = share * n, missed = n - met;
  interval.low = met > 0 ? boost::math::ibeta_inv(met, missed + 1, tail) : 0;
  interval.high = missed > 0 ? boost::math::ibeta_inv(met + 1, missed, 1 - tail) : 1;
}

}  // namespace

BatchMeans batch_means(std::span<const double> series) {
  BatchMeans batch;
  batch.mean = series.empty() ? kNaN : mean_of(series);
  batch.standard_error = kNaN;
  batch.blocks = first_blocks(series.size());
  if (series.size() < 2 || !std::isfinite(batch.mean)) return batch;
  std::vector<double> means = block_values(series, batch.blocks);
  const bool tested = means.size() > kLeastBlocks;
  while (means.size() > kLeastBlocks && likeness_of_neighbours(means) > kTraceOfDependence)
    double_blocks(means);
  batch.blocks = means.size();
  batch.block = series.size() / batch.blocks;
  // The last four may well depend on each other still, or they would not be the last.
  batch.degrees = batch.blocks - (tested && batch.blocks == kLeastBlocks ? 2 : 1);
  const auto n = static_cast<double>(batch.blocks);
  batch.standard_error = std::sqrt(squares_about_mean(means) / (n - 1) / n);
  return batch;
}

AlongInterval difference_along(std::span<const double> series, double confidence) {
  const BatchMeans batch = batch_means(series);
  AlongInterval interval = no_interval(batch);
  if (std::isnan(batch.standard_error)) return interval;
  const double half = quantile_of_t(batch, confidence) * batch.standard_error;
  interval.low = batch.mean - half;
  interval.high = batch.mean + half;
  return interval;
}

AlongInterval latency_along(std::span<const double> series, double confidence) {
  const BatchMeans batch = batch_means(series);
  AlongInterval interval = no_interval(batch);
  if (std::isnan(batch.standard_error)) return interval;
  interval.low = interval.high = batch.mean;
  if (!(batch.mean > 0)) return interval;
  const double half = quantile_of_t(batch, confidence) * batch.standard_error / batch.mean;
  interval.low = batch.mean * std::exp(-half);
  interval.high = batch.mean * std::exp(half);
  return interval;
}

AlongInterval share_along(std::span<const double> met, std::span<const double> latencies,
                          double confidence) {
  BatchMeans batch = batch_means(met);
  AlongInterval interval = no_interval(batch);
  if (std::isnan(batch.standard_error)) return interval;
  double independent = std::min(independent_requests(met, batch), static_cast<double>(met.size()));
  if (mostly_alike_within_blocks(met)) {
    const BatchMeans waiting = batch_means(latencies);
    const double waited = independent_requests(latencies, waiting);
    if (waited < independent) independent = waited, batch.degrees = waiting.degrees;
  }
  // The spread was itself estimated from few blocks: what t is wider than the normal.
  const double normal = boost::math::quantile(boost::math::normal(), (1 + confidence) / 2);
  const double wider = quantile_of_t(batch, confidence) / normal;
  exact_bounds(batch.mean, independent / (wider * wider), confidence, interval);
  return interval;
}

AlongInterval share_of(double share, std::uint64_t requests, double confidence) {
  AlongInterval interval{share, 0, 0, 1, requests};
  exact_bounds(share, static_cast<double>(requests), confidence, interval);
  return interval;
}

bool wanders(std::span<const double> series) {
  if (series.size() < kWanderBlocks * kLeastEntries) return false;
  return likeness_of_neighbours(block_values(series, kWanderBlocks)) > kWanders;
}

}  // namespace pigou
