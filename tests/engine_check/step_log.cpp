// Prints every engine step of scenarios, one JSON object a line, for tests/engine_check/check.py:
//   step_log SCENARIO...
// Each scenario's steps come before a line {"end": SCENARIO, ...}, which says how many turns were
// linked and what became of the requests, or {"error": ...}.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "scenario/scenario.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/router_replicas.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

Json tokens_of(const std::vector<StepTokens>& calls) {
  Json list = Json::array();
  for (const StepTokens& call : calls)
    list.push_back({call.request.value, call.tokens, call.computed});
  return list;
}

Json json_of(const StepRecord& step) {
  Json line;
  line["instance"] = step.instance.value;
  line["start_ps"] = step.start.ps;
  line["end_ps"] = step.end == kNever ? Json(nullptr) : Json(step.end.ps);
  line["scheduled"] = tokens_of(step.scheduled);
  line["reserved"] = tokens_of(step.reserved);
  line["preempted"] = step.preempted;
  line["dropped"] = step.dropped;
  line["finished"] = step.finished;
  line["waiting"] = step.waiting;
  line["free_blocks"] = step.free_blocks;
  line["free_blocks_after"] = step.free_blocks_after;
  return line;
}

Json run(const std::string& file) {
  ScenarioRequest request;
  request.file = file;
  request.sets = {"engine.fast_forward=false"};
  Scenario scenario = resolve_scenario(request);
  set_mapping(scenario.source.read.mapping, "label.adapter", "adapter");  // no key maps labels
  const auto workload = make_workload(load_trace(scenario), scenario, scenario.config.seed);
  RouterReplicas router(scenario.config);
  Simulation simulation(workload, scenario.config, router.needs());
  simulation.log_steps();
  drive(simulation, router, [&] {
    simulation.check_laws();
    return true;
  });
  simulation.check_laws();
  for (const StepRecord& step : simulation.steps()) std::cout << json_of(step) << '\n';
  const RunSummary summary = simulation.finish().summary;
  return {{"end", file},
          {"turns", workload->inferred_turns},
          {"finished", summary.finished},
          {"timed_out", summary.timed_out}};
}

}  // namespace
}  // namespace pigou

int main(int count, char** arguments) {
  for (int at = 1; at < count; ++at) {
    try {
      std::cout << pigou::run(arguments[at]) << '\n';
    } catch (const std::exception& error) {
      std::cout << pigou::Json{{"end", arguments[at]}, {"error", error.what()}} << '\n';
    }
  }
  return 0;
}
