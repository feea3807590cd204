#include "trace/check.hpp"

#include <algorithm>

#include "core/huge_pages.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kUnseen = kNoIndex - 1;  ///< no row number, no predecessor

std::string at_row(const char* what, std::size_t row) {
  return std::string(what) + " of row " + std::to_string(row) + " ";
}

template <class T, class Good>
std::size_t first_bad(const std::vector<T>& column, Good&& good) {
  return static_cast<std::size_t>(std::find_if_not(column.begin(), column.end(), good) -
                                  column.begin());
}

/// Every column has an entry per row, or none where it may be absent.
std::string sizes(const Trace& trace) {
  const std::size_t rows = trace.rows();
  if (rows == 0) return "it has no requests";
  if (rows >= kUnseen) return "it has too many requests";
  bool good = trace.arrival.size() == rows && trace.output_tokens.size() == rows;
  for_each_row_column(
      trace, [&](const auto& column) { good = good && (column.empty() || column.size() == rows); });
  for (const LabelColumn& label : trace.labels) good = good && label.code.size() == rows;
  good = good && (trace.previous_turn.empty() || trace.previous_turn.size() == rows);
  good = good && trace.think.empty() == trace.lanes.empty();
  if (!good) return "its columns differ in length";
  if (trace.block_tokens == 0 &&
      (!trace.block_begin.empty() || !trace.block_ids.empty() || trace.distinct_blocks != 0))
    return "it has block ids of no size";
  if (trace.block_tokens != 0 && trace.block_begin.size() != rows + 1)
    return "its columns differ in length";
  return "";
}

std::string ranges(const Trace& trace) {
  const std::size_t rows = trace.rows();
  const auto bad_times = [&](const std::vector<SimTime>& times, SimTime least) {
    return first_bad(times, [=](SimTime t) { return t >= least && t <= kLongest; });
  };
  const auto tokens = [](std::uint32_t n) { return n <= kMaxTokens; };
  const struct {
    const char* name;
    std::size_t bad, size;
  } checks[] = {
      {"arrival", bad_times(trace.arrival, {0}), rows},
      {"think time", bad_times(trace.think, {0}), trace.think.size()},
      {"recorded E2E", bad_times(trace.recorded_service, {-1}), trace.recorded_service.size()},
      {"recorded TTFT", bad_times(trace.recorded_ttft, {-1}), trace.recorded_ttft.size()},
      {"session start", bad_times(trace.session_arrival, {0}), trace.session_arrival.size()},
      {"input", first_bad(trace.input_tokens, tokens), rows},
      {"output", first_bad(trace.output_tokens, tokens), rows},
  };
  for (const auto& check : checks)
    if (check.bad < check.size) return at_row(check.name, check.bad) + "is out of range";
  for (std::size_t row = 0; row < trace.recorded_cached_tokens.size(); ++row) {
    const std::int32_t cached = trace.recorded_cached_tokens[row];
    if (cached < -1 || (cached > 0 && static_cast<std::uint32_t>(cached) > trace.input_tokens[row]))
      return at_row("recorded cached tokens", row) + "do not fit its prompt";
  }
  return "";
}

std::string times(const Trace& trace) {
  if (trace.calendar_start &&
      (trace.calendar_start->seconds > kMaxStampSeconds ||
       trace.calendar_start->seconds < -kMaxStampSeconds || trace.calendar_start->ps < 0 ||
       trace.calendar_start->ps >= kPsPerSecond))
    return "its calendar start is out of range";
  if (trace.closed_loop()) return "";
  if (trace.timeless && trace.arrival.back() != SimTime{}) return "it has times and is timeless";
  const auto sorted = std::is_sorted_until(trace.arrival.begin(), trace.arrival.end());
  if (sorted == trace.arrival.end()) return "";
  return at_row("arrival", static_cast<std::size_t>(sorted - trace.arrival.begin())) +
         "is before that of the row above";
}

