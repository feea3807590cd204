#include "simulation/handlers/losses.hpp"

#include "simulation/handlers/actions.hpp"
#include "simulation/handlers/asking.hpp"
#include "simulation/handlers/ending.hpp"
#include "simulation/handlers/fleet_changes.hpp"
#include "simulation/handlers/leaving.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

void count_failure(Parts& parts, ReplicaId replica, InstanceId instance) {
  if (instance == kNoIndex || !parts.breakers.fails(parts.loop.now, replica, instance)) return;
  ++parts.record.counts.breakers_opened;
  parts.breakers.arm(parts.loop.events);
  tell_available(parts, replica, instance);
  if (parts.view.needs().breaker_change) tell_changed(parts, replica, instance);
}

void ask_again(Parts& parts, SlotId slot) {
  ++parts.record.counts.retries;
  parts.gateway.asks.push(ask_about(parts, Hook::kArrival, slot, kNoIndex));
}

/// Once more through the router, now or after its back-off, or the end of it.
void try_again(Parts& parts, SlotId slot) {
  RequestState& state = parts.requests[slot];
  const bool streamed = state.first_token != kNever;
  if (!parts.retries.allows(state.attempt, streamed))
    return end_request(parts, slot, Outcome::kFailed);
  if (!streamed && state.scheduled != kNever) {
    // Hits are those of the attempt that served the client.
    parts.record.hits.take_back(
        {state.input, state.hit_tokens, state.believed_tokens, state.believes});
    state.scheduled = kNever;
    state.hit_tokens = 0;
  }
  if (!streamed) {
    state.believes = false;
    state.believed_tokens = 0;
  } else if (state.streamed_entry == kNoIndex) {
    state.streamed_entry = state.entry_instance;
    state.streamed_decode = state.decode_instance;
    state.streamed_attempt = state.attempt;
  }
  state.entry_instance = state.decode_instance = kNoIndex;
  const SimTime delay = parts.retries.delay(state.request, state.attempt);
  if (delay.ps == 0) return ask_again(parts, slot);
  ++state.held;
  parts.retries.wait(slot, checked_add(parts.loop.now, delay, "fleet.retry_backoff_s"),
                     parts.loop.events);
}

}  // namespace

bool hold(Parts& parts, const Ask& ask) {
  if (!parts.fleet.changes()) return false;
  const bool arrival = ask.hook == Hook::kArrival || ask.hook == Hook::kRoomFreed;
  if (!arrival && ask.hook != Hook::kPrefillDone) return false;
  const bool nobody = (arrival && parts.view.available_entries(ask.replica) == 0) ||
                      (parts.split && parts.view.available_decodes(ask.replica) == 0);
  if (!nobody) return false;
  if (ask.slot == kNoIndex) {  // room freed: asked again when somebody comes back
    parts.gateway.room_answered(ask.replica);
    return true;
  }
  if (arrival && !parts.retries.wait_for_somebody()) {
    ++parts.requests[ask.slot].attempt;
    try_again(parts, ask.slot);
    return true;
  }
  ++parts.requests[ask.slot].held;
  parts.retries.hold(ask);
  if (parts.fleet.hopeless()) fail_held(parts);
  return true;
}

void ask_held(Parts& parts) {
  while (parts.retries.holds()) {
    const Ask ask = parts.retries.release();
    --parts.requests[ask.slot].held;
    parts.gateway.asks.push(ask);
  }
}

void fail_held(Parts& parts) {
  while (parts.retries.holds()) {
    const Ask ask = parts.retries.release();
    RequestState& state = parts.requests[ask.slot];
    --state.held;
    if (outdated(parts, ask)) continue;
    end_request(parts, ask.slot, Outcome::kFailed);
    if (state.entry_call != kNoIndex) let_go(parts, ask.slot);
  }
  while (!parts.gateway.queue.empty()) {  // nor is there anything a router could wait for
    const SlotId slot = parts.gateway.queue.first();
    unqueue(parts, slot);
    end_request(parts, slot, Outcome::kFailed);
  }
}

void lose(Parts& parts, SlotId slot) {
  RequestState& state = parts.requests[slot];
  ++state.attempt;
  state.placed = state.on_way = false;
  state.moving_to = kNoIndex;
  const bool tells = state.seen && parts.view.needs().finish;
  state.seen = false;
  report_back(parts, Report::Kind::kLost, slot, tells);
  if (parts.fleet.draining()) finish_drains(parts);
}

void heard_of_loss(Parts& parts, SlotId slot) {
  const RequestState& state = parts.requests[slot];
  // A stream that breaks says nothing of its worker: its headers have said that all is well.
  if (parts.breakers.on() && state.first_token == kNever) {
    count_failure(parts, state.replica, state.entry_instance);
    if (state.decode_instance != state.entry_instance)
      count_failure(parts, state.replica, state.decode_instance);
  }
  try_again(parts, slot);
}

void count_success(Parts& parts, const RequestState& state) {
  const SimTime heard = parts.loop.now + parts.gateway.feedback_time();
  parts.breakers.succeeds(heard, state.replica, state.entry_instance);
  if (state.decode_instance != kNoIndex && state.decode_instance != state.entry_instance)
    parts.breakers.succeeds(heard, state.replica, state.decode_instance);
}

void on_breaker(Parts& parts) {
  const auto ended = parts.breakers.end_next();
  parts.breakers.arm(parts.loop.events);
  if (!ended) return;
  tell_available(parts, ended->replica, ended->instance);
  if (parts.view.needs().breaker_change) tell_changed(parts, ended->replica, ended->instance);
}

void on_retry(Parts& parts) {
  const SlotId slot = parts.retries.take(parts.loop.events);
  RequestState& state = parts.requests[slot];
  --state.held;
  if (state.ended) return parts.requests.free_if_over(slot);  // its client gave up meanwhile
  ask_again(parts, slot);
}

}  // namespace pigou
