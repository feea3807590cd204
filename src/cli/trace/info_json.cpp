#include "cli/trace/info_json.hpp"

#include <algorithm>

namespace pigou {
namespace {

/// Words of a label that are printed; a file may have one per session.
constexpr std::size_t kWordsPrinted = 1000;

using Json = nlohmann::ordered_json;

Json distribution_json(const Distribution& values) {
  if (values.count == 0) return {{"count", 0}};
  return {{"count", values.count}, {"mean", values.mean}, {"p50", values.p50}, {"p90", values.p90},
          {"p99", values.p99},     {"min", values.min},   {"max", values.max}, {"sum", values.sum}};
}

Json window_json(const WindowCounts& window) {
  return {{"windows", window.windows},
          {"busiest", window.busiest},
          {"empty", window.empty},
          {"variance_over_mean", window.variance_over_mean}};
}

Json open_loop_json(const TraceStatistics& s) {
  if (s.timeless) return {{"timeless", true}};
  return {{"timeless", false},
          {"span_s", s.span_s},
          {"mean_requests_per_s", s.mean_rate},
          {"windows_10_s", window_json(s.ten_seconds)},
          {"windows_1_s", window_json(s.one_second)},
          {"distinct_times", s.distinct_times},
          {"grid_ms", {s.grid_min_ms, s.grid_max_ms}},
          {"repeated_rows", s.repeated_rows},
          {"out_of_order_rows", s.out_of_order_rows}};
}

Json closed_loop_json(const TraceStatistics& s) {
  return {{"span_s", s.span_s},
          {"sessions", s.sessions},
          {"subagents", s.subagents},
          {"subagent_requests", s.subagent_requests},
          {"requests_per_session", distribution_json(s.requests_per_session)},
          {"session_span_s", distribution_json(s.session_span_s)},
          {"think_s", distribution_json(s.think_s)},
          {"overlapping_calls", s.overlapping_calls},
          {"serial_pairs", s.serial_pairs},
          {"context_drops", s.context_drops}};
}

Json blocks_json(const TraceStatistics& s) {
  if (s.block_tokens == 0) return Json();
  return {{"block_tokens", s.block_tokens},
          {"blocks", s.blocks},
          {"distinct_blocks", s.distinct_blocks},
          {"hit_by_blocks", s.hit_by_blocks},
          {"hit_by_tokens", s.hit_by_tokens},
          {"opening_rows", s.opening_rows},
          {"hit_without_opening", s.hit_without_opening},
          {"linked_turns", s.linked_turns},
          {"chain_conflicts", s.chain_conflicts}};
}

Json recorded_json(const TraceStatistics& s) {
  return {{"service_s", distribution_json(s.service_s)},
          {"ttft_s", distribution_json(s.ttft_s)},
          {"cached_tokens", distribution_json(s.cached_tokens)},
          {"cached_share", s.cached_share}};
}

Json labels_json(const TraceStatistics& s) {
  Json labels = Json::object();
  for (const LabelFigures& label : s.labels) {
    Json counts = Json::object();
    for (std::size_t i = 0; i < std::min(label.counts.size(), kWordsPrinted); ++i)
      counts[label.counts[i].first] = label.counts[i].second;
    labels[label.name] = {{"words", label.counts.size()},
                          {"requests", label.recorded},
                          {"counts", std::move(counts)}};
  }
  return labels;
}

Json file_json(const FileFacts& file) {
  Json json = {{"files", file.files}, {"bytes_on_disk", file.bytes_on_disk}};
  if (file.files != 1) return json;
  json["bytes"] = file.bytes;
  if (!file.text) return json;
  json["lines"] = file.lines;
  json["crlf_lines"] = file.crlf_lines;
  json["last_line_ends"] = file.last_line_ends;
  json["byte_order_mark"] = file.byte_order_mark;
  return json;
}

Json lengths_json(const WeightedLengths& lengths) {
  return {{"mean", lengths.mean}, {"p50", lengths.p50}, {"p99", lengths.p99}, {"max", lengths.max}};
}

}  // namespace

Json info_json(const std::string& path, const FileFacts& file, const TraceStatistics& s) {
  Json json = {{"file", path},
               {"format", s.format},
               {"file_facts", file_json(file)},
               {"requests", s.requests},
               {"input_tokens", distribution_json(s.input_tokens)},
               {"output_tokens", distribution_json(s.output_tokens)},
               {"longest_total_tokens", s.longest_total},
               {"zero_inputs", s.zero_inputs},
               {"zero_outputs", s.zero_outputs},
               {"inputs_at_cap", s.input_cap.rows},
               {"outputs_at_cap", s.output_cap.rows},
               {"skipped_rows", s.skipped_rows},
               {"blocks", blocks_json(s)}};
  if (!s.calendar_start.empty()) json["calendar_start"] = s.calendar_start;
  if (s.closed_loop)
    json["closed_loop"] = closed_loop_json(s);
  else
    json["open_loop"] = open_loop_json(s);
  json["recorded"] = recorded_json(s);
  json["labels"] = labels_json(s);
  json["passed_over"] = Json::object();
  for (const PassedOver& kind : s.passed_over) json["passed_over"][kind.kind] = kind.count;
  json["oddities"] = s.oddities;
  return json;
}

Json info_json(const std::string& path, const FileFacts& file, const ServeGenFacts& facts) {
  return {{"file", path},
          {"format", "servegen"},
          {"file_facts", file_json(file)},
          {"clients", facts.clients},
          {"windows", facts.windows},
          {"window_s", facts.window_s},
          {"span_s", facts.span_s},
          {"requests", facts.requests},
          {"mean_requests_per_s", facts.mean_rate},
          {"peak_window_requests_per_s", facts.peak_rate},
          {"largest_client", facts.largest_client},
          {"largest_client_share", facts.largest_share},
          {"idle_window_share", facts.idle_share},
          {"input_tokens", lengths_json(facts.input)},
          {"output_tokens", lengths_json(facts.output)},
          {"zero_outputs", facts.zero_outputs},
          {"clients_without_lengths", facts.missing_lengths},
          {"share_without_lengths", facts.missing_share},
          {"skipped_rows", facts.skipped_rows},
          {"read",
           {{"clients", facts.drawn_clients},
            {"requests", facts.drawn_requests},
            {"span_s", facts.drawn_span_s},
            {"most_requests", kMostDrawnRequests}}},
          {"oddities", servegen_oddities(facts)}};
}

}  // namespace pigou
