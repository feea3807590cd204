// What a trace is like, in figures and words: `trace info`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// A column's distribution. Percentiles of open-loop traces interpolate between the two nearest
/// ranks; those of session traces and of lengths without times take the lower one. So do the
/// figures published with each.
struct Distribution {
  std::uint64_t count = 0;
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double min = 0;
  double max = 0;
  double sum = 0;
};

/// Windows are laid end to end from the first arrival; the last one counts though it is cut short.
struct WindowCounts {
  double window_s = 0;
  std::uint64_t windows = 0;
  std::uint64_t busiest = 0;      ///< requests in the busiest window
  std::uint64_t empty = 0;        ///< windows without a request
  double variance_over_mean = 0;  ///< of the counts, population variance
};

/// The words of a label column with their rows.
struct LabelFigures {
  std::string name;
  std::uint64_t recorded = 0;                                 ///< rows that have a word
  std::vector<std::pair<std::string, std::uint64_t>> counts;  ///< most rows first, then by word
};

/// The longest length, when so many rows have exactly it that something cut them there.
struct LengthCap {
  std::uint32_t tokens = 0;
  std::uint64_t rows = 0;  ///< 0: no sign of a cap
};

struct TraceStatistics {
  std::string format;
  std::uint64_t requests = 0;
  bool closed_loop = false;
  Distribution input_tokens;
  Distribution output_tokens;
  std::uint64_t zero_inputs = 0;
  std::uint64_t zero_outputs = 0;
  std::uint64_t skipped_rows = 0;
  std::uint64_t chain_conflicts = 0;
  std::uint64_t longest_total = 0;  ///< tokens of the longest prompt and answer together
  LengthCap input_cap;
  LengthCap output_cap;
  std::vector<LabelFigures> labels;
  std::vector<PassedOver> passed_over;
  std::string calendar_start;  ///< of time 0, UTC; empty: the trace has no calendar times
  bool timeless = false;       ///< no times recorded: the figures of the open loop mean nothing

  // What the recorded server did; a count of 0 means that it is not recorded.
  Distribution service_s;      ///< E2E
  Distribution ttft_s;         ///< time to first token
  Distribution cached_tokens;  ///< of the prompt, found in a cache
  double cached_share = 0;     ///< of the input tokens of the rows that record it

  std::uint32_t block_tokens = 0;  ///< 0: no block ids, and the figures below are 0
  std::uint64_t blocks = 0;
  std::uint64_t distinct_blocks = 0;
  double hit_by_blocks = 0;        ///< ideal prefix hit ratio of an unbounded cache
  double hit_by_tokens = 0;        ///< the same over input tokens
  std::uint64_t opening_rows = 0;  ///< rows that open with the most common first block
  double hit_without_opening = 0;  ///< hit_by_blocks with that block left out
  std::uint64_t linked_turns = 0;  ///< rows known to continue an earlier one

  double span_s = 0;  ///< first to last arrival; closed loop: to the last answer, 0: not recorded

  // Open loop.
  double mean_rate = 0;  ///< requests per second
  WindowCounts ten_seconds;
  WindowCounts one_second;
  std::uint64_t distinct_times = 0;
  double grid_min_ms = 0;           ///< smallest and largest gap between distinct times when
  double grid_max_ms = 0;           ///< these sit on a grid, else 0
  std::uint64_t repeated_rows = 0;  ///< rows equal to an earlier one in every column
  std::uint64_t out_of_order_rows = 0;

  // Closed loop.
  std::uint64_t sessions = 0;
  std::uint64_t subagents = 0;  ///< lanes beside a session's main one
  std::uint64_t subagent_requests = 0;
  Distribution requests_per_session;
  Distribution session_span_s;  ///< first to last call sent, as recorded
  Distribution think_s;
  std::uint64_t overlapping_calls = 0;  ///< calls sent over 1 s before the previous one ended
  std::uint64_t serial_pairs = 0;       ///< consecutive calls of main lanes where this is known
  std::uint64_t context_drops = 0;      ///< prompts under half the one before in their main lane

  std::vector<std::string> oddities;  ///< sentences about what a replay should watch
};

/// Of sorted, not empty `arrival`.
WindowCounts count_windows(const std::vector<SimTime>& arrival, std::int64_t window_s);

TraceStatistics compute_statistics(const Trace& trace);

/// The statistics as lines of text, with units.
std::vector<std::string> describe_statistics(const TraceStatistics& statistics);

}  // namespace pigou
