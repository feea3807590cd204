#include "scenario/cluster_config.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "model/linear_step.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kDefaultNicBytesPerS = 50e9;  // 400 Gb/s, for pools without a GPU of the catalogue

Role role_of(const std::string& name) {
  if (name == "prefill") return Role::kPrefill;
  if (name == "decode") return Role::kDecode;
  return Role::kAggregated;
}

std::uint32_t count_of(const Json& section, const char* name) {
  return section.at(name).get<std::uint32_t>();
}

/// vLLM's defaults by GPU size; a seat without a token of budget could never run.
void resolve_budget(const std::string& path, bool large, Json& engine) {
  if (!engine.contains("max_num_seqs")) engine["max_num_seqs"] = large ? 1024 : 256;
  if (!engine.contains("max_num_batched_tokens"))
    engine["max_num_batched_tokens"] =
        std::max(large ? 8192u : 2048u, count_of(engine, "max_num_seqs"));
  const auto seats = count_of(engine, "max_num_seqs");
  const auto tokens = count_of(engine, "max_num_batched_tokens");
  if (tokens < seats)
    throw UserError(path + ".engine.max_num_batched_tokens cannot be " + std::to_string(tokens),
                    "it must be at least max_num_seqs (" + std::to_string(seats) +
                        "): a step gives every running sequence a token",
                    "raise it or lower max_num_seqs");
}

PoolModelRequest model_request(const Json& pool, const Json& engine) {
  PoolModelRequest request;
  request.gpu = pool.at("gpu").get<std::string>();
  request.model = pool.at("model").get<std::string>();
  request.dtype = pool.at("dtype").get<std::string>();
  request.kv_dtype = pool.value("kv_dtype", std::string{});
  request.tp = count_of(pool, "tp");
  request.ep = count_of(pool, "ep");
  request.allow_roofline = pool.at("allow_roofline").get<bool>();
  // The default budget depends on the GPU, which this call finds out: the larger default and any
  // number of seats fit into a table of this length.
  const std::int64_t seats = engine.value("max_num_seqs", std::int64_t{0});
  request.max_step_tokens =
      engine.value("max_num_batched_tokens", std::max(std::int64_t{8192}, seats));
  request.host_step_s = engine.at("host_step_s").get<double>();
  request.gpu_memory_utilization = engine.at("gpu_memory_utilization").get<double>();
  return request;
}

/// A step model that the scenario states instead of naming one; false: it states none.
bool stated_step(const std::string& path, const Json& pool, std::int64_t tokens, PoolModel& model) {
  const bool constant = pool.contains("step_s");
  const bool linear = pool.contains("prefill_s_per_token");
  for (const char* key : {"decode_step_s", "cached_s_per_token"})
    if (pool.contains(key) && !linear)
      throw UserError(path + "." + key + " has no effect", "it goes with prefill_s_per_token",
                      "set that too, or remove it");
  if (!constant && !linear) return false;
  if (constant && linear)
    throw UserError(path + " states two step models", "step_s and prefill_s_per_token are both set",
                    "remove one of them");
  model.provenance = {};
  if (constant) {
    const double step_s = pool.at("step_s").get<double>();
    model.step = constant_step_model(from_seconds(step_s, "step_s"), tokens);
    model.provenance.kind = "constant";
    model.provenance.source = "step_s of the scenario";
    return true;
  }
  if (!pool.contains("decode_step_s"))
    throw UserError(path + ".decode_step_s is not set", "a decode step cannot take no time",
                    "set it beside prefill_s_per_token");
  model.step = linear_step_model(
      {pool.at("prefill_s_per_token").get<double>(), pool.at("decode_step_s").get<double>(),
       pool.value("cached_s_per_token", 0.0)},
      tokens);
  model.provenance.kind = "linear";
  model.provenance.source = "prefill_s_per_token and decode_step_s of the scenario";
  return true;
}

PoolModel resolve_model(const std::string& path, const Json& pool, const Json& engine) {
  const bool named = pool.contains("gpu") && pool.contains("model");
  PoolModel model;
  if (named)
    model = resolve_pool_model(model_request(pool, engine));
  else
    model.nic_bytes_per_s = kDefaultNicBytesPerS;
  const auto tokens = engine.value("max_num_batched_tokens", std::int64_t{8192});
  if (!stated_step(path, pool, tokens, model) && !named)
    throw UserError(path + " does not say what it runs", "gpu and model are both needed",
                    "give both, or step_s for steps of constant length");
  return model;
}

EngineConfig engine_config(const Json& engine) {
  EngineConfig config;
  config.kind = engine.at("kind").get<std::string>();
  config.max_num_seqs = count_of(engine, "max_num_seqs");
  config.max_num_batched_tokens = count_of(engine, "max_num_batched_tokens");
  config.max_model_len = count_of(engine, "max_model_len");
  config.long_prefill_token_threshold = count_of(engine, "long_prefill_token_threshold");
  config.block_tokens = count_of(engine, "block_size");
  config.enable_prefix_caching = engine.at("enable_prefix_caching").get<bool>();
  config.enable_chunked_prefill = engine.at("enable_chunked_prefill").get<bool>();
  config.scheduler_reserve_full_isl = engine.at("scheduler_reserve_full_isl").get<bool>();
  config.max_loras = engine.value("max_loras", 0U);
  config.kv_events = engine.at("kv_events").get<std::string>() == "at-schedule"
                         ? KvEventTime::kAtSchedule
                         : KvEventTime::kAfterStep;
  return config;
}

