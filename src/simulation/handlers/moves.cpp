#include "simulation/handlers/moves.hpp"

#include "core/error.hpp"
#include "simulation/handlers/engine_calls.hpp"
#include "simulation/handlers/notices.hpp"
#include "simulation/handlers/placing.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Goes on at `instance`, where its KV is pulled from the pinned call or computed again.
void resume(Parts& parts, SlotId slot, InstanceId instance, bool pulls) {
  RequestState& state = parts.requests[slot];
  const std::uint32_t block = parts.workload->segments.engine_block_tokens;
  const std::uint32_t tokens = state.input + state.carried;
  Booking booking;
  booking.instance = instance;
  booking.blocks = static_cast<std::uint32_t>(parts.view.blocks_of(tokens, block));
  booking.prefill_tokens = pulls ? 0 : tokens;
  parts.view.add(state.replica, booking, {});
  tell_peers(parts, PeerNews::Kind::kAdd, slot, state.replica, state.request, booking);
  (parts.split ? state.decode_booking : state.entry_booking) = booking;
  const CallId id = parts.cluster.calls.make();
  Call& call = parts.cluster.calls[id];
  call.request = state.request;
  call.slot = slot;
  call.input = state.input;
  call.generated = state.carried;
  call.target = state.output;
  call.last_token = state.last_token;
  call.row = state.row;
  call.segment_offset = state.copy * parts.workload->segments.count();
  call.remote_kv = pulls;
  call.kv_tokens = tokens - 1;
  call.resumed = !pulls;
  (parts.split ? state.decode_call : state.entry_call) = id;
  if (!parts.split) {
    state.pending = tokens;
    parts.record.timeline.add_pending(instance, tokens);
  }
  touch(parts, instance, Phase::kStepStart);
  parts.cluster.enqueue(instance, id, parts.loop.now, parts.loop.events);
  parts.view.after_engine(instance, parts.cluster);
}

}  // namespace

void move_queued(Parts& parts, SlotId slot, InstanceId instance, std::int64_t believed) {
  RequestState& state = parts.requests[slot];
  require(instance < parts.cluster.entry_instances(), "move queued names an entry instance");
  const CallId call = state.entry_call;
  if (state.ended || call == kNoIndex || instance == state.entry_instance) return;
  const InstanceId from = parts.cluster.calls[call].instance;
  touch(parts, from, Phase::kFollowUp);
  if (!parts.cluster.withdraw(call, parts.loop.now, parts.loop.events)) return;
  ++parts.record.counts.moved;
  computed(parts, state, state.pending);
  state.entry_call = kNoIndex;
  parts.cluster.calls.drop(call);
  settle_books(parts, Report::Kind::kEnd, slot, state.replica, state.request, state.entry_booking,
               Booking{});
  state.entry_booking.instance = kNoIndex;
  after(parts, from);
  place_entry(parts, slot, instance, believed);
}

void migrate(Parts& parts, SlotId slot, InstanceId instance) {
  RequestState& state = parts.requests[slot];
  const CallId call = parts.split ? state.decode_call : state.entry_call;
  require(instance < parts.cluster.instances() &&
              (instance >= parts.cluster.entry_instances()) == parts.split,
          "migrate names an instance that decodes");
  if (state.ended || call == kNoIndex || state.moving_to != kNoIndex) return;
  if (!parts.fleet.serves(instance)) return;  // nobody answers there: it stays where it is
  const Call& c = parts.cluster.calls[call];
  const bool decodes =
      state.first_token != kNever && state.entry_call == (parts.split ? CallId{} : call);
  const bool there = c.state == CallState::kRunning || c.state == CallState::kWaiting;
  if (!decodes || !there || c.instance == instance) return;
  if (Cluster::rejects(parts.cluster.pool_of(instance), state.input, state.output) != nullptr)
    return;
  state.moving_to = instance;
  touch(parts, c.instance, Phase::kFollowUp);
  parts.cluster.depart(call, parts.split, parts.loop.now, parts.loop.events);
}

void on_departed(Parts& parts, SlotId slot, CallId id) {
  RequestState& state = parts.requests[slot];
  const Call call = parts.cluster.calls[id];
  const bool pinned = call.state == CallState::kPinned;
  const InstanceId to = state.moving_to;
  state.moving_to = kNoIndex;
  ++parts.record.counts.migrated;
  state.carried = call.generated;
  state.last_token = call.last_token == kNever ? parts.loop.now : call.last_token;
  settle_books(parts, Report::Kind::kEnd, slot, state.replica, state.request, state.entry_booking,
               state.decode_booking);
  state.entry_booking.instance = state.decode_booking.instance = kNoIndex;
  if (parts.split) {
    state.decode_call = kNoIndex;
    state.entry_call = pinned ? id : CallId{};
    state.decode_instance = to;
  } else {
    state.entry_call = kNoIndex;
    state.entry_instance = to;
  }
  if (!pinned) parts.cluster.calls.drop(id);
  resume(parts, slot, to, pinned);
}

}  // namespace pigou
