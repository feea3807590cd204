// Simulated time: a strong 64-bit count of picoseconds (106 days).
#pragma once

#include <compare>
#include <cstdint>

namespace pigou {

/// 128-bit sums of picoseconds: a GCC and Clang extension, named once.
__extension__ typedef __int128 Int128;

/// A point in simulated time or a duration, in picoseconds. Integer, so sums are exact and reruns
/// are byte-identical; `double` seconds exist only at the reporting edge.
struct SimTime {
  std::int64_t ps = 0;

  constexpr auto operator<=>(const SimTime&) const = default;
  constexpr SimTime& operator+=(SimTime other) { return *this = *this + other; }
  /// Unchecked: callers add bounded durations. `checked_add` is for user-supplied spans.
  friend constexpr SimTime operator+(SimTime a, SimTime b) { return {a.ps + b.ps}; }
  friend constexpr SimTime operator-(SimTime a, SimTime b) { return {a.ps - b.ps}; }
  friend constexpr SimTime operator*(SimTime a, std::int64_t k) { return {a.ps * k}; }
};

inline constexpr std::int64_t kPsPerSecond = 1'000'000'000'000;
inline constexpr std::int64_t kPsPerMillisecond = 1'000'000'000;
inline constexpr std::int64_t kPsPerMicrosecond = 1'000'000;
/// Later than every event: the key of a source with nothing pending.
inline constexpr SimTime kNever{INT64_MAX};
/// The largest span a scenario may name: 2^62 ps (53 days), so that any sum of two still fits.
inline constexpr SimTime kLongest{std::int64_t{1} << 62};

constexpr double to_seconds(SimTime t) { return static_cast<double>(t.ps) / 1e12; }

/// Seconds to picoseconds, rounded to nearest. Throws UserError when the value is not finite or
/// lies outside +-2^62 ps; `what` names the value in the message.
SimTime from_seconds(double seconds, const char* what);
/// Sum that throws UserError on overflow past `kLongest`.
SimTime checked_add(SimTime a, SimTime b, const char* what);

}  // namespace pigou
