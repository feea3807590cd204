#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/version.hpp"
#include "output/compare/metrics.hpp"
#include "output/compare/report.hpp"
#include "output/run/result_file.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const RunSummary& run, std::uint64_t seed) {
  Json json = {{"seed", seed}};
  for (const Figure* figure : compared_counts())
    json[std::string(figure->key)] = figure->count(run);
  for (const std::string_view key : {"ttft_s.requests", "tpot_s.requests", "e2e_s.requests"})
    json[std::string(key)] = figure_called(key).count(run);
  for (const Figure* figure : compared_figures())
    json[std::string(figure->key)] = figure->real(run);
  for (const Figure* figure : compared_counts())
    json[std::string(figure->alias)] = figure->count(run);
  return json;
}

Json difference_json(const Comparison& comparison, const Figure& metric, std::size_t arm) {
  const PairedDifference difference = arm_difference(comparison, metric, 0, arm);
  Json json = {{"mean", difference.mean}};
  if (is_fact(comparison, metric, 0, arm))
    json["interval"] = "deterministic";
  else if (std::isfinite(difference.half_width))
    json["interval"] = {difference.low(), difference.high()};
  else
    json["interval"] = Json();  // one seed says nothing about the next
  return json;
}

Json differences_json(const Comparison& comparison, std::size_t arm) {
  Json json = Json::object();
  for (const auto& figures : {compared_counts(), compared_figures()})
    for (const Figure* figure : figures)
      json[std::string(figure->key)] = difference_json(comparison, *figure, arm);
  return json;
}

Json arm_json(const Comparison& comparison, std::size_t index) {
  const CompareArm& arm = comparison.arms[index];
  Json json = {{"router", arm.scenario.config.router.name},
               {"label", arm.label},
               {"router_parameters", Json::parse(arm.scenario.router_parameters)},
               {"deterministic", !arm.runs.front().random},
               {"runs", Json::array()}};
  for (std::size_t i = 0; i < arm.runs.size(); ++i)
    json["runs"].push_back(run_json(arm.runs[i], comparison.seeds[i]));
  Json& mean = json["mean"] = Json::object();
  for (const auto& figures : {compared_counts(), compared_figures()})
    for (const Figure* figure : figures)
      mean[std::string(figure->key)] = mean_of(comparison.values(index, *figure));
  if (index > 0) json["difference_from_first"] = differences_json(comparison, index);
  return json;
}

std::string group_name(const Comparison& comparison, std::size_t index) {
  std::string name = comparison.arms[index].scenario.config.router.name;
  std::ranges::replace(name, '/', '-');
  return "/runs/" + std::to_string(index) + "-" + name;
}

}  // namespace

std::string comparison_json(const Comparison& comparison, const RunTimes& times,
                            const std::string& result_file) {
  const BuildFacts facts = build_facts();
  const Scenario& scenario = comparison.arms.front().scenario;
  Json json;
  json["pigou"] = {
      {"version", facts.version}, {"git", facts.revision}, {"backend", result_backend()}};
  json["scenario"] = {{"name", scenario.name}, {"hash", scenario.hash}};
  json["seeds"] = comparison.seeds;
  json["deterministic"] = comparison.deterministic;
  json["deciding_metric"] = deciding_figure(comparison).key;
  json["routers"] = Json::array();
  for (std::size_t i = 0; i < comparison.arms.size(); ++i)
    json["routers"].push_back(arm_json(comparison, i));
  json["simultaneous_confidence"] = simultaneous_confidence(comparison);
  json["windows"] = comparison_windows(comparison);
  json["verdict"] = comparison_verdict(comparison);
  json["assumed"] = comparison_assumptions(comparison);
  json["process"] = {{"wall_s", times.process_s},
                     {"load_wall_s", times.load_s},
                     {"run_wall_s", times.run_s},
                     {"write_wall_s", times.write_s},
                     {"peak_rss_bytes", peak_rss_bytes()}};
  json["result_file"] = result_file.empty() ? Json() : Json(result_file);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_comparison_file(const OutputTarget& target, const Comparison& comparison) {
  Hdf5Writer writer(target);
  write_header(writer, "pigou-compare", comparison.arms.front().scenario);
  for (std::size_t i = 0; i < comparison.arms.size(); ++i) {
    const CompareArm& arm = comparison.arms[i];
    const std::string group = group_name(comparison, i);
    writer.attribute(group, "router", arm.scenario.config.router.name);
    writer.attribute(group, "label", arm.label);
    writer.attribute(group, "router_parameters", arm.scenario.router_parameters);
    writer.attribute(group, "scenario_hash", arm.scenario.hash);
    for (std::size_t s = 0; s < arm.runs.size(); ++s)
      write_summary(writer, group + "/seed-" + std::to_string(comparison.seeds[s]), arm.runs[s]);
  }
  writer.commit();
}

}  // namespace pigou
