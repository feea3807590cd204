#include "cluster/engine/preemption.hpp"

#include <algorithm>

#include "cluster/engine/chunk.hpp"
#include "cluster/engine/decode_set.hpp"
#include "cluster/engine/leaving.hpp"

namespace pigou {

void plan_running_in_order(EngineState& state, Instance& i, Plan& plan, SimTime now) {
  const std::uint32_t block = state.engine(i).block_tokens;
  CallId call = i.running.head;
  for (; call != kNoIndex && plan.budget > 0; call = state.calls[call].next) {
    Call& c = state.calls[call];
    const bool decoding = c.decoding;
    const std::uint32_t tokens = decoding ? 1 : chunk_tokens(state, i, c, plan.budget);
    const auto computed = c.computed_base + static_cast<std::int64_t>(i.step);
    const std::uint32_t blocks =
        decoding ? (computed % block == 0 ? 1U : 0U) : chunk_blocks(state, i, c, tokens);
    bool self = false;
    while (blocks > i.cache.free_blocks() && !self) {
      const CallId victim = i.running.tail;
      self = victim == call;
      preempt(state, i, victim, now);
      plan.preempted = true;
    }
    if (self) return;
    if (decoding) {
      if (blocks > 0) i.cache.allocate(blocks, now);
    } else {
      commit_chunk(state, i, call, tokens, now);
    }
    plan.budget -= tokens;
  }
  // No budget left: decoding calls from here on sit this step out and lose their lockstep.
  for (; call != kNoIndex; call = state.calls[call].next) {
    if (!state.calls[call].decoding) continue;
    leave_decode_set(state, i, call);
    state.calls[call].last_token = now;
    i.partials.push_back(call);
  }
  std::sort(i.partials.begin(), i.partials.end(),
            [&](CallId a, CallId b) { return state.calls[a].order < state.calls[b].order; });
}

void preempt(EngineState& state, Instance& i, CallId call, SimTime now) {
  Call& c = state.calls[call];
  if (c.decoding) {
    leave_decode_set(state, i, call);
    c.last_token = now;
  } else {
    i.partials.erase_value(call);
  }
  i.running.remove(state.calls, call);
  release_blocks(state, i, c, true, now);
  c.computed = 0;
  c.state = CallState::kWaiting;
  c.remote_kv = false;  // it recomputes where it is
  state.count_adapter(c, AdapterBook::Use::kRunning, AdapterBook::Use::kWaiting);
  i.waiting.push_front(state.calls, call);
  ++i.preemptions;
  state.notices.push_back({Notice::Kind::kPreempted, call, 0});
}

}  // namespace pigou
