#include "model/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include "core/error.hpp"
#include "model/shapes.hpp"

namespace pigou {
namespace {

PoolModelRequest request(const char* gpu, const char* model, std::uint32_t tp,
                         const char* dtype = "bf16") {
  PoolModelRequest r;
  r.gpu = gpu;
  r.model = model;
  r.tp = tp;
  r.dtype = dtype;
  return r;
}

std::string message_of(const PoolModelRequest& r) {
  try {
    resolve_pool_model(r);
  } catch (const UserError& error) {
    return error.what();
  }
  return "no error";
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST(Catalogue, KvCapacityMeetsBothPublishedFiguresWithOneConstant) {
  const auto qwen = resolve_pool_model(request("h100", "qwen3-32b", 2));
  const auto llama = resolve_pool_model(request("h100", "llama-3.1-70b", 4));
  std::printf("KV tokens: qwen3-32b TP2 %llu (published 307328), llama-3.1-70b TP4 %llu (461376)\n",
              static_cast<unsigned long long>(qwen.kv_capacity_tokens),
              static_cast<unsigned long long>(llama.kv_capacity_tokens));
  EXPECT_NEAR(static_cast<double>(qwen.kv_capacity_tokens), 307328, 307328 * 0.005);
  EXPECT_NEAR(static_cast<double>(llama.kv_capacity_tokens), 461376, 461376 * 0.005);
}

TEST(Catalogue, KvBytesPerTokenAreThoseOfTheLatencyReference) {
  const struct {
    const char* model;
    std::uint64_t bytes;
  } known[] = {{"llama-3.1-8b", 131'072},    {"llama-3.1-70b", 327'680},
               {"llama-3.1-405b", 516'096},  {"qwen3-32b", 262'144},
               {"qwen3-235b-a22b", 192'512}, {"deepseek-v3", 70'272},
               {"nemotron-4-340b", 589'824}};
  for (const auto& [model, bytes] : known)
    EXPECT_EQ(kv_size(find_llm(model), 1, 2).per_token, bytes) << model;
}

TEST(Catalogue, WindowedLayersCostPerSequenceAndNotPerToken) {
  const KvSize size = kv_size(find_llm("gpt-oss-120b"), 1, 2);
  EXPECT_EQ(size.per_token, 36'864u);
  EXPECT_EQ(size.per_sequence, 18u * 128 * 2 * 8 * 64 * 2);
}

TEST(Catalogue, KvIsCopiedWhereRanksOutnumberKvHeadsAndOnEveryMlaRank) {
  EXPECT_EQ(kv_size(find_llm("qwen3-235b-a22b"), 8, 2).per_token, 2u * 192'512);
  EXPECT_EQ(kv_size(find_llm("deepseek-v3"), 8, 2).per_token, 8u * 70'272);
}

TEST(Catalogue, Fp8KvHalvesBytesDoublesTokensAndTakesItsOwnAttentionTimes) {
  auto fp8 = request("h100", "llama-3.1-70b", 4);
  const auto bf16_pool = resolve_pool_model(fp8);
  fp8.kv_dtype = "fp8";
  const auto fp8_pool = resolve_pool_model(fp8);
  EXPECT_EQ(fp8_pool.kv_bytes_per_token * 2, bf16_pool.kv_bytes_per_token);
  EXPECT_NEAR(static_cast<double>(fp8_pool.kv_capacity_tokens),
              2.0 * static_cast<double>(bf16_pool.kv_capacity_tokens), 2);
  EXPECT_LT(fp8_pool.step.context_ps[0], bf16_pool.step.context_ps[0]);
  EXPECT_EQ(fp8_pool.step.token_ps[0], bf16_pool.step.token_ps[0]);
}

TEST(Catalogue, WeightsAreThePublishedSizes) {
  const struct {
    const char* model;
    const char* dtype;
    double gigabytes;
  } known[] = {{"llama-3.1-8b", "bf16", 16.1},   {"llama-3.1-70b", "bf16", 141.1},
               {"llama-3.1-405b", "bf16", 812},  {"qwen3-32b", "bf16", 65.5},
               {"qwen3-235b-a22b", "bf16", 470}, {"qwen3-235b-a22b", "fp8", 236.3},
               {"deepseek-v3", "fp8", 672.9},    {"gpt-oss-120b", "mxfp4", 65.2},
               {"nemotron-4-340b", "bf16", 682}};
  for (const auto& [model, dtype, gigabytes] : known)
    EXPECT_NEAR(weight_bytes(find_llm(model), dtype) / 1e9, gigabytes, gigabytes * 0.005) << model;
}

TEST(Catalogue, AliasesCaseVendorAndUnderscoresNameTheSameThing) {
  const auto plain = resolve_pool_model(request("h100", "llama-3.1-70b", 4));
  for (const char* gpu : {"H100", "h100_sxm", "H100-80GB"})
    for (const char* model : {"llama-70b", "meta-llama/Llama-3.1-70B-Instruct", "Llama_3.1_70B"}) {
      const auto other = resolve_pool_model(request(gpu, model, 4));
      EXPECT_EQ(other.provenance.model, plain.provenance.model);
      EXPECT_EQ(other.step.token_ps[0], plain.step.token_ps[0]);
    }
}

TEST(Catalogue, UnknownNamesNameTheNearest) {
  EXPECT_TRUE(contains(message_of(request("h1000", "llama-3.1-8b", 1)), "'h100'"));
  EXPECT_TRUE(contains(message_of(request("h100", "qwen3-23b", 1)), "'qwen3-32b'"));
  EXPECT_TRUE(contains(message_of(request("h100", "llama-3.1-8b", 1, "fp6")), "'fp8'"));
}

TEST(Catalogue, UncoveredShapeNamesWhatIsMissingWhatIsCoveredAndTheRoofline) {
  const auto text = message_of(request("a100", "llama-3.1-70b", 4, "fp8"));
  EXPECT_TRUE(contains(text, "gemm: no fp8 rows")) << text;
  EXPECT_TRUE(contains(text, "tp4/ep1/bf16")) << text;
  EXPECT_TRUE(contains(text, "allow_roofline")) << text;
}

TEST(Catalogue, RooflineIsUsedOnlyWhereAllowedAndSaysWhatItIs) {
  auto uncovered = request("b200", "nemotron-4-340b", 8);
  EXPECT_TRUE(contains(message_of(uncovered), "head_dim=192")) << message_of(uncovered);
  uncovered.allow_roofline = true;
  const auto pool = resolve_pool_model(uncovered);
  EXPECT_EQ(pool.provenance.kind, "roofline");
  EXPECT_TRUE(contains(pool.provenance.note, "26-65 %"));
  EXPECT_LT(pool.provenance.median_error_percent[0], 0);
  // Weights of 663 GB without the embeddings, read by 8 x 7.7 TB/s: 10.8 ms at least.
  EXPECT_NEAR(to_seconds(pool.step.step(Regime::kDecode, {1, 1, 0, 0, 0})), 0.0109, 0.0003);
  auto covered = request("h100", "llama-3.1-70b", 4);
  covered.allow_roofline = true;
  EXPECT_EQ(resolve_pool_model(covered).provenance.kind, "composed");
}

TEST(Catalogue, ImpossiblePoolsAreRefusedWithTheReason) {
  auto ep = request("h100", "llama-3.1-70b", 4);
  ep.ep = 4;
  EXPECT_TRUE(contains(message_of(ep), "no experts"));
  auto odd = request("h100", "qwen3-30b-a3b", 4);
  odd.ep = 2;
  EXPECT_TRUE(contains(message_of(odd), "ep 4"));
  EXPECT_TRUE(contains(message_of(request("h100", "llama-3.1-70b", 3)), "64 attention heads"));
  EXPECT_TRUE(contains(message_of(request("h100", "llama-3.1-70b", 0)), "64 attention heads"));
  EXPECT_TRUE(contains(message_of(request("h100", "llama-3.1-405b", 8)), "does not fit"));
  auto kv = request("h100", "llama-3.1-8b", 1);
  kv.kv_dtype = "int3";
  EXPECT_TRUE(contains(message_of(kv), "kv_dtype"));
  auto memory = request("h100", "llama-3.1-8b", 1);
  memory.gpu_memory_utilization = 1.5;
  EXPECT_TRUE(contains(message_of(memory), "gpu_memory_utilization"));
  auto host = request("h100", "llama-3.1-8b", 1);
  host.host_step_s = std::nan("");
  EXPECT_TRUE(contains(message_of(host), "host_step_s"));
}

TEST(Catalogue, LargeGpuDefaultsFollowMemoryExceptOnA100) {
  for (const auto& [gpu, large] : {std::pair{"a100", false}, {"h100", true}, {"rtx4090", false}})
    EXPECT_EQ(find_gpu(gpu).large_gpu_defaults, large) << gpu;
}

TEST(Catalogue, ListsEveryGpuAndModelOfTheIssue) {
  const auto gpus = catalogue_gpus();
  for (const char* gpu : {"a100", "h100", "h200", "b200", "gb200", "rtxpro6000", "rtx4090"})
    EXPECT_EQ(std::count(gpus.begin(), gpus.end(), gpu), 1) << gpu;
  const auto models = catalogue_models();
  for (const char* model : {"llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b", "qwen3-32b",
                            "qwen3-235b-a22b", "deepseek-v3", "gpt-oss-120b", "nemotron-4-340b"})
    EXPECT_EQ(std::count(models.begin(), models.end(), model), 1) << model;
}

TEST(Catalogue, ResolvingAPoolCostsLessThanThreeMilliseconds) {
  // Best of ten: the bound is on the work, not on what else the machine does.
  double best = 1;
  for (int i = 0; i < 10; ++i) {
    const auto start = std::chrono::steady_clock::now();
    resolve_pool_model(request("h200", "qwen3-235b-a22b", 8));
    const auto spent = std::chrono::steady_clock::now() - start;
    best = std::min(best, std::chrono::duration<double>(spent).count());
  }
#if defined(__SANITIZE_ADDRESS__) || !defined(NDEBUG)
  GTEST_SKIP() << "timing holds for release builds only; took " << best << " s";
#else
  EXPECT_LT(best, 0.003);
#endif
}

}  // namespace
}  // namespace pigou
