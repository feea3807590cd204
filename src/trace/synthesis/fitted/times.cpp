#include "trace/synthesis/fitted/times.hpp"

#include <algorithm>
#include <cmath>

#include "trace/statistics/overview.hpp"
#include "trace/synthesis/arrival_process.hpp"

namespace pigou {
namespace {

constexpr double kCellS = 10;  // as long as the windows whose dispersion is fitted
constexpr double kSmoothest = -1.95;
constexpr double kRoughest = 3;
constexpr int kMostTries = 16;
constexpr double kCloseEnough = 0.002;

class FittedArrivals {
 public:
  FittedArrivals(const FittedModel& model, std::uint64_t requests, std::uint64_t seed)
      : model_(model), times_(requests), gaps_(requests) {
    const RandomStream draws(seed, "like.arrivals"), cells(seed, "like.cells");
    exponential_.reserve(requests);
    for (std::uint64_t row = 0; row < requests; ++row)
      exponential_.push_back(draws.exponential(row));
    lay_out(static_cast<double>(requests));
    if (stretches_.empty()) return;
    cells_.reserve(stretches_.back().cell + 1);
    for (std::uint32_t cell = 0; cell <= stretches_.back().cell; ++cell)
      cells_.push_back(cells.normal(cell));
  }

  std::vector<SimTime> draw() {
    if (stretches_.empty()) return std::move(times_);
    make(0);
    const double wanted = model_.figures.dispersion_10s;
    if (wanted > 0) roughen(wanted);
    return std::move(times_);
  }

 private:
  /// A time in which the rate is even: within one step of the series and one cell.
  struct Stretch {
    double start_s;
    double length_s;
    double rate;
    std::uint32_t cell;
  };

  void lay_out(double requests) {
    double round = 0;
    for (const double rate : model_.rates) round += rate * model_.rate_step_s;
    if (!(round > 0)) return;
    mean_rate_ = round / (model_.rate_step_s * static_cast<double>(model_.rates.size()));
    double time_s = 0, work = 0;
    for (std::uint64_t step = 0; work < requests * (1 - 1e-12); ++step) {
      const double rate = model_.rates[step % model_.rates.size()];
      const double end_s = static_cast<double>(step + 1) * model_.rate_step_s;
      while (time_s < end_s && work < requests * (1 - 1e-12)) {
        const auto cell = static_cast<std::uint32_t>(time_s / kCellS + 1e-9);
        const double until = std::min(end_s, (cell + 1) * kCellS);
        double length = until - time_s;
        if (rate > 0) length = std::min(length, (requests - work) / rate);
        stretches_.push_back({time_s, length, rate, cell});
        work += rate * length;
        time_s = until;
      }
    }
  }

  double dispersion() const { return count_windows(times_, 10).variance_over_mean; }

  void roughen(double wanted) {
    double low = kSmoothest, high = kRoughest, roughness = 0;
    for (int attempt = 0; attempt < kMostTries; ++attempt) {
      const double found = dispersion();
      if (std::abs(found / wanted - 1) < kCloseEnough) return;
      (found < wanted ? low : high) = roughness;
      // The first draw is near as a rule, so look near it first.
      roughness = attempt == 0 ? (found < wanted ? 0.3 : -0.3) : (low + high) / 2;
      make(roughness);
    }
  }

  /// Above 0, roughness is the log standard deviation of the cells' rates. Below, the rates swing
  /// less, not at all at -1, from where on gaps become more even than fitted.
  void make(double roughness) {
    const double cv = std::max(0.05, model_.gap_cv * std::min(roughness + 2, 1.0));
    const double power = 1 / GapSampler(GapFamily::kWeibull, cv).shape();
    double sum = 0;
    for (std::size_t row = 0; row < gaps_.size(); ++row) {
      gaps_[row] = cv == 1 ? exponential_[row] : std::pow(exponential_[row], power);
      sum += gaps_[row];
    }
    const double sigma = std::max(roughness, 0.0);
    const double swing = std::clamp(1 + roughness, 0.0, 1.0);
    const auto rate_of = [&](const Stretch& stretch) {
      const double rate = mean_rate_ + swing * (stretch.rate - mean_rate_);
      return rate * std::exp(sigma * cells_[stretch.cell] - sigma * sigma / 2);
    };
    double capacity = 0;
    for (const Stretch& stretch : stretches_) capacity += rate_of(stretch) * stretch.length_s;
    const double scale = sum > 0 ? capacity / sum : 0;
    double work = 0, before = 0;
    std::size_t at = 0;
    double rate = rate_of(stretches_[0]);
    for (std::size_t row = 0; row < gaps_.size(); ++row) {
      // Half of the first gap lies before the first arrival, half of it behind the last.
      work += gaps_[row];
      const double middle = (work - gaps_[0] / 2) * scale;
      while (at + 1 < stretches_.size() && middle > before + rate * stretches_[at].length_s) {
        before += rate * stretches_[at].length_s;
        rate = rate_of(stretches_[++at]);
      }
      const double into = rate > 0 ? (middle - before) / rate : 0;
      double seconds = stretches_[at].start_s + std::min(into, stretches_[at].length_s);
      if (model_.grid_s > 0) seconds = std::floor(seconds / model_.grid_s) * model_.grid_s;
      times_[row] = from_seconds(seconds, "the last arrival");
    }
    const SimTime first = times_.front();
    for (SimTime& time : times_) time = time - first;
  }

  const FittedModel& model_;
  std::vector<SimTime> times_;
  std::vector<double> gaps_;
  std::vector<double> exponential_;
  std::vector<Stretch> stretches_;
  std::vector<double> cells_;  ///< standard normal, by cell
  double mean_rate_ = 0;       ///< per second
};

}  // namespace

std::vector<SimTime> fitted_arrivals(const FittedModel& model, std::uint64_t requests,
                                     std::uint64_t seed) {
  return FittedArrivals(model, requests, seed).draw();
}

}  // namespace pigou
