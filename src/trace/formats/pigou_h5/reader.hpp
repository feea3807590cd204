// What a Pigou trace file holds: one list that its writer and its reader both walk.
#pragma once

#include <string>

#include "io/output_file.hpp"
#include "trace/reader.hpp"
#include "trace/trace.hpp"

namespace pigou {

inline constexpr const char* kPigouTraceType = "pigou-trace";
inline constexpr int kPigouTraceVersion[] = {1, 0};

/// Writes every column of `trace` to `target`, byte-identical for equal traces.
void write_pigou_h5(const Trace& trace, const OutputTarget& target);
Trace read_pigou_h5(const std::string& path, const ReadOptions& options);

/// Calls `f(path, column, unit, description)` with every stored vector of `trace` that is plain
/// numbers or times. A vector without entries is not in the file.
template <class AnyTrace, class F>
void for_each_stored_column(AnyTrace& trace, F&& f) {
  f("/requests/arrival_ps", trace.arrival, "ps",
    "When it was sent: from the start of the trace, or of its session when there are lanes.");
  f("/requests/input_tokens", trace.input_tokens, "tokens", "Prompt length.");
  f("/requests/output_tokens", trace.output_tokens, "tokens", "Answer length.");
  f("/requests/think_ps", trace.think, "ps", "Wait between the call before it and this one.");
  f("/requests/previous_turn", trace.previous_turn, "1",
    "Row whose prompt and answer open this prompt; 4294967295: none.");
  f("/requests/recorded_e2e_ps", trace.recorded_service, "ps",
    "Sending to last token as recorded; -1: not recorded.");
  f("/requests/recorded_ttft_ps", trace.recorded_ttft, "ps",
    "Sending to first token as recorded; -1: not recorded.");
  f("/requests/recorded_cached_tokens", trace.recorded_cached_tokens, "tokens",
    "Prompt tokens found in a KV cache as recorded; -1: not recorded.");
  f("/blocks/begin", trace.block_begin, "1",
    "Row r's block ids are ids[begin[r]] to ids[begin[r + 1] - 1].");
  f("/blocks/ids", trace.block_ids, "1",
    "Dense ids; an id stands for its block and all before it.");
  f("/sessions/arrival_ps", trace.session_arrival, "ps", "Recorded start of each session.");
}

/// Calls `f(path, number, unit, description)` with every stored count; `Trace::timeless` is apart.
template <class AnyTrace, class F>
void for_each_stored_number(AnyTrace& trace, F&& f) {
  f("/blocks/block_tokens", trace.block_tokens, "tokens", "Tokens of a block; 0: no block ids.");
  f("/blocks/distinct", trace.distinct_blocks, "blocks", "Number of distinct block ids.");
  f("/sessions/count", trace.sessions, "sessions", "Number of closed-loop sessions.");
  f("/reading/skipped_rows", trace.skipped_rows, "rows", "Broken rows the first reader skipped.");
  f("/reading/out_of_order_rows", trace.out_of_order_rows, "rows",
    "Rows that stood before an earlier one in the first file.");
  f("/reading/chain_conflicts", trace.chain_conflicts, "ids",
    "Block ids the first reader met behind a second predecessor and renamed.");
}

/// Names every member of Trace: when one is added this no longer compiles, and the lists above and
/// both walkers want it too.
inline void every_member_is_stored(const Trace& trace) {
  [[maybe_unused]] const auto& [format, block_tokens, distinct_blocks, arrival, input_tokens,
                                output_tokens, block_begin, block_ids, timeless, think, lanes,
                                sessions, previous_turn, session_arrival, recorded_service,
                                recorded_ttft, recorded_cached_tokens, labels, calendar_start,
                                passed_over, skipped_rows, out_of_order_rows, chain_conflicts] =
      trace;
}

}  // namespace pigou
