// The life of a request, from placement to its last token.
#include <algorithm>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

/// Somebody could serve the request, but the pool the router chose never can: its engine answers
/// with an error, as a real one does. True if so.
bool Simulation::refused(std::uint32_t slot, std::uint32_t instance, std::uint32_t output) {
  const char* reason = Cluster::rejects(cluster_.pool_of(instance), requests_[slot].input, output);
  if (reason == nullptr) return false;
  ++record_.counts.rejected_by[reason];
  if (breakers_.on()) count_success(requests_[slot]);  // it is there, and says 400
  end(slot, Outcome::kRejected);
  return true;
}

/// `believed` < 0: what the view believes.
void Simulation::place_entry(std::uint32_t slot, std::uint32_t instance, std::int64_t believed) {
  RequestState& state = requests_[slot];
  state.entry_instance = instance;
  state.placed = true;
  if (prefetches_) cluster_.prefetch(instance);
  const bool local = instance >= cluster_.entry_instances();
  // A prefill side computes the tokens so far again, and one more.
  if (refused(slot, instance, split_ && !local ? state.carried + 1 : state.output)) return;
  const std::uint32_t believed_tokens =
      believed >= 0 ? static_cast<std::uint32_t>(std::min<std::int64_t>(believed, state.input - 1))
                    : view_.believed_tokens(instance);
  if (state.first_token == kNever) {  // else its row is of the attempt that sent the first token
    state.believes = believed >= 0 || view_.hears_of(instance);
    state.believed_tokens = believed_tokens;
  }
  const std::int64_t cached = believed >= 0 ? believed : view_.cached_tokens(instance);
  state.entry_booking =
      view_.book_entry(instance, view_.needs().whole_blocks ? cached : believed_tokens);
  tell_peers(PeerNews::Kind::kAdd, slot, state.replica, state.request, state.entry_booking);
  send(slot, false);
}

void Simulation::place_decode(std::uint32_t slot, std::uint32_t instance) {
  if (prefetches_) cluster_.prefetch(instance);
  require(instance >= cluster_.entry_instances() && instance < cluster_.instances(),
          "place decode names a decode instance");
  RequestState& state = requests_[slot];
  const bool chosen_before = state.decode_instance != kNoIndex;
  state.decode_instance = instance;
  if (refused(slot, instance, state.output)) {
    let_go(slot);
    return;
  }
  const std::uint32_t block = workload_->segments.engine_block_tokens;
  state.decode_booking = view_.book_decode(state.replica, instance,
                                           view_.blocks_of(state.input + state.carried, block));
  tell_peers(PeerNews::Kind::kAdd, slot, state.replica, state.request, state.decode_booking);
  chosen_before ? deliver(slot, true) : send(slot, true);
}

/// A call reaches its engine.
void Simulation::deliver(std::uint32_t slot, bool decode) {
  RequestState& state = requests_[slot];
  const std::uint32_t instance = decode ? state.decode_instance : state.entry_instance;
  if (!fleet_.serves(instance)) {  // nobody answers there
    decode ? lose_hand_off(slot) : lose(slot);
    return after(instance);
  }
  if (!decode && state.decode_instance != kNoIndex && !fleet_.serves(state.decode_instance))
    return lose(slot);  // half a pair is none
  const bool whole = !decode && (!split_ || instance >= cluster_.entry_instances());
  const bool prefill_token = config_.first_token == FirstToken::kPrefill;
  const std::uint32_t id = cluster_.calls.make();
  Call& call = cluster_.calls[id];
  call.request = state.request;
  call.life = slot;
  call.input = state.input;
  call.generated = state.carried + (decode && prefill_token ? 1 : 0);
  call.target = decode || whole ? state.output : state.carried + 1;
  call.row = state.row;
  call.segment_offset = state.copy * workload_->segments.count();
  if (decode) {
    call.last_token = state.last_token;
    call.resumed = !prefill_token && state.carried > 0;
    call.remote_kv = true;
    call.kv_tokens = state.input + state.carried;
    state.decode_call = id;
  } else {
    call.resumed = state.carried > 0;
    call.last_token = whole || prefill_token ? state.last_token : kNever;
    call.pin_at_finish = !whole && !(prefill_token && state.output == state.carried + 1);
    state.entry_call = id;
    state.pending = state.input + state.carried;
    record_.timeline.add_pending(instance, state.pending);
  }
  touch(instance, Phase::kFollowUp);
  cluster_.enqueue(instance, id, now_, events_);
  after(instance);
}

void Simulation::drain_notices() {
  // Handling one may add more behind it.
  for (std::size_t n = 0; n < cluster_.notices.size(); ++n) on_notice(Notice(cluster_.notices[n]));
  cluster_.notices.clear();
}

