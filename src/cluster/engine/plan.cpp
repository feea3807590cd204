// Engine vllm-v1, first half: which tokens the next step schedules.
// Rule: vLLM V1 scheduler (vllm/v1/core/sched/scheduler.py@00024d314514).
#include <algorithm>

#include "cluster/cluster.hpp"

namespace pigou {

/// Tokens a call would compute next within `budget`.
std::uint32_t Cluster::chunk_tokens(const Instance& i, const Call& call,
                                    std::uint32_t budget) const {
  std::uint32_t tokens = call.tokens() - call.computed;
  const std::uint32_t threshold = engine(i).long_prefill_token_threshold;
  if (threshold > 0) tokens = std::min(tokens, threshold);
  return std::min(tokens, budget);
}

/// New blocks that computing `tokens` more takes; a remote call already holds its prompt's.
std::uint32_t Cluster::chunk_blocks(const Instance& i, const Call& call,
                                    std::uint32_t tokens) const {
  const std::uint32_t after = blocks_for(i, call.computed + tokens);
  return after > call.blocks ? after - call.blocks : 0;
}

/// Running calls first, when it is plain that all get what they want: then order does not matter.
/// Returns false, with nothing changed, when it does.
bool Cluster::plan_running(Instance& i, Plan& plan, SimTime now) {
  // Two calls computing prompts compete for tokens.
  if (i.partials.size() > 1) return false;
  const std::uint32_t popped = i.phase[i.step % i.block_tokens];
  const std::uint32_t left = plan.budget - i.decode_count;
  std::uint32_t blocks = popped;
  std::uint32_t chunk = 0;
  if (!i.partials.empty()) {
    const Call& partial = calls[*i.partials.begin()];
    chunk = chunk_tokens(i, partial, left);
    // It runs last unless a threshold cut it short before; whoever runs after it may starve.
    if (chunk == left && i.running.tail != *i.partials.begin()) return false;
    blocks += chunk_blocks(i, partial, chunk);
  }
  if (blocks > i.cache.free_blocks()) return false;
  if (popped > 0) i.cache.allocate(popped, now);
  if (chunk > 0) commit_chunk(i, *i.partials.begin(), chunk, now);
  plan.budget = left - chunk;
  return true;
}

/// The rule as written: in running order, preempting from the back when blocks run out.
void Cluster::plan_running_in_order(Instance& i, Plan& plan, SimTime now) {
  const std::uint32_t block = engine(i).block_tokens;
  std::uint32_t call = i.running.head;
  for (; call != kNoIndex && plan.budget > 0; call = calls[call].next) {
    Call& c = calls[call];
    const bool decoding = c.decoding;
    const std::uint32_t tokens = decoding ? 1 : chunk_tokens(i, c, plan.budget);
    const auto computed = c.computed_base + static_cast<std::int64_t>(i.step);
    const std::uint32_t blocks =
        decoding ? (computed % block == 0 ? 1U : 0U) : chunk_blocks(i, c, tokens);
    bool self = false;
    while (blocks > i.cache.free_blocks() && !self) {
      const std::uint32_t victim = i.running.tail;
      self = victim == call;
      preempt(i, victim, now);
      plan.preempted = true;
    }
    if (self) return;
    if (decoding) {
      if (blocks > 0) i.cache.allocate(blocks, now);
    } else {
      commit_chunk(i, call, tokens, now);
    }
    plan.budget -= tokens;
  }
  // No budget left: decoding calls from here on sit this step out and lose their lockstep.
  for (; call != kNoIndex; call = calls[call].next) {
    if (!calls[call].decoding) continue;
    leave_decode_set(i, call);
    calls[call].last_token = now;
    i.partials.push_back(call);
  }
  std::sort(i.partials.begin(), i.partials.end(),
            [&](std::uint32_t a, std::uint32_t b) { return calls[a].order < calls[b].order; });
}

/// Allocates and publishes what the chunk computes; it counts from this step on.
void Cluster::commit_chunk(Instance& i, std::uint32_t call, std::uint32_t tokens, SimTime now) {
  Call& c = calls[call];
  if (const std::uint32_t blocks = chunk_blocks(i, c, tokens)) {
    i.cache.allocate(blocks, now);
    c.blocks += blocks;
  }
  if (engine(i).enable_prefix_caching) {
    // vLLM caches full blocks when it schedules them: a later call in the same step hits them.
    const std::uint32_t full = (c.computed + tokens) / engine(i).block_tokens;
    const std::uint32_t upto = std::min(full, prompt_blocks(c));
    if (upto > c.named) {
      if (!answering_.empty()) name_answers(i, path(c), c.named, upto, c.order, now);
      i.cache.publish(path(c), c.named, upto, call, now);
      c.named = upto;
    }
  }
  i.chunks.push_back({call, tokens});
}

void Cluster::preempt(Instance& i, std::uint32_t call, SimTime now) {
  Call& c = calls[call];
  if (c.decoding) {
    leave_decode_set(i, call);
    c.last_token = now;
  } else {
    i.partials.erase_value(call);
  }
  i.running.remove(calls, call);
  release_blocks(i, c, true, now);
  c.computed = 0;
  c.state = CallState::kWaiting;
  c.remote_kv = false;  // it recomputes where it is
  count_adapter(c, AdapterBook::Use::kRunning, AdapterBook::Use::kWaiting);
  i.waiting.push_front(calls, call);
  ++i.preemptions;
  notices.push_back({Notice::Kind::kPreempted, call, 0});
}

/// Waiting calls, head of line: the first that does not fit stops the rest. Those whose adapter
/// would be one too many in the batch keep their place and are passed over.
void Cluster::plan_waiting(Instance& i, Plan& plan, SimTime now) {
  std::uint32_t ready = i.ready.head;
  std::uint32_t waiting = i.waiting.head;
  while (plan.budget > 0 && i.running.count < engine(i).max_num_seqs) {
    const bool loaded = ready != kNoIndex;
    const std::uint32_t call = loaded ? ready : waiting;
    if (call == kNoIndex) return;
    (loaded ? ready : waiting) = calls[call].next;
    if (!adapter_fits(calls[call])) continue;
    if (loaded) {
      i.ready.remove(calls, call);
      take_seat(i, call);
      commit_chunk(i, call, 1, now);
      plan.budget -= 1;
      continue;
    }
    const bool fits =
        calls[call].remote_kv ? reserve_remote(i, call, plan, now) : admit(i, call, plan, now);
    if (!fits) return;
  }
}

/// vLLM counts the adapters a step has scheduled. Who waits is looked at only when all running
/// calls have been scheduled, so these are the adapters of the running calls.
bool Cluster::adapter_fits(const Call& call) const {
  if (!adapters_.on()) return true;
  const std::uint32_t adapter = segments_->adapter[call.row];
  return adapter == 0 || adapters_.runs(call.instance, adapter) ||
         adapters_.distinct(call.instance, AdapterBook::Use::kRunning) < max_loras(call.instance);
}

void Cluster::take_seat(Instance& i, std::uint32_t call) {
  Call& c = calls[call];
  c.state = CallState::kRunning;
  c.order = i.next_order++;
  count_adapter(c, AdapterBook::Use::kWaiting, AdapterBook::Use::kRunning);
  i.running.push_back(calls, call);
  i.partials.push_back(call);
}

bool Cluster::admit(Instance& i, std::uint32_t call, Plan& plan, SimTime now) {
  Call& c = calls[call];
  const EngineConfig& e = engine(i);
  if (!answering_.empty()) [[unlikely]]
    look_for_answers(i, c, plan, now);
  KvMatch hit;
  // At least one token is computed, so the lookup stops one token short.
  if (e.enable_prefix_caching) hit = i.cache.match(path(c), (c.tokens() - 1) / e.block_tokens);
  c.computed = hit.blocks * e.block_tokens;
  c.blocks = hit.blocks;
  // The threshold cuts a prompt first; what it leaves waits for a step with room for all of it.
  const std::uint32_t wanted = chunk_tokens(i, c, UINT32_MAX);
  if (!e.enable_chunked_prefill && wanted > plan.budget) return false;
  const std::uint32_t tokens = std::min(wanted, plan.budget);
  const std::uint32_t counted = e.scheduler_reserve_full_isl ? c.tokens() - c.computed : tokens;
  if (chunk_blocks(i, c, counted) + hit.evictable > i.cache.free_blocks()) return false;
  i.waiting.remove(calls, call);
  if (hit.blocks > 0) i.cache.acquire(path(c), hit.blocks, call);
  c.named = hit.blocks;
  take_seat(i, call);
  commit_chunk(i, call, tokens, now);
  plan.budget -= tokens;
  if (!c.admitted_once) {
    c.admitted_once = true;
    notices.push_back({Notice::Kind::kAdmitted, call, c.computed});
  }
  return true;
}

/// Decode side of a split request: takes the blocks its cache lacks, then asks for the KV.
bool Cluster::reserve_remote(Instance& i, std::uint32_t call, Plan& plan, SimTime now) {
  Call& c = calls[call];
  const EngineConfig& e = engine(i);
  if (!answering_.empty()) [[unlikely]]
    look_for_answers(i, c, plan, now);
  KvMatch hit;
  if (e.enable_prefix_caching) hit = i.cache.match(path(c), (c.tokens() - 1) / e.block_tokens);
  const std::uint32_t total = blocks_for(i, c.tokens());
  if (total - hit.blocks + hit.evictable > i.cache.free_blocks()) return false;
  i.waiting.remove(calls, call);
  if (hit.blocks > 0) i.cache.acquire(path(c), hit.blocks, call);
  i.cache.allocate(total - hit.blocks, now);
  c.named = hit.blocks;
  c.blocks = total;
  c.state = CallState::kLoading;
  ++i.loading;
  c.admitted_once = true;
  const std::uint64_t held = std::uint64_t{hit.blocks} * e.block_tokens;
  notices.push_back({Notice::Kind::kTransferWanted, call, c.kv_tokens - held});
  return true;
}

void Cluster::drop_aborted(Instance& i, SimTime now) {
  for (const std::uint32_t call : i.aborts) {
    Call& c = calls[call];
    const bool holds = c.state == CallState::kRunning || c.state == CallState::kReady;
    leave_lists(i, call);
    if (c.aborted) {
      if (holds) release_blocks(i, c, answers(c), now);
      notices.push_back({Notice::Kind::kAborted, call, 0});
      continue;
    }
    // KV moves whole or not at all: what is still to be computed is computed over there.
    const bool pins = c.pin_at_finish && holds && c.computed + 1 == c.tokens();
    if (holds && !pins) release_blocks(i, c, true, now);
    c.state = pins ? CallState::kPinned : CallState::kWaiting;
    notices.push_back({Notice::Kind::kDeparted, call, c.generated});
  }
  i.aborts.clear();
}

/// Out of whichever list holds it, with explicit counts again.
void Cluster::leave_lists(Instance& i, std::uint32_t call) {
  Call& c = calls[call];
  const bool runs = c.state == CallState::kRunning;
  if (c.state != CallState::kPinned)
    count_adapter(c, runs ? AdapterBook::Use::kRunning : AdapterBook::Use::kWaiting,
                  AdapterBook::Use::kNone);
  if (runs) {
    if (c.decoding)
      leave_decode_set(i, call);
    else
      i.partials.erase_value(call);
    i.running.remove(calls, call);
  } else if (c.state == CallState::kReady) {
    i.ready.remove(calls, call);
  } else if (c.state == CallState::kWaiting) {
    i.waiting.remove(calls, call);
  }
}

}  // namespace pigou
