#include "game/knee/crossing.hpp"

#include <algorithm>
#include <cmath>

namespace pigou {

std::optional<double> first_crossing(std::span<const AtLoad> points, double level,
                                     Between between) {
  const auto above =
      std::ranges::find_if(points, [level](const AtLoad& p) { return !(p.value <= level); });
  if (above == points.begin() || above == points.end()) return std::nullopt;
  const AtLoad& below = *(above - 1);
  if (std::isnan(above->value)) return below.load;
  if (between == Between::kLinear || !(below.value > 0)) {
    const double share = (level - below.value) / (above->value - below.value);
    return below.load + share * (above->load - below.load);
  }
  const double share = std::log(level / below.value) / std::log(above->value / below.value);
  return below.load * std::pow(above->load / below.load, share);
}

std::optional<double> value_at(std::span<const AtLoad> points, double load) {
  const auto above =
      std::ranges::find_if(points, [load](const AtLoad& p) { return p.load >= load; });
  if (above == points.end()) return std::nullopt;
  if (above->load == load) return above->value;
  if (above == points.begin()) return std::nullopt;
  const AtLoad& below = *(above - 1);
  const double share = std::log(load / below.load) / std::log(above->load / below.load);
  const double value = below.value * std::pow(above->value / below.value, share);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

const char* regime_name(LoadRegime regime) {
  return regime == LoadRegime::kBelowOnset ? "below onset"
         : regime == LoadRegime::kBetween  ? "between"
                                           : "past the limit";
}

LoadRegime regime_at(double load, std::optional<double> onset, std::optional<double> limit) {
  if (limit && load > *limit) return LoadRegime::kPastLimit;
  return onset && load > *onset ? LoadRegime::kBetween : LoadRegime::kBelowOnset;
}

}  // namespace pigou
