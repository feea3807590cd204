#include "trace/statistics/columns.hpp"

#include <algorithm>

namespace pigou {
namespace {

constexpr std::uint64_t kLeastRowsOfCap = 10;
constexpr std::uint64_t kCapOverNext = 3;

/// A cap shows as a pile at the longest length: far more rows than at the next one below it.
LengthCap find_cap(const std::vector<std::uint32_t>& lengths) {
  std::uint32_t most = 0, next = 0;
  std::uint64_t rows_of_most = 0, rows_of_next = 0;
  for (const std::uint32_t length : lengths) {
    if (length > most) {
      next = most;
      rows_of_next = rows_of_most;
      most = length;
      rows_of_most = 0;
    } else if (length < most && length > next) {
      next = length;
      rows_of_next = 0;
    }
    rows_of_most += length == most;
    rows_of_next += length == next && length != most;
  }
  const bool piled = rows_of_most >= kLeastRowsOfCap && rows_of_next > 0 &&
                     rows_of_most >= kCapOverNext * rows_of_next;
  return piled ? LengthCap{most, rows_of_most} : LengthCap{};
}

LabelFigures label_figures(const LabelColumn& label) {
  LabelFigures out{.name = label.name, .recorded = 0, .counts = {}};
  for (const std::string& word : label.values) out.counts.emplace_back(word, 0);
  for (const std::uint32_t code : label.code) {
    if (code == kNoIndex) continue;
    ++out.counts[code].second;
    ++out.recorded;
  }
  std::erase_if(out.counts, [](const auto& word) { return word.second == 0; });
  std::sort(out.counts.begin(), out.counts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return out;
}

double cached_share(const Trace& trace) {
  std::uint64_t cached = 0, input = 0;
  for (std::size_t row = 0; row < trace.recorded_cached_tokens.size(); ++row) {
    if (trace.recorded_cached_tokens[row] < 0) continue;
    cached += static_cast<std::uint64_t>(trace.recorded_cached_tokens[row]);
    input += trace.input_tokens[row];
  }
  return input == 0 ? 0 : static_cast<double>(cached) / static_cast<double>(input);
}

}  // namespace

void measure_columns(const Trace& trace, TraceStatistics& out) {
  for (std::size_t row = 0; row < trace.rows(); ++row)
    out.longest_total = std::max(out.longest_total,
                                 std::uint64_t{trace.input_tokens[row]} + trace.output_tokens[row]);
  out.input_cap = find_cap(trace.input_tokens);
  out.output_cap = find_cap(trace.output_tokens);
  for (const LabelColumn& label : trace.labels) out.labels.push_back(label_figures(label));
  out.passed_over = trace.passed_over;
  out.cached_share = cached_share(trace);
  out.timeless = trace.timeless;
  if (trace.calendar_start) out.calendar_start = calendar_text(*trace.calendar_start);
}

}  // namespace pigou
