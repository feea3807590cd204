// What a cluster is made of, after defaults and the catalogue have been applied.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "model/catalogue.hpp"

namespace pigou {

enum class Role : std::uint8_t { kAggregated, kPrefill, kDecode };

/// When an engine tells of the blocks that a step computes and of those it evicts for them.
enum class KvEventTime : std::uint8_t {
  kAfterStep,   ///< vLLM from about 0.14 on: in update_from_output, once per step
  kAtSchedule,  ///< up to about 0.11: in schedule(), before the step runs
};

/// Engine `vllm-v1`; names are vLLM's flags. Rules: scheduler.py@00024d314514.
struct EngineConfig {
  std::string kind = "vllm-v1";
  std::uint32_t max_num_seqs = 1024;
  std::uint32_t max_num_batched_tokens = 8192;     ///< at least max_num_seqs, as vLLM demands
  std::uint32_t max_model_len = 131072;            ///< prompt plus output
  std::uint32_t long_prefill_token_threshold = 0;  ///< 0: off
  std::uint32_t block_tokens = 16;
  bool enable_prefix_caching = true;
  bool enable_chunked_prefill = true;
  bool scheduler_reserve_full_isl = true;  ///< admit only when the whole prompt fits in free blocks
  std::uint32_t max_loras = 0;  ///< LoRA adapters in one step; 0: room for all of the trace's
  KvEventTime kv_events = KvEventTime::kAfterStep;
};

struct PoolConfig {
  std::string name;
  Role role = Role::kAggregated;
  std::uint32_t count = 1;  ///< instances
  std::uint32_t tp = 1;
  PoolModel model;
  EngineConfig engine;
  std::uint64_t kv_blocks = 0;  ///< engine blocks per instance (kv_tokens / block_tokens)
};

struct NetworkConfig {
  double bandwidth_bytes_per_s = 0;  ///< per instance link; 0: tp x NIC of the pool's GPU
  double latency_s = 0.0004;  ///< per transfer; source: Mooncake vLLM P/D table, about 0.4 ms
};

struct ClusterConfig {
  std::vector<PoolConfig> pools;
  NetworkConfig network;
  bool fast_forward = true;      ///< false: one event per engine step (same bytes, slower)
  bool reference_cache = false;  ///< true: one cache node per engine block (same bytes, slower)
};

}  // namespace pigou
