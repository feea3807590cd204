// Lost requests: when they go through a router again, and when they have failed. docs/fleet.md.
#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

/// Keeps a request in the gateway while nobody could take it, or calls the attempt a lost one. True
/// if so.
bool Simulation::hold(const Ask& ask) {
  if (!fleet_.changes()) return false;
  const bool arrival = ask.hook == Hook::kArrival || ask.hook == Hook::kRoomFreed;
  if (!arrival && ask.hook != Hook::kPrefillDone) return false;
  const bool nobody = (arrival && view_.available_entries(ask.replica) == 0) ||
                      (split_ && view_.available_decodes(ask.replica) == 0);
  if (!nobody) return false;
  if (ask.slot == kNoIndex) {  // room freed: asked again when somebody comes back
    gateway_.room_answered(ask.replica);
    return true;
  }
  if (arrival && !retries_.wait_for_somebody()) {
    ++requests_[ask.slot].attempt;
    try_again(ask.slot);
    return true;
  }
  ++requests_[ask.slot].held;
  retries_.hold(ask);
  if (fleet_.hopeless()) fail_held();
  return true;
}

/// Somebody takes requests again.
void Simulation::ask_held() {
  while (retries_.holds()) {
    const Ask ask = retries_.release();
    --requests_[ask.slot].held;
    gateway_.asks.push(ask);
  }
}

/// Nobody is there, and nobody is going to come back.
void Simulation::fail_held() {
  while (retries_.holds()) {
    const Ask ask = retries_.release();
    RequestState& state = requests_[ask.slot];
    --state.held;
    if (outdated(ask)) continue;
    end(ask.slot, Outcome::kFailed);
    if (state.entry_call != kNoIndex) let_go(ask.slot);
  }
  while (!gateway_.queue.empty()) {  // nor is there anything a router could wait for
    const std::uint32_t slot = gateway_.queue.first();
    unqueue(slot);
    end(slot, Outcome::kFailed);
  }
}

/// The present attempt has come to nothing; the router hears of it as it hears of an end.
void Simulation::lose(std::uint32_t slot) {
  RequestState& state = requests_[slot];
  ++state.attempt;
  state.placed = state.on_way = false;
  state.moving_to = kNoIndex;
  const bool tells = state.seen && view_.needs().finish;
  state.seen = false;
  report(Report::Kind::kLost, slot, tells);
  if (fleet_.draining()) finish_drains();
}

/// Its replica has heard that the attempt is lost.
void Simulation::heard_of_loss(std::uint32_t slot) {
  const RequestState& state = requests_[slot];
  // A stream that breaks says nothing of its worker: its headers have said that all is well.
  if (breakers_.on() && state.first_token == kNever) {
    count_failure(state.replica, state.entry_instance);
    if (state.decode_instance != state.entry_instance)
      count_failure(state.replica, state.decode_instance);
  }
  try_again(slot);
}

void Simulation::count_failure(std::uint32_t replica, std::uint32_t instance) {
  if (instance == kNoIndex || !breakers_.fails(now_, replica, instance)) return;
  ++record_.counts.breakers_opened;
  breakers_.arm(events_);
  tell_available(replica, instance);
  if (view_.needs().breaker_change) tell_changed(replica, instance);
}

/// The client's first token, or a refusal, is on its way: its instances have answered.
void Simulation::count_success(const RequestState& state) {
  const SimTime heard = now_ + gateway_.feedback_time();
  breakers_.succeeds(heard, state.replica, state.entry_instance);
  if (state.decode_instance != kNoIndex && state.decode_instance != state.entry_instance)
    breakers_.succeeds(heard, state.replica, state.decode_instance);
}

/// An open breaker lets requests through again.
void Simulation::on_breaker() {
  const auto ended = breakers_.end_next();
  breakers_.arm(events_);
  if (!ended) return;
  tell_available(ended->replica, ended->instance);
  if (view_.needs().breaker_change) tell_changed(ended->replica, ended->instance);
}

/// Once more through the router, now or after its back-off, or the end of it.
void Simulation::try_again(std::uint32_t slot) {
  RequestState& state = requests_[slot];
  const bool streamed = state.first_token != kNever;
  if (!retries_.allows(state.attempt, streamed)) return end(slot, Outcome::kFailed);
  if (!streamed && state.scheduled != kNever) {
    // Hits are those of the attempt that served the client.
    record_.hits.take_back({state.input, state.hit_tokens, state.believed_tokens, state.believes});
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
  const SimTime delay = retries_.delay(state.request, state.attempt);
  if (delay.ps == 0) return ask_again(slot);
  ++state.held;
  retries_.wait(slot, checked_add(now_, delay, "fleet.retry_backoff_s"), events_);
}

void Simulation::on_retry() {
  const std::uint32_t slot = retries_.take(events_);
  RequestState& state = requests_[slot];
  --state.held;
  if (state.ended) return requests_.free_if_over(slot);  // its client gave up meanwhile
  ask_again(slot);
}

void Simulation::ask_again(std::uint32_t slot) {
  ++record_.counts.retries;
  gateway_.asks.push(ask_about(Hook::kArrival, slot, kNoIndex));
}

}  // namespace pigou
