// Reading traces: one entry for every format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// Which columns (CSV header names, "#1" for the first column of a file without header) or JSON
/// keys the generic reader takes. Empty: the trace has none. Without any mapping it takes the names
/// that `pigou trace convert` writes: docs/formats/generic.md lists them.
struct ColumnMapping {
  std::string arrival;             ///< empty: every row at time 0, for closed loop by concurrency
  std::string arrival_unit = "s";  ///< s, ms, us, ns; "time" for calendar text
  std::string input_tokens;
  std::string output_tokens;
  std::string hash_ids;
  std::uint32_t block_tokens = 0;  ///< required with hash_ids
  std::string recorded_ttft;       ///< "column:unit", in seconds without a unit
  std::string recorded_e2e;        ///< the same
  std::string cached_tokens;
  std::vector<std::pair<std::string, std::string>> labels;  ///< column, name of the label

  bool empty() const { return *this == ColumnMapping{}; }
  bool operator==(const ColumnMapping&) const = default;
};

/// Sets one entry of `mapping` from text, e.g. ("arrival", "time_ms:ms"), ("block_tokens", "512").
/// Throws UserError naming the nearest key or unit.
void set_mapping(ColumnMapping& mapping, const std::string& key, const std::string& value);

/// How a reader that draws requests (`servegen`) draws them.
struct DrawOptions {
  std::uint64_t seed = 1;
  double rate_scale = 1;          ///< multiplies every client's rate
  std::string clients;            ///< numbers joined by ',' ; empty: all
  std::uint32_t max_clients = 0;  ///< keep the busiest n in the window; 0: all

  bool operator==(const DrawOptions&) const = default;
};

struct ReadOptions {
  std::string format;     ///< one of trace_formats(); empty: found by content
  bool lenient = false;   ///< skip broken rows and count them in Trace::skipped_rows
  ColumnMapping mapping;  ///< for generic
  /// Keep what arrives in [begin_s, end_s), in seconds from the first request of the recording; the
  /// trace then begins at begin_s. Recordings over 53 days need it. Unset: from the start, to the
  /// end.
  std::optional<double> begin_s;
  std::optional<double> end_s;
  DrawOptions draw;

  bool windowed() const { return begin_s.has_value() || end_s.has_value(); }
};

/// Sets an entry of `workload.read` from text: window_s ("0:3600", "3600:"), seed, rate_scale,
/// clients ("0,3,17"), max_clients. Throws UserError naming the nearest key or the right form.
void set_read_option(ReadOptions& options, const std::string& key, const std::string& value);
const std::vector<std::string>& read_option_names();

/// Names accepted in ReadOptions::format.
const std::vector<std::string>& trace_formats();

/// The format of the file or folder at `path`, by its content. Throws UserError if none fits.
std::string detect_format(const std::string& path, const ReadOptions& options);

/// Reads the trace at `path`. Throws UserError naming file, row, field and what would be right.
Trace read_trace(const std::string& path, const ReadOptions& options = {});

// The readers behind it.
Trace read_mooncake(const std::string& path, const ReadOptions& options);
Trace read_azure(const std::string& path, const ReadOptions& options);
Trace read_claude_code(const std::string& path, const ReadOptions& options);
Trace read_generic(const std::string& path, const ReadOptions& options);

}  // namespace pigou
