// Columns over instances, as routers read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/columns.hpp"

namespace pigou {

/// Entry instances (aggregated or prefill), or the decode instances of a split cluster.
enum class Side : std::uint8_t { kEntry, kDecode };

/// What never changes of the instances, entry ones first: each vector has one entry an instance.
struct FleetShape {
  std::uint32_t entry_count = 0;
  std::uint32_t believed_count = 0;              ///< the first ones, whose believed caches are kept
  std::vector<double> kv_blocks;                 ///< KV blocks it has
  std::vector<std::int64_t> max_batched_tokens;  ///< tokens one step may hold
  std::vector<double> prefill_s_per_token;

  std::uint32_t count() const { return static_cast<std::uint32_t>(kv_blocks.size()); }
  std::uint32_t decode_count() const { return count() - entry_count; }
};

/// What instances are believed to hold of one prompt, one entry an instance, entry ones first; the
/// columns of tiers are empty where there is no such tier. Whoever measures owns it, so that many
/// requests can be measured side by side.
struct HeldBlocks {
  std::vector<std::int32_t> overlap_blocks;        ///< in GPU memory, leading
  std::vector<std::int32_t> shared_active_blocks;  ///< leading, of requests active there
  std::vector<std::int32_t> host_blocks;           ///< in host memory, behind those on the GPU
  std::vector<std::int32_t> disk_blocks;           ///< on its disk or beyond, behind those
  /// In a cache all share, not in the instance's GPU memory.
  std::vector<std::int32_t> shared_cache_blocks;

  /// Zeros for `instances`.
  void clear(std::size_t instances) {
    overlap_blocks.assign(instances, 0);
    shared_active_blocks.assign(instances, 0);
  }
};

/// The tiers of the open request's HeldBlocks as columns. Null: no such tier.
struct LowerTierColumns {
  const std::int32_t* host_blocks = nullptr;
  const std::int32_t* disk_blocks = nullptr;
  const std::int32_t* shared_blocks = nullptr;
};

/// A few entry instances, by id, and the columns over them.
struct InstanceShortlist {
  std::span<const std::uint32_t> instances;
  InstanceColumns columns;  ///< overlap_blocks and shared_active_blocks among them
};

/// Periodic gauges of one instance, as old as the signal says.
struct SeenGauges {
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;
  double kv_usage = 0;
  std::int64_t tick = -1;  ///< number of the snapshot seen; -1: none has arrived yet
};

/// LoRA adapters in use as the snapshots name them (vLLM's `lora_requests_info`), over all
/// instances, entry ones first; before an instance's first snapshot it has none and no room. Null:
/// the trace has no adapters, or ViewNeeds::adapter_gauges was not asked for.
struct AdapterColumns {
  const std::uint64_t* sets = nullptr;   ///< per instance those that run, then those that wait
  const std::uint32_t* named = nullptr;  ///< how many run plus how many wait; both counts twice
  const std::uint32_t* most = nullptr;   ///< how many one step may mix
  std::size_t words = 0;                 ///< of one set

  bool running(std::size_t instance, std::uint32_t adapter) const {
    return holds(2 * instance, adapter);
  }
  bool waiting(std::size_t instance, std::uint32_t adapter) const {
    return holds(2 * instance + 1, adapter);
  }

 private:
  bool holds(std::size_t set, std::uint32_t adapter) const {
    if (adapter == 0) return false;
    return (sets[set * words + (adapter - 1) / 64] >> (adapter - 1) % 64 & 1) != 0;
  }
};

/// The same as columns over all instances, entry ones first: one pass reads them all. Null without
/// ViewNeeds::snapshot_period_s.
struct GaugeColumns {
  const std::uint32_t* running = nullptr;
  const std::uint32_t* waiting = nullptr;
  const double* kv_usage = nullptr;
  const std::int64_t* tick = nullptr;
  /// For each kGaugeBlock instances, those of the entry side first and the decode side's from
  /// blocks_of(entry_count) on, the number of the last change of running, waiting or KV usage in
  /// it; numbers only rise, and a policy that has seen a block's need not read it again. Null: not
  /// kept.
  const std::uint64_t* changes = nullptr;
  AdapterColumns adapters = {};

  static constexpr std::size_t kGaugeBlock = 16;
  static constexpr std::size_t blocks_of(std::size_t instances) {
    return (instances + kGaugeBlock - 1) / kGaugeBlock;
  }
};

}  // namespace pigou
