// Lost requests: when they go through a router again, and when they have failed. docs/fleet.md.
#include "simulation/retries.hpp"

#include <algorithm>
#include <cmath>

#include "core/random_stream.hpp"
#include "simulation/simulation.hpp"

namespace pigou {
namespace {

/// `base` to the power `k` by squaring, in single precision: where the real router has its
/// multiplier, so that cutting to whole milliseconds cuts alike.
float power(float base, std::uint32_t k) {
  float product = 1;
  for (; k > 0; k /= 2) {
    if (k % 2 == 1) product *= base;
    base *= base;
  }
  return product;
}

}  // namespace

SimTime retry_delay(const RetryBackoff& backoff, std::uint32_t k, double uniform) {
  const auto initial_ms = static_cast<float>(std::llround(backoff.initial_s * 1e3));
  const std::int64_t most_ms = std::llround(backoff.max_s * 1e3);
  const float wanted_ms = initial_ms * power(static_cast<float>(backoff.multiplier), k);
  const bool capped = wanted_ms >= static_cast<float>(most_ms);
  const std::int64_t ms = capped ? most_ms : static_cast<std::int64_t>(wanted_ms);
  const double scale = backoff.jitter * (2 * uniform - 1);
  const std::int64_t jitter_ms = std::llround(static_cast<double>(ms) * scale);
  return SimTime{kPsPerMillisecond} * std::max<std::int64_t>(0, ms + jitter_ms);
}

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
    servers_[ask.replica].room_asked = false;
    return true;
  }
  if (arrival && !config_.fleet.waits_for_somebody) {
    ++requests_[ask.slot].attempt;
    try_again(ask.slot);
    return true;
  }
  ++requests_[ask.slot].held;
  held_asks_.push(ask);
  if (hopeless()) fail_held();
  return true;
}

/// Somebody takes requests again.
void Simulation::ask_held() {
  while (!held_asks_.empty()) {
    const Ask ask = held_asks_.pop();
    --requests_[ask.slot].held;
    asks_.push(ask);
  }
}

/// A whole side is away, and nothing that is due brings anyone back. An open breaker does end.
bool Simulation::hopeless() const {
  const std::uint32_t entries = cluster_.entry_instances();
  const std::uint32_t decodes = cluster_.instances() - entries;
  const bool entry = fleet_.missed[0] < entries || fleet_.coming[0] > 0;
  const bool decode = !split_ || fleet_.missed[1] < decodes || fleet_.coming[1] > 0;
  return !entry || !decode;
}

/// Nobody is there, and nobody is going to come back.
void Simulation::fail_held() {
  while (!held_asks_.empty()) {
    const Ask ask = held_asks_.pop();
    RequestState& state = requests_[ask.slot];
    --state.held;
    if (outdated(ask)) continue;
    end(ask.slot, Outcome::kFailed);
    if (state.entry_call != kNoIndex) let_go(ask.slot);
  }
  while (!router_queue_.empty()) {  // nor is there anything a router could wait for
    const std::uint32_t slot = router_queue_.begin()->second;
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
  if (fleet_.draining > 0) finish_drains();
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
  arm_breakers();
  tell_available(replica, instance);
  if (view_.needs().breaker_change) tell_changed(replica, instance);
}

/// The client's first token, or a refusal, is on its way: its instances have answered.
void Simulation::count_success(const RequestState& state) {
  const SimTime heard = now_ + feedback_time_;
  breakers_.succeeds(heard, state.replica, state.entry_instance);
  if (state.decode_instance != kNoIndex && state.decode_instance != state.entry_instance)
    breakers_.succeeds(heard, state.replica, state.decode_instance);
}

void Simulation::arm_breakers() { events_.set(sources_.breakers, breakers_.next(), Phase::kTimer); }

/// An open breaker lets requests through again.
void Simulation::on_breaker() {
  const auto ended = breakers_.end_next();
  breakers_.next() == kNever ? events_.cancel(sources_.breakers) : arm_breakers();
  if (!ended) return;
  tell_available(ended->replica, ended->instance);
  if (view_.needs().breaker_change) tell_changed(ended->replica, ended->instance);
}

/// Once more through the router, now or after its back-off, or the end of it.
void Simulation::try_again(std::uint32_t slot) {
  RequestState& state = requests_[slot];
  const bool streamed = state.first_token != kNever;
  if (state.attempt > config_.fleet.retries ||
      (streamed && config_.fleet.retry == RetryRule::kBeforeFirstToken)) {
    return end(slot, Outcome::kFailed);
  }
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
  const std::uint32_t k = state.attempt - 1;
  const RandomStream stream(config_.seed, "retry");
  const SimTime delay = retry_delay(config_.fleet.backoff, k, stream.uniform(state.request, k));
  if (delay.ps == 0) return ask_again(slot);
  ++state.held;
  backing_off_.push({checked_add(now_, delay, "fleet.retry_backoff_s"), next_retry_++, slot});
  events_.set(sources_.retries, backing_off_.top().time, Phase::kTimer);
}

void Simulation::on_retry() {
  const Retry due = backing_off_.top();
  backing_off_.pop();
  if (backing_off_.empty())
    events_.cancel(sources_.retries);
  else
    events_.set(sources_.retries, backing_off_.top().time, Phase::kTimer);
  RequestState& state = requests_[due.slot];
  --state.held;
  if (state.ended) return requests_.free_if_over(due.slot);  // its client gave up meanwhile
  ask_again(due.slot);
}

void Simulation::ask_again(std::uint32_t slot) {
  ++record_.counts.retries;
  asks_.push(ask_about(Hook::kArrival, slot, kNoIndex));
}

}  // namespace pigou
