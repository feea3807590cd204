#include "cluster/engine/finish.hpp"

#include <algorithm>
#include <functional>

#include "cluster/engine/decode_set.hpp"
#include "cluster/engine/leaving.hpp"

namespace pigou {

namespace {

void finish_call(EngineState& state, Instance& i, CallId call, SimTime now) {
  Call& c = state.calls[call];
  i.running.remove(state.calls, call);
  state.count_adapter(c, AdapterBook::Use::kRunning, AdapterBook::Use::kNone);
  if (c.departing) std::erase(i.aborts, call);  // it has nothing left to move for
  if (c.departing) c.pin_at_finish = false;
  if (c.aborted) {
    std::erase(i.aborts, call);
    release_blocks(state, i, c, state.answers_known(c), now);
    state.notices.push_back({Notice::Kind::kAborted, call, 0});
    return;
  }
  if (c.pin_at_finish)
    c.state = CallState::kPinned;
  else
    release_blocks(state, i, c, state.answers_known(c), now);
  state.notices.push_back({Notice::Kind::kFinished, call, 0});
}

/// Decoding calls whose last token the step just emitted, in running order up to place `before`.
void finish_decodes(EngineState& state, Instance& i, std::uint64_t before, SimTime now) {
  while (!i.finishes.empty() && i.finishes.front().step < i.step) {
    const FinishEntry entry = i.finishes.front();
    if (entry.step + 1 == i.step && entry.order > before) return;
    std::pop_heap(i.finishes.begin(), i.finishes.end(), std::greater<>{});
    i.finishes.pop_back();
    if (is_stale(state, i, entry)) continue;
    leave_decode_set(state, i, entry.call);
    state.calls[entry.call].last_token = now;
    finish_call(state, i, entry.call, now);
  }
}

/// Whoever has computed all its tokens emits one.
void finish_chunk(EngineState& state, Instance& i, const Chunk& chunk, SimTime now) {
  Call& c = state.calls[chunk.call];
  c.computed += chunk.tokens;
  if (c.computed < c.tokens()) return;
  if (c.last_token == kNever || c.resumed)
    state.notices.push_back({Notice::Kind::kToken, chunk.call, 0});
  // Of a lost attempt whose prefill is still computed nobody hears: the next one sends that token.
  const bool heard = c.slot != kNoIndex;
  if (c.last_token != kNever && heard) state.inter_token.add(now.ps - c.last_token.ps, 1);
  c.resumed = false;
  c.last_token = now;
  ++c.generated;
  i.partials.erase_value(chunk.call);
  if (c.generated >= c.target)
    finish_call(state, i, chunk.call, now);
  else
    join_decode_set(state, i, chunk.call);
}

}  // namespace

void finish_run(EngineState& state, Instance& i) {
  const DecodeRun& run = i.run;
  state.inter_token.add_progression(run.first_ps, run.growth_ps, run.steps, i.decode_count);
  i.busy_ps += run.boundary(run.steps).ps - run.start.ps;
  i.decode_context += static_cast<std::int64_t>(run.steps) * i.decode_count;
  i.step += run.steps;
  i.steps += run.steps;
}

void finish_single_step(EngineState& state, Instance& i) {
  state.inter_token.add(i.step_ps, i.decode_count);
  i.busy_ps += i.step_ps;
  i.decode_context += i.decode_count;
  ++i.step;
  ++i.steps;
}

void finish_chunks(EngineState& state, Instance& i, SimTime now) {
  const auto some_end = [&] { return !i.finishes.empty() && i.finishes.front().step < i.step; };
  for (const Chunk& chunk : i.chunks) {
    if (some_end()) finish_decodes(state, i, state.calls[chunk.call].order, now);
    finish_chunk(state, i, chunk, now);
  }
  if (some_end()) finish_decodes(state, i, i.next_order, now);
}

}  // namespace pigou
