#include "trace/statistics/words.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pigou {

std::string grouped_number(double value, int decimals) {
  char digits[64];
  const int length = std::snprintf(digits, sizeof digits, "%.*f", decimals, value);
  const int point = decimals > 0 ? length - decimals - 1 : length;
  std::string text;
  for (int at = 0; at < length; ++at) {
    const bool group = at > 0 && at < point && (point - at) % 3 == 0 && digits[at - 1] != '-';
    if (group) text += ',';
    text += digits[at];
  }
  return text;
}

namespace {

constexpr std::size_t kWordsShown = 5;

std::string number(double value, int decimals) { return grouped_number(value, decimals); }
std::string number(std::uint64_t value) { return number(static_cast<double>(value), 0); }

std::string line_of(const char* name, const Distribution& d, int decimals, const char* unit,
                    bool with_sum) {
  const std::string units = std::string(unit) == "1" ? "" : " (" + std::string(unit) + ")";
  std::string text = name + units + ": mean " + number(d.mean, decimals + 1) + ", p50 " +
                     number(d.p50, decimals) + ", p90 " + number(d.p90, decimals) + ", p99 " +
                     number(d.p99, decimals) + ", min " + number(d.min, decimals) + ", max " +
                     number(d.max, decimals);
  if (with_sum) text += ", sum " + number(d.sum, decimals);
  return text;
}

void describe_arrivals(const TraceStatistics& s, std::vector<std::string>& lines) {
  if (s.timeless) {
    lines.emplace_back("times: none recorded");
    return;
  }
  lines.push_back("span: " + number(s.span_s, 1) + " s, mean " + number(s.mean_rate, 2) +
                  " requests/s");
  lines.push_back("busiest 10 s: " + number(s.ten_seconds.busiest) + " requests (" +
                  number(static_cast<double>(s.ten_seconds.busiest) / 10, 1) +
                  "/s); busiest 1 s: " + number(s.one_second.busiest) + " requests");
  lines.push_back("10 s counts: variance/mean " + number(s.ten_seconds.variance_over_mean, 2) +
                  ", " + number(s.ten_seconds.empty) + " of " + number(s.ten_seconds.windows) +
                  " windows empty");
  lines.push_back("distinct times: " + number(s.distinct_times));
  lines.push_back("repeated rows: " + number(s.repeated_rows) +
                  "; out of order: " + number(s.out_of_order_rows));
}

void describe_sessions(const TraceStatistics& s, std::vector<std::string>& lines) {
  lines.push_back("sessions: " + number(s.sessions) + ", with " + number(s.subagents) +
                  " sub-agents that send " + number(s.subagent_requests) + " requests");
  if (s.span_s > 0) lines.push_back("first call to last answer: " + number(s.span_s, 1) + " s");
  lines.push_back(line_of("requests per session", s.requests_per_session, 0, "1", false));
  lines.push_back(line_of("session span, first to last call", s.session_span_s, 0, "s", false));
  lines.push_back(line_of("think time", s.think_s, 0, "s", false));
  if (s.serial_pairs > 0)
    lines.push_back("calls sent over 1 s before the previous one ended: " +
                    number(s.overlapping_calls) + " of " + number(s.serial_pairs));
  lines.push_back("context falls by more than half: " + number(s.context_drops) + " times");
}

void describe_recorded(const TraceStatistics& s, std::vector<std::string>& lines) {
  const auto recorded = [&](const char* name, const Distribution& d, int decimals,
                            const char* unit) {
    if (d.count == 0) return;
    lines.push_back(line_of(name, d, decimals, unit, false) + ", on " + number(d.count) +
                    " requests");
  };
  recorded("recorded server time", s.service_s, 2, "s");
  recorded("recorded time to first token", s.ttft_s, 2, "s");
  recorded("recorded cached input", s.cached_tokens, 0, "tokens");
  if (s.cached_tokens.count > 0)
    lines.push_back("recorded cached share of the input: " + number(s.cached_share, 4));
}

void describe_labels(const TraceStatistics& s, std::vector<std::string>& lines) {
  for (const LabelFigures& label : s.labels) {
    std::string text = "label " + label.name + ": " + number(label.counts.size()) +
                       (label.counts.size() == 1 ? " word" : " words");
    if (label.recorded < s.requests) text += ", on " + number(label.recorded) + " requests";
    for (std::size_t i = 0; i < std::min(label.counts.size(), kWordsShown); ++i)
      text += (i == 0 ? "; " : ", ") + label.counts[i].first + " " + number(label.counts[i].second);
    if (label.counts.size() > kWordsShown)
      text += " ... " + label.counts.back().first + " " + number(label.counts.back().second);
    lines.push_back(std::move(text));
  }
  for (const PassedOver& kind : s.passed_over)
    lines.push_back("passed over: " + number(kind.count) + " " + kind.kind);
}

void describe_blocks(const TraceStatistics& s, std::vector<std::string>& lines) {
  if (s.block_tokens == 0) {
    lines.emplace_back("blocks: none, prompts share nothing");
    return;
  }
  lines.push_back("blocks (" + number(s.block_tokens) + " tokens): " + number(s.blocks) + ", " +
                  number(s.distinct_blocks) + " distinct");
  lines.push_back("ideal prefix hit: " + number(s.hit_by_blocks, 4) + " by blocks, " +
                  number(s.hit_by_tokens, 4) + " by tokens");
  lines.push_back("most common first block: opens " + number(s.opening_rows) + " of " +
                  number(s.requests) + " requests; hit without it " +
                  number(s.hit_without_opening, 3));
  if (s.linked_turns > 0)
    lines.push_back("requests that continue an earlier one: " + number(s.linked_turns));
}

}  // namespace

