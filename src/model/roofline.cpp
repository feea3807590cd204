#include "model/roofline.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace pigou {
namespace {

double peak_flops(const GpuSpec& gpu, std::string_view dtype) {
  const double peak = dtype == "fp8" ? gpu.fp8_flops_per_s : gpu.bf16_flops_per_s;
  if (peak <= 0)
    throw UserError("no roofline for " + gpu.name + " " + std::string(dtype),
                    "its dense FLOP/s for this dtype are not in our sources",
                    "use a GPU or dtype that has them, or a shape the catalogue covers");
  return peak;
}

// Weights one token is multiplied with: all but the experts it is not routed to.
double active_parameters(const LlmShape& llm) {
  const double share =
      llm.experts == 0 ? 0 : static_cast<double>(llm.top_k) / static_cast<double>(llm.experts);
  return llm.layer_parameters + llm.expert_parameters * share;
}

// FLOPs per unit of 2A: scores and values, 2 FLOPs each per pair; A counts pairs, 2A twice that.
double flops_per_attention2(const LlmShape& llm) {
  const auto width = static_cast<double>(
      llm.mla_cache_width > 0 ? llm.mla_qk_width + llm.mla_v_width : 2 * llm.head_dim);
  const auto full_layers = static_cast<double>(llm.layers - llm.window_layers);
  return full_layers * static_cast<double>(llm.heads) * width;
}

}  // namespace

StepModel roofline_model(const GpuSpec& gpu, const LlmShape& llm, std::uint32_t tp,
                         std::uint32_t ep, std::string_view dtype, const KvSize& kv,
                         std::int64_t max_step_tokens, double host_step_s) {
  const double flops = peak_flops(gpu, dtype) * tp;
  const double bandwidth = gpu.hbm_bytes_per_s * tp;
  // Half of embedding_parameters is the input table (a gather), half is lm_head (read once).
  const double always_read =
      weight_bytes(llm, dtype) - expert_bytes(llm, dtype) - llm.embedding_parameters;
  const double per_expert =
      llm.experts == 0 ? 0 : expert_bytes(llm, dtype) / static_cast<double>(llm.experts);
  StepModel model;
  const std::vector<double> experts = expected_experts(llm, ep, max_step_tokens);
  std::vector<std::int64_t> table(experts.size());
  for (std::size_t t = 0; t < table.size(); ++t) {
    const double read = always_read + per_expert * ep * experts[t];
    const double compute = 2 * active_parameters(llm) * static_cast<double>(t);
    const double seconds = std::max(read / bandwidth, compute / flops) + host_step_s;
    table[t] = std::llround(seconds * 1e12);
  }
  for (std::size_t r = 0; r < 3; ++r) {
    model.token_ps[r] = table;
    model.context_ps[r] = std::llround(static_cast<double>(kv.per_token) / bandwidth * 1e12);
    model.attention_fs[r] = std::llround(flops_per_attention2(llm) / flops * 1e15);
  }
  model.prefill_s_per_token = 2 * active_parameters(llm) / flops;
  return model;
}

}  // namespace pigou
