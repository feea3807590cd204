// A hand-made workload on a small cluster with 1 ms steps, routed by any callable.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "routing/policy.hpp"
#include "simulation/router_replicas.hpp"
#include "simulation/run.hpp"

namespace pigou {

using Decide = std::function<void(const Decision&, RouterView&, std::vector<Action>&)>;

struct SmallRun {
  Trace trace;
  SimulationConfig config;

  SmallRun() {
    trace.block_tokens = 16;
    trace.block_begin = {0};
  }

  /// A request at `ms`; its prompt's 16-token blocks have the ids first_id, first_id + 1, ...
  void request(double ms, std::uint32_t input, std::uint32_t output, std::uint32_t first_id) {
    trace.arrival.push_back(
        {static_cast<std::int64_t>(ms * static_cast<double>(kPsPerMillisecond))});
    trace.input_tokens.push_back(input);
    trace.output_tokens.push_back(output);
    for (std::uint32_t b = 0; b < input / 16; ++b) trace.block_ids.push_back(first_id + b);
    trace.distinct_blocks = std::max(trace.distinct_blocks, first_id + input / 16);
    trace.block_begin.push_back(trace.block_ids.size());
  }

  PoolConfig& pool(Role role, std::uint32_t count) {
    PoolConfig pool;
    pool.name = role == Role::kDecode ? "decode" : "entry";
    pool.role = role;
    pool.count = count;
    pool.kv_blocks = 1000;
    pool.engine.max_num_seqs = 16;
    pool.engine.max_num_batched_tokens = 512;
    pool.model.step = constant_step_model({kPsPerMillisecond}, 512);
    pool.model.step.prefill_s_per_token = 1e-5;
    pool.model.nic_bytes_per_s = 1e12;
    pool.model.kv_bytes_per_token = 1000;
    config.cluster.pools.push_back(pool);
    return config.cluster.pools.back();
  }

  std::shared_ptr<const Workload> workload() const {
    return std::make_shared<Workload>(build_workload(trace, {}, 16, config.seed));
  }

  RunResult run(const ViewNeeds& needs, const Decide& decide) const {
    Simulation simulation(workload(), config, needs);
    std::vector<Action> actions;
    while (const Decision* decision = simulation.advance()) {
      actions.clear();
      decide(*decision, simulation.view(), actions);
      simulation.apply(actions);
      simulation.check_laws();
    }
    return simulation.finish();
  }

  /// Under the policy `name`, with the defaults but for `set`.
  RunResult run(std::string_view name,
                const std::vector<std::pair<std::string_view, double>>& set = {}) {
    const PolicyInfo& info = find_policy(name);
    config.router.name = info.name;
    config.router.values = default_values(info.parameters);
    for (const auto& [key, value] : set)
      config.router.values[parameter_index(name, info.parameters, key)] = value;
    return run_simulation(workload(), config);
  }
};

}  // namespace pigou
