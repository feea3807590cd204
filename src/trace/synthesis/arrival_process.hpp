// When things arrive: renewal processes of given mean and coefficient of variation, and rates that
// change with time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/random_stream.hpp"

namespace pigou {

/// The law of the gaps of a renewal process.
enum class GapFamily : std::uint8_t { kExponential, kGamma, kWeibull, kConstant };

/// Gaps of mean 1, each drawn by its own counter. Divide by the rate to get seconds.
class GapSampler {
 public:
  GapSampler() = default;
  /// Gaps whose standard deviation is `cv` times their mean; exponential and constant gaps have
  /// none to choose and ignore it. Throws UserError unless 0.05 <= cv <= 50.
  GapSampler(GapFamily family, double cv);
  /// Gamma or Weibull gaps by their shape parameter, as recorded fits give it; its scale follows
  /// from the mean of 1. Throws UserError unless 0.05 <= shape <= 1000.
  static GapSampler of_shape(GapFamily family, double shape);

  double draw(const RandomStream& draws, std::uint64_t entity) const;
  /// Shape of a gamma or Weibull gap, else 1.
  double shape() const { return shape_; }

 private:
  GapFamily family_ = GapFamily::kExponential;
  double shape_ = 1;
  double scale_ = 1;
};

/// A step of a rate that changes with time: `rate` arrivals per second from `start_s` on.
struct RateStep {
  double start_s;
  double rate;
};

/// How a stream of arrivals runs in time.
struct ArrivalModel {
  /// poisson | gamma | weibull | constant | together | on-off | series | diurnal.
  std::string family = "poisson";
  double rate = 1;    ///< mean arrivals per second; for `series` a factor on the recorded rates
  double cv = 1;      ///< of the gaps: gamma, weibull; of the other changing rates see `gaps`
  double on_s = 10;   ///< on-off: mean length of a busy spell, exponential
  double off_s = 10;  ///< on-off: mean length of a silent spell
  double period_s = 86400;       ///< diurnal: length of a day
  double amplitude = 0.5;        ///< diurnal: rate * (1 + amplitude * sin(2 pi t / period_s))
  std::vector<RateStep> series;  ///< series: steps by time from 0 on; the last lasts like the one
                                 ///< before it, then the series starts again
};

/// Names of the families, for help and errors.
const std::vector<std::string>& arrival_families();

/// Throws UserError where the model does not fit; `section` opens the message ("synth.").
void check_arrivals(const ArrivalModel& model, const std::string& section);

/// The arrivals of a model one after another, in seconds from 0, non-decreasing. A changing rate
/// stretches a renewal process of rate 1 in time, so that exponential gaps give the Poisson process
/// of that rate; `cv` other than 1 makes the stretched process gamma.
class ArrivalStream {
 public:
  /// `name` names the random stream; the gap before arrival n is its draw n, arrival 0 comes at 0
  /// where the rate is steady.
  ArrivalStream(const ArrivalModel& model, std::uint64_t seed, std::string_view name);
  double next_s();

 private:
  double next_on_off();
  double next_step();
  double next_of_day();
  void begin_spell();

  ArrivalModel model_;
  GapSampler gaps_;
  RandomStream draws_;
  RandomStream spells_;
  std::uint64_t count_ = 0;
  double time_s_ = 0;
  double work_ = 0;  ///< sum of gaps of mean 1: the integral of the rate up to the next arrival
  /// The spell or step that is going on: its number, start, length and the work before it.
  std::size_t step_ = 0;
  double step_s_ = 0;
  double step_length_s_ = 0;
  double step_work_ = 0;
  bool on_ = false;
  double cycle_s_ = 0;     ///< series: length of one round
  double cycle_work_ = 0;  ///< series: arrivals expected in one round
};

/// Reads a rate series: CSV lines `time_s,rate`, an optional header, times rising from 0 or more.
/// Throws UserError naming the line.
std::vector<RateStep> read_rate_series(const std::string& path);

}  // namespace pigou
