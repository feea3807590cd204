#include "trace/parse/log_time.hpp"

#include <algorithm>
#include <string>

namespace pigou {
namespace {

constexpr std::size_t kPrefix = 96;  ///< a time further in belongs to the message
constexpr std::int64_t kDay = 86'400;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// True if `text` begins as `shape` says: '0' for a digit, all else for itself.
bool shaped(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t at = 0; at < shape.size(); ++at)
    if (shape[at] == '0' ? !is_digit(text[at]) : text[at] != shape[at]) return false;
  return true;
}

/// The length of "2026-01-02T03:04:05,678+02:00" at the beginning of `text`; the date and time of
/// day are known to be there.
std::size_t calendar_length(std::string_view text, std::size_t seconds_end) {
  std::size_t end = seconds_end;
  if (end + 1 < text.size() && (text[end] == '.' || text[end] == ',') && is_digit(text[end + 1]))
    for (++end; end < text.size() && is_digit(text[end]);) ++end;
  if (end < text.size() && text[end] == 'Z') return end + 1;
  for (const std::string_view zone : {"+00:00", "-00:00", "+0000", "-0000"})
    if (shaped(text.substr(end), zone)) return end + zone.size();
  return end;
}

}  // namespace

bool LogClock::place_in_year(std::string_view month_to_second, LogTime& time) {
  std::string text = "2023-" + std::string(month_to_second);
  const bool leap_day = month_to_second.starts_with("02-29");
  if (leap_day) text.replace(8, 2, "28");
  if (!stamp_from_calendar(text, time.stamp)) return false;
  if (leap_day) leap_ = true;
  if (leap_day || (leap_ && month_to_second.substr(0, 2) >= "03")) time.stamp.seconds += kDay;
  time.stamp.seconds += year_seconds_;
  if (last_ && time.stamp.seconds < last_->stamp.seconds - 180 * kDay) {
    const std::int64_t year = (leap_ ? 366 : 365) * kDay;
    leap_ = false;
    year_seconds_ += year;
    time.stamp.seconds += year;
  }
  return true;
}

std::optional<LogTime> LogClock::time_of(std::string_view line) {
  const std::string_view head = line.substr(0, kPrefix);
  for (std::size_t at = 0; at < head.size(); ++at) {
    if (!is_digit(head[at]) || (at > 0 && (is_digit(head[at - 1]) || head[at - 1] == '-')))
      continue;
    const std::string_view rest = head.substr(at);
    const bool dated = shaped(rest, "0000-00-00 00:00:00") || shaped(rest, "0000-00-00T00:00:00");
    if (!dated && !shaped(rest, "00-00 00:00:00")) continue;
    const std::size_t seconds_end = dated ? 19 : 14;
    std::string text(rest.substr(0, calendar_length(rest, seconds_end)));
    std::ranges::replace(text, ',', '.');
    LogTime time{.stamp = {},
                 .utc = dated && text.find_first_of("Z+-", seconds_end) != std::string::npos,
                 .dated = dated,
                 .fraction = text.size() > seconds_end && text[seconds_end] == '.'};
    if (last_ && last_->dated != dated) continue;  // one log, one kind of time
    if (!(dated ? stamp_from_calendar(text, time.stamp) : place_in_year(text, time))) continue;
    last_ = time;
    return time;
  }
  return last_;
}

}  // namespace pigou
