#include "cluster/engine/state.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace pigou {
namespace {

/// What the engine's rules rest on, whoever built the configuration.
void check_engine(const PoolConfig& pool) {
  const EngineConfig& e = pool.engine;
  if (e.block_tokens == 0 || e.block_tokens > kMaxBlockTokens) {
    throw UserError(
        "pool " + pool.name + " has KV blocks of " + std::to_string(e.block_tokens) + " tokens",
        "engines have at most 128", "set engine.block_size to 16, 32, 64 or 128");
  }
  if (e.max_num_seqs == 0 || e.max_num_batched_tokens < e.max_num_seqs) {
    throw UserError("pool " + pool.name + " has more seats than tokens in a step",
                    "every running sequence gets a token in every step",
                    "raise engine.max_num_batched_tokens or lower engine.max_num_seqs");
  }
  if (!e.enable_chunked_prefill && e.max_num_batched_tokens < e.max_model_len) {
    throw UserError("pool " + pool.name + " could not prefill its longest prompt",
                    "without chunked prefill a prompt must fit into one step",
                    "set engine.max_num_batched_tokens to at least engine.max_model_len");
  }
}

}  // namespace

EngineState::EngineState(const ClusterConfig& config, const SegmentedTrace* segments)
    : config_(config), segments_(segments) {
  std::stable_partition(config_.pools.begin(), config_.pools.end(),
                        [](const PoolConfig& pool) { return pool.role != Role::kDecode; });
  for (std::uint32_t p = 0; p < config_.pools.size(); ++p) {
    const PoolConfig& pool = config_.pools[p];
    check_engine(pool);
    for (std::uint32_t n = 0; n < pool.count; ++n) {
      Instance& i = instances_.emplace_back();
      i.pool = p;
      i.block_tokens = pool.engine.block_tokens;
      i.tells_after_step = pool.engine.kv_events == KvEventTime::kAfterStep;
      i.phase = PhaseCounts(i.block_tokens);
      const auto blocks = static_cast<std::uint32_t>(pool.kv_blocks);
      i.cache = InstanceCache(blocks, config.reference_cache);
      i.least_free = blocks;
    }
    if (pool.role != Role::kDecode) entry_instances_ = instances();
  }
  if (!segments->adapter.empty()) adapters_ = AdapterBook(instances(), segments->adapters);
}

PathView EngineState::path(const Call& call) const {
  PathView view;
  view.prompt = segments_->path(call.row);
  view.output = segments_->output_path(call.row);
  view.offset = call.segment_offset;
  view.blocks_of = segments_->segment_blocks.data();
  if (view.output.empty()) view.private_segment = SegmentId{kPrivateSegment | call.request};
  return view;
}

std::uint32_t EngineState::generated(CallId call, SimTime time) const {
  const Call& c = calls[call];
  if (!c.decoding) return c.generated;
  const Instance& i = instances_[c.instance];
  std::uint64_t steps = i.step;
  if (i.activity == Activity::kRun && i.run.start <= time)
    steps += std::min(i.run.steps, i.run.steps_started(time + SimTime{1}) - 1);
  return static_cast<std::uint32_t>(c.generated_base + static_cast<std::int64_t>(steps));
}

bool EngineState::occupied(InstanceId instance) const {
  for (CallId call = 0; call < calls.slots(); ++call)
    if (calls[call].state != CallState::kFree && calls[call].instance == instance) return true;
  return false;
}

}  // namespace pigou
