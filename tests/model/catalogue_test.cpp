#include "model/catalogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "core/error.hpp"
#include "model/shapes.hpp"
#include "model/step_row.hpp"

namespace pigou {
namespace {

PoolModelRequest request(const char* gpu, const char* model, std::uint32_t tp) {
  PoolModelRequest r;
  r.gpu = gpu;
  r.model = model;
  r.tp = tp;
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
  EXPECT_NEAR(static_cast<double>(qwen.kv_capacity_tokens), 307328, 307328 * 0.005);
  EXPECT_NEAR(static_cast<double>(llama.kv_capacity_tokens), 461376, 461376 * 0.005);
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
  EXPECT_TRUE(contains(message_of(request("h1000", "llama-3.1-8b", 1)), "h100"));
  EXPECT_TRUE(contains(message_of(request("h100", "llama-3.1-7b", 1)), "llama-3.1-70b") ||
              contains(message_of(request("h100", "llama-3.1-7b", 1)), "llama-3.1-8b"));
}

}  // namespace
}  // namespace pigou
