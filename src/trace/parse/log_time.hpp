// When a line of a server's log was written.
#pragma once

#include <optional>
#include <string_view>

#include "trace/time_stamp.hpp"

namespace pigou {

struct LogTime {
  TimeStamp stamp;
  bool utc = false;       ///< the line says in which zone
  bool dated = false;     ///< the line says in which year
  bool fraction = false;  ///< finer than a second
};

/// The times of the lines of one log, in their order.
class LogClock {
 public:
  /// The time at the beginning of the line: "2026-01-02 03:04:05", with 'T', ".678" or ",678", 'Z'
  /// or a zone as what collects logs adds them, or "01-02 03:04:05" as vLLM writes it. The first
  /// in the line that is dated, or not, as the log's first time was counts. A line without one gets
  /// the time of the line before; none before the first time.
  ///
  /// Without a year the log is taken to begin in a common year; the 29th of February and a new year
  /// are noticed as they come.
  std::optional<LogTime> time_of(std::string_view line);

 private:
  bool place_in_year(std::string_view month_to_second, LogTime& time);

  std::optional<LogTime> last_;
  bool leap_ = false;              ///< the 29th of February was met
  std::int64_t year_seconds_ = 0;  ///< of the years that have ended
};

}  // namespace pigou
