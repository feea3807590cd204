#include "model/shapes.hpp"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "model/catalogue.hpp"
#include "model/catalogue_text.hpp"

namespace pigou {
namespace {

using nlohmann::json;

// "meta-llama/Llama-3.1-70B_Instruct" and "llama-3.1-70b-instruct" are the same name.
std::string canonical(std::string_view name) {
  if (const auto slash = name.rfind('/'); slash != std::string_view::npos)
    name.remove_prefix(slash + 1);
  std::string out(name);
  for (char& c : out)
    c = c == '_' || c == ' ' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

double number(const json& entry, const char* key) {
  const auto found = entry.find(key);
  return found == entry.end() || found->is_null() ? 0 : found->get<double>();
}

const json& entry_named(const json& list, std::string_view name, const char* what) {
  const std::string wanted = canonical(name);
  std::vector<std::string> names;
  for (const json& entry : list) {
    names.push_back(entry.at("name").get<std::string>());
    if (names.back() == wanted) return entry;
    for (const json& alias : entry.at("aliases"))
      if (alias.get_ref<const std::string&>() == wanted) return entry;
  }
  throw UserError("unknown " + std::string(what) + " '" + std::string(name) + "'",
                  "it is not in the catalogue", suggest_name(wanted, names));
}

std::vector<std::string> names_of(std::string_view text, const char* list) {
  const json catalogue = json::parse(text);
  std::vector<std::string> names;
  for (const json& entry : catalogue.at(list)) names.push_back(entry.at("name"));
  return names;
}

// Stored bytes per weight. MXFP4 packs 32 four-bit values with one 8-bit scale.
double bytes_per_expert_weight(std::string_view dtype) {
  return dtype == "mxfp4" ? 4.25 / 8 : dtype == "fp8" ? 1 : 2;
}

}  // namespace

GpuSpec find_gpu(std::string_view name) {
  const json catalogue = json::parse(gpus_text());
  const json& entry = entry_named(catalogue.at("gpus"), name, "gpu");
  GpuSpec gpu;
  gpu.name = entry.at("name");
  gpu.hbm_bytes = number(entry, "hbm_bytes");
  gpu.hbm_bytes_per_s = number(entry, "hbm_bytes_per_s");
  gpu.bf16_flops_per_s = number(entry, "bf16_flops_per_s");
  gpu.fp8_flops_per_s = number(entry, "fp8_flops_per_s");
  gpu.nic_bytes_per_s = number(entry, "nic_bytes_per_s");
  gpu.engine_overhead_bytes = number(catalogue, "engine_overhead_bytes");
  gpu.large_gpu_defaults = entry.at("large_gpu_defaults");
  return gpu;
}

LlmShape find_llm(std::string_view name) {
  const json catalogue = json::parse(models_text());
  const json& entry = entry_named(catalogue.at("models"), name, "model");
  LlmShape llm;
  llm.name = entry.at("name");
  llm.dtypes = entry.at("dtypes").get<std::vector<std::string>>();
  llm.layers = entry.at("layers");
  llm.hidden = entry.at("hidden");
  llm.heads = entry.at("heads");
  llm.kv_heads = entry.at("kv_heads");
  llm.head_dim = entry.at("head_dim");
  llm.layer_parameters = number(entry, "layer_parameters");
  llm.expert_parameters = number(entry, "expert_parameters");
  llm.embedding_parameters = number(entry, "embedding_parameters");
  if (const auto moe = entry.find("moe"); moe != entry.end()) {
    llm.experts = moe->at("experts");
    llm.top_k = moe->at("top_k");
  }
  if (const auto mla = entry.find("mla"); mla != entry.end()) {
    const auto rope = mla->at("rope").get<std::int64_t>();
    llm.mla_cache_width = mla->at("kv_lora").get<std::int64_t>() + rope;
    llm.mla_qk_width = mla->at("nope").get<std::int64_t>() + rope;
    llm.mla_v_width = mla->at("v");
  }
  if (const auto window = entry.find("window"); window != entry.end()) {
    llm.window_tokens = window->at("tokens");
    llm.window_layers = window->at("layers");
  }
  return llm;
}

KvSize kv_size(const LlmShape& llm, std::uint32_t tp, std::int64_t bytes_per_value) {
  if (llm.mla_cache_width > 0)
    return {static_cast<std::uint64_t>(llm.layers * llm.mla_cache_width * bytes_per_value * tp), 0};
  const std::int64_t held_heads = std::max<std::int64_t>(llm.kv_heads, tp);
  const std::int64_t layer_bytes = 2 * held_heads * llm.head_dim * bytes_per_value;
  return {static_cast<std::uint64_t>((llm.layers - llm.window_layers) * layer_bytes),
          static_cast<std::uint64_t>(llm.window_layers * llm.window_tokens * layer_bytes)};
}

double weight_bytes(const LlmShape& llm, std::string_view dtype) {
  // MXFP4 checkpoints quantise the experts only.
  const double layer_bytes = dtype == "fp8" ? 1 : 2;
  return llm.layer_parameters * layer_bytes + expert_bytes(llm, dtype) +
         llm.embedding_parameters * 2;
}

double expert_bytes(const LlmShape& llm, std::string_view dtype) {
  return llm.expert_parameters * bytes_per_expert_weight(dtype);
}

std::vector<double> expected_experts(const LlmShape& llm, std::uint32_t ep,
                                     std::int64_t max_tokens) {
  std::vector<double> active(static_cast<std::size_t>(max_tokens) + 1, 0.0);
  if (llm.experts == 0) return active;
  const auto experts = static_cast<double>(llm.experts);
  const double miss = 1 - static_cast<double>(llm.top_k) / experts;
  // A running product, not pow(): the same bits whatever the machine's math library.
  double missed = 1;
  for (double& at : active) {
    at = experts / ep * (1 - missed);
    missed *= miss;
  }
  return active;
}

std::vector<std::string> catalogue_gpus() { return names_of(gpus_text(), "gpus"); }
std::vector<std::string> catalogue_models() { return names_of(models_text(), "models"); }

}  // namespace pigou
