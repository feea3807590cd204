// Real traces on the clusters of scenarios/: found under PIGOU_DATA or ../shared, else skipped.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "paths.hpp"
#include "routing/policy.hpp"
#include "simulation/run.hpp"
#include "trace/reader.hpp"

namespace pigou {

inline constexpr const char* kConversation = "mooncake-fast25/conversation_trace.jsonl.gz";
inline constexpr const char* kAzure = "azure-llm-2023/AzureLLMInferenceTrace_conv.csv";
inline constexpr const char* kClaudeCode = "claude-code-weka";

/// Where the shared trace `name` lies, or should.
inline std::filesystem::path shared_trace(const char* name) {
  return std::filesystem::path(data_root()) / "traces" / name;
}

/// Ends the test visibly where the shared trace is absent.
#define PIGOU_NEEDS_TRACE(name)                     \
  if (!std::filesystem::exists(shared_trace(name))) \
  GTEST_SKIP() << shared_trace(name) << " is absent"

/// Says that rows were served in turn by so many instances, so that the policy `recorded` can run.
inline void add_instances(Trace& trace, const char* label, std::uint32_t count) {
  LabelColumn& column = trace.add_label(label);
  column.code.assign(trace.rows(), kNoIndex);
  for (std::uint32_t row = 0; row < trace.rows(); ++row)
    column.code[row] = column.code_of(std::to_string(row % count));
}

inline std::shared_ptr<const Workload> real_workload(const char* name,
                                                     const WorkloadOptions& options,
                                                     std::uint32_t entries = 8,
                                                     std::uint32_t decodes = 0) {
  Trace trace = read_trace(shared_trace(name).string());
  add_instances(trace, "instance", entries);
  if (decodes > 0) add_instances(trace, "decode_instance", decodes);
  return std::make_shared<Workload>(build_workload(std::move(trace), options, 16, 1));
}

/// `count` instances of a 70B model on four GPUs each, as the catalogue and vLLM's defaults have
/// it.
inline PoolConfig pool_70b(const char* name, Role role, std::uint32_t count,
                           const char* gpu = "h100") {
  PoolModelRequest request;
  request.gpu = gpu;
  request.model = "llama-3.1-70b";
  request.tp = 4;
  PoolConfig pool;
  pool.name = name;
  pool.role = role;
  pool.count = count;
  pool.tp = 4;
  pool.model = resolve_pool_model(request);
  pool.kv_blocks = pool.model.kv_capacity_tokens / pool.engine.block_tokens;
  return pool;
}

/// mooncake-8 or mooncake-pd under `policy` with its defaults.
inline SimulationConfig mooncake_config(bool split, std::string_view policy) {
  SimulationConfig config;
  config.cluster.pools.push_back(
      pool_70b(split ? "prefill" : "serve", split ? Role::kPrefill : Role::kAggregated, 8));
  if (split) config.cluster.pools.push_back(pool_70b("decode", Role::kDecode, 8));
  const PolicyInfo& info = find_policy(policy);
  config.router = {std::string(info.name), default_values(info.parameters)};
  return config;
}

}  // namespace pigou
