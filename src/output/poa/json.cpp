#include <nlohmann/json.hpp>

#include "core/version.hpp"
#include "output/poa/report.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

Json hat_json(const PoaHat& hat) {
  return {{"windows", hat.windows}, {"of_sums", hat.of_sums}, {"median", hat.median},
          {"p90", hat.p90},         {"max", hat.max},         {"at_most", hat.bound}};
}

Json windows_json(const WindowPrices& w) {
  return {{"windows", w.windows},
          {"solved", w.exact},
          {"choices", w.choices},
          {"greedy_over_best", w.greedy()},
          {"observed_over_best", w.observed()},
          {"largest_observed_over_best", w.worst_observed},
          {"best_over_bound", w.best_s / w.bound_s},
          {"greedy_s", w.greedy_s},
          {"observed_s", w.observed_s},
          {"best_s", w.best_s},
          {"bound_s", w.bound_s}};
}

Json load_json(const PoaTask& task, const PoaLoad& at) {
  const auto best = at.best();
  Json json = {
      {"load", at.load},
      {"requests_per_s", at.requests_per_s},
      {"cost_s", at.runs.front().mean_s()},
      {"bound_s", at.bound_s()},
      {"over_bound", at.over_bound()},
      {"best_known", best ? Json(task.routers[*best].label) : Json()},
      {"over_best", at.over_best()},
      {"over_best_half", at.over_best_half()},
      {"no_price", no_ratio(task, at)},
      {"bounds", Json::array()},
      {"routers", Json::array()},
      {"window_games", windows_json(at.windows)},
      {"historical_index", {{"residents", hat_json(at.residents)}, {"logit", hat_json(at.logit)}}}};
  for (const LowerBound& bound : at.bounds)
    json["bounds"].push_back({{"kind", bound.kind()},
                              {"service_s", bound.service_s},
                              {"pooling_s", bound.pooling_s},
                              {"prefill_tokens", bound.prefill_tokens},
                              {"prefill_instances", bound.prefill_instances},
                              {"regular_rows", bound.regular_rows}});
  for (std::size_t r = 0; r < at.runs.size(); ++r)
    json["routers"].push_back({{"label", task.routers[r].label},
                               {"cost_s", at.runs[r].mean_s()},
                               {"by_seed_s", at.runs[r].cost_s},
                               {"arrived", at.runs[r].requests.arrived},
                               {"finished", at.runs[r].requests.finished}});
  return json;
}

}  // namespace

std::string poa_json(const PoaTask& task) {
  const BuildFacts facts = build_facts();
  const PoaRouter& asked = task.routers.front();
  Json json;
  json["filetype"] = "pigou-poa";
  json["format_version"] = {1, 0};
  json["verdict"] = poa_verdict(task);
  json["pigou"] = {
      {"version", facts.version}, {"git", facts.revision}, {"backend", result_backend()}};
  json["scenario"] = {{"name", asked.scenario.name}, {"hash", asked.scenario.hash}};
  json["router"] = asked.label;
  json["cost"] = cost_name(task.cost);
  json["first_seed"] = task.first_seed;
  json["seeds"] = task.seeds;
  json["window"] = task.window;
  json["loads"] = Json::array();
  for (const PoaLoad& at : task.at) json["loads"].push_back(load_json(task, at));
  json["runs"] = task.runs;
  json["assumed"] = poa_assumptions(task);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pigou
