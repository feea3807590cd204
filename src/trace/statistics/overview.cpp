#include "trace/statistics/overview.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random_stream.hpp"
#include "trace/statistics/columns.hpp"
#include "trace/statistics/words.hpp"

namespace pigou {
namespace {

double percentile(const std::vector<double>& sorted, double share, bool interpolate) {
  const double rank = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  if (!interpolate || below + 1 >= sorted.size()) return sorted[below];
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (rank - static_cast<double>(below));
}

Distribution distribution(std::vector<double> values, bool interpolate) {
  Distribution out;
  if (values.empty()) return out;
  std::sort(values.begin(), values.end());
  out.count = values.size();
  out.sum = std::accumulate(values.begin(), values.end(), 0.0);
  out.mean = out.sum / static_cast<double>(values.size());
  out.p50 = percentile(values, 0.50, interpolate);
  out.p90 = percentile(values, 0.90, interpolate);
  out.p99 = percentile(values, 0.99, interpolate);
  out.min = values.front();
  out.max = values.back();
  return out;
}

Distribution distribution(const std::vector<std::uint32_t>& values, bool interpolate) {
  return distribution(std::vector<double>(values.begin(), values.end()), interpolate);
}

/// Of the known entries; unknown ones are negative.
Distribution distribution_s(const std::vector<SimTime>& times, bool interpolate) {
  std::vector<double> seconds;
  for (const SimTime time : times)
    if (time.ps >= 0) seconds.push_back(to_seconds(time));
  return distribution(std::move(seconds), interpolate);
}

Distribution cached_distribution(const Trace& trace, bool interpolate) {
  std::vector<double> tokens;
  for (const std::int32_t cached : trace.recorded_cached_tokens)
    if (cached >= 0) tokens.push_back(cached);
  return distribution(std::move(tokens), interpolate);
}

/// Few distinct times at nearly equal gaps, many requests at each: the recorder's clock tick.
void detect_grid(const std::vector<SimTime>& arrival, TraceStatistics& out) {
  std::int64_t smallest = INT64_MAX, largest = 0;
  out.distinct_times = 1;
  for (std::size_t row = 1; row < arrival.size(); ++row) {
    const std::int64_t gap = (arrival[row] - arrival[row - 1]).ps;
    if (gap == 0) continue;
    ++out.distinct_times;
    smallest = std::min(smallest, gap);
    largest = std::max(largest, gap);
  }
  const bool even = largest > 0 && largest - smallest <= largest / 50;
  if (out.distinct_times < 10 || out.distinct_times * 2 > arrival.size() || !even) return;
  out.grid_min_ms = static_cast<double>(smallest) / static_cast<double>(kPsPerMillisecond);
  out.grid_max_ms = static_cast<double>(largest) / static_cast<double>(kPsPerMillisecond);
}

std::uint64_t count_repeats(const Trace& trace) {
  // Equal rows have equal times, and rows are sorted by time.
  std::uint64_t repeats = 0;
  const auto same = [&](std::size_t a, std::size_t b) {
    const auto left = trace.blocks(a), right = trace.blocks(b);
    return trace.input_tokens[a] == trace.input_tokens[b] &&
           trace.output_tokens[a] == trace.output_tokens[b] &&
           std::equal(left.begin(), left.end(), right.begin(), right.end());
  };
  for (std::size_t row = 0, first = 0; row < trace.rows(); ++row) {
    if (trace.arrival[row] != trace.arrival[first]) first = row;
    // Thousands of rows at one time are a trace without times; looking far back is pointless.
    const std::size_t from = std::max(first, row > 1000 ? row - 1000 : 0);
    for (std::size_t other = from; other < row; ++other) {
      if (!same(other, row)) continue;
      ++repeats;
      break;
    }
  }
  return repeats;
}

void measure_blocks(const Trace& trace, TraceStatistics& out) {
  out.block_tokens = trace.block_tokens;
  if (trace.block_tokens == 0) return;
  out.blocks = trace.block_ids.size();
  std::vector<std::uint8_t> seen(trace.distinct_blocks, 0);
  std::vector<std::uint32_t> opened(trace.distinct_blocks, 0);
  std::uint64_t hit_tokens = 0, input_tokens = 0;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const auto ids = trace.blocks(row);
    const std::uint64_t input = trace.input_tokens[row];
    input_tokens += input;
    if (!ids.empty()) ++opened[ids.front()];
    // Ids are chained, so the hit ends at the first unseen one.
    std::size_t hits = 0;
    while (hits < ids.size() && seen[ids[hits]]) ++hits;
    hit_tokens += std::min<std::uint64_t>(input, std::uint64_t{hits} * trace.block_tokens);
    for (std::size_t block = hits; block < ids.size(); ++block) seen[ids[block]] = 1;
  }
  for (const std::uint8_t used : seen) out.distinct_blocks += used;
  if (out.blocks == 0) return;
  const auto ratio = [](std::uint64_t distinct, std::uint64_t all) {
    return all == 0 ? 0.0 : 1.0 - static_cast<double>(distinct) / static_cast<double>(all);
  };
  out.hit_by_blocks = ratio(out.distinct_blocks, out.blocks);
  out.hit_by_tokens = static_cast<double>(hit_tokens) / static_cast<double>(input_tokens);
  out.opening_rows = *std::max_element(opened.begin(), opened.end());
  out.hit_without_opening = ratio(out.distinct_blocks - 1, out.blocks - out.opening_rows);
}

/// First call sent to last answer over all sessions, where their starts are recorded.
double recorded_span_s(const Trace& trace) {
  if (trace.session_arrival.empty()) return 0;
  SimTime first = kNever, last{};
  for (const Trace::Lane& lane : trace.lanes) {
    for (std::uint32_t row = lane.first_row; row < lane.end_row; ++row) {
      const SimTime sent = trace.session_arrival[lane.session] + trace.arrival[row];
      const SimTime took = trace.recorded_service.empty() ? SimTime{} : trace.recorded_service[row];
      first = std::min(first, sent);
      last = std::max(last, sent + std::max(took, SimTime{}));
    }
  }
  return to_seconds(last - first);
}

void measure_main_lane(const Trace& trace, const Trace::Lane& lane, TraceStatistics& out) {
  for (std::uint32_t row = lane.first_row + 1; row < lane.end_row; ++row) {
    if (trace.input_tokens[row] * std::uint64_t{2} < trace.input_tokens[row - 1])
      ++out.context_drops;
    if (trace.recorded_service.empty() || trace.recorded_service[row - 1].ps < 0) continue;
    ++out.serial_pairs;
    const SimTime end = trace.arrival[row - 1] + trace.recorded_service[row - 1];
    if (end > trace.arrival[row] + SimTime{kPsPerSecond}) ++out.overlapping_calls;
  }
}

void measure_sessions(const Trace& trace, TraceStatistics& out) {
  out.sessions = trace.sessions;
  std::vector<double> calls(trace.sessions, 0);
  std::vector<SimTime> first(trace.sessions, kNever), last(trace.sessions, SimTime{-1});
  for (const Trace::Lane& lane : trace.lanes) {
    calls[lane.session] += lane.end_row - lane.first_row;
    if (last[lane.session].ps >= 0) {
      ++out.subagents;
      out.subagent_requests += lane.end_row - lane.first_row;
      continue;
    }
    for (std::uint32_t row = lane.first_row; row < lane.end_row; ++row) {
      first[lane.session] = std::min(first[lane.session], trace.arrival[row]);
      last[lane.session] = std::max(last[lane.session], trace.arrival[row]);
    }
    measure_main_lane(trace, lane, out);
  }
  std::vector<SimTime> spans;
  for (std::size_t session = 0; session < calls.size(); ++session)
    spans.push_back(last[session] - first[session]);
  out.span_s = recorded_span_s(trace);
  out.requests_per_session = distribution(std::move(calls), false);
  out.session_span_s = distribution_s(spans, false);
  out.think_s = distribution_s(trace.think, false);
}

}  // namespace

