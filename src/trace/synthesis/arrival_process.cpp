#include "trace/synthesis/arrival_process.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.hpp"

namespace pigou {
namespace {

constexpr double kLeastCv = 0.05;
constexpr double kMostCv = 50;
constexpr double kLeastShape = 0.05;
constexpr double kMostShape = 1000;

/// Marsaglia and Tsang's rejection (ACM TOMS 26, 2000), of scale 1. Attempt i takes draws 4i to
/// 4i+2 of the entity, so that one entity's attempts never move another's.
double draw_gamma(double shape, const RandomStream& draws, std::uint64_t entity) {
  const double raised = shape < 1 ? shape + 1 : shape;
  const double d = raised - 1.0 / 3.0;
  const double c = 1 / std::sqrt(9 * d);
  for (std::uint32_t attempt = 0;; ++attempt) {
    const double x = draws.normal(entity, 2 * attempt);
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    const double u = 1 - draws.uniform(entity, 4 * attempt + 2);
    if (std::log(u) >= 0.5 * x * x + d - d * v + d * std::log(v)) continue;
    // A gamma of a shape below 1 is one of shape + 1 times a power of a uniform draw.
    return shape < 1 ? d * v * std::pow(1 - draws.uniform(entity, 3), 1 / shape) : d * v;
  }
}

double weibull_cv(double shape) {
  const double first = std::tgamma(1 + 1 / shape);
  return std::sqrt(std::max(std::tgamma(1 + 2 / shape) / (first * first) - 1, 0.0));
}

/// The cv falls as the shape rises.
double weibull_shape(double cv) {
  double low = 0.1;  // cv 429
  double high = 100;
  for (int step = 0; step < 100; ++step) {
    const double middle = std::sqrt(low * high);
    (weibull_cv(middle) > cv ? low : high) = middle;
  }
  return std::sqrt(low * high);
}

GapFamily gap_family(const ArrivalModel& model) {
  if (model.family == "gamma") return GapFamily::kGamma;
  if (model.family == "weibull") return GapFamily::kWeibull;
  return model.cv == 1 ? GapFamily::kExponential : GapFamily::kGamma;
}

bool changes(const ArrivalModel& model) {
  return model.family == "on-off" || model.family == "series" || model.family == "diurnal";
}

double step_length(const std::vector<RateStep>& series, std::size_t step) {
  if (series.size() == 1) return 1;
  if (step + 1 == series.size()) --step;
  return series[step + 1].start_s - series[step].start_s;
}

}  // namespace

GapSampler::GapSampler(GapFamily family, double cv) : family_(family) {
  if (family == GapFamily::kExponential || family == GapFamily::kConstant) return;
  if (!(cv >= kLeastCv && cv <= kMostCv))
    throw UserError("gaps of cv " + std::to_string(cv) + " cannot be drawn",
                    "it is their standard deviation over their mean", "use 0.05 to 50");
  const double shape = family == GapFamily::kGamma ? 1 / (cv * cv) : weibull_shape(cv);
  shape_ = shape;
  scale_ = family == GapFamily::kGamma ? 1 / shape : 1 / std::tgamma(1 + 1 / shape);
}

GapSampler GapSampler::of_shape(GapFamily family, double shape) {
  if (!(shape >= kLeastShape && shape <= kMostShape))
    throw UserError("gaps of shape " + std::to_string(shape) + " cannot be drawn",
                    "it is the shape of a gamma or Weibull law", "use 0.05 to 1000");
  GapSampler sampler;
  sampler.family_ = family;
  sampler.shape_ = shape;
  sampler.scale_ = family == GapFamily::kGamma ? 1 / shape : 1 / std::tgamma(1 + 1 / shape);
  return sampler;
}

double GapSampler::draw(const RandomStream& draws, std::uint64_t entity) const {
  switch (family_) {
    case GapFamily::kExponential:
      return draws.exponential(entity);
    case GapFamily::kGamma:
      return scale_ * draw_gamma(shape_, draws, entity);
    case GapFamily::kWeibull:
      return scale_ * std::pow(draws.exponential(entity), 1 / shape_);
    case GapFamily::kConstant:
      break;
  }
  return 1;
}

const std::vector<std::string>& arrival_families() {
  static const std::vector<std::string> names = {"poisson", "constant", "together", "gamma",
                                                 "weibull", "on-off",   "series",   "diurnal"};
  return names;
}

void check_arrivals(const ArrivalModel& model, const std::string& section) {
  const auto reject = [&section](const char* key, const std::string& why, const std::string& hint) {
    throw UserError(section + key + " does not fit", why, hint);
  };
  const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
  const auto& names = arrival_families();
  if (std::find(names.begin(), names.end(), model.family) == names.end())
    reject("arrivals", "unknown word '" + model.family + "'", suggest_name(model.family, names));
  if (!positive(model.rate)) reject("rate", "it is arrivals per second", "use a number above 0");
  if (!(model.cv >= kLeastCv && model.cv <= kMostCv))
    reject("cv", "it is the gaps' standard deviation over their mean", "use 0.05 to 50");
  if (model.family == "on-off" && (!positive(model.on_s) || !positive(model.off_s)))
    reject("on_s", "on_s and off_s are mean lengths of spells", "use seconds above 0");
  if (model.family == "diurnal" && !positive(model.period_s))
    reject("period_s", "it is the length of a day", "use seconds above 0");
  if (model.family == "diurnal" && !(model.amplitude >= 0 && model.amplitude <= 1))
    reject("amplitude", "the rate swings by this share of its mean", "use 0 to 1");
  if (model.family != "series") return;
  double most = 0;
  for (std::size_t step = 0; step < model.series.size(); ++step) {
    most = std::max(most, model.series[step].rate);
    if (!(model.series[step].rate >= 0) || !std::isfinite(model.series[step].rate) ||
        (step > 0 && !(model.series[step].start_s > model.series[step - 1].start_s)))
      reject("rate_file", "times rise and rates are 0 or more", "correct the series");
  }
  if (!(most > 0)) reject("rate_file", "no rate of the series is above 0", "name another file");
}

ArrivalStream::ArrivalStream(const ArrivalModel& model, std::uint64_t seed, std::string_view name)
    : model_(model),
      gaps_(gap_family(model), model.cv),
      draws_(seed, name),
      spells_(seed, std::string(name) + ".spells") {
  if (model.family == "poisson") gaps_ = {};
  for (std::size_t step = 0; step < model.series.size(); ++step) {
    const double length = step_length(model.series, step);
    cycle_s_ += length;
    cycle_work_ += length * model.series[step].rate * model.rate;
  }
  if (model.family == "series") step_length_s_ = step_length(model.series, 0);
  if (model.family != "on-off") return;
  // Exponential spells have no memory, so starting midway in one is starting a fresh one.
  on_ = spells_.uniform(0, 1) < model.on_s / (model.on_s + model.off_s);
  begin_spell();
}

double ArrivalStream::next_s() {
  const std::uint64_t arrival = count_++;
  if (model_.family == "together") return 0;
  if (model_.family == "constant") return static_cast<double>(arrival) / model_.rate;
  if (!changes(model_)) {
    if (arrival > 0) time_s_ += gaps_.draw(draws_, arrival) / model_.rate;
    return time_s_;
  }
  work_ += gaps_.draw(draws_, arrival);
  if (model_.family == "on-off") return next_on_off();
  return model_.family == "series" ? next_step() : next_of_day();
}

void ArrivalStream::begin_spell() {
  step_length_s_ = spells_.exponential(step_) * (on_ ? model_.on_s : model_.off_s);
}

double ArrivalStream::next_on_off() {
  const double busy = model_.rate * (model_.on_s + model_.off_s) / model_.on_s;
  while (true) {
    const double spell_work = on_ ? busy * step_length_s_ : 0;
    if (on_ && work_ <= step_work_ + spell_work) return step_s_ + (work_ - step_work_) / busy;
    step_work_ += spell_work;
    step_s_ += step_length_s_;
    on_ = !on_;
    ++step_;
    begin_spell();
  }
}

double ArrivalStream::next_step() {
  const double rounds = std::floor((work_ - step_work_) / cycle_work_);
  step_work_ += rounds * cycle_work_;
  step_s_ += rounds * cycle_s_;
  while (true) {
    const double rate = model_.series[step_].rate * model_.rate;
    if (rate > 0 && work_ <= step_work_ + rate * step_length_s_)
      return step_s_ + (work_ - step_work_) / rate;
    step_work_ += rate * step_length_s_;
    step_s_ += step_length_s_;
    step_ = (step_ + 1) % model_.series.size();
    step_length_s_ = step_length(model_.series, step_);
  }
}

double ArrivalStream::next_of_day() {
  // The integral of the rate is rate * (t + a (1 - cos wt) / w): within 2a/w of a straight line.
  const double w = 2 * std::numbers::pi / model_.period_s;
  const double swing = model_.amplitude / w;
  const double target = work_ / model_.rate;
  double low = std::max(time_s_, target - 2 * swing);
  double high = std::max(target, low);
  double t = (low + high) / 2;
  for (int step = 0; step < 60; ++step) {
    const double excess = t + swing * (1 - std::cos(w * t)) - target;
    (excess < 0 ? low : high) = t;
    const double newton = t - excess / (1 + model_.amplitude * std::sin(w * t));
    const double next = newton > low && newton < high ? newton : (low + high) / 2;
    if (std::abs(next - t) <= 1e-12 * (1 + t)) break;
    t = next;
  }
  return time_s_ = std::max(time_s_, t);
}

}  // namespace pigou