std::vector<std::string> find_oddities(const TraceStatistics& s) {
  std::vector<std::string> words;
  if (s.grid_max_ms > 0) {
    const double middle = (s.grid_min_ms + s.grid_max_ms) / 2;
    words.push_back("times sit on a ~" + number(middle, 0) + " ms grid (" +
                    number(s.distinct_times) + " distinct values, " + number(s.grid_min_ms, 0) +
                    ".." + number(s.grid_max_ms, 0) + " ms apart): set workload.jitter_s " +
                    number(std::max(std::round(middle), 1.0) / 1000, middle < 1000 ? 3 : 0));
  }
  if (s.timeless)
    words.emplace_back(
        "no times are recorded: set workload.arrivals.family and workload.arrivals.rate, or "
        "workload.concurrency");
  else if (s.requests > 1 && s.distinct_times == 1 && !s.closed_loop)
    words.emplace_back("all requests arrive at once: set workload.concurrency");
  const auto capped = [&](const char* name, const LengthCap& cap) {
    if (cap.rows > 0)
      words.push_back(number(cap.rows) + " " + name + " have the longest length, " +
                      number(std::uint64_t{cap.tokens}) + " tokens: a cap, it seems");
  };
  capped("inputs", s.input_cap);
  capped("outputs", s.output_cap);
  if (s.block_tokens != 0 && s.opening_rows == s.requests && s.requests > 1)
    words.emplace_back("every request opens with the same block: any instance holds some prefix");
  if (s.repeated_rows > 0)
    words.push_back("rows that repeat an earlier one exactly: " + number(s.repeated_rows));
  if (s.out_of_order_rows > 0)
    words.push_back("rows that were out of order and have been sorted: " +
                    number(s.out_of_order_rows));
  if (s.zero_outputs > 0)
    words.push_back("requests without output, served as one token: " + number(s.zero_outputs));
  if (s.zero_inputs > 0) words.push_back("requests without input: " + number(s.zero_inputs));
  if (s.skipped_rows > 0) words.push_back("broken rows skipped: " + number(s.skipped_rows));
  if (s.chain_conflicts > 0)
    words.push_back("block ids behind a second predecessor, renamed: " + number(s.chain_conflicts));
  if (s.context_drops > 0)
    words.push_back("context falls by more than half " + number(s.context_drops) +
                    " times within a session: compaction, or a new context");
  if (s.input_tokens.max > 131'072)
    words.push_back("inputs reach " + number(s.input_tokens.max, 0) +
                    " tokens: use a model with such a window or workload.truncate_input_tokens");
  return words;
}

std::vector<std::string> describe_statistics(const TraceStatistics& s) {
  std::vector<std::string> lines;
  lines.push_back("format: " + s.format + (s.closed_loop ? ", closed loop" : ", open loop"));
  lines.push_back("requests: " + number(s.requests));
  if (!s.calendar_start.empty()) lines.push_back("begins: " + s.calendar_start + " UTC");
  if (s.closed_loop)
    describe_sessions(s, lines);
  else
    describe_arrivals(s, lines);
  lines.push_back(line_of("input", s.input_tokens, 0, "tokens", true));
  lines.push_back(line_of("output", s.output_tokens, 0, "tokens", true));
  lines.push_back("longest input and output together: " + number(s.longest_total) + " tokens");
  describe_blocks(s, lines);
  describe_recorded(s, lines);
  describe_labels(s, lines);
  for (const std::string& oddity : s.oddities) lines.push_back("note: " + oddity);
  return lines;
}

}  // namespace pigou