WindowCounts count_windows(const std::vector<SimTime>& arrival, std::int64_t window_s) {
  WindowCounts out;
  const std::int64_t window = window_s * kPsPerSecond;
  const SimTime first = arrival.front();
  out.window_s = static_cast<double>(window_s);
  out.windows = static_cast<std::uint64_t>((arrival.back() - first).ps / window) + 1;
  const double mean = static_cast<double>(arrival.size()) / static_cast<double>(out.windows);
  std::uint64_t filled = 0;
  double squares = 0;
  for (std::size_t row = 0; row < arrival.size();) {
    const std::int64_t number = (arrival[row] - first).ps / window;
    const std::size_t begin = row;
    while (row < arrival.size() && (arrival[row] - first).ps / window == number) ++row;
    const std::uint64_t count = row - begin;
    out.busiest = std::max(out.busiest, count);
    squares += (static_cast<double>(count) - mean) * (static_cast<double>(count) - mean);
    ++filled;
  }
  out.empty = out.windows - filled;
  squares += mean * mean * static_cast<double>(out.empty);
  out.variance_over_mean = squares / static_cast<double>(out.windows) / mean;
  return out;
}

TraceStatistics compute_statistics(const Trace& trace) {
  TraceStatistics out;
  out.format = trace.format;
  out.requests = trace.rows();
  out.closed_loop = trace.closed_loop();
  out.skipped_rows = trace.skipped_rows;
  out.out_of_order_rows = trace.out_of_order_rows;
  out.chain_conflicts = trace.chain_conflicts;
  const bool interpolate = !out.closed_loop && !trace.timeless;
  out.input_tokens = distribution(trace.input_tokens, interpolate);
  out.output_tokens = distribution(trace.output_tokens, interpolate);
  const auto zeros = [](const std::vector<std::uint32_t>& column) {
    return static_cast<std::uint64_t>(std::count(column.begin(), column.end(), 0U));
  };
  out.zero_inputs = zeros(trace.input_tokens);
  out.zero_outputs = zeros(trace.output_tokens);
  for (const std::uint32_t previous : trace.previous_turn) out.linked_turns += previous != kNoIndex;
  measure_blocks(trace, out);
  measure_columns(trace, out);
  out.service_s = distribution_s(trace.recorded_service, interpolate);
  out.ttft_s = distribution_s(trace.recorded_ttft, interpolate);
  out.cached_tokens = cached_distribution(trace, interpolate);
  if (out.closed_loop) {
    measure_sessions(trace, out);
  } else if (trace.rows() > 0) {
    out.span_s = to_seconds(trace.arrival.back() - trace.arrival.front());
    if (out.span_s > 0) out.mean_rate = static_cast<double>(out.requests) / out.span_s;
    out.ten_seconds = count_windows(trace.arrival, 10);
    out.one_second = count_windows(trace.arrival, 1);
    detect_grid(trace.arrival, out);
    if (!trace.timeless) out.repeated_rows = count_repeats(trace);
  }
  out.oddities = find_oddities(out);
  return out;
}

}  // namespace pigou
