// A simulation that would pass the end of simulated time says so; it never wraps round.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

constexpr SimTime kStep{1000 * kPsPerSecond};
constexpr std::uint32_t kTooMany = 20'000;  // steps of 1000 s: 231 days

SmallRun slow_cluster(bool split) {
  SmallRun small;
  small.pool(split ? Role::kPrefill : Role::kAggregated, 1);
  if (split) small.pool(Role::kDecode, 1);
  for (PoolConfig& pool : small.config.cluster.pools) {
    pool.kv_blocks = 10'000;
    pool.model.step = constant_step_model(kStep, 512);
  }
  return small;
}

std::string error_of(SmallRun& small) {
  try {
    small.run("round-robin");
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(EndOfTime, StepsThatWouldPassItAreAnErrorSteppedOrInOneEvent) {
  for (const bool fast_forward : {true, false}) {
    SmallRun small = slow_cluster(false);
    small.config.cluster.fast_forward = fast_forward;
    small.request(0, 32, kTooMany, 0);
    EXPECT_NE(error_of(small).find("the end of simulated time"), std::string::npos);
  }
}

TEST(EndOfTime, ATransferThatWouldPassItIsAnError) {
  SmallRun small = slow_cluster(true);
  small.config.cluster.network.bandwidth_bytes_per_s = 1e-6;
  small.request(0, 32, 2, 0);
  EXPECT_NE(error_of(small).find("the end of simulated time"), std::string::npos);
}

TEST(EndOfTime, ARunThatIsCutBeforeItIsNone) {
  SmallRun small = slow_cluster(false);
  small.config.timeout_s = 2500;
  small.request(0, 32, kTooMany, 0);
  const RunResult result = small.run("round-robin");
  EXPECT_EQ(result.summary.timed_out, 1U);
  EXPECT_EQ(result.summary.engine_steps, 3U);
}

}  // namespace
}  // namespace pigou
