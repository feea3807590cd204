// More instances than the random scenarios have, with prefixes that few or all of them hold.
#pragma once

#include "simulation/random_scenario.hpp"

namespace pigou {

/// A fleet large enough for trees, a system prompt everyone holds, and prefixes few hold.
inline RandomScenario fleet(std::uint64_t seed, bool split) {
  RandomScenario scenario;
  std::mt19937_64 rng(seed);
  Trace trace;
  trace.block_tokens = 64;
  trace.block_begin = {0};
  trace.distinct_blocks = 201;
  for (std::uint32_t r = 0; r < 4000; ++r) {
    const auto tail = static_cast<std::uint32_t>(1 + rng() % 100);
    trace.block_ids.insert(trace.block_ids.end(), {0, tail, 100 + tail});
    trace.block_begin.push_back(trace.block_ids.size());
    trace.input_tokens.push_back(192 + static_cast<std::uint32_t>(rng() % 64));
    trace.output_tokens.push_back(1 + static_cast<std::uint32_t>(rng() % 60));
    trace.arrival.push_back({static_cast<std::int64_t>(r) * kPsPerMillisecond});
  }
  PoolConfig pool;
  pool.name = "entry";
  pool.count = 70;
  pool.role = split ? Role::kPrefill : Role::kAggregated;
  pool.kv_blocks = 60;
  pool.model.step = constant_step_model({5 * kPsPerMillisecond}, 8192);
  pool.model.kv_bytes_per_token = 131'072;
  pool.model.nic_bytes_per_s = 5e10;
  scenario.config.cluster.pools = {pool};
  if (split) {
    pool.name = "decode";
    pool.role = Role::kDecode;
    pool.count = 9;
    pool.kv_blocks = 600;
    scenario.config.cluster.pools.push_back(pool);
  }
  scenario.config.seed = seed;
  scenario.config.router.name = "dynamo-kv@2026-08";
  scenario.config.router.values = default_values(find_policy("dynamo-kv@2026-08").parameters);
  scenario.workload = std::make_shared<Workload>(build_workload(std::move(trace), {}, 16, seed));
  return scenario;
}

}  // namespace pigou
