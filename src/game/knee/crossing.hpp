// Where along the load a figure passes a level, and what that makes of a load.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace pigou {

/// A figure measured at a load.
struct AtLoad {
  double load = 0;
  double value = 0;  ///< NaN: it has none there, which counts as past any level
};

/// How a figure goes between two loads: growth of a backlog in equal steps, cost in equal factors.
enum class Between : std::uint8_t { kLinear, kGeometric };

/// The load at which the figure first passes `level`, interpolated between the last load before the
/// first one above it and that one; `points` by load. None where the first is above it or none is.
/// Where the first above it has no value, the last load before.
std::optional<double> first_crossing(std::span<const AtLoad> points, double level, Between between);

/// The figure at `load`, between the loads beside it in equal factors; none outside them, or where
/// one of them has none.
std::optional<double> value_at(std::span<const AtLoad> points, double load);

/// The onset is the load at which cost is this many times that of the lowest load.
inline constexpr double kOnsetFactor = 2;

enum class LoadRegime : std::uint8_t { kBelowOnset, kBetween, kPastLimit };

/// "below onset", "between", "past the limit".
const char* regime_name(LoadRegime regime);

/// Of a load; what was not found is beyond all loads.
LoadRegime regime_at(double load, std::optional<double> onset, std::optional<double> limit);

}  // namespace pigou
