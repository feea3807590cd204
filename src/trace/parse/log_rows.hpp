// What the readers of server logs share: requests put together from several lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/parse/log_time.hpp"
#include "trace/parse/measured.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {

/// Tokens of each block made of a log's token ids.
inline constexpr std::uint32_t kLogBlockTokens = 16;

/// True if the file begins as JSON does: lines of a log inside it are quoted.
bool begins_as_json(std::string_view text);

/// Token ids that a log shows.
struct LoggedTokens {
  std::uint32_t count = 0;
  /// One per full block, standing for it and everything before it: 64-bit hashes, of which among 10
  /// million somewhere two are equal with a chance of 3 in a million. They are for matching inside
  /// one trace and hide nothing.
  std::vector<std::uint64_t> blocks;
};

/// Of "[151644, 872, 198]"; none for other values, for lists shown in part, and beyond kMaxTokens.
std::optional<LoggedTokens> logged_tokens(std::string_view list);

struct LogRow {
  LogTime time;  ///< when the request came
  std::uint32_t input = 0;
  std::uint32_t output = 0;
  MeasuredRow recorded;
  std::vector<std::uint64_t> blocks;  ///< empty: the log does not show the prompt's tokens
  std::string instance;
  std::string finish;  ///< why it ended: "stop", "length", ...
};

/// The time between two lines; not recorded when the later one is earlier, as clocks may jump.
SimTime time_between(const LogTime& from, const LogTime& to);

/// The trace of a log: sorted, with blocks where some row has them and calendar times where every
/// row's time has a zone. Throws UserError when `rows` is empty.
Trace build_log_trace(const std::string& format, const std::string& path,
                      const ReadOptions& options, const std::vector<LogRow>& rows,
                      std::uint64_t skipped);

/// Gives each line to `reader.read_line`; under --lenient a line that throws goes to
/// `reader.skip` instead.
template <class Reader>
void read_log_lines(const std::string& path, const ReadOptions& options, Reader& reader) {
  LineReader lines(path);
  for (std::string_view line; lines.next(line);) {
    try {
      reader.read_line(RowPlace{path, lines.line_number()}, line);
    } catch (const UserError&) {
      if (!options.lenient) throw;
      reader.skip();
    }
  }
}

}  // namespace pigou
