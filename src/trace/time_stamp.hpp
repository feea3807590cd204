// Exact wall-clock or trace times, before they are measured from the start of the trace.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace pigou {

enum class TimeUnit { kSecond, kMillisecond, kMicrosecond, kNanosecond };

/// The unit named "s", "ms", "us" or "ns"; false for anything else.
bool parse_time_unit(std::string_view name, TimeUnit& unit);

/// A time far from zero, as epoch times are: whole seconds and the picoseconds within one.
struct TimeStamp {
  std::int64_t seconds = 0;
  std::int64_t ps = 0;  ///< 0 <= ps < kPsPerSecond

  auto operator<=>(const TimeStamp&) const = default;
  /// Moves it by a count of seconds, 0 or more, rounded to the picosecond.
  void add_seconds(double count);
};

/// Largest magnitude a time stamp may have, in seconds: the year 5138.
inline constexpr std::int64_t kMaxStampSeconds = 100'000'000'000;

/// Each returns false when the value is not a time below kMaxStampSeconds.
bool stamp_from_integer(std::int64_t value, TimeUnit unit, TimeStamp& stamp);
bool stamp_from_real(double value, TimeUnit unit, TimeStamp& stamp);
/// Decimal text such as "1700000000.123456789", exact to the picosecond.
bool stamp_from_text(std::string_view text, TimeUnit unit, TimeStamp& stamp);
/// "2023-11-16 18:15:46.6805900" or with a 'T', up to 12 decimals, then nothing, 'Z' or a zone:
/// "+02:00", "+0200", "-07". The stamp is UTC; text without a zone is taken as UTC.
bool stamp_from_calendar(std::string_view text, TimeStamp& stamp);

/// "2023-11-16 18:15:46.68059": UTC, with the decimals it needs.
std::string calendar_text(const TimeStamp& stamp);

/// a - b; false when it lies outside +-kLongest.
bool stamp_difference(const TimeStamp& a, const TimeStamp& b, SimTime& difference);

}  // namespace pigou
