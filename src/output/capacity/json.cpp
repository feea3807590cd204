#include <cmath>

#include <nlohmann/json.hpp>

#include "core/version.hpp"
#include "output/capacity/report.hpp"
#include "output/text/request_counts.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

const char* verdict_name(Verdict verdict) {
  return verdict == Verdict::kMeets ? "meets" : verdict == Verdict::kFails ? "fails" : "unsure";
}

Json probe_json(const CapacityTask& task, const CapacityProbe& probe) {
  Json json = {{"load", probe.load},
               {"requests_per_s", probe.requests_per_s},
               {"verdict", verdict_name(probe.verdict)},
               {"deterministic", !probe.random},
               {"requests", counts_json(probe.requests)},
               {"empty_runs", probe.empty_runs},
               {"terms", Json::array()}};
  for (std::size_t t = 0; t < task.terms.size(); ++t) {
    const TermProbe& term = probe.terms[t];
    json["terms"].push_back({{"slo", task.terms[t].text},
                             {"figure", task.terms[t].key},
                             {"verdict", verdict_name(term.verdict)},
                             {"mean", term.mean},
                             {"bounds", {term.low, term.high}},
                             {"bounds_of", term.of_share ? "share within the limit" : "mean"},
                             {"by_seed", term.values}});
  }
  return json;
}

Json end_json(const CapacityProbe* probe) {
  if (probe == nullptr) return {};
  return {{"load", probe->load}, {"requests_per_s", probe->requests_per_s}};
}

}  // namespace

std::string capacity_json(const CapacityTask& task, const RunTimes& times) {
  const BuildFacts facts = build_facts();
  const Scenario& scenario = task.arms.front().scenario;
  Json json;
  json["pigou"] = {
      {"version", facts.version}, {"git", facts.revision}, {"backend", result_backend()}};
  json["scenario"] = {{"name", scenario.name}, {"hash", scenario.hash}};
  json["slo"] = Json::array();
  for (const SloTerm& term : task.terms) json["slo"].push_back(term.text);
  json["axis"] = {{"key", task.axis.key},
                  {"low", task.axis.range.low},
                  {"high", task.axis.range.high},
                  {"tolerance", task.axis.range.tolerance}};
  json["confidence"] = task.confidence;
  json["first_seed"] = task.first_seed;
  json["routers"] = Json::array();
  for (const CapacityArm& arm : task.arms) {
    Json entry = {{"router", arm.scenario.config.router.name},
                  {"label", arm.label},
                  {"meets", end_json(arm.at(arm.search.meets()))},
                  {"fails", end_json(arm.at(arm.search.fails()))},
                  {"runs", arm.runs},
                  {"probes", Json::array()},
                  {"verdict", capacity_verdict(task, arm)}};
    for (const auto& probe : arm.probes) entry["probes"].push_back(probe_json(task, probe));
    json["routers"].push_back(std::move(entry));
  }
  json["assumed"] = capacity_assumptions(task);
  json["process"] = {{"wall_s", times.process_s}, {"peak_rss_bytes", peak_rss_bytes()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pigou
