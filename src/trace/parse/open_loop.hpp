// What every open-loop reader shares: collecting rows, measuring times from the first, sorting.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/parse/block_chain.hpp"
#include "trace/reader.hpp"
#include "trace/time_stamp.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Lengths above this are taken for a broken row, in tokens.
inline constexpr std::uint64_t kMaxTokens = 100'000'000;

/// Where a row stands, for messages: "'x.jsonl' line 12".
struct RowPlace {
  const std::string& path;
  std::uint64_t number;
  const char* kind = "line";

  std::string text() const;
};

/// Throws the one-line error of a broken row: "'x' line 3: <problem> (<expected>): correct it...".
[[noreturn]] void reject_row(const RowPlace& place, const std::string& problem,
                             const std::string& expected);
[[noreturn]] void reject_tokens(const RowPlace& place, std::string_view field,
                                std::string_view value);
[[noreturn]] void reject_time(const RowPlace& place, std::string_view field, std::string_view value,
                              std::string_view expected);

/// Collects the rows of an open-loop trace in file order.
class OpenLoopBuilder {
 public:
  /// `block_tokens` 0: the format has no block ids.
  OpenLoopBuilder(std::string format, std::uint32_t block_tokens);

  /// Reserves memory for about this many rows and ids.
  void reserve(std::size_t rows, std::size_t ids);
  /// Adds a row whose ids were added with `add_block` since the last row.
  void add_row(const TimeStamp& time, std::uint32_t input, std::uint32_t output);
  /// Adds a row with all of its raw ids at once.
  void add_row(const TimeStamp& time, std::uint32_t input, std::uint32_t output,
               std::span<const std::uint64_t> raw_ids);
  void add_block(std::uint64_t raw) {
    previous_ = chain_.id(raw, previous_);
    trace_.block_ids.push_back(previous_);
  }
  /// Ids added since the last row.
  std::size_t open_blocks() const { return trace_.block_ids.size() - trace_.block_begin.back(); }
  /// Forgets the ids added since the last row: it was broken.
  void drop_open_row();
  void count_skipped() { ++trace_.skipped_rows; }
  /// The columns so far, for those that only some formats have (recorded_*, labels): each must get
  /// one entry per added row, after add_row.
  Trace& trace() { return trace_; }
  /// Times are calendar times: finish() keeps the first as Trace::calendar_start.
  void times_are_calendar() { calendar_ = true; }

  /// Measures times from the earliest row, sorts stably by time and keeps what lies in the window
  /// of `options`, measured from its begin. Throws UserError when there is no row, or when what is
  /// kept is longer than simulated time.
  Trace finish(const std::string& path, const ReadOptions& options = {});

 private:
  void sort_rows();
  void keep_window(const std::string& path, const ReadOptions& options, TimeStamp& origin);

  Trace trace_;
  BlockChain chain_;
  std::uint32_t previous_ = kNoIndex;
  std::vector<TimeStamp> times_;
  bool calendar_ = false;
};

/// The trace with `rows`, in that order, and nothing else; open loop only.
Trace select_open_rows(const Trace& trace, const std::vector<std::uint32_t>& rows);

}  // namespace pigou
