// EngineState against its laws: everything is counted again, call by call.
#include <vector>

#include "cluster/engine/chunk.hpp"
#include "cluster/engine/state.hpp"
#include "core/error.hpp"

namespace pigou {

/// Blocks that `call` has on its instance, those of steps under way included.
std::uint32_t EngineState::blocks_held(const Instance& i, const Call& call) const {
  if (!call.decoding) return call.blocks;
  std::int64_t computed = call.computed_base + static_cast<std::int64_t>(i.step);
  if (i.activity == Activity::kStep) ++computed;
  if (i.activity == Activity::kRun) computed += static_cast<std::int64_t>(i.run.popped);
  return blocks_for(i, static_cast<std::uint32_t>(computed));
}

/// Whether the first of those that wait has room on an engine where nobody runs.
bool EngineState::fits_alone(const Instance& i) const {
  const Call& c = calls[i.waiting.head];
  const EngineConfig& e = engine(i);
  KvMatch hit;
  if (e.enable_prefix_caching) hit = i.cache.match(path(c), (c.tokens() - 1) / e.block_tokens);
  std::uint32_t tokens = c.tokens();
  if (!c.remote_kv && !e.scheduler_reserve_full_isl) {
    Call admitted = c;
    admitted.computed = hit.blocks * e.block_tokens;
    tokens = admitted.computed + chunk_tokens(*this, i, admitted, e.max_num_batched_tokens);
  }
  return blocks_for(i, tokens) - hit.blocks + hit.evictable <= i.cache.free_blocks();
}

void EngineState::check_laws() const {
  std::vector<std::uint64_t> nameless(instances_.size(), 0);
  std::vector<std::uint32_t> loading(instances_.size(), 0);
  for (CallId slot = 0; slot < calls.slots(); ++slot) {
    const Call& c = calls[slot];
    if (c.state == CallState::kFree || c.state == CallState::kWaiting) continue;
    if (c.state == CallState::kLoading) ++loading[c.instance];
    const Instance& i = at(c.instance);
    nameless[c.instance] += blocks_held(i, c) - c.named;
  }
  for (InstanceId n = 0; n < instances(); ++n) {
    const Instance& i = at(n);
    require(i.running.count <= engine(i).max_num_seqs, "law 2: seats are not oversold");
    require(i.loading == loading[n], "law 2: calls whose KV is on its way are counted once");
    require(i.decode_count + i.partials.size() == i.running.count,
            "law 2: a running call decodes or has tokens to compute");
    i.cache.check(nameless[n]);
    const bool may_admit = i.ready.count > 0 && i.running.count < engine(i).max_num_seqs;
    require(i.activity != Activity::kIdle || i.running.count == 0,
            "law 13: no idle engine with running calls");
    require(i.activity != Activity::kIdle || !may_admit,
            "law 13: no idle engine with admissible work");
    require(i.activity != Activity::kIdle || i.waiting.count == 0 || !fits_alone(i),
            "law 13: no idle engine with a waiting call that fits");
  }
  if (adapters_.on()) check_adapters();
}

/// Counts again what the book has counted call by call.
void EngineState::check_adapters() const {
  using Use = AdapterBook::Use;
  AdapterBook counted(instances(), adapters_.adapters());
  for (CallId slot = 0; slot < calls.slots(); ++slot) {
    const Call& c = calls[slot];
    if (c.state == CallState::kFree || c.state == CallState::kPinned) continue;
    const Use use = c.state == CallState::kRunning ? Use::kRunning : Use::kWaiting;
    counted.move(c.instance, segments_->adapter[c.row], Use::kNone, use);
  }
  require(counted == adapters_, "law 2: every running and waiting adapter is counted once");
  for (InstanceId i = 0; i < instances(); ++i)
    require(adapters_.distinct(i, Use::kRunning) <= max_loras(i),
            "law 2: places for adapters are not oversold");
}

}  // namespace pigou
