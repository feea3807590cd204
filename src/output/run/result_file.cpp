#include "output/run/result_file.hpp"

#include <algorithm>
#include <utility>

#include "core/version.hpp"
#include "output/run/beside_measured.hpp"
#include "output/run/decision_file.hpp"
#include "study/figures.hpp"

namespace pigou {
namespace {

void write_requests(Hdf5Writer& writer, const RequestColumns& rows) {
  const std::string group = "/result/requests/";
  const auto put = [&](const char* name, const auto& values, const char* unit,
                       const char* description) {
    writer.column(group + name, std::span(values), {unit, description});
  };
  put("request", rows.request, "1",
      "Number of the request: in order of arrival; with sessions in order of the trace's rows.");
  put("arrival_s", rows.arrival_s, "s", "When the client sent it.");
  put("queue_s", rows.queue_s, "s", "Arrival to first scheduled step; NaN if there was none.");
  put("ttft_s", rows.ttft_s, "s", "Arrival to first token; NaN if there was none.");
  put("tpot_s", rows.tpot_s, "s",
      "(last - first token) / (output - 1); NaN below 2 tokens or if not finished.");
  put("e2e_s", rows.e2e_s, "s", "Arrival to last token; NaN if not finished.");
  put("end_s", rows.end_s, "s", "When it left: finished, refused, given up or failed.");
  put("input_tokens", rows.input_tokens, "tokens", "Prompt length.");
  put("output_tokens", rows.output_tokens, "tokens", "Tokens to generate.");
  put("hit_tokens", rows.hit_tokens, "tokens",
      "Prompt tokens found in KV cache at first admission.");
  put("believed_tokens", rows.believed_tokens, "tokens",
      "Prompt tokens the router believed cached on the chosen instance.");
  put("instance", rows.instance, "1", "Prefill or aggregated instance; -1: none.");
  put("decode_instance", rows.decode_instance, "1",
      "Decode instance of a split cluster; -1: none.");
  put("preemptions", rows.preemptions, "preemptions",
      "Times it was sent back for want of KV blocks, in all attempts.");
  put("attempts", rows.attempts, "placements", "Times it was placed, those lost counted.");
  put("attempt", rows.attempt, "1", "Attempt the row is of, 1 the first; 0: it was not placed.");
  put("outcome", rows.outcome, "1", "0 in flight, 1 finished, 2 rejected, 3 timed out, 4 failed.");
  const auto put_recorded = [&](const char* name, const auto& values, const char* unit,
                                const char* description) {
    if (!values.empty()) put(name, values, unit, description);
  };
  put_recorded("recorded_ttft_s", rows.recorded_ttft_s, "s", "TTFT in the trace; NaN: none.");
  put_recorded("recorded_tpot_s", rows.recorded_tpot_s, "s",
               "From recorded TTFT and E2E; NaN: one of them is missing, or below 2 tokens.");
  put_recorded("recorded_e2e_s", rows.recorded_e2e_s, "s", "E2E in the trace; NaN: none.");
  put_recorded("recorded_cached_tokens", rows.recorded_cached_tokens, "tokens",
               "Prompt tokens found in cache, in the trace; -1: none.");
  put_recorded("recorded_instance", rows.recorded_instance, "1",
               "Prefill or aggregated instance in the trace; -1: none.");
  put_recorded("recorded_decode_instance", rows.recorded_decode_instance, "1",
               "Decode instance in the trace; -1: none.");
}

void write_recorded(Hdf5Writer& writer, const Scenario& scenario, const RunSummary& summary) {
  if (!summary.recorded) return;
  const std::string group = "/result/recorded";
  for (const RecordedNumber& number : recorded_numbers(*summary.recorded)) {
    const std::string path = group + "/" + with_slashes(number.path);
    const DatasetNote note{number.unit, number.description};
    if (number.is_count)
      writer.scalar(path, number.count, note);
    else
      writer.scalar(path, number.real, note);
  }
  writer.attribute(group, "differs_by", recorded_differences(scenario, *summary.recorded));
}

/// Only where there are any.
void write_changes(Hdf5Writer& writer, const std::vector<ParameterChangeRow>& changes) {
  if (changes.empty()) return;
  std::vector<double> time_s, value;
  std::vector<std::string> parameter;
  std::vector<std::uint8_t> by;
  for (const ParameterChangeRow& change : changes) {
    time_s.push_back(change.time_s);
    parameter.push_back(change.parameter);
    value.push_back(change.value);
    by.push_back(change.by_controller ? 1 : 0);
  }
  const std::string group = "/result/parameter_changes/";
  writer.column(group + "time_s", std::span(std::as_const(time_s)),
                {"s", "When the parameter changed, from the first arrival's clock."});
  writer.texts(group + "parameter", parameter, "Name of the router's parameter.");
  writer.column(group + "value", std::span(std::as_const(value)),
                {"1", "What it was from then on, in its own unit."});
  writer.column(group + "by", std::span(std::as_const(by)),
                {"1", "Who changed it: 0 the scenario, 1 the controller."});
}

void write_timeline(Hdf5Writer& writer, const TimelineColumns& rows) {
  const std::string group = "/result/timeline/";
  const auto put = [&](const char* name, const auto& values, const char* unit,
                       const char* description) {
    writer.column(group + name, std::span(values), {unit, description});
  };
  put("time_s", rows.time_s, "s", "Instant of the row, from the first arrival's clock.");
  put("in_flight", rows.in_flight, "requests", "Sent and neither finished, rejected nor given up.");
  put("running", rows.running, "sequences", "Sequences holding a seat of an engine.");
  put("waiting", rows.waiting, "calls", "Calls in the engines' waiting queues.");
  put("kv_used_blocks", rows.kv_used_blocks, "blocks", "Referenced KV blocks of all instances.");
  put("cv_pending_prefill_tokens", rows.cv_pending_prefill_tokens, "1",
      "Coefficient of variation of pending prefill tokens over instances.");
}

template <class Summary>
void write_figure(Hdf5Writer& writer, const std::string& group, const FigureOf<Summary>& figure,
                  const Summary& summary) {
  const std::string path = group + "/" + with_slashes(figure.key);
  const DatasetNote note{std::string(figure.unit), std::string(figure.definition)};
  if (figure.count != nullptr)
    writer.scalar(path, figure.count(summary), note);
  else
    writer.scalar(path, figure.real(summary), note);
}

void write_pool(Hdf5Writer& writer, const std::string& group, const PoolSummary& pool) {
  for (const PoolFigure& figure : pool_figures()) write_figure(writer, group, figure, pool);
  writer.attribute(group, "role", pool.role);
  writer.attribute(group, "engine", pool.engine);
  writer.attribute(group, "step_model_provenance", provenance_text(pool.provenance));
}

}  // namespace

void write_header(Hdf5Writer& writer, const std::string& filetype, const Scenario& scenario) {
  const BuildFacts facts = build_facts();
  const int version[] = {1, 0};
  writer.attribute("/", "filetype", filetype);
  writer.attribute("/", "format_version", version);
  writer.attribute("/", "program", "pigou " + std::string(facts.version));
  writer.attribute("/", "git", std::string(facts.revision));
  writer.text("/input/scenario", scenario.resolved, "The scenario as resolved, JSON.");
  writer.text("/input/scenario_hash", scenario.hash, "FNV-1a 64 of /input/scenario, hexadecimal.");
  writer.text("/input/scenario_name", scenario.name, "Name of the scenario.");
}

void write_summary(Hdf5Writer& writer, const std::string& group, const RunSummary& summary) {
  for (const Figure& figure : figures()) write_figure(writer, group, figure, summary);
  for (const auto& [reason, count] : summary.rejected_by) {
    std::string name = reason;
    std::ranges::replace(name, '/', ' ');
    writer.scalar(group + "/requests/rejected_by/" + name, count,
                  {"requests", "Requests rejected for this reason."});
  }
  for (const auto& pool : summary.pools) write_pool(writer, group + "/pools/" + pool.name, pool);
}

void write_run_file(const OutputTarget& target, const Scenario& scenario, const RunResult& result) {
  Hdf5Writer writer(target);
  write_header(writer, "pigou-run", scenario);
  write_requests(writer, result.requests);
  write_timeline(writer, result.timeline);
  write_summary(writer, "/result/summary", result.summary);
  write_changes(writer, result.summary.parameter_changes);
  write_recorded(writer, scenario, result.summary);
  if (result.decisions.asked_for) write_decisions(writer, "/result/decisions", result.decisions);
  writer.commit();
}

}  // namespace pigou