std::uint64_t resolve_kv_blocks(const std::string& path, const PoolModel& model, Json& engine) {
  if (!engine.contains("kv_tokens")) {
    if (model.kv_capacity_tokens == 0)
      throw UserError(
          path + " has no room for KV cache",
          model.hbm_bytes > 0 ? "the weights fill gpu_memory_utilization of the GPU's memory"
                              : "without gpu and model its capacity is unknown",
          model.hbm_bytes > 0 ? "raise tp or choose a larger GPU" : "set engine.kv_tokens");
    engine["kv_tokens"] = model.kv_capacity_tokens;
  }
  const auto tokens = engine.at("kv_tokens").get<std::uint64_t>();
  const auto block = engine.at("block_size").get<std::uint64_t>();
  if (tokens / block == 0)
    throw UserError(path + ".engine.kv_tokens cannot be " + std::to_string(tokens),
                    "it is less than one block of " + std::to_string(block) + " tokens",
                    "use at least block_size");
  if (tokens / block >= UINT32_MAX)
    throw UserError(path + ".engine.kv_tokens cannot be " + std::to_string(tokens),
                    "an instance holds at most 2^32 - 2 blocks", "raise block_size");
  return tokens / block;
}

PoolConfig resolve_pool(Json& pool, const std::string& path) {
  PoolConfig config;
  config.name = pool.at("name").get<std::string>();
  config.role = role_of(pool.at("role").get<std::string>());
  config.count = count_of(pool, "count");
  config.tp = count_of(pool, "tp");
  Json& engine = pool["engine"];
  config.model = resolve_model(path, pool, engine);
  resolve_budget(path, pool.contains("gpu") ? config.model.large_gpu_defaults : true, engine);
  config.kv_blocks = resolve_kv_blocks(path, config.model, engine);
  config.engine = engine_config(engine);
  return config;
}

void name_pools(Json& pools) {
  std::set<std::string> names;
  for (auto& pool : pools) {
    if (!pool.contains("name")) {
      Json named = {{"name", pool.at("role")}};
      named.update(pool);
      pool = std::move(named);
    }
    const auto name = pool["name"].get<std::string>();
    if (name.find_first_of("./") != std::string::npos)
      throw UserError("a pool cannot be called '" + name + "'",
                      "dots and slashes separate the parts of paths", "use letters, digits and -");
    if (!names.insert(name).second)
      throw UserError("two pools are called '" + name + "'", "results are named by pool",
                      "give each pool its own name");
  }
}

void check_roles(const std::vector<PoolConfig>& pools) {
  const auto number = [&](Role role) {
    return std::ranges::count_if(pools, [&](const auto& pool) { return pool.role == role; });
  };
  const auto aggregated = number(Role::kAggregated);
  const auto prefill = number(Role::kPrefill);
  const auto decode = number(Role::kDecode);
  if (aggregated > 0 && prefill + decode > 0)
    throw UserError("cluster.pools mixes aggregated with prefill or decode pools",
                    "a request is served whole or in two parts, not both", "use one kind");
  if (aggregated == 0 && (prefill == 0 || decode == 0))
    throw UserError(
        "cluster.pools has no " + std::string(prefill == 0 ? "prefill" : "decode") + " pool",
        "a split cluster needs both sides", "add one, or make every pool aggregated");
}

void check_alike(const Json& pools) {
  const Json& first = pools.front();
  for (const auto& pool : pools) {
    if (pool["engine"]["block_size"] != first["engine"]["block_size"])
      throw UserError("engine.block_size differs between pools",
                      "KV blocks move between them whole", "use one block_size");
    if (pool.value("model", "") != first.value("model", ""))
      throw UserError("model differs between pools", "routing across models is not built yet",
                      "use one model");
    const bool split = pool["role"] != "aggregated";
    if (split && (pool.value("kv_dtype", "") == "fp8") != (first.value("kv_dtype", "") == "fp8"))
      throw UserError("kv_dtype differs between pools", "KV blocks move between them as they are",
                      "use one kv_dtype");
  }
}

}  // namespace

ClusterConfig resolve_cluster(Json& scenario) {
  Json& pools = scenario["cluster"]["pools"];
  if (pools.empty())
    throw UserError("cluster.pools is missing", "nothing could serve the trace",
                    "list at least one pool with count, gpu and model");
  name_pools(pools);
  ClusterConfig cluster;
  for (auto& pool : pools)
    cluster.pools.push_back(resolve_pool(pool, "cluster.pools." + pool["name"].get<std::string>()));
  check_roles(cluster.pools);
  check_alike(pools);
  const Json& network = scenario.at("network");
  cluster.network.bandwidth_bytes_per_s = network.at("bandwidth_gb_per_s").get<double>() * 1e9;
  cluster.network.latency_s = network.at("latency_s").get<double>();
  cluster.fast_forward = scenario["engine"].at("fast_forward").get<bool>();
  cluster.reference_cache = scenario["engine"].at("reference_cache").get<bool>();
  return cluster;
}

}  // namespace pigou
