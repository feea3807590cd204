// What the bounds are made of: floors of steps, work that must be done, the pooled server.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "depth.hpp"
#include "game/bounds/pooled_srpt.hpp"
#include "game/bounds/request_work.hpp"
#include "game/bounds/step_floor.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

TEST(PooledSrpt, TakesTheShortestFirst) {
  const PooledJob jobs[] = {{{0}, 10}, {{0}, 2}, {{1}, 1}};
  EXPECT_DOUBLE_EQ(pooled_flow_ps(jobs, 1), 2 + 2 + 13) << "done at 2, 3 and 13";
  EXPECT_DOUBLE_EQ(pooled_flow_ps(jobs, 2), 1 + 0.5 + 6.5);
  EXPECT_DOUBLE_EQ(pooled_flow_ps({}, 1), 0);
}

/// First come, first served, on the pool: some schedule.
double fifo_flow(const std::vector<PooledJob>& jobs) {
  double free = 0, flow = 0;
  for (const PooledJob& job : jobs) {
    const auto arrival = static_cast<double>(job.arrival.ps);
    free = std::max(free, arrival) + job.work_ps;
    flow += free - arrival;
  }
  return flow;
}

TEST(PooledSrpt, IsNoWorseThanAnyFixedOrder) {
  std::mt19937_64 rng(first_seed());
  const std::uint32_t count = draws(100, "job lists");
  for (std::uint32_t n = 0; n < count; ++n) {
    std::vector<PooledJob> jobs;
    std::int64_t now = 0;
    for (int j = 0; j < 30; ++j) {
      now += static_cast<std::int64_t>(rng() % 100);
      jobs.push_back({{now}, static_cast<double>(rng() % 150)});
    }
    ASSERT_LE(pooled_flow_ps(jobs, 1), fifo_flow(jobs) + 1e-6);
  }
}

TEST(RequestWork, IsWhatNoEarlierRequestHas) {
  SmallRun run;
  run.request(0, 40, 2, 0);  // blocks 0 and 1, 8 tokens without a name
  run.request(1, 40, 2, 0);  // the same blocks again
  run.request(2, 64, 2, 0);  // two blocks more
  run.request(3, 64, 2, 0);  // whole prompt known: its last block is computed all the same
  const auto workload = run.workload();
  const auto tokens = [&](bool cached) {
    std::vector<std::int64_t> all;
    for (const RequestWork& work : request_work(*workload, cached)) all.push_back(work.tokens);
    return all;
  };
  EXPECT_EQ(tokens(true), (std::vector<std::int64_t>{40, 8, 32, 16}));
  EXPECT_EQ(tokens(false), (std::vector<std::int64_t>{40, 40, 64, 64}));
  EXPECT_EQ(request_work(*workload, false)[0].pairs2, 39 * 39);
}

PoolConfig pool_of(const std::vector<std::int64_t>& prefill,
                   const std::vector<std::int64_t>& mixed) {
  PoolConfig pool;
  pool.engine.max_num_batched_tokens = static_cast<std::uint32_t>(prefill.size() - 1);
  pool.engine.max_num_seqs = 2;
  pool.model.step.token_ps = {prefill, prefill, mixed};
  return pool;
}

TEST(StepFloor, TakesARowAtItsWordWhereLongerStepsTakeLonger) {
  const PoolConfig pool = pool_of({0, 10, 12, 14, 16}, {0, 10, 12, 14, 16});
  const StepFloor floor(std::span(&pool, 1));
  EXPECT_TRUE(floor.regular());
  EXPECT_DOUBLE_EQ(floor.prefill_wait_ps(1), 10);
  EXPECT_DOUBLE_EQ(floor.prefill_wait_ps(4), 16);
  EXPECT_DOUBLE_EQ(floor.prefill_wait_ps(6), 28) << "3 and 3, or 4 and 2";
  EXPECT_DOUBLE_EQ(floor.prefill_work_ps(3), 12) << "at the step of 4's rate";
}

TEST(StepFloor, DoesNotTakeARowAtItsWordWhereLongerStepsAreShorter) {
  const PoolConfig longer = pool_of({0, 10, 20, 12, 16}, {0, 10, 20, 12, 16});
  EXPECT_FALSE(StepFloor(std::span(&longer, 1)).regular());
  EXPECT_LE(StepFloor(std::span(&longer, 1)).prefill_wait_ps(2), 12);
  const PoolConfig mixed = pool_of({0, 10, 12, 14, 16}, {0, 10, 11, 12, 13});
  EXPECT_FALSE(StepFloor(std::span(&mixed, 1)).regular());
  EXPECT_DOUBLE_EQ(StepFloor(std::span(&mixed, 1)).prefill_wait_ps(4), 13);
}

/// The least time of `tokens` in chunks, each in the best step that has room for it.
double best_chunks(const PoolConfig& pool, std::size_t tokens) {
  const auto& row = pool.model.step.token_ps;
  std::vector<double> best(tokens + 1, 1e18);
  best[0] = 0;
  for (std::size_t n = 1; n <= tokens; ++n)
    for (std::size_t chunk = 1; chunk <= std::min(n, row[1].size() - 1); ++chunk)
      for (std::size_t t = chunk; t < row[1].size(); ++t)
        best[n] = std::min(best[n],
                           best[n - chunk] + static_cast<double>(std::min(row[1][t], row[2][t])));
  return best[tokens];
}

TEST(StepFloor, IsBelowAnyChunksOfAnyRow) {
  std::mt19937_64 rng(first_seed());
  const std::uint32_t count = draws(100, "step rows");
  for (std::uint32_t n = 0; n < count; ++n) {
    std::vector<std::int64_t> prefill = {0}, mixed = {0};
    const std::size_t budget = 3 + rng() % 10;
    for (std::size_t t = 1; t <= budget; ++t) {
      prefill.push_back(static_cast<std::int64_t>(1000 + rng() % 1000 + t * (rng() % 300)));
      mixed.push_back(static_cast<std::int64_t>(1000 + rng() % 1000 + t * (rng() % 300)));
    }
    const PoolConfig pool = pool_of(prefill, mixed);
    const StepFloor floor(std::span(&pool, 1));
    for (std::size_t tokens = 1; tokens < 30; ++tokens) {
      const double best = best_chunks(pool, tokens);
      ASSERT_LE(floor.prefill_wait_ps(static_cast<std::int64_t>(tokens)), best + 1e-6) << tokens;
      ASSERT_LE(floor.prefill_work_ps(static_cast<std::int64_t>(tokens)), best + 1e-6) << tokens;
    }
  }
}

}  // namespace
}  // namespace pigou
