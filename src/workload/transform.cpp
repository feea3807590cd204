#include "workload/transform.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "trace/keep_rows.hpp"
#include "trace/statistics/turn_chain.hpp"

namespace pigou {
namespace {

void apply_arrivals(Trace& trace, const WorkloadOptions& options, std::uint64_t seed) {
  if (!options.arrivals) return;
  ArrivalStream stream(*options.arrivals, seed, "workload.arrivals");
  for (SimTime& arrival : trace.arrival)
    arrival = from_seconds(stream.next_s(), "the last arrival of workload.arrivals");
  trace.timeless = false;
}

void apply_head(Trace& trace, std::uint64_t head) {
  if (head == 0 || head >= trace.rows()) return;
  std::vector<std::uint8_t> keep(trace.rows(), 0);
  std::fill_n(keep.begin(), head, std::uint8_t{1});
  keep_rows(trace, keep);
}

void apply_window(Trace& trace, const WorkloadOptions& options) {
  if (!options.window_begin_s && !options.window_end_s) return;
  if (trace.closed_loop())
    throw UserError("workload.window_s does not fit", "sessions have no common clock",
                    "use workload.head or workload.thin");
  const SimTime begin = from_seconds(options.window_begin_s.value_or(0), "workload.window_s");
  const SimTime end =
      options.window_end_s ? from_seconds(*options.window_end_s, "workload.window_s") : kNever;
  if (begin.ps < 0 || end <= begin)
    throw UserError("workload.window_s does not fit", "it is [begin, end] in seconds",
                    "use 0 <= begin < end");
  std::vector<std::uint8_t> keep(trace.rows());
  for (std::size_t row = 0; row < keep.size(); ++row)
    keep[row] = trace.arrival[row] >= begin && trace.arrival[row] < end;
  keep_rows(trace, keep);
  // Measured from the window's begin, not from its first row, so that windows can be lined up.
  for (SimTime& arrival : trace.arrival) arrival = arrival - begin;
}

/// Part n of n equal ones: of the time (open loop), or of the sessions in order of their starts.
void apply_part(Trace& trace, const WorkloadOptions& options) {
  const auto [part, parts] = options.part;
  if (parts <= 1) return;
  std::vector<std::uint8_t> keep(trace.rows(), 0);
  if (trace.closed_loop()) {
    const bool recorded = !trace.session_arrival.empty();
    std::vector<std::uint32_t> order(trace.sessions);
    std::iota(order.begin(), order.end(), 0U);
    if (recorded)
      std::ranges::stable_sort(order, {},
                               [&](std::uint32_t s) { return trace.session_arrival[s]; });
    std::vector<std::uint32_t> place(trace.sessions);
    for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    for (const Trace::Lane& lane : trace.lanes)
      std::fill(keep.begin() + lane.first_row, keep.begin() + lane.end_row,
                std::uint64_t{place[lane.session]} * parts / trace.sessions == part - 1);
    keep_rows(trace, keep);
    if (trace.session_arrival.empty()) return;
    const SimTime begin = std::ranges::min(trace.session_arrival);
    for (SimTime& start : trace.session_arrival) start = start - begin;
    return;
  }
  if (trace.timeless || trace.rows() == 0)
    throw UserError("workload.part does not fit", "the trace has no times to divide",
                    "use workload.head, or set workload.arrivals");
  const Int128 first = trace.arrival.front().ps, span = trace.arrival.back().ps - first + 1;
  const auto edge = [first, span, of = parts](std::uint32_t n) {
    return SimTime{static_cast<std::int64_t>(first + span * n / of)};
  };
  for (std::size_t row = 0; row < keep.size(); ++row)
    keep[row] = trace.arrival[row] >= edge(part - 1) && trace.arrival[row] < edge(part);
  keep_rows(trace, keep);
  for (SimTime& arrival : trace.arrival) arrival = arrival - edge(part - 1);
}

void apply_thin(Trace& trace, double thin, std::uint64_t seed) {
  if (thin >= 1) return;
  const RandomStream draws(seed, "workload.thin");
  const std::vector<std::uint64_t> units = thinning_units(trace);
  std::vector<std::uint8_t> keep(trace.rows());
  for (std::size_t row = 0; row < keep.size(); ++row) keep[row] = draws.uniform(units[row]) < thin;
  keep_rows(trace, keep);
}

/// Each conversation by the draw of its first row, each session by its number. A word of the label
/// `session` says more than what block ids have in common.
void sample_sessions(Trace& trace, double share, std::uint64_t seed) {
  if (share >= 1) return;
  const RandomStream draws(seed, "workload.sample-sessions");
  std::vector<std::uint8_t> keep(trace.rows());
  if (trace.closed_loop()) {
    for (const Trace::Lane& lane : trace.lanes)
      std::fill(keep.begin() + lane.first_row, keep.begin() + lane.end_row,
                static_cast<std::uint8_t>(draws.uniform(lane.session) < share));
  } else {
    const std::vector<std::uint32_t> before = find_turn_chains(trace).before;
    const std::vector<std::uint32_t> session = labelled_sessions(trace);
    for (std::uint32_t row = 0; row < keep.size(); ++row) {
      const bool said = session[row] != kNoIndex;
      keep[row] = !said && before[row] != kNoIndex
                      ? keep[before[row]]
                      : draws.uniform(said ? session[row] : row) < share;
    }
  }
  keep_rows(trace, keep);
}

void truncate_inputs(Trace& trace, std::uint32_t limit) {
  if (limit == 0) return;
  // What a row generates after a cut prompt is not what its next turn repeats.
  for (std::uint32_t& previous : trace.previous_turn)
    if (previous != kNoIndex && trace.input_tokens[previous] > limit) previous = kNoIndex;
  std::size_t to = 0;
  std::size_t begin = 0;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const std::uint32_t input = std::min(trace.input_tokens[row], limit);
    if (trace.block_tokens != 0) {
      const std::size_t end = trace.block_begin[row + 1];
      const std::size_t most = (input + trace.block_tokens - 1) / trace.block_tokens;
      const bool cut = input < trace.input_tokens[row];
      const std::size_t count = cut ? std::min(end - begin, most) : end - begin;
      for (std::size_t i = 0; i < count; ++i) trace.block_ids[to++] = trace.block_ids[begin + i];
      begin = end;
      trace.block_begin[row + 1] = to;
    }
    trace.input_tokens[row] = input;
  }
  trace.block_ids.resize(to);
}

void scale_rate(Trace& trace, double scale) {
  if (scale == 1) return;
  for (auto* times : {&trace.arrival, &trace.think, &trace.session_arrival}) {
    for (SimTime& time : *times) {
      const double scaled = std::nearbyint(static_cast<double>(time.ps) / scale);
      if (!(scaled <= static_cast<double>(kLongest.ps)))
        throw UserError("workload.rate_scale does not fit", "the trace would span over 53 days",
                        "use a larger one");
      time.ps = static_cast<std::int64_t>(scaled);
    }
  }
}

std::vector<std::uint32_t> rows_per_block(const Trace& trace) {
  std::vector<std::uint32_t> count(trace.distinct_blocks, 0);
  for (const std::uint32_t id : trace.block_ids) ++count[id];
  return count;
}

}  // namespace

