// GPUs and LLMs of the catalogue, and the sizes that follow from an LLM's shape.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pigou {

/// Figures of one GPU. Zero: not in our sources.
struct GpuSpec {
  std::string name;
  double hbm_bytes = 0;
  double hbm_bytes_per_s = 0;
  double bf16_flops_per_s = 0;
  double fp8_flops_per_s = 0;
  double nic_bytes_per_s = 0;
  double engine_overhead_bytes = 0;  ///< what the engine keeps beside weights and KV
  bool large_gpu_defaults = false;
};

/// Shape of one LLM. Expert, MLA and window fields are zero where the model has none.
struct LlmShape {
  std::string name;
  std::vector<std::string> dtypes;
  std::int64_t layers = 0, hidden = 0, heads = 0, kv_heads = 0, head_dim = 0;
  double layer_parameters = 0, expert_parameters = 0, embedding_parameters = 0;
  std::int64_t experts = 0, top_k = 0;
  std::int64_t mla_cache_width = 0;  ///< kv_lora + rope: values cached per token and layer
  std::int64_t mla_qk_width = 0, mla_v_width = 0;
  std::int64_t window_tokens = 0, window_layers = 0;
};

/// Looks up a name or an alias, whatever its case, vendor prefix ("meta-llama/") or underscores.
/// Throws UserError naming the nearest.
GpuSpec find_gpu(std::string_view name);
LlmShape find_llm(std::string_view name);

/// Bytes of the KV cache, all TP ranks together: what grows with a token, what a sequence costs
/// once. Ranks beyond the KV heads, and every rank under MLA, hold a copy.
struct KvSize {
  std::uint64_t per_token = 0;
  std::uint64_t per_sequence = 0;
};
KvSize kv_size(const LlmShape& llm, std::uint32_t tp, std::int64_t bytes_per_value);

/// Bytes of one routed expert weight or one other weight of `dtype`; embeddings stay bf16.
double weight_bytes(const LlmShape& llm, std::string_view dtype);
double expert_bytes(const LlmShape& llm, std::string_view dtype);

/// E_act for 0..max_tokens tokens: experts expected to be touched on one rank, uniform routing.
/// Zeros for a dense model.
std::vector<double> expected_experts(const LlmShape& llm, std::uint32_t ep,
                                     std::int64_t max_tokens);

}  // namespace pigou
