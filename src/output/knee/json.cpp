#include <nlohmann/json.hpp>

#include "core/version.hpp"
#include "game/knee/crossing.hpp"
#include "output/knee/report.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

Json load_json(std::optional<double> load) { return load ? Json(*load) : Json(); }

Json estimate_json(const KneeCell& cell, const KneeEstimate& estimate) {
  Json json = {
      {"load", load_json(estimate.load)},
      {"rate_per_s", load_json(estimate.load ? std::optional(*estimate.load * cell.whole.rate_per_s)
                                             : std::nullopt)},
      {"interval", {estimate.low, estimate.high}},
      {"by_part", estimate.by_part}};
  return json;
}

Json chain_json(const KneeChain& chain) {
  Json json = {{"rate_per_s", chain.rate_per_s},
               {"onset", load_json(chain.onset)},
               {"limit", load_json(chain.limit)},
               {"points", Json::array()}};
  for (const LoadPoint& point : chain.points)
    json["points"].push_back(
        {{"load", point.load},
         {"rate_per_s", point.load * chain.rate_per_s},
         {"regime", regime_name(regime_at(point.load, chain.onset, chain.limit))},
         {"cost_s", point.cost_s},
         {"ttft_s", point.ttft_s},
         {"e2e_s", point.e2e_s},
         {"backlog_growth", point.drift.growth},
         {"hit_ratio", point.hit_ratio},
         {"arrived", point.requests.arrived},
         {"finished", point.requests.finished}});
  return json;
}

Json cell_json(const KneeTask& task, const KneeCell& cell) {
  Json json = {{"router", cell.scenario.config.router.name},
               {"label", cell.label},
               {"settings", Json::object()},
               {"scenario_hash", cell.scenario.hash},
               {"onset", estimate_json(cell, cell.onset)},
               {"limit", estimate_json(cell, cell.limit)},
               {"verdict", knee_verdict(task, cell)},
               {"whole", chain_json(cell.whole)},
               {"parts", Json::array()}};
  for (const Setting& setting : cell.settings) {
    const Json value = Json::parse(setting.value, nullptr, false);
    json["settings"][setting.key] = value.is_discarded() ? Json(setting.value) : value;
  }
  for (const KneeChain& part : cell.parts) json["parts"].push_back(chain_json(part));
  return json;
}

}  // namespace

std::string knee_json(const KneeTask& task) {
  const BuildFacts facts = build_facts();
  const Scenario& scenario = task.cells.front().scenario;
  Json json;
  json["filetype"] = "pigou-knee";
  json["format_version"] = {1, 0};
  json["pigou"] = {
      {"version", facts.version}, {"git", facts.revision}, {"backend", result_backend()}};
  json["scenario"] = {{"name", scenario.name}, {"hash", scenario.hash}};
  json["seed"] = scenario.config.seed;
  json["cost"] = cost_name(task.cost);
  json["rate_unit"] = knee_rate_unit(task);
  json["confidence"] = task.confidence;
  json["parts"] = task.parts;
  json["loads"] = task.loads.grid;
  json["cells"] = Json::array();
  for (const KneeCell& cell : task.cells) json["cells"].push_back(cell_json(task, cell));
  json["runs"] = task.runs;
  json["assumed"] = knee_assumptions(task);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pigou