/// The ids of each row are within the file and as many as its prompt has blocks.
std::string block_counts(const Trace& trace) {
  const std::vector<std::uint64_t>& begin = trace.block_begin;
  if (begin.front() != 0 || begin.back() != trace.block_ids.size())
    return "its block ids do not end where they should";
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const std::uint32_t full = trace.input_tokens[row] / trace.block_tokens;
    const bool part = trace.input_tokens[row] % trace.block_tokens != 0;
    const std::uint64_t count = begin[row + 1] - begin[row];
    if (begin[row] > begin[row + 1] || (count != full && count != full + std::uint64_t{part}))
      return at_row("number of block ids", row) + "does not fit its prompt";
  }
  return "";
}

std::string chains(const Trace& trace) {
  const std::uint32_t distinct = trace.distinct_blocks;
  if (distinct > trace.block_ids.size()) return "it has fewer block ids than it says";
  std::vector<std::uint32_t> before;
  reserve_huge(before, distinct);
  before.resize(distinct, kUnseen);
  std::uint32_t seen = 0;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    std::uint32_t previous = kNoIndex;
    for (const std::uint32_t id : trace.blocks(row)) {
      if (id >= distinct) return at_row("a block id", row) + "is out of range";
      if (before[id] != previous) {
        if (before[id] != kUnseen) return at_row("a block id", row) + "has two predecessors";
        before[id] = previous;
        ++seen;
      }
      previous = id;
    }
  }
  return seen == distinct ? "" : "it has fewer distinct block ids than it says";
}

std::string turns(const Trace& trace) {
  for (std::size_t row = 0; row < trace.previous_turn.size(); ++row) {
    const std::uint32_t previous = trace.previous_turn[row];
    if (previous == kNoIndex) continue;
    if (previous >= trace.rows() || previous == row || !trace.can_continue(previous, row))
      return at_row("previous turn", row) + "is no turn before it";
  }
  return "";
}

/// Lanes follow each other without gaps, sessions are numbered by first sight, and a trigger is a
/// row of the same session in a lane before.
std::string lanes(const Trace& trace) {
  if (!trace.session_arrival.empty() && trace.session_arrival.size() != trace.sessions)
    return "it has not as many session starts as sessions";
  if (trace.lanes.empty()) return trace.sessions == 0 ? "" : "it has sessions without lanes";
  std::uint32_t row = 0, sessions = 0;
  for (auto lane = trace.lanes.begin(); lane != trace.lanes.end(); ++lane) {
    bool good = lane->first_row == row && lane->end_row > row && lane->session <= sessions;
    if (good && lane->trigger != kNoIndex) {
      const auto after = std::upper_bound(
          trace.lanes.begin(), lane, lane->trigger,
          [](std::uint32_t at, const Trace::Lane& other) { return at < other.first_row; });
      good = lane->trigger < row && std::prev(after)->session == lane->session;
    }
    if (!good)
      return "lane " + std::to_string(lane - trace.lanes.begin()) + " does not fit those before it";
    sessions = std::max(sessions, lane->session + 1);
    row = lane->end_row;
  }
  return row == trace.rows() && trace.sessions == sessions ? "" : "its lanes leave out rows";
}

std::string labels(const Trace& trace) {
  for (std::size_t i = 0; i < trace.labels.size(); ++i) {
    const LabelColumn& label = trace.labels[i];
    if (trace.label(label.name) != &label) return "it has the label " + label.name + " twice";
    const std::size_t words = label.values.size();
    const std::size_t bad =
        first_bad(label.code, [=](std::uint32_t code) { return code < words || code == kNoIndex; });
    if (bad < trace.rows()) return at_row(("label " + label.name).c_str(), bad) + "is no word";
  }
  return "";
}

}  // namespace

std::string fault_of(const Trace& trace) {
  for (const auto check : {sizes, ranges, times, lanes, labels})
    if (std::string fault = check(trace); !fault.empty()) return fault;
  if (trace.block_tokens != 0)
    for (const auto check : {block_counts, chains})
      if (std::string fault = check(trace); !fault.empty()) return fault;
  return turns(trace);
}

}  // namespace pigou
