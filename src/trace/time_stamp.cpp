#include "trace/time_stamp.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace pigou {
namespace {

std::int64_t units_per_second(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSecond:
      return 1;
    case TimeUnit::kMillisecond:
      return 1'000;
    case TimeUnit::kMicrosecond:
      return 1'000'000;
    case TimeUnit::kNanosecond:
      break;
  }
  return 1'000'000'000;
}

std::size_t decimals_to_a_picosecond(TimeUnit unit) {
  std::size_t digits = 12;
  for (std::int64_t scale = units_per_second(unit); scale > 1; scale /= 10) --digits;
  return digits;
}

bool all_digits(std::string_view text) {
  for (const char c : text)
    if (c < '0' || c > '9') return false;
  return true;
}

/// The first `digits` decimals of a fraction written without its point, as an integer.
std::int64_t decimals(std::string_view fraction, std::size_t digits) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < digits; ++i)
    value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return value;
}

bool digits_field(std::string_view text, std::size_t at, std::size_t count, int& value) {
  if (at > text.size()) return false;
  const std::string_view part = text.substr(at, count);
  if (part.size() != count || !all_digits(part)) return false;
  value = static_cast<int>(decimals(part, count));
  return true;
}

/// The shortest decimals that mean a double are what somebody wrote, if that had up to 15 digits:
/// read as such they are exact, where arithmetic in binary would be off by picoseconds. False when
/// they go beyond a picosecond and are somebody's arithmetic themselves.
bool stamp_from_shortest(double value, TimeUnit unit, TimeStamp& stamp) {
  char text[64];
  const auto [end, code] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
  if (code != std::errc{}) return false;
  const std::string_view shortest(text, static_cast<std::size_t>(end - text));
  const std::size_t point = shortest.find('.');
  const std::size_t written = point == std::string_view::npos ? 0 : shortest.size() - point - 1;
  return written <= decimals_to_a_picosecond(unit) && stamp_from_text(shortest, unit, stamp);
}

/// Cuts a zone off the end of a calendar text: 'Z', "+hh", "+hhmm" or "+hh:mm". `shift_s` is how
/// far its clocks run before UTC.
bool cut_zone(std::string_view& text, std::int64_t& shift_s) {
  shift_s = 0;
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
    return true;
  }
  const std::size_t sign = text.find_first_of("+-", std::min<std::size_t>(text.size(), 19));
  if (sign == std::string_view::npos) return true;
  const std::string_view zone = text.substr(sign + 1);
  const bool colon = zone.size() == 5 && zone[2] == ':';
  int hours = 0, minutes = 0;
  if (!digits_field(zone, 0, 2, hours) || hours > 23) return false;
  if (zone.size() != 2 &&
      ((zone.size() != 4 && !colon) || !digits_field(zone, colon ? 3 : 2, 2, minutes)))
    return false;
  if (minutes > 59) return false;
  shift_s = (text[sign] == '-' ? -60 : 60) * (hours * std::int64_t{60} + minutes);
  text = text.substr(0, sign);
  return true;
}

}  // namespace

void TimeStamp::add_seconds(double count) {
  const double whole = std::floor(count);
  seconds += static_cast<std::int64_t>(whole);
  ps += std::llround((count - whole) * 1e12);
  if (ps >= kPsPerSecond) {
    ps -= kPsPerSecond;
    ++seconds;
  }
}

bool parse_time_unit(std::string_view name, TimeUnit& unit) {
  if (name == "s")
    unit = TimeUnit::kSecond;
  else if (name == "ms")
    unit = TimeUnit::kMillisecond;
  else if (name == "us")
    unit = TimeUnit::kMicrosecond;
  else if (name == "ns")
    unit = TimeUnit::kNanosecond;
  else
    return false;
  return true;
}

bool stamp_from_integer(std::int64_t value, TimeUnit unit, TimeStamp& stamp) {
  const std::int64_t per_second = units_per_second(unit);
  std::int64_t seconds = value / per_second;
  std::int64_t rest = value % per_second;
  if (rest < 0) {
    rest += per_second;
    --seconds;
  }
  if (seconds > kMaxStampSeconds || seconds < -kMaxStampSeconds) return false;
  stamp = {seconds, rest * (kPsPerSecond / per_second)};
  return true;
}

bool stamp_from_real(double value, TimeUnit unit, TimeStamp& stamp) {
  const double seconds = value / static_cast<double>(units_per_second(unit));
  if (!(std::abs(seconds) < static_cast<double>(kMaxStampSeconds))) return false;
  // A sign, that of -0.0 too, is no digit: its text would come back here.
  if (!std::signbit(value) && value < 1e18 && stamp_from_shortest(value, unit, stamp)) return true;
  const double whole = std::floor(seconds);
  stamp.seconds = static_cast<std::int64_t>(whole);
  stamp.ps = std::llround((seconds - whole) * 1e12);
  if (stamp.ps >= kPsPerSecond) {
    stamp.ps -= kPsPerSecond;
    ++stamp.seconds;
  }
  return true;
}

bool stamp_from_text(std::string_view text, TimeUnit unit, TimeStamp& stamp) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const bool plain = !whole.empty() && all_digits(whole) && all_digits(fraction);
  std::int64_t value = 0;
  const char* const whole_end = whole.data() + whole.size();
  if (plain && std::from_chars(whole.data(), whole_end, value).ec == std::errc{}) {
    if (!stamp_from_integer(value, unit, stamp)) return false;
    stamp.ps += decimals(fraction, decimals_to_a_picosecond(unit));
    return true;
  }
  double real = 0;  // a sign or an exponent: rare, and exact enough
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), real);
  return code == std::errc{} && end == text.data() + text.size() &&
         stamp_from_real(real, unit, stamp);
}

bool stamp_from_calendar(std::string_view text, TimeStamp& stamp) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t shift_s = 0;
  if (!cut_zone(text, shift_s)) return false;
  const bool shaped = text.size() >= 19 && text[4] == '-' && text[7] == '-' &&
                      (text[10] == ' ' || text[10] == 'T') && text[13] == ':' && text[16] == ':';
  if (!shaped || !digits_field(text, 0, 4, year) || !digits_field(text, 5, 2, month) ||
      !digits_field(text, 8, 2, day) || !digits_field(text, 11, 2, hour) ||
      !digits_field(text, 14, 2, minute) || !digits_field(text, 17, 2, second))
    return false;
  std::string_view fraction;
  if (text.size() > 19) {
    fraction = text.substr(20);
    if (text[19] != '.' || fraction.empty() || fraction.size() > 12 || !all_digits(fraction))
      return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return false;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  stamp.seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - shift_s;
  stamp.ps = decimals(fraction, 12);
  return true;
}

std::string calendar_text(const TimeStamp& stamp) {
  const std::chrono::sys_seconds time{std::chrono::seconds(stamp.seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  char text[80];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%012lld",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<long long>(stamp.ps));
  std::string trimmed = text;
  trimmed.resize(trimmed.find_last_not_of('0') + 1);
  if (trimmed.ends_with('.')) trimmed.pop_back();
  return trimmed;
}

bool stamp_difference(const TimeStamp& a, const TimeStamp& b, SimTime& difference) {
  const std::int64_t seconds = a.seconds - b.seconds;
  const std::int64_t limit = kLongest.ps / kPsPerSecond - 1;
  if (seconds > limit || seconds < -limit) return false;
  difference.ps = seconds * kPsPerSecond + (a.ps - b.ps);
  return true;
}

}  // namespace pigou