std::uint64_t infer_turns(Trace& trace) {
  if (trace.block_tokens == 0) return 0;
  const auto rows = static_cast<std::uint32_t>(trace.rows());
  const std::vector<std::uint32_t> shared = rows_per_block(trace);
  trace.previous_turn.resize(rows, kNoIndex);
  std::vector<std::uint32_t> latest(trace.distinct_blocks, kNoIndex);  // by last full block
  std::vector<std::uint32_t> earlier(rows, kNoIndex);  // the row before with the same last block
  std::uint64_t links = 0;
  for (std::uint32_t row = 0; row < rows; ++row) {
    const auto ids = trace.blocks(row);
    const std::size_t full =
        std::min<std::size_t>(ids.size(), trace.input_tokens[row] / trace.block_tokens);
    for (std::size_t depth = full; depth-- > 0 && trace.previous_turn[row] == kNoIndex;) {
      if (shared[ids[depth]] > rows / 2) break;
      // A linked row leaves its list, so that the next row links to the next one.
      for (std::uint32_t* entry = &latest[ids[depth]]; *entry != kNoIndex;
           entry = &earlier[*entry]) {
        const std::uint64_t needed =
            std::uint64_t{trace.input_tokens[*entry]} + trace.output_tokens[*entry];
        if (needed > trace.input_tokens[row]) continue;
        trace.previous_turn[row] = *entry;
        *entry = earlier[*entry];
        ++links;
        break;
      }
    }
    if (full == 0) continue;
    earlier[row] = latest[ids[full - 1]];
    latest[ids[full - 1]] = row;
  }
  return links;
}

std::vector<std::uint64_t> prefix_trees(const Trace& trace) {
  const std::vector<std::uint32_t> shared = rows_per_block(trace);
  std::vector<std::uint64_t> trees(trace.rows());
  for (std::size_t row = 0; row < trees.size(); ++row) {
    trees[row] = trace.distinct_blocks + std::uint64_t{row};
    for (const std::uint32_t id : trace.blocks(row)) {
      if (shared[id] > trees.size() / 2) continue;
      trees[row] = id;
      break;
    }
  }
  return trees;
}

std::vector<std::uint64_t> thinning_units(const Trace& trace) {
  if (trace.closed_loop()) {
    std::vector<std::uint64_t> session(trace.rows());
    for (const Trace::Lane& lane : trace.lanes)
      std::fill(session.begin() + lane.first_row, session.begin() + lane.end_row, lane.session);
    return session;
  }
  std::vector<std::uint64_t> units = prefix_trees(trace);
  const std::vector<std::uint32_t> session = labelled_sessions(trace);
  for (std::size_t row = 0; row < units.size(); ++row)
    if (units[row] >= trace.distinct_blocks && session[row] != kNoIndex)
      units[row] = trace.distinct_blocks + std::uint64_t{session[row]};
  return units;
}

std::vector<std::uint32_t> labelled_sessions(const Trace& trace) {
  std::vector<std::uint32_t> first(trace.rows(), kNoIndex);
  const LabelColumn* const label = trace.label("session");
  if (label == nullptr) return first;
  std::vector<std::uint32_t> first_of(label->values.size(), kNoIndex);
  for (std::uint32_t row = 0; row < first.size(); ++row) {
    const std::uint32_t code = label->code[row];
    if (code == kNoIndex) continue;
    if (first_of[code] == kNoIndex) first_of[code] = row;
    first[row] = first_of[code];
  }
  return first;
}

Trace transform_trace(Trace trace, const WorkloadOptions& options, std::uint64_t seed,
                      std::uint64_t& inferred_turns) {
  apply_arrivals(trace, options, seed);
  apply_head(trace, options.head);
  apply_window(trace, options);
  apply_part(trace, options);
  apply_thin(trace, options.thin, seed);
  sample_sessions(trace, options.sample_sessions, seed);
  if (trace.rows() == 0)
    throw NoRequestLeft("no request is left of the trace",
                        "workload.window_s, part, thin or sample_sessions removed them all",
                        "widen them");
  truncate_inputs(trace, options.truncate_input_tokens);
  if (options.infer_turns) inferred_turns = infer_turns(trace);
  scale_rate(trace, options.rate_scale);
  return trace;
}

}  // namespace pigou
