// Queueing theory knows what a single server of constant speed must answer.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "routing/policy.hpp"
#include "simulation/run.hpp"
#include "trace/synthesis/from_numbers.hpp"

namespace pigou {
namespace {

constexpr double kServiceS = 0.01;
constexpr std::uint64_t kRequests = 200'000;

/// One instance, one seat, every step `kServiceS`, every answer one token: M/D/1 at load `rho`.
RunResult single_server(double rho, std::uint64_t seed, std::shared_ptr<const Workload>& workload) {
  SynthOptions synth;
  synth.requests = kRequests;
  synth.arrivals.rate = rho / kServiceS;
  synth.input.mean = 32;
  synth.output.mean = 1;
  synth.block_tokens = 0;
  synth.seed = seed;
  workload = std::make_shared<Workload>(build_workload(synthesize_trace(synth), {}, 16, seed));
  PoolConfig pool;
  pool.name = "server";
  pool.kv_blocks = 100;
  pool.engine.max_num_seqs = 1;
  pool.engine.max_num_batched_tokens = 64;
  pool.model.step = constant_step_model(from_seconds(kServiceS, "service"), 64);
  SimulationConfig config;
  config.cluster.pools.push_back(pool);
  config.router = {"round-robin", default_values(find_policy("round-robin").parameters)};
  return run_simulation(workload, config);
}

TEST(Queueing, ASingleServerOfConstantServiceWaitsAsLongAsMD1Says) {
  constexpr std::uint64_t kSeeds = 10;  // one run's mean is 1.6 % off by chance at load 0.8
  for (const double rho : {0.5, 0.8}) {
    double wait_s = 0;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
      std::shared_ptr<const Workload> workload;
      const RunSummary summary = single_server(rho, seed, workload).summary;
      EXPECT_EQ(summary.finished, kRequests);
      EXPECT_EQ(summary.engine_steps, kRequests);
      EXPECT_NEAR(summary.pools[0].utilisation / rho, 1, 0.01);
      EXPECT_NEAR(summary.e2e.mean, summary.queue.mean + kServiceS, 1e-12);
      wait_s += summary.queue.mean / kSeeds;
    }
    const double expected_s = rho / (2 * (1 - rho)) * kServiceS;
    EXPECT_NEAR(wait_s / expected_s, 1, 0.02) << "load " << rho;
    std::cout << "load " << rho << ": mean wait " << wait_s / expected_s << " of M/D/1's\n";
  }
}

TEST(Queueing, EveryWaitIsTheOneOfLindleysRecursion) {
  std::shared_ptr<const Workload> workload;
  const RunResult result = single_server(0.9, 2, workload);
  const SimTime service = from_seconds(kServiceS, "service");
  SimTime free_at{0};
  for (std::size_t r = 0; r < workload->size(); ++r) {
    const SimTime start = std::max(free_at, workload->arrival[r]);
    ASSERT_EQ(result.requests.queue_s[r], to_seconds(start - workload->arrival[r])) << r;
    free_at = start + service;
  }
}

}  // namespace
}  // namespace pigou
