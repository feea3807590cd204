#include "simulation/handlers/leaving.hpp"

#include <algorithm>

#include "simulation/handlers/actions.hpp"
#include "simulation/handlers/ending.hpp"
#include "simulation/handlers/engine_calls.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/notices.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// What the client has of the answer as the attempt ends that `call` streamed.
void keep_answer(RequestState& state, const Call& call) {
  if (state.first_token == kNever) return;
  state.carried = call.generated;
  state.last_token = call.last_token;
}

/// Nobody will pull the KV that the call before holds. Leaves notices to the caller.
void unpin(Parts& parts, RequestState& state) {
  const CallId call = state.entry_call;
  const InstanceId instance = parts.cluster.calls[call].instance;
  state.entry_call = kNoIndex;
  touch(parts, instance, Phase::kTimer);
  parts.cluster.unpin(call, parts.loop.now, parts.loop.events);
  parts.view.after_engine(instance, parts.cluster);
}

/// Nobody waits for the call any more: it leaves its engine as a call whose client gave up does, or
/// at once if all it does is wait for KV.
void detach(Parts& parts, CallId call) {
  Call& c = parts.cluster.calls[call];
  c.slot = kNoIndex;
  touch(parts, c.instance, Phase::kTimer);
  if (c.state == CallState::kLoading)
    parts.cluster.stop_loading(call, parts.loop.now, parts.loop.events);
  else
    parts.cluster.abort(call, parts.loop.now, parts.loop.events);
  parts.view.after_engine(c.instance, parts.cluster);
}

/// KV that was to move with a client that has gone: what is held for a transfer that has not begun
/// is let go of at once. One under way cannot be called back: it holds its links, and both sides
/// their blocks, until it has arrived.
void call_off_transfer(Parts& parts, SlotId slot) {
  RequestState& state = parts.requests[slot];
  const CallId decode = state.decode_call;
  if (decode != kNoIndex && parts.cluster.calls[decode].state == CallState::kLoading) {
    if (!parts.links.withdraw(parts.cluster.calls[decode].instance, decode, parts.loop.now,
                              parts.loop.events))
      return;
    state.decode_call = kNoIndex;
    detach(parts, decode);
  }
  if (state.entry_call != kNoIndex &&
      parts.cluster.calls[state.entry_call].state == CallState::kPinned)
    let_go(parts, slot);
}

/// The client's timeout: calls leave at their engines' next boundary, blocks are freed then.
void give_up(Parts& parts, SlotId slot) {
  RequestState& state = parts.requests[slot];
  if (state.queued) unqueue(parts, slot);
  call_off_transfer(parts, slot);
  for (const CallId call : {state.entry_call, state.decode_call}) {
    if (call == kNoIndex) continue;
    touch(parts, parts.cluster.calls[call].instance, Phase::kTimer);
    parts.cluster.abort(call, parts.loop.now, parts.loop.events);
  }
  end_request(parts, slot, Outcome::kTimedOut);
}

/// The attempt is lost with the decode instance that it was to go to after its prefill.
void lose_bound(Parts& parts, SlotId slot) {
  RequestState& state = parts.requests[slot];
  const CallId call = state.entry_call;
  if (call == kNoIndex) return lose(parts, slot);  // on its way to its prefill side
  if (parts.cluster.calls[call].state == CallState::kPinned) return lose_hand_off(parts, slot);
  computed(parts, state, state.pending);
  state.entry_call = kNoIndex;
  detach(parts, call);
  lose(parts, slot);
}

}  // namespace

void let_go(Parts& parts, SlotId slot) {
  const InstanceId instance = parts.cluster.calls[parts.requests[slot].entry_call].instance;
  unpin(parts, parts.requests[slot]);
  after(parts, instance);
  parts.requests.free_if_over(slot);
}

void on_aborted(Parts& parts, SlotId slot, CallId call) {
  RequestState& state = parts.requests[slot];
  const bool entry = call == state.entry_call;
  if (entry) computed(parts, state, state.pending);  // what was still to be computed will not be
  (entry ? state.entry_call : state.decode_call) = kNoIndex;
  parts.cluster.calls.drop(call);
  parts.requests.free_if_over(slot);
}

void on_timeout(Parts& parts) {
  if (const auto slot = parts.clients.take_timeout(parts.requests, parts.loop.events))
    give_up(parts, *slot);
}

void lose_all(Parts& parts, InstanceId instance) {
  std::vector<SlotId> bound;
  for (SlotId slot = 0; slot < parts.requests.slots(); ++slot) {
    RequestState& state = parts.requests[slot];
    if (bound_to(state, instance)) bound.push_back(slot);
    if (state.moving_to != instance || state.request == kNoIndex || state.ended) continue;
    parts.cluster.stay(parts.split ? state.decode_call : state.entry_call);
    state.moving_to = kNoIndex;
  }
  std::ranges::sort(bound, {}, [&](SlotId slot) { return parts.requests[slot].request; });
  if (parts.split) parts.links.fail(instance, parts.loop.now, parts.loop.events);
  parts.cluster.fail(instance, parts.loop.now, parts.loop.events);
  auto next = bound.begin();
  const auto lose_before = [&](RequestId request) {
    while (next != bound.end() && parts.requests[*next].request < request)
      lose_bound(parts, *next++);
  };
  std::size_t handled = 0;
  for (; handled < parts.cluster.notices.size(); ++handled) {
    const Notice notice = parts.cluster.notices[handled];
    lose_before(parts.cluster.calls[notice.call].request);
    on_notice(parts, notice);
  }
  auto& notices = parts.cluster.notices;
  notices.erase(notices.begin(), notices.begin() + static_cast<std::ptrdiff_t>(handled));
  lose_before(kNoIndex);
}

void on_lost(Parts& parts, SlotId slot, CallId id) {
  RequestState& state = parts.requests[slot];
  const Call call = parts.cluster.calls[id];
  const bool entry = id == state.entry_call;
  if (entry) computed(parts, state, state.pending);
  (entry ? state.entry_call : state.decode_call) = kNoIndex;
  parts.cluster.calls.drop(id);
  if (entry && state.decode_call != kNoIndex) {  // it waits for KV that will never come
    const CallId decode = state.decode_call;
    state.decode_call = kNoIndex;
    detach(parts, decode);
  } else if (!entry && state.entry_call != kNoIndex) {
    unpin(parts, state);
  }
  if (state.ended) return parts.requests.free_if_over(slot);
  const bool streams = !entry || !parts.split || state.entry_instance == state.decode_instance ||
                       parts.config.first_token == FirstToken::kPrefill;
  if (streams) keep_answer(state, call);
  lose(parts, slot);
}

void lose_hand_off(Parts& parts, SlotId slot) {
  RequestState& state = parts.requests[slot];
  if (parts.config.first_token == FirstToken::kPrefill)
    keep_answer(state, parts.cluster.calls[state.entry_call]);
  unpin(parts, state);
  lose(parts, slot);
}

}  // namespace pigou
