// A workload: a trace after the scenario's transformations, as a stream the simulation can replay.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "trace/synthesis/arrival_process.hpp"
#include "trace/trace.hpp"
#include "workload/class_shares.hpp"
#include "workload/segments.hpp"

namespace pigou {

/// One of equally long stretches of a trace, counted from 1.
struct TraceStretch {
  std::uint32_t part = 1;
  std::uint32_t parts = 1;  ///< 1: the whole
};
/// Reads "2/4", workload.part; the whole for an empty text. Throws UserError.
TraceStretch parse_trace_stretch(const std::string& text);

/// The scenario's `workload` keys that transform a trace, in the order they are applied.
struct WorkloadOptions {
  /// Replaces the recorded arrivals, or gives some to a trace without times: row n of the trace
  /// comes n-th. Open loop only.
  std::optional<ArrivalModel> arrivals;
  std::uint64_t head = 0;                ///< keep the first n rows; 0 keeps all
  std::optional<double> window_begin_s;  ///< keep rows with begin <= arrival < end, re-based to 0
  std::optional<double> window_end_s;
  TraceStretch part;                        ///< keep one of equal stretches, re-based to 0
  double thin = 1.0;                        ///< keep each prefix tree or session with this chance
  double sample_sessions = 1.0;             ///< keep each conversation or session with this chance
  std::uint32_t truncate_input_tokens = 0;  ///< cut prompts (and their blocks) to n tokens; 0: off
  bool infer_turns = false;                 ///< link rows whose ids continue an earlier row's
  std::vector<ClassShare> policy_class_shares;  ///< drawn labels for a trace without them
  double rate_scale = 1.0;                      ///< arrivals and think times divided by this
  std::uint32_t repeat = 1;   ///< play the trace n times in a row, fresh ids each time
  std::uint32_t overlay = 1;  ///< lay n phase-shifted copies over each other, fresh ids
  /// Replay the workload this many times over each other; see LoadLayers.
  double load = 1.0;
  double jitter_s = 0;                        ///< add U[0, jitter_s) to each open-loop arrival
  std::uint32_t concurrency = 0;              ///< closed loop: keep n requests outstanding; 0: off
  std::string sessions_start = "together";    ///< together | poisson | recorded
  double sessions_rate = 0;                   ///< sessions per second, for poisson
  std::uint32_t sessions_max_concurrent = 0;  ///< 0: no limit

  /// Whether the first half of build_workload, up to rate_scale, draws from the seed.
  bool prepared_by_seed() const {
    return thin < 1 || sample_sessions < 1 || arrivals.has_value() || !policy_class_shares.empty();
  }
};

/// How much is asked of the cluster by plan: what the trace, its copies and the load come to, not
/// what jitter or a draw made of it. 0: nothing says how often.
struct NominalRate {
  double requests_per_s = 0;  ///< open loop: rows over the trace's length, times copies and load
  double sessions_per_s = 0;  ///< closed loop: session starts
  double length_s = 0;        ///< for so long

  bool of_sessions() const { return sessions_per_s > 0; }
  double per_s() const { return of_sessions() ? sessions_per_s : requests_per_s; }
};

/// What the simulation replays. Requests are numbered in arrival order (open loop) or in
/// (copy, row) order (closed loop). Under a load an open loop's last layer of copies holds some
/// rows only, and a closed loop's trace holds the sessions of all layers as its own. Copies of a
/// row share its lengths and its path shape; copy c's segment s has the id s + c *
/// segments.count(), so copies never share cache.
struct Workload {
  Trace trace;                              ///< after the options from `head` to `rate_scale`
  SegmentedTrace segments;                  ///< of `trace`
  std::vector<SimTime> arrival;             ///< open loop: per request, sorted; closed loop: empty
  std::vector<std::uint32_t> row;           ///< per request
  std::vector<std::uint32_t> copy;          ///< per request; empty when there is only copy 0
  std::vector<std::uint32_t> conversation;  ///< per trace row, see conversations()
  std::uint32_t copies = 1;
  /// Closed loop by sessions: start of each (copy, session) at index copy * trace.sessions + s.
  std::vector<SimTime> session_start;
  std::uint32_t sessions_max_concurrent = 0;
  std::uint32_t concurrency = 0;  ///< closed loop by count: the next request goes when one ends
  bool as_recorded = false;       ///< requests and their arrivals are the trace's own
  bool random = false;            ///< some draw of the seed decides something here
  NominalRate nominal;
  std::uint64_t inferred_turns = 0;  ///< rows that infer_turns linked to an earlier row

  std::size_t size() const { return row.size(); }
  std::uint32_t copy_of(std::size_t request) const { return copy.empty() ? 0 : copy[request]; }
};

/// Per row a number that all turns of one conversation share. What the client said comes first:
/// rows with the same word of the label `session` are one conversation, whatever else links them. A
/// row without a word belongs to its closed-loop session, or to the conversation of the row that it
/// continues (previous_turn), or is one of its own.
std::vector<std::uint32_t> conversations(const Trace& trace);

/// The costly first half of build_workload, which runs of one trace can share: the options from
/// `head` to `rate_scale`, segments and conversations. See prepared_by_seed().
Workload prepare_workload(Trace trace, const WorkloadOptions& options,
                          std::uint32_t engine_block_tokens, std::uint64_t seed);

/// The other half: copies, jitter, session starts; needs the options `prepared` was made with, but
/// for `repeat`, `overlay`, `load`, `jitter_s`, `concurrency` and those of sessions.
Workload arrange_workload(Workload prepared, const WorkloadOptions& options, std::uint64_t seed);

/// Applies the options to `trace`. `block_tokens` is the engine's KV block size. Throws UserError.
Workload build_workload(Trace trace, const WorkloadOptions& options,
                        std::uint32_t engine_block_tokens, std::uint64_t seed);

}  // namespace pigou
