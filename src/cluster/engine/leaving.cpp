#include "cluster/engine/leaving.hpp"

#include <algorithm>

#include "cluster/engine/decode_set.hpp"

namespace pigou {

void release_blocks(EngineState& state, Instance& i, Call& c, bool keep_generated, SimTime now) {
  const EngineConfig& e = state.engine(i);
  const CallId call = state.calls.slot_of(c);
  if (c.state == CallState::kLoading) --i.loading;
  if (keep_generated && e.enable_prefix_caching && c.named >= state.prompt_blocks(c)) {
    const PathView p = state.path(c);
    std::uint32_t upto = c.computed / e.block_tokens;
    if (p.private_segment == kNoIndex) upto = std::min(upto, path_blocks(p));
    if (state.answers.any()) state.answers.name(state, i, p, state.prompt_blocks(c), upto, 0, now);
    if (upto > c.named) {
      i.cache.publish(p, c.named, upto, call, now);
      c.named = upto;
    }
  }
  if (c.untold) tell_answer(state, i, c, now);
  i.cache.release(state.path(c), c.named, c.blocks - c.named, call, state.scratch);
  c.named = 0;
  c.blocks = 0;
}

void leave_lists(EngineState& state, Instance& i, CallId call) {
  Call& c = state.calls[call];
  const bool runs = c.state == CallState::kRunning;
  if (c.state != CallState::kPinned)
    state.count_adapter(c, runs ? AdapterBook::Use::kRunning : AdapterBook::Use::kWaiting,
                        AdapterBook::Use::kNone);
  if (runs) {
    if (c.decoding)
      leave_decode_set(state, i, call);
    else
      i.partials.erase_value(call);
    i.running.remove(state.calls, call);
  } else if (c.state == CallState::kReady) {
    i.ready.remove(state.calls, call);
  } else if (c.state == CallState::kWaiting) {
    i.waiting.remove(state.calls, call);
  }
}

void drop_aborted(EngineState& state, Instance& i, SimTime now) {
  for (const CallId call : i.aborts) {
    Call& c = state.calls[call];
    const bool holds = c.state == CallState::kRunning || c.state == CallState::kReady;
    leave_lists(state, i, call);
    if (c.aborted) {
      if (holds) release_blocks(state, i, c, state.answers_known(c), now);
      state.notices.push_back({Notice::Kind::kAborted, call, 0});
      continue;
    }
    // KV moves whole or not at all: what is still to be computed is computed over there.
    const bool pins = c.pin_at_finish && holds && c.computed + 1 == c.tokens();
    if (holds && !pins) release_blocks(state, i, c, true, now);
    c.state = pins ? CallState::kPinned : CallState::kWaiting;
    state.notices.push_back({Notice::Kind::kDeparted, call, c.generated});
  }
  i.aborts.clear();
}

}  // namespace pigou
