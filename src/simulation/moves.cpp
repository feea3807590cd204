// Placed work goes to another instance: queued calls as they are, running decodes with their KV.
#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

/// Out of its engine's waiting queue and off to `instance`; nothing happens if it is no longer
/// there, which is how a router finds out that it came too late.
void Simulation::move_queued(std::uint32_t slot, std::uint32_t instance, std::int64_t believed) {
  RequestState& state = requests_[slot];
  require(instance < cluster_.entry_instances(), "move queued names an entry instance");
  const std::uint32_t call = state.entry_call;
  if (state.ended || call == kNoIndex || instance == state.entry_instance) return;
  const std::uint32_t from = cluster_.calls[call].instance;
  touch(from, Phase::kFollowUp);
  if (!cluster_.withdraw(call, now_, events_)) return;
  ++record_.counts.moved;
  computed(state, state.pending);
  state.entry_call = kNoIndex;
  cluster_.calls.drop(call);
  settle(Report::Kind::kEnd, slot, state.replica, state.request, state.entry_booking, Booking{});
  state.entry_booking.instance = kNoIndex;
  after(from);
  place_entry(slot, instance, believed);
}

/// A decoding call is to leave for `instance` at its next step boundary. In a split cluster between
/// decode instances, with its KV over the links; in an aggregated one by computing it again.
void Simulation::migrate(std::uint32_t slot, std::uint32_t instance) {
  RequestState& state = requests_[slot];
  const std::uint32_t call = split_ ? state.decode_call : state.entry_call;
  require(instance < cluster_.instances() && (instance >= cluster_.entry_instances()) == split_,
          "migrate names an instance that decodes");
  if (state.ended || call == kNoIndex || state.moving_to != kNoIndex) return;
  if (!fleet_.serves(instance)) return;  // nobody answers there: it stays where it is
  const Call& c = cluster_.calls[call];
  const bool decodes =
      state.first_token != kNever && state.entry_call == (split_ ? kNoIndex : call);
  const bool there = c.state == CallState::kRunning || c.state == CallState::kWaiting;
  if (!decodes || !there || c.instance == instance) return;
  if (Cluster::rejects(cluster_.pool_of(instance), state.input, state.output) != nullptr) return;
  state.moving_to = instance;
  touch(c.instance, Phase::kFollowUp);
  cluster_.depart(call, split_, now_, events_);
}

/// The call has left its engine; with its KV pinned there if it had it all.
void Simulation::on_departed(std::uint32_t slot, std::uint32_t id) {
  RequestState& state = requests_[slot];
  const Call call = cluster_.calls[id];
  const bool pinned = call.state == CallState::kPinned;
  const std::uint32_t to = state.moving_to;
  state.moving_to = kNoIndex;
  ++record_.counts.migrated;
  state.carried = call.generated;
  state.last_token = call.last_token == kNever ? now_ : call.last_token;
  settle(Report::Kind::kEnd, slot, state.replica, state.request, state.entry_booking,
         state.decode_booking);
  state.entry_booking.instance = state.decode_booking.instance = kNoIndex;
  if (split_) {
    state.decode_call = kNoIndex;
    state.entry_call = pinned ? id : kNoIndex;
    state.decode_instance = to;
  } else {
    state.entry_call = kNoIndex;
    state.entry_instance = to;
  }
  if (!pinned) cluster_.calls.drop(id);
  resume(slot, to, pinned);
}

/// Goes on at `instance`, where its KV is pulled from the pinned call or computed again.
void Simulation::resume(std::uint32_t slot, std::uint32_t instance, bool pulls) {
  RequestState& state = requests_[slot];
  const std::uint32_t block = workload_->segments.engine_block_tokens;
  const std::uint32_t tokens = state.input + state.carried;
  Booking booking;
  booking.instance = instance;
  booking.blocks = static_cast<std::uint32_t>(view_.blocks_of(tokens, block));
  booking.prefill_tokens = pulls ? 0 : tokens;
  view_.add(state.replica, booking, {});
  tell_peers(PeerNews::Kind::kAdd, slot, state.replica, state.request, booking);
  (split_ ? state.decode_booking : state.entry_booking) = booking;
  const std::uint32_t id = cluster_.calls.make();
  Call& call = cluster_.calls[id];
  call.request = state.request;
  call.life = slot;
  call.input = state.input;
  call.generated = state.carried;
  call.target = state.output;
  call.last_token = state.last_token;
  call.row = state.row;
  call.segment_offset = state.copy * workload_->segments.count();
  call.remote_kv = pulls;
  call.kv_tokens = tokens - 1;
  call.resumed = !pulls;
  (split_ ? state.decode_call : state.entry_call) = id;
  if (!split_) {
    state.pending = tokens;
    record_.timeline.add_pending(instance, tokens);
  }
  touch(instance, Phase::kStepStart);
  cluster_.enqueue(instance, id, now_, events_);
  view_.after_engine(instance, cluster_);
}

}  // namespace pigou
