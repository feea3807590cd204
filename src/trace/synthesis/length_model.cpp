#include "trace/synthesis/length_model.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

std::vector<std::string_view> split_colons(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace

bool parse_length(const std::string& text, LengthModel& model) {
  LengthModel parsed;
  constexpr std::string_view kHistogram = "histogram:";
  if (text.starts_with(kHistogram) && text.size() > kHistogram.size()) {
    parsed.histogram =
        std::make_shared<QuantileTable>(read_histogram(text.substr(kHistogram.size())));
    parsed.mean = parsed.histogram->mean();
    parsed.min = 0;
    model = parsed;
    return true;
  }
  const auto parts = split_colons(text);
  bool good = false;
  if (parts.size() == 1) {
    std::uint32_t length = 0;
    good = parse_number(parts[0], length);
    parsed.mean = length;
    parsed.min = 0;
  } else if (parts[0] == "lognormal" && (parts.size() == 3 || parts.size() == 5)) {
    parsed.lognormal = true;
    good = parse_number(parts[1], parsed.mean) && parse_number(parts[2], parsed.sigma);
    if (parts.size() == 5)
      good = good && parse_number(parts[3], parsed.min) && parse_number(parts[4], parsed.max);
  }
  if (good) model = parsed;
  return good;
}

void check_length(const std::string& key, const LengthModel& model) {
  if (!(model.mean >= 0) || model.mean > kMaxTokens || !(model.sigma >= 0) || model.sigma > 10 ||
      model.min > model.max || (model.lognormal && !(model.mean > 0)))
    throw UserError(key + " does not fit",
                    "it is a whole number, a histogram, or log-normal with mean, sigma and bounds",
                    "use e.g. 2048 or lognormal:1000:0.8:16:8192");
}

LengthDraws::LengthDraws(const LengthModel& model, std::uint64_t seed, std::string_view name)
    : model_(model), draws_(seed, name) {
  if (model.lognormal) mu_ = std::log(model.mean) - model.sigma * model.sigma / 2;
}

std::uint32_t LengthDraws::draw(std::uint64_t entity) const {
  return model_.fixed() ? clamp(model_.mean) : length(draws_.normal(entity));
}

std::uint32_t LengthDraws::draw(std::uint64_t entity, double rho, double z) const {
  if (model_.fixed()) return clamp(model_.mean);
  return length(rho * z + std::sqrt(1 - rho * rho) * draws_.normal(entity));
}

std::uint32_t LengthDraws::length(double z) const {
  if (model_.histogram != nullptr) return clamp(model_.histogram->at(normal_share(z)));
  return clamp(std::exp(mu_ + model_.sigma * z));
}

std::uint32_t LengthDraws::clamp(double value) const {
  return static_cast<std::uint32_t>(std::clamp(
      std::nearbyint(value), static_cast<double>(model_.min), static_cast<double>(model_.max)));
}

}  // namespace pigou