void Simulation::on_notice(const Notice& notice) {
  const Call& call = cluster_.calls[notice.call];
  const std::uint32_t slot = call.life;
  if (slot == kNoIndex) {  // its request has gone on without it
    if (notice.kind == Notice::Kind::kAborted || notice.kind == Notice::Kind::kLost)
      cluster_.calls.drop(notice.call);
    return;
  }
  RequestState& state = requests_[slot];
  switch (notice.kind) {
    case Notice::Kind::kAdmitted:
      on_admitted(state, call, notice.value);
      break;
    case Notice::Kind::kToken:
      on_token(slot, notice.call);
      break;
    case Notice::Kind::kFinished:
      on_finished(slot, notice.call);
      break;
    case Notice::Kind::kPreempted:
      ++state.preemptions;
      break;
    case Notice::Kind::kAborted:
      on_aborted(slot, notice.call);
      break;
    case Notice::Kind::kLost:
      on_lost(slot, notice.call);
      break;
    case Notice::Kind::kDeparted:
      on_departed(slot, notice.call);
      break;
    case Notice::Kind::kTransferWanted: {
      const PoolModel& model = cluster_.pool_of(call.instance).model;
      const std::uint64_t bytes =
          notice.value * model.kv_bytes_per_token + model.kv_bytes_per_sequence;
      const std::uint32_t sender = cluster_.calls[state.entry_call].instance;
      links_.submit(sender, call.instance, bytes, notice.call, now_, events_);
      break;
    }
  }
}

void Simulation::on_admitted(RequestState& state, const Call& call, std::uint64_t hit) {
  if (call.remote_kv) return;
  computed(state, static_cast<std::uint32_t>(hit));
  if (record_.decisions.on()) record_.decisions.admitted(state.request, hit);
  if (state.scheduled != kNever) return;
  state.scheduled = now_;
  state.hit_tokens = static_cast<std::uint32_t>(hit);
  record_.hits.add(
      {state.input, state.hit_tokens, state.believed_tokens, state.believes && !state.ended});
}

void Simulation::on_token(std::uint32_t slot, std::uint32_t call) {
  RequestState& state = requests_[slot];
  const bool entry = call == state.entry_call;
  if (entry) computed(state, state.pending);
  if (state.ended) return;
  if (entry) report(Report::Kind::kFirstToken, slot, view_.needs().first_token);
  const bool whole = !split_ || state.entry_instance == state.decode_instance;
  if (!entry && state.decode_booking.prefill_tokens > 0) {  // computed again where it moved to
    settle(Report::Kind::kFirstToken, slot, state.replica, state.request, state.decode_booking, {});
    state.decode_booking.prefill_tokens = 0;
  }
  if (!whole && entry != (config_.first_token == FirstToken::kPrefill)) return;
  if (state.first_token == kNever) {
    state.first_token = now_;
    if (breakers_.on()) count_success(state);
  }
  state.last_token = now_;
}

/// Prompt tokens that are no longer waiting to be computed on an entry instance.
void Simulation::computed(RequestState& state, std::uint32_t tokens) {
  tokens = std::min(tokens, state.pending);
  state.pending -= tokens;
  record_.timeline.add_pending(state.entry_instance, -std::int64_t{tokens});
}

void Simulation::on_finished(std::uint32_t slot, std::uint32_t call) {
  RequestState& state = requests_[slot];
  if (call == state.entry_call && cluster_.calls[call].state == CallState::kPinned) {
    const bool choose = state.decode_instance == kNoIndex;
    report(Report::Kind::kHandOff, slot, choose);
    if (!choose) gateway_.asks.push(ask_about(Hook::kPrefillDone, slot, state.entry_instance));
    return;
  }
  if (call == state.entry_call && state.decode_instance != state.entry_instance)
    state.decode_instance = kNoIndex;  // it never got that far
  (call == state.entry_call ? state.entry_call : state.decode_call) = kNoIndex;
  cluster_.calls.drop(call);
  end(slot, Outcome::kFinished);
}

/// KV has arrived at a decode instance: the prefill side lets go, the decode side may run.
void Simulation::on_transfer(std::uint32_t instance) {
  const Transfer done = links_.pop(instance, events_);
  RequestState& state = requests_[cluster_.calls[done.call].life];
  const std::uint32_t pinned = state.entry_call;
  const std::uint32_t sender = cluster_.calls[pinned].instance;
  state.entry_call = kNoIndex;
  touch(sender, Phase::kTransferEnd);
  cluster_.unpin(pinned, now_, events_);
  after(sender);
  touch(instance, Phase::kTransferEnd);
  cluster_.finish_loading(done.call, now_, events_);
  after(instance);
}

void Simulation::end(std::uint32_t slot, Outcome outcome) {
  RequestState& state = requests_[slot];
  state.ended = true;
  RequestRecord row;
  row.request = state.request;
  row.outcome = outcome;
  row.arrival = state.arrival;
  row.scheduled = state.scheduled;
  row.first_token = state.first_token;
  row.end = now_;
  row.input_tokens = state.input;
  row.output_tokens = state.output;
  row.hit_tokens = state.hit_tokens;
  row.believed_tokens = state.believed_tokens;
  row.preemptions = state.preemptions;
  row.attempts = state.attempt + (state.placed ? 1 : 0);
  const bool streamed_before = state.streamed_entry != kNoIndex;
  row.instance = streamed_before ? state.streamed_entry : state.entry_instance;
  row.decode_instance = streamed_before ? state.streamed_decode : state.decode_instance;
  if (row.instance != kNoIndex)
    row.attempt = streamed_before ? state.streamed_attempt : row.attempts;
  record_.request_ended(row);
  report(Report::Kind::kEnd, slot, state.seen && view_.needs().finish);
  clients_.answered(state, record_.counts.arrived, now_, events_);
  requests_.free_if_over(slot);
  if (fleet_.draining()) finish_drains();
}

}  // namespace pigou
