#include <cmath>

#include <nlohmann/json.hpp>

#include "core/version.hpp"
#include "output/sweep/report.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

/// A value as the scenario would hold it.
Json value_json(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

Json point_json(const SweepPlan& plan, const SweepResults& results, std::size_t point) {
  Json json = {{"settings", Json::object()},
               {"scenario_hash", plan.hashes[point]},
               {"deterministic", results.randomness()[point] == 0},
               {"assumed", joined(results.assumed().at(point))}};
  for (const auto& [key, value] : grid_settings(plan.axes, point))
    json["settings"][key] = value_json(value);
  Json& figures = json["figures"] = Json::object();
  for (const SweepColumn& column : results.columns()) {
    const auto values = results.values(column.key, point);
    const MeanInterval mean = mean_interval(values);
    Json& figure = figures[column.key];
    figure = {{"mean", mean.mean}};
    if (results.randomness()[point] == 0) continue;
    if (std::isfinite(mean.half_width))
      figure["interval"] = {mean.mean - mean.half_width, mean.mean + mean.half_width};
    figure["by_seed"] = values;
  }
  // Their names until version 0.1, to go with the next.
  for (const SweepColumn& column : results.columns()) {
    Json same = figures[column.key];
    figures[column.note.path] = std::move(same);
  }
  return json;
}

}  // namespace

std::string sweep_json(const SweepPlan& plan, const SweepResults& results, const RunTimes& times,
                       const std::string& result_file) {
  const BuildFacts facts = build_facts();
  Json json;
  json["pigou"] = {
      {"version", facts.version}, {"git", facts.revision}, {"backend", result_backend()}};
  json["scenario"] = {{"name", plan.base.name}, {"hash", plan.base.hash}};
  json["seeds"] = plan.seeds;
  json["axes"] = Json::array();
  for (const Axis& axis : plan.axes) {
    Json values = Json::array();
    for (const auto& position : axis.values) {
      Json entry = Json::array();
      for (const auto& value : position) entry.push_back(value_json(value));
      values.push_back(std::move(entry));
    }
    json["axes"].push_back({{"keys", axis.keys}, {"values", std::move(values)}});
  }
  json["points"] = Json::array();
  for (std::size_t point = 0; point < plan.points; ++point)
    json["points"].push_back(point_json(plan, results, point));
  json["assumed"] = sweep_assumptions(plan, results);
  json["process"] = {{"wall_s", times.process_s},
                     {"load_wall_s", times.load_s},
                     {"run_wall_s", times.run_s},
                     {"write_wall_s", times.write_s},
                     {"peak_rss_bytes", peak_rss_bytes()}};
  json["result_file"] = result_file.empty() ? Json() : Json(result_file);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pigou
