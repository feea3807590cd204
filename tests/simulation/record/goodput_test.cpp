// Goodput, by hand.
#include "simulation/record/goodput.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pigou {
namespace {

/// A request of 11 tokens that arrived at 0: first token and end, in seconds.
RequestRecord row(std::int64_t first_token_s, std::int64_t end_s) {
  RequestRecord r;
  r.outcome = Outcome::kFinished;
  r.output_tokens = 11;
  r.first_token = {first_token_s * kPsPerSecond};
  r.end = {end_s * kPsPerSecond};
  return r;
}

RunSummary summary_of(const Goodput& goodput) {
  RunSummary summary;
  summary.arrived = 8;
  summary.simulated_s = 4;
  goodput.finish(summary);
  return summary;
}

TEST(Goodput, ARequestAttainsWhenEveryTargetThatIsSetHolds) {
  Goodput goodput({.ttft_s = 2, .tpot_s = 1, .e2e_s = 11});
  goodput.add(row(2, 11));  // 0.9 s a token
  goodput.add(row(1, 11));  // 1.0
  goodput.add(row(3, 11));  // TTFT
  goodput.add(row(0, 11));  // TPOT 1.1
  goodput.add(row(2, 12));  // E2E
  EXPECT_DOUBLE_EQ(summary_of(goodput).slo_attained_fraction, 2.0 / 8);
  EXPECT_DOUBLE_EQ(summary_of(goodput).goodput_requests_per_s, 2.0 / 4);
}

TEST(Goodput, WithoutATargetThereIsNone) {
  Goodput goodput(SloConfig{});
  goodput.add(row(1, 2));
  EXPECT_TRUE(std::isnan(summary_of(goodput).slo_attained_fraction));
  EXPECT_TRUE(std::isnan(summary_of(goodput).goodput_requests_per_s));
}

TEST(Goodput, AnAnswerOfOneTokenHasNoTimePerToken) {
  Goodput goodput({.tpot_s = 1e-9});
  RequestRecord one = row(5, 5);
  one.output_tokens = 1;
  goodput.add(one);
  EXPECT_DOUBLE_EQ(summary_of(goodput).slo_attained_fraction, 1.0 / 8);
}

}  // namespace
}  // namespace pigou
