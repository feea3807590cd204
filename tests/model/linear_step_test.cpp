// A step model that a scenario states as so much per prompt token.
#include <gtest/gtest.h>

#include "model/linear_step.hpp"

namespace pigou {
namespace {

TEST(LinearStep, AStepCostsItsPromptTokensAndOnceItsDecodes) {
  const StepModel model = linear_step_model({0.001, 0.03, 0.0001}, 1000);
  const auto ms = [](SimTime time) { return time.ps / kPsPerMillisecond; };
  // tokens, sequences, decode context, tokens that prompt chunks find computed
  EXPECT_EQ(ms(model.step(Regime::kDecode, {8, 8, 40'000, 0, 0})), 30) << "however many";
  EXPECT_EQ(ms(model.step(Regime::kPrefill, {500, 2, 0, 0, 9'000})), 500);
  EXPECT_EQ(ms(model.step(Regime::kPrefill, {500, 2, 0, 1000, 0})), 600) << "1,000 were cached";
  EXPECT_EQ(ms(model.step(Regime::kMixed, {508, 10, 40'000, 1000, 0})), 30 + 508 + 100);
  EXPECT_EQ(model.prefill_s_per_token, 0.001);
}

}  // namespace
}  // namespace pigou
