#include "cluster/engine/admission.hpp"

#include <algorithm>

#include "cluster/engine/chunk.hpp"

namespace pigou {
namespace {

/// vLLM counts the adapters a step has scheduled. Who waits is looked at only when all running
/// calls have been scheduled, so these are the adapters of the running calls.
bool adapter_fits(const EngineState& state, const Call& call) {
  if (!state.adapters().on()) return true;
  const std::uint32_t adapter = state.segments().adapter[call.row];
  return adapter == 0 || state.adapters().runs(call.instance, adapter) ||
         state.adapters().distinct(call.instance, AdapterBook::Use::kRunning) <
             state.max_loras(call.instance);
}

void take_seat(EngineState& state, Instance& i, CallId call) {
  Call& c = state.calls[call];
  c.state = CallState::kRunning;
  c.order = i.next_order++;
  state.count_adapter(c, AdapterBook::Use::kWaiting, AdapterBook::Use::kRunning);
  i.running.push_back(state.calls, call);
  i.partials.push_back(call);
}

bool admit(EngineState& state, Instance& i, CallId call, Plan& plan, SimTime now) {
  Call& c = state.calls[call];
  const EngineConfig& e = state.engine(i);
  if (state.answers.any()) [[unlikely]]
    plan.early_turn |= state.answers.look_for(state, i, c, now);
  KvMatch hit;
  // At least one token is computed, so the lookup stops one token short.
  if (e.enable_prefix_caching)
    hit = i.cache.match(state.path(c), (c.tokens() - 1) / e.block_tokens);
  c.computed = hit.blocks * e.block_tokens;
  c.blocks = hit.blocks;
  // The threshold cuts a prompt first; what it leaves waits for a step with room for all of it.
  const std::uint32_t wanted = chunk_tokens(state, i, c, UINT32_MAX);
  if (!e.enable_chunked_prefill && wanted > plan.budget) return false;
  const std::uint32_t tokens = std::min(wanted, plan.budget);
  const std::uint32_t counted = e.scheduler_reserve_full_isl ? c.tokens() - c.computed : tokens;
  if (chunk_blocks(state, i, c, counted) + hit.evictable > i.cache.free_blocks()) return false;
  i.waiting.remove(state.calls, call);
  if (hit.blocks > 0) i.cache.acquire(state.path(c), hit.blocks, call);
  c.named = hit.blocks;
  take_seat(state, i, call);
  commit_chunk(state, i, call, tokens, now);
  plan.budget -= tokens;
  if (!c.admitted_once) {
    c.admitted_once = true;
    state.notices.push_back({Notice::Kind::kAdmitted, call, c.computed});
  }
  return true;
}

/// Decode side of a split request: takes the blocks its cache lacks, then asks for the KV.
bool reserve_remote(EngineState& state, Instance& i, CallId call, Plan& plan, SimTime now) {
  Call& c = state.calls[call];
  const EngineConfig& e = state.engine(i);
  if (state.answers.any()) [[unlikely]]
    plan.early_turn |= state.answers.look_for(state, i, c, now);
  KvMatch hit;
  if (e.enable_prefix_caching)
    hit = i.cache.match(state.path(c), (c.tokens() - 1) / e.block_tokens);
  const std::uint32_t total = state.blocks_for(i, c.tokens());
  if (total - hit.blocks + hit.evictable > i.cache.free_blocks()) return false;
  i.waiting.remove(state.calls, call);
  if (hit.blocks > 0) i.cache.acquire(state.path(c), hit.blocks, call);
  i.cache.allocate(total - hit.blocks, now);
  c.named = hit.blocks;
  c.blocks = total;
  c.state = CallState::kLoading;
  ++i.loading;
  c.admitted_once = true;
  const std::uint64_t held = std::uint64_t{hit.blocks} * e.block_tokens;
  state.notices.push_back({Notice::Kind::kTransferWanted, call, c.kv_tokens - held});
  return true;
}

}  // namespace

void plan_waiting(EngineState& state, Instance& i, Plan& plan, SimTime now) {
  CallId ready = i.ready.head;
  CallId waiting = i.waiting.head;
  while (plan.budget > 0 && i.running.count < state.engine(i).max_num_seqs) {
    const bool loaded = ready != kNoIndex;
    const CallId call = loaded ? ready : waiting;
    if (call == kNoIndex) return;
    (loaded ? ready : waiting) = state.calls[call].next;
    if (!adapter_fits(state, state.calls[call])) continue;
    if (loaded) {
      i.ready.remove(state.calls, call);
      take_seat(state, i, call);
      commit_chunk(state, i, call, 1, now);
      plan.budget -= 1;
      continue;
    }
    const bool fits = state.calls[call].remote_kv ? reserve_remote(state, i, call, plan, now)
                                                  : admit(state, i, call, plan, now);
    if (!fits) return;
  }
}

}  // namespace pigou
