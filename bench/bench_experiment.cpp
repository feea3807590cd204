// One decision in the middle of a run: routers over the warm conversation trace, at equal load per
// instance over 64 and over 4,096 instances, where every instance holds the trace's first block.
// Only Policy::decide is timed, not the work that keeps the view up to date. Each decision is asked
// `times` times over: once is as in a run, where the caches hold what the simulation did in
// between (and a reading of the clock, about 20 ns, counts); many times shows the rule's own cost.
// Needs the shared traces (PIGOU_DATA).
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/huge_pages.hpp"
#include "experiment/trace_source.hpp"
#include "routing/policy.hpp"
#include "simulation/router.hpp"
#include "simulation/simulation.hpp"

namespace {

using namespace pigou;

constexpr std::uint32_t kRequestsPerInstance = 188;  // of one copy of the trace over 64 instances

Scenario warm_scenario(const std::string& router, std::uint32_t instances) {
  ScenarioRequest request;
  request.file = std::string(PIGOU_SOURCE_DIR) + "/scenarios/mooncake-8.json";
  request.router = router;
  request.sets = {"cluster.pools.0.count=" + std::to_string(instances),
                  "workload.rate_scale=" + std::to_string(instances / 8),
                  "workload.repeat=" + std::to_string(instances / 64), "output.requests=sample"};
  return resolve_scenario(request);
}

void decide(benchmark::State& state, const std::string& router) {
  const auto instances = static_cast<std::uint32_t>(state.range(0));
  // As `pigou run` does for 256 instances or more; later runs of this process have it, too.
  static bool advised = false;
  if (!advised && instances >= 256) advise_huge_heap(std::size_t{1} << 30);
  advised = advised || instances >= 256;
  const std::int64_t times = state.range(1);
  std::unique_ptr<Simulation> simulation;
  std::unique_ptr<Policy> policy;
  try {
    const Scenario scenario = warm_scenario(router, instances);
    const auto& config = scenario.config;
    policy = make_policy(find_policy(config.router.name), config.router.values,
                         layout_of(config.cluster, config.seed));
    simulation = std::make_unique<Simulation>(make_workload(load_trace(scenario), scenario, 1),
                                              config, policy->needs());
  } catch (const UserError& error) {
    state.SkipWithError(error.what());
    return;
  }
  std::vector<Action> actions;
  const auto warm = std::uint64_t{kRequestsPerInstance} * instances / 4;
  std::uint64_t decisions = 0;
  using Clock = std::chrono::steady_clock;
  for (auto _ : state) {
    const Decision* decision = simulation->advance();
    for (; decision != nullptr && decisions < warm; decision = simulation->advance(), ++decisions) {
      actions.clear();
      policy->decide(*decision, simulation->view(), actions);
      simulation->apply(actions);
    }
    if (decision == nullptr) {
      state.SkipWithError("the trace ended before the benchmark");
      return;
    }
    auto& view = static_cast<View&>(simulation->view());
    const RequestView asked = view.request();
    view.refresh();  // beliefs follow when they are read: that is the view's work, not the rule's
    const auto begin = Clock::now();
    for (std::int64_t time = 0; time < times; ++time) {
      actions.clear();
      view.turn_to(asked);  // or what was measured the time before would still stand
      policy->decide(*decision, view, actions);
    }
    const std::chrono::duration<double> taken = Clock::now() - begin;
    state.SetIterationTime(taken.count() / static_cast<double>(times));
    simulation->apply(actions);
  }
}

const bool registered = [] {
  for (const char* const router :
       {"dynamo-kv@2026-08", "dynamo-kv@2026-08:overlap_score_credit_decay=1", "min-ttft",
        "least-outstanding", "least-kv", "least-latency"})
    benchmark::RegisterBenchmark(("warm/" + std::string(router)).c_str(),
                                 [router](benchmark::State& state) { decide(state, router); })
        ->ArgsProduct({{64, 4096}, {1, 100}})
        ->UseManualTime()
        ->Iterations(5000);
  // Asked the same twice, these would not answer the same: each counts what it was asked.
  for (const char* const router :
       {"preble", "dualmap@2602.06502", "dualmap@asisys-code", "dualmap@smg", "llm-d-epp",
        "smg-cache-aware", "sglang-cache-aware"})
    benchmark::RegisterBenchmark(("warm/" + std::string(router)).c_str(),
                                 [router](benchmark::State& state) { decide(state, router); })
        ->ArgsProduct({{64, 4096}, {1}})
        ->UseManualTime()
        ->Iterations(5000);
  return true;
}();

}  // namespace
