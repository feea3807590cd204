// A model of a trace: about ten fitted numbers and some short tables, from which traces like it
// can be drawn. `pigou trace synth --like`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/statistics/turn_chain.hpp"
#include "trace/synthesis/quantile_table.hpp"
#include "trace/synthesis/two_way_odds.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// Correlations of Gaussian copulas, each within (-1, 1).
struct FittedCorrelations {
  double input_output = 0;   ///< of a conversation's first prompt and its answer
  double output_turns = 0;   ///< of one answer and the next
  double added_turns = 0;    ///< of the tokens one turn adds and the next
  double gap_turns = 0;      ///< of one pause and the next
  double gap_input = 0;      ///< of a prompt and the pause after it
  double gap_added = 0;      ///< of a pause and the tokens added after it
  double trimmed_input = 0;  ///< of a prompt and the trimmed one after it
};

/// What a conversation begins with: see Opening.
struct FittedOpening {
  std::uint32_t blocks = 0;
  std::uint32_t inside = kNoIndex;
  double share = 0;  ///< of the conversations
};

/// Figures a synthetic trace is held against; what is 0 was not measured.
struct TraceFigures {
  double input_mean = 0, input_p99 = 0;     ///< tokens
  double output_mean = 0, output_p99 = 0;   ///< tokens
  double hit_ratio = 0;                     ///< of an unbounded prefix cache, by blocks
  double dispersion_10s = 0;                ///< variance over mean of the counts of 10 s windows
  double follow_share = 0;                  ///< rows that continue an earlier one
  std::vector<std::uint64_t> cache_blocks;  ///< sizes of the prefix-hit curve
  std::vector<double> cache_hits;
};

/// Conversations arrive; each of their turns continues with odds that depend on its number and
/// length, after a pause, with an answer and a prompt that grew (or was trimmed). A law each for
/// lengths, pauses and growth; correlations between neighbours; a rate series for the arrivals;
/// openings by popularity. No row of the trace is kept.
struct FittedModel {
  std::string source;          ///< format of the trace
  std::uint64_t requests = 0;  ///< its rows
  bool closed_loop = false;
  bool links = false;              ///< rows say which one they continue
  bool partial_block_ids = true;   ///< a partial last block has an id
  std::uint32_t block_tokens = 0;  ///< 0: no ids
  double grid_s = 0;               ///< recorded times sit on multiples of this; 0: they do not
  double token_s = 0;              ///< closed loop: recorded seconds per generated token
  double session_rate = 0;         ///< closed loop: session starts per second; 0: not recorded
  double gap_cv = 1;               ///< open loop: of the gaps where the rate is even
  double answer_kept = 1;          ///< share of extended turns that repeat the answer before
  FittedCorrelations correlation;
  TraceFigures figures;

  QuantileTable input, output;  ///< tokens, of all rows
  QuantileTable first_input;    ///< tokens, of first turns
  QuantileTable added;          ///< tokens an extended turn adds, without the answer
  QuantileTable trimmed_input;  ///< tokens, of trimmed turns
  QuantileTable trimmed_share;  ///< blocks a trimmed turn keeps, of those it could
  QuantileTable gap_s;          ///< open loop: arrival to arrival; closed: think time
  QuantileTable input_buckets;  ///< equal shares of inputs, the columns of the odds
  TwoWayOdds follow;            ///< that a turn is followed: turn_bucket x input
  TwoWayOdds trim;              ///< that the next one is trimmed: kind x input
  double rate_step_s = 0;       ///< open loop: length of a step of the rates
  std::vector<double> rates;    ///< requests per second, over the span of the trace
  std::vector<FittedOpening> openings;
};

inline constexpr std::size_t kTurnBuckets = 13;
inline constexpr std::size_t kInputBuckets = 16;

/// 0 to 4, then wider: 5-6, 7-9, 10-14, 15-24, 25-49, 50-99, 100-199, 200 on.
std::size_t turn_bucket(std::uint32_t turn);
std::size_t input_bucket(const FittedModel& model, double input);

/// Fits the model. Throws UserError for a trace without rows.
FittedModel fit_model(const Trace& trace);

/// The model as readable JSON, and back; the latter throws UserError naming `file` and what is
/// missing or out of range.
std::string model_to_json(const FittedModel& model);
FittedModel model_from_json(const std::string& text, const std::string& file);

/// Draws a trace of `requests` rows, over a span (open loop) or a number of sessions (closed) in
/// proportion. Deterministic in the arguments. Lengths are mapped to the fitted laws by rank, and
/// the wavering of the rate and the odds of following are adjusted until the dispersion and the hit
/// ratio of this very draw are the fitted ones: seeds differ in everything else.
Trace synthesize_like(const FittedModel& model, std::uint64_t requests, std::uint64_t seed);

/// The figures of a trace; `cache_blocks` chooses the sizes of the hit curve, empty: 2^-7 to 1 of
/// its distinct blocks.
TraceFigures measure_figures(const Trace& trace, std::vector<std::uint64_t> cache_blocks = {});

}  // namespace pigou
