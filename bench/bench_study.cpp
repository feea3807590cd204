// One decision in the middle of a run: routers over the warm conversation trace, at equal load per
// instance over 64 instances and, with 64 copies of it that share its first block, over 4,096. How
// many instances hold that block is counted: all under dynamo-kv. Only Policy::decide is timed, not
// the work that keeps the view up to date. Each decision is asked `times` times over: once is as in
// a run, where the caches hold what the simulation did in between (and a reading of the clock,
// about 20 ns, counts); many times shows the rule's own cost. Needs the shared traces (PIGOU_DATA).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/huge_pages.hpp"
#include "paths.hpp"
#include "routing/policy.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/router_replicas.hpp"
#include "simulation/simulation.hpp"

namespace {

using namespace pigou;

constexpr std::uint32_t kRequestsPerInstance = 188;  // of one copy of the trace over 64 instances

Scenario warm_scenario(const std::string& router, std::uint32_t instances) {
  ScenarioRequest request;
  request.file = source_root() + "/scenarios/mooncake-8.json";
  request.router = router;
  request.sets = {"cluster.pools.0.count=" + std::to_string(instances), "workload.rate_scale=8",
                  "output.requests=sample"};
  return resolve_scenario(request);
}

/// `copies` of the trace over each other, shifted in time so that loads are even, that share the
/// first block and nothing else: one system prompt for everybody. (workload.overlay gives each copy
/// a first block of its own.)
Trace overlaid(const Trace& one, std::uint32_t copies) {
  const auto rows = static_cast<std::uint32_t>(one.rows());
  const std::int64_t period = one.arrival.back().ps + 1;
  std::vector<std::pair<std::int64_t, std::uint32_t>> order;  // arrival, row of all copies
  for (std::uint32_t c = 0; c < copies; ++c)
    for (std::uint32_t r = 0; r < rows; ++r)
      order.emplace_back((one.arrival[r].ps + period / copies * c) % period, c * rows + r);
  std::ranges::sort(order);
  Trace all;
  all.format = one.format;
  all.block_tokens = one.block_tokens;
  all.distinct_blocks = one.distinct_blocks * copies;
  all.block_begin.push_back(0);
  const std::uint32_t first = one.blocks(0)[0];
  for (const auto& [arrival, place] : order) {
    const std::uint32_t row = place % rows;
    all.arrival.push_back(SimTime{arrival});
    all.input_tokens.push_back(one.input_tokens[row]);
    all.output_tokens.push_back(one.output_tokens[row]);
    for (const std::uint32_t id : one.blocks(row))
      all.block_ids.push_back(id == first ? id : id + place / rows * one.distinct_blocks);
    all.block_begin.push_back(all.block_ids.size());
  }
  return all;
}

/// A policy and the simulation it decides in.
struct Run {
  Run(const std::string& router, std::uint32_t instances)
      : Run(warm_scenario(router, instances), instances) {}

  /// Goes on until `decisions` have been made in all; null: the trace ended before.
  const Decision* go_to(std::uint64_t decisions) {
    const Decision* open = simulation.advance();
    for (; open != nullptr && made < decisions; open = simulation.advance()) decide(*open);
    return open;
  }
  void decide(const Decision& decision) {
    actions.clear();
    policy->decide(decision, simulation.view(), actions);
    simulation.apply(actions);
    ++made;
  }
  View& view() { return static_cast<View&>(simulation.view()); }

  std::unique_ptr<Policy> policy;
  Simulation simulation;
  std::vector<Action> actions;
  std::uint64_t warm;  ///< decisions after which a quarter of the trace has arrived
  std::uint64_t made = 0;

 private:
  Run(const Scenario& scenario, std::uint32_t instances)
      : policy(make_policy(find_policy(scenario.config.router.name), scenario.config.router.values,
                           layout_of(scenario.config.cluster, scenario.config.seed))),
        simulation(make_workload(overlaid(load_trace(scenario), instances / 64), scenario, 1),
                   scenario.config, policy->needs()),
        warm(std::uint64_t{kRequestsPerInstance} * instances / 4) {}
};

/// As `pigou run` does for 256 instances or more; later runs of this process have it, too.
void advise_huge_pages(std::uint32_t instances) {
  static bool advised = false;
  if (!advised && instances >= 256) advise_huge_heap(std::size_t{1} << 30);
  advised = advised || instances >= 256;
}

void decide_in_a_run(benchmark::State& state, Run& run, std::int64_t times) {
  using Clock = std::chrono::steady_clock;
  View& view = run.view();
  for (auto _ : state) {
    const Decision* decision = run.go_to(std::max(run.warm, run.made));
    if (decision == nullptr) return state.SkipWithError("the trace ended before the benchmark");
    const RequestView asked = view.request();
    view.refresh();  // beliefs follow when they are read: that is the view's work, not the rule's
    const auto begin = Clock::now();
    for (std::int64_t time = 0; time < times; ++time) {
      run.actions.clear();
      view.turn_to(asked);  // or what was measured the time before would still stand
      run.policy->decide(*decision, view, run.actions);
    }
    const std::chrono::duration<double> taken = Clock::now() - begin;
    state.SetIterationTime(taken.count() / static_cast<double>(times));
    run.simulation.apply(run.actions);
    ++run.made;
  }
}

/// Of the instances, those believed to hold the first block of the open request, in percent; none
/// where the policy keeps no belief in the view.
double holders_percent(View& view) {
  double holders = 0;
  for (std::uint32_t i = 0; i < view.entry_count(); ++i)
    holders += view.needs().prefix_index && view.overlap_on(i) > 0 ? 1 : 0;
  return 100 * holders / view.entry_count();
}

void decide(benchmark::State& state, const std::string& router) {
  const auto instances = static_cast<std::uint32_t>(state.range(0));
  advise_huge_pages(instances);
  try {
    const auto run = std::make_unique<Run>(router, instances);
    decide_in_a_run(state, *run, state.range(1));
    if (run->made > run->warm) state.counters["holders_%"] = holders_percent(run->view());
  } catch (const UserError& error) {
    state.SkipWithError(error.what());
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
