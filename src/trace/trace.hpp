// The columnar trace: what every reader fills and everything downstream reads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "trace/time_stamp.hpp"

namespace pigou {

/// One word per row out of few: the tenant, the model, the instance a recorded router chose.
struct LabelColumn {
  std::string name;                 ///< "tenant", "model", "kind", "instance", ...
  std::vector<std::string> values;  ///< distinct words, in order of first sight
  std::vector<std::uint32_t> code;  ///< per row an index into values, or kNoIndex: not recorded

  /// The index of `word`, added when new: linear in the number of distinct words unless it is the
  /// word of the row before.
  std::uint32_t code_of(std::string_view word);
};

/// Records of a file that are no requests, or none that can be replayed: "tool_end events".
struct PassedOver {
  std::string kind;
  std::uint64_t count = 0;
};

/// A request trace, one row per request, in file order. Lengths in tokens, times in picoseconds.
///
/// Blocks: row r's prompt is covered from its first token by `block_ids[block_begin[r] ..
/// block_begin[r+1])`, each `block_tokens` long except a last, partial one (when the format gives
/// it an id, so the list may cover ceil(input/block_tokens) or only floor(...) blocks). Ids are
/// dense (0..distinct_blocks-1) and *chained*: an id stands for its block and everything before
/// it, so each id has exactly one predecessor. Readers make this true (see BlockChain).
///
/// Open loop: `arrival` is the time from the start of the trace, non-decreasing; `lanes` is empty.
///
/// Closed loop: rows are grouped in `lanes` (a session's main chain, or one of its sub-agents).
/// Within a lane a row is sent `think` after the lane's previous row finished. The first row of a
/// lane is sent `think` after `trigger` finished or, without a trigger, after the session starts.
struct Trace {
  struct Lane {
    std::uint32_t first_row;  ///< rows [first_row, end_row) in order
    std::uint32_t end_row;
    std::uint32_t session;             ///< dense session number
    std::uint32_t trigger = kNoIndex;  ///< row whose finish starts this lane, or kNoIndex
  };

  std::string format;              ///< reader that made it, "mooncake", "azure", ...
  std::uint32_t block_tokens = 0;  ///< 0: the trace has no block ids
  std::uint32_t distinct_blocks = 0;
  std::vector<SimTime> arrival;  ///< open loop: from trace start; closed: from session start
  std::vector<std::uint32_t> input_tokens;
  std::vector<std::uint32_t> output_tokens;
  std::vector<std::uint64_t> block_begin;  ///< size rows()+1, or empty when block_tokens == 0
  std::vector<std::uint32_t> block_ids;
  bool timeless = false;       ///< open loop without recorded times: every arrival is 0
  std::vector<SimTime> think;  ///< closed loop only, else empty
  std::vector<Lane> lanes;     ///< closed loop only, else empty
  std::uint32_t sessions = 0;
  /// Row whose generated tokens this row's prompt contains (its next turn), or kNoIndex; may be
  /// empty when no row has one. The prompt of `previous_turn[r]` plus its output is then a prefix
  /// of r's prompt wherever both have ids.
  std::vector<std::uint32_t> previous_turn;
  std::vector<SimTime> session_arrival;  ///< recorded start per session; empty: not recorded
  /// What the recorded server did, -1 where a row has no record; empty: the format has none. For
  /// statistics and comparisons only: the simulation makes its own times. `recorded_service` is
  /// E2E, from sending to the last token.
  std::vector<SimTime> recorded_service;
  std::vector<SimTime> recorded_ttft;
  std::vector<std::int32_t> recorded_cached_tokens;  ///< prompt tokens found in a KV cache
  /// Words per row; "instance" is where the recorded router sent it. Empty: the format has none.
  std::vector<LabelColumn> labels;
  std::optional<TimeStamp> calendar_start;  ///< UTC of time 0, where the format says so
  std::vector<PassedOver> passed_over;      ///< by kind, in order of first sight
  std::uint64_t skipped_rows = 0;           ///< broken rows skipped under --lenient
  std::uint64_t out_of_order_rows = 0;      ///< open loop: rows before an earlier time, now sorted
  std::uint64_t chain_conflicts = 0;        ///< block ids met behind a second predecessor, renamed

  std::size_t rows() const { return input_tokens.size(); }
  bool closed_loop() const { return !lanes.empty(); }
  std::span<const std::uint32_t> blocks(std::size_t row) const {
    if (block_tokens == 0) return {};
    return {block_ids.data() + block_begin[row], block_begin[row + 1] - block_begin[row]};
  }
  /// True if row `later` can be the next turn of row `earlier`: its prompt has room for that
  /// prompt and answer, and the full blocks of that prompt open it.
  bool can_continue(std::size_t earlier, std::size_t later) const;
  /// Counts records that are no rows.
  void pass_over(std::string_view kind, std::uint64_t count = 1);
  /// The label column of that name, or nullptr.
  const LabelColumn* label(std::string_view name) const;
  /// The same, added without rows when it is not there.
  LabelColumn& add_label(const std::string& name);
};

/// Calls `f` with every column that has one entry per row, except those that hold row numbers
/// (previous_turn) or are shaped differently (block_begin): what selecting rows, copying and
/// comparing traces share. Empty columns are visited too.
template <class AnyTrace, class F>
void for_each_row_column(AnyTrace& trace, F&& f) {
  f(trace.arrival);
  f(trace.input_tokens);
  f(trace.output_tokens);
  f(trace.think);
  f(trace.recorded_service);
  f(trace.recorded_ttft);
  f(trace.recorded_cached_tokens);
  for (auto& label : trace.labels) f(label.code);
}

}  // namespace pigou
