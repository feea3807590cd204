// Predictions against prefill figures others published. Nothing is tuned on them; the bounds only
// say how far a refit may drift from what docs/step-model.md states.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "model/catalogue.hpp"

namespace pigou {
namespace {

// Milliseconds to prefill one prompt in chunks of 8,192 tokens.
double prefill_ms(const char* gpu, const char* model, std::uint32_t tp, const char* dtype,
                  std::int64_t tokens) {
  PoolModelRequest request;
  request.gpu = gpu;
  request.model = model;
  request.tp = tp;
  request.dtype = dtype;
  const StepModel step = resolve_pool_model(request).step;
  SimTime total;
  for (std::int64_t done = 0; done < tokens;) {
    const std::int64_t chunk = std::min<std::int64_t>(8'192, tokens - done);
    total += step.step(Regime::kPrefill, {chunk, 1, 0, done, chunk * (2 * done + chunk)});
    done += chunk;
  }
  return to_seconds(total) * 1e3;
}

void expect_within(const char* what, double predicted, double measured, double percent) {
  const double error = 100 * (predicted / measured - 1);
  std::printf("%-44s %7.0f ms predicted %7.0f ms measured %+6.1f %%\n", what, predicted, measured,
              error);
  EXPECT_NEAR(error, 0, percent) << what;
}

// profiles/llmd_calibration: chunk over the median TTFT of single 8,192-token prompts.
TEST(PublishedPrefill, PeakRatesOfTheCalibrationRecipeAreMetWithin20Percent) {
  const auto from_rate = [](double tokens_per_s) { return 8'192 / tokens_per_s * 1e3; };
  expect_within("qwen3-32b TP2 h100, 8192 tokens", prefill_ms("h100", "qwen3-32b", 2, "bf16", 8192),
                from_rate(15'928), 20);
  expect_within("gpt-oss-120b TP1 h100, 8192 tokens",
                prefill_ms("h100", "gpt-oss-120b", 1, "mxfp4", 8192), from_rate(39'065), 20);
  expect_within("gpt-oss-120b TP1 h200, 8192 tokens",
                prefill_ms("h200", "gpt-oss-120b", 1, "mxfp4", 8192), from_rate(33'821), 20);
}

// llm-d's published run of KV pull against recompute (gpt-oss-120b): TTFT of
// recomputing a prefix on one H200, request handling included.
TEST(PublishedPrefill, LongPrefixesOnOneH200AreMetWithin20Percent) {
  const struct {
    std::int64_t tokens;
    double milliseconds;
  } measured[] = {
      {2'048, 78.3}, {8'192, 249.9}, {16'384, 510.3}, {32'768, 1173.2}, {49'152, 1987.7}};
  for (const auto& [tokens, milliseconds] : measured)
    expect_within("gpt-oss-120b TP1 h200, whole prefix",
                  prefill_ms("h200", "gpt-oss-120b", 1, "mxfp4", tokens), milliseconds, 20);
}

}  // namespace
}  // namespace pigou
