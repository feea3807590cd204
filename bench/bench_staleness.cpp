// What staleness costs: the same run with signals of age 0 and of 50 ms, several routers, and
// events that get lost. Items are requests. Needs the shared traces (PIGOU_DATA); skips without
// them.
#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "paths.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/run.hpp"

namespace {

using namespace pigou;

/// mooncake-8 laid over itself, so that a run is long enough to time.
Scenario scenario_of(const std::string& router, const std::vector<std::string>& sets) {
  ScenarioRequest request;
  request.file = source_root() + "/scenarios/mooncake-8.json";
  request.router = router;
  request.sets = sets;
  request.sets.push_back("workload.repeat=4");
  return resolve_scenario(request);
}

std::shared_ptr<const Workload> workload_of(const Scenario& scenario) {
  static std::shared_ptr<const Workload> workload;
  if (!workload) workload = make_workload(load_trace(scenario), scenario, 1);
  return workload;
}

void replay(benchmark::State& state, const std::string& router,
            const std::vector<std::string>& sets) {
  Scenario scenario;
  std::shared_ptr<const Workload> workload;
  try {
    scenario = scenario_of(router, sets);
    workload = workload_of(scenario);
  } catch (const UserError& error) {
    state.SkipWithError(error.what());
    return;
  }
  std::uint64_t events = 0;
  for (auto _ : state) {
    const RunResult result = run_simulation(workload, scenario.config);
    benchmark::DoNotOptimize(result.summary.ttft.p99);
    events = result.summary.events;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(workload->size()) * state.iterations());
  // Staleness changes choices, and with them the work: events say how much of a difference is that.
  state.counters["events"] = static_cast<double>(events);
}

const bool registered = [] {
  const std::map<std::string, std::vector<std::string>> kinds = {
      {"1 age 0", {"signals.age_s=0"}},
      {"2 age 50 ms", {"signals.age_s=0.05"}},
      {"3 age 50 ms, 1 % lost", {"signals.age_s=0.05", "signals.kv_event_loss=0.01"}},
      {"4 age 50 ms, 4 routers", {"signals.age_s=0.05", "gateway.replicas=4"}}};
  for (const char* router : {"dynamo-kv@2026-08", "dualmap@2602.06502", "min-ttft",
                             "least-outstanding", "least-kv", "smg-cache-aware"})
    for (const auto& [name, sets] : kinds)
      benchmark::RegisterBenchmark(
          ("replay/" + std::string(router) + "/" + name).c_str(),
          [router, sets](benchmark::State& state) { replay(state, router, sets); })
          ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
