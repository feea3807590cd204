#include "cli/trace_info.hpp"

#include <nlohmann/json.hpp>

#include "trace/statistics.hpp"

namespace pigou {
namespace {

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
  return {{"span_s", s.span_s},
          {"mean_requests_per_s", s.mean_rate},
          {"windows_10_s", window_json(s.ten_seconds)},
          {"windows_1_s", window_json(s.one_second)},
          {"distinct_times", s.distinct_times},
          {"grid_ms", {s.grid_min_ms, s.grid_max_ms}},
          {"repeated_rows", s.repeated_rows},
          {"out_of_order_rows", s.out_of_order_rows}};
}

Json closed_loop_json(const TraceStatistics& s) {
  return {{"sessions", s.sessions},
          {"subagents", s.subagents},
          {"subagent_requests", s.subagent_requests},
          {"requests_per_session", distribution_json(s.requests_per_session)},
          {"session_span_s", distribution_json(s.session_span_s)},
          {"think_s", distribution_json(s.think_s)},
          {"service_s", distribution_json(s.service_s)},
          {"ttft_s", distribution_json(s.ttft_s)},
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

std::string info_json(const std::string& file, const TraceStatistics& s) {
  Json json = {{"file", file},
               {"format", s.format},
               {"requests", s.requests},
               {"input_tokens", distribution_json(s.input_tokens)},
               {"output_tokens", distribution_json(s.output_tokens)},
               {"zero_inputs", s.zero_inputs},
               {"zero_outputs", s.zero_outputs},
               {"skipped_rows", s.skipped_rows},
               {"blocks", blocks_json(s)}};
  if (s.closed_loop)
    json["closed_loop"] = closed_loop_json(s);
  else
    json["open_loop"] = open_loop_json(s);
  json["oddities"] = s.oddities;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string trace_info(const std::string& file, const Trace& trace, bool json) {
  const TraceStatistics statistics = compute_statistics(trace);
  if (json) return info_json(file, statistics);
  std::string text = file + "\n";
  for (const auto& line : describe_statistics(statistics)) text.append(line).append("\n");
  return text;
}

}  // namespace pigou
