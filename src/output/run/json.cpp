#include <sys/resource.h>

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/version.hpp"
#include "output/run/beside_measured.hpp"
#include "output/run/report.hpp"
#include "study/figures.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

/// The place for a dotted path, sections made on the way.
Json& at_path(Json& document, std::string_view path) {
  Json* place = &document;
  while (true) {
    const auto dot = path.find('.');
    place = &(*place)[std::string(path.substr(0, dot))];
    if (dot == std::string_view::npos) return *place;
    path.remove_prefix(dot + 1);
  }
}

Json target(double seconds) { return seconds > 0 ? Json(seconds) : Json(); }

Json pool_json(const PoolSummary& pool) {
  Json json = {{"role", pool.role}, {"engine", pool.engine}};
  for (const PoolFigure& figure : pool_figures()) {
    Json& place = json[std::string(figure.key)];
    if (figure.count != nullptr)
      place = figure.count(pool);
    else
      place = figure.real(pool);
  }
  json["step_model"] = {{"kind", pool.provenance.kind},   {"source", pool.provenance.source},
                        {"gpu", pool.provenance.gpu},     {"model", pool.provenance.model},
                        {"dtype", pool.provenance.dtype}, {"tp", pool.provenance.tp},
                        {"note", pool.provenance.note}};
  const char* regimes[] = {"decode", "prefill", "mixed"};
  Json& errors = json["step_model"]["median_error_percent"] = Json::object();
  for (std::size_t r = 0; r < 3; ++r) {
    const double error = pool.provenance.median_error_percent[r];
    errors[regimes[r]] = error < 0 ? Json() : Json(error);
  }
  return json;
}

/// Null where the trace has no record.
Json recorded_json(const Scenario& scenario, const RunSummary& summary) {
  if (!summary.recorded) return {};
  Json json;
  json["differs_by"] = recorded_differences(scenario, *summary.recorded);
  for (const RecordedNumber& number : recorded_numbers(*summary.recorded)) {
    Json& place = at_path(json, number.path);
    if (number.is_count)
      place = number.count;
    else
      place = number.real;
  }
  return json;
}

Json changes_json(const RunSummary& summary) {
  Json json = Json::array();
  for (const ParameterChangeRow& change : summary.parameter_changes)
    json.push_back({{"time_s", change.time_s},
                    {"parameter", change.parameter},
                    {"value", change.value},
                    {"by", change.by_controller ? "controller" : "scenario"}});
  return json;
}

/// Engines and provenances of the pools, each named once.
template <class Text>
std::string distinct(const RunSummary& summary, Text text) {
  std::string all;
  for (const auto& pool : summary.pools) {
    const std::string one = text(pool);
    if (all.find(one) == std::string::npos) all += (all.empty() ? "" : "; ") + one;
  }
  return all;
}

}  // namespace

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

std::string report_json(const RunReport& report) {
  const auto& [scenario, summary, times, file] = report;
  const BuildFacts facts = build_facts();
  Json json;
  json["pigou"] = {
      {"version", facts.version}, {"git", facts.revision}, {"backend", result_backend()}};
  json["scenario"] = {{"name", scenario.name}, {"hash", scenario.hash}};
  json["router"] = scenario.config.router.name;
  json["router_parameters"] = Json::parse(scenario.router_parameters);
  json["seed"] = scenario.config.seed;
  for (const Figure& figure : figures()) {
    Json& place = at_path(json, figure.key);
    if (figure.count != nullptr)
      place = figure.count(summary);
    else
      place = figure.real(summary);  // a NaN is written as null
  }
  json["requests"]["rejected_by"] = summary.rejected_by;
  if (!summary.parameter_changes.empty()) json["parameter_changes"] = changes_json(summary);
  json["percentiles_exact"] = summary.exact_percentiles;
  json["deterministic"] = !summary.random;
  json["recorded"] = recorded_json(scenario, summary);
  const SloConfig& slo = scenario.config.slo;
  json["goodput"]["slo"] = {
      {"ttft_s", target(slo.ttft_s)}, {"tpot_s", target(slo.tpot_s)}, {"e2e_s", target(slo.e2e_s)}};
  json["pools"] = Json::object();
  for (const auto& pool : summary.pools) json["pools"][pool.name] = pool_json(pool);
  json["model"] = {{"engine", distinct(summary, [](const auto& pool) { return pool.engine; })},
                   {"step_model_provenance", distinct(summary, [](const auto& pool) {
                      return provenance_text(pool.provenance);
                    })}};
  json["assumed"] = assumptions_text(scenario, summary);
  Json& sim = json["sim"];
  sim["events"] = summary.events;
  sim["wall_s"] = times.run_s;
  sim["requests_per_wall_s"] =
      times.run_s > 0 ? Json(static_cast<double>(summary.arrived) / times.run_s) : Json();
  sim["peak_rss_bytes"] = peak_rss_bytes();
  json["process"] = {
      {"wall_s", times.process_s}, {"load_wall_s", times.load_s}, {"write_wall_s", times.write_s}};
  json["result_file"] = file.empty() ? Json() : Json(file);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pigou
