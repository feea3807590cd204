// Are the windows what the router saw, and their prices those of the games?
#include "study/poa/decided.hpp"

#include <gtest/gtest.h>

#include "game/prefill_time.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

RunResult decided(SmallRun& run, std::string_view router) {
  run.config.output.decisions.mode = DecisionOutput::Mode::kAll;
  return run.run(router);
}

TEST(DecidedWindows, HoldWhatTheBooksHadAndWhereRequestsWent) {
  SmallRun run;
  run.pool(Role::kAggregated, 2);
  for (std::uint32_t n = 0; n < 6; ++n) run.request(0.1 * n, 160, 4, 100 * n);
  const RunResult result = decided(run, "min-ttft");
  const auto windows = decided_windows(result.decisions, run.config.cluster, 3, 10);
  ASSERT_EQ(windows.size(), 2U);
  const DecidedWindow& first = windows[0];
  EXPECT_EQ(first.game.backlog_ns, (std::vector<std::int64_t>{0, 0}));
  for (std::size_t m = 0; m < 3; ++m)
    EXPECT_EQ(static_cast<std::int32_t>(first.observed[m].value), result.requests.instance[m]);
  EXPECT_EQ(first.game.work(0, 1), 1'000'000) << "a prompt alone takes one step of 1 ms";
  EXPECT_GT(windows[1].game.backlog_ns[0] + windows[1].game.backlog_ns[1], 0)
      << "three prompts are booked";
  const WindowPrices prices = window_prices(windows);
  EXPECT_EQ(prices.windows, 2U);
  EXPECT_EQ(prices.exact, 2U);
  EXPECT_DOUBLE_EQ(prices.choices, 2);
  EXPECT_GE(prices.observed(), 1);
  EXPECT_GE(prices.greedy(), 1);
}

TEST(DecidedWindows, AreSpreadEvenlyWhereThereAreTooMany) {
  SmallRun run;
  run.pool(Role::kAggregated, 2);
  for (std::uint32_t n = 0; n < 40; ++n) run.request(20.0 * n, 160, 1, 100 * n);
  const RunResult result = decided(run, "min-ttft");
  EXPECT_EQ(decided_windows(result.decisions, run.config.cluster, 4, 1000).size(), 10U);
  EXPECT_EQ(decided_windows(result.decisions, run.config.cluster, 4, 3).size(), 3U);
  EXPECT_EQ(logit_hat(result.decisions, run.config.cluster).windows, 20U);
}

TEST(DecidedWindows, OfAPolicyThatConsidersOneInstanceAreNoGames) {
  SmallRun run;
  run.pool(Role::kAggregated, 2);
  for (std::uint32_t n = 0; n < 8; ++n) run.request(0.1 * n, 160, 4, 100 * n);
  const RunResult result = decided(run, "round-robin");
  const auto windows = decided_windows(result.decisions, run.config.cluster, 4, 10);
  const WindowPrices prices = window_prices(windows);
  EXPECT_DOUBLE_EQ(prices.choices, 1);
  EXPECT_DOUBLE_EQ(prices.observed(), 1);
  EXPECT_EQ(logit_hat(result.decisions, run.config.cluster).windows, 0U);
}

TEST(ResidentsHat, IsOneWhereNobodyWaits) {
  SmallRun run;
  run.pool(Role::kAggregated, 2);
  for (std::uint32_t n = 0; n < 10; ++n) run.request(500.0 * n, 160, 1, 100 * n);
  const RunResult result = decided(run, "round-robin");
  const PoaHat hat = residents_hat(result.requests, run.config.cluster);
  EXPECT_EQ(hat.windows, 5U);
  EXPECT_DOUBLE_EQ(hat.of_sums, 1);
}

TEST(PrefillAlone, IsTheTimeOfItsChunks) {
  SmallRun run;
  const PoolConfig& pool = run.pool(Role::kAggregated, 1);
  EXPECT_DOUBLE_EQ(prefill_alone_s(pool, 512, 0), 1e-3);
  EXPECT_DOUBLE_EQ(prefill_alone_s(pool, 513, 0), 2e-3);
  EXPECT_DOUBLE_EQ(prefill_alone_s(pool, 513, 16), 1e-3);
  EXPECT_DOUBLE_EQ(prefill_alone_s(pool, 16, 16), 1e-3) << "one token is computed all the same";
}

}  // namespace
}  // namespace pigou
