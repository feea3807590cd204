#include "simulation/handlers/placing.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "simulation/handlers/ending.hpp"
#include "simulation/handlers/engine_calls.hpp"
#include "simulation/handlers/leaving.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Somebody could serve the request, but the pool the router chose never can: its engine answers
/// with an error, as a real one does. True if so.
bool refused(Parts& parts, SlotId slot, InstanceId instance, std::uint32_t output) {
  const char* reason =
      Cluster::rejects(parts.cluster.pool_of(instance), parts.requests[slot].input, output);
  if (reason == nullptr) return false;
  ++parts.record.counts.rejected_by[reason];
  if (parts.breakers.on()) count_success(parts, parts.requests[slot]);  // it is there, and says 400
  end_request(parts, slot, Outcome::kRejected);
  return true;
}

}  // namespace

void place_entry(Parts& parts, SlotId slot, InstanceId instance, std::int64_t believed) {
  RequestState& state = parts.requests[slot];
  state.entry_instance = instance;
  state.placed = true;
  if (parts.prefetches) parts.cluster.prefetch(instance);
  const bool local = instance >= parts.cluster.entry_instances();
  // A prefill side computes the tokens so far again, and one more.
  if (refused(parts, slot, instance, parts.split && !local ? state.carried + 1 : state.output))
    return;
  const std::uint32_t believed_tokens =
      believed >= 0 ? static_cast<std::uint32_t>(std::min<std::int64_t>(believed, state.input - 1))
                    : parts.view.believed_tokens(instance);
  if (state.first_token == kNever) {  // else its row is of the attempt that sent the first token
    state.believes = believed >= 0 || parts.view.hears_of(instance);
    state.believed_tokens = believed_tokens;
  }
  const std::int64_t cached = believed >= 0 ? believed : parts.view.cached_tokens(instance);
  state.entry_booking =
      parts.view.book_entry(instance, parts.view.needs().whole_blocks ? cached : believed_tokens);
  tell_peers(parts, PeerNews::Kind::kAdd, slot, state.replica, state.request, state.entry_booking);
  send_call(parts, slot, false);
}

void place_decode(Parts& parts, SlotId slot, InstanceId instance) {
  if (parts.prefetches) parts.cluster.prefetch(instance);
  require(instance >= parts.cluster.entry_instances() && instance < parts.cluster.instances(),
          "place decode names a decode instance");
  RequestState& state = parts.requests[slot];
  const bool chosen_before = state.decode_instance != kNoIndex;
  state.decode_instance = instance;
  if (refused(parts, slot, instance, state.output)) {
    let_go(parts, slot);
    return;
  }
  const std::uint32_t block = parts.workload->segments.engine_block_tokens;
  state.decode_booking = parts.view.book_decode(
      state.replica, instance, parts.view.blocks_of(state.input + state.carried, block));
  tell_peers(parts, PeerNews::Kind::kAdd, slot, state.replica, state.request, state.decode_booking);
  chosen_before ? deliver(parts, slot, true) : send_call(parts, slot, true);
}

void deliver(Parts& parts, SlotId slot, bool decode) {
  RequestState& state = parts.requests[slot];
  const InstanceId instance = decode ? state.decode_instance : state.entry_instance;
  if (!parts.fleet.serves(instance)) {  // nobody answers there
    decode ? lose_hand_off(parts, slot) : lose(parts, slot);
    return after(parts, instance);
  }
  if (!decode && state.decode_instance != kNoIndex && !parts.fleet.serves(state.decode_instance))
    return lose(parts, slot);  // half a pair is none
  const bool whole = !decode && (!parts.split || instance >= parts.cluster.entry_instances());
  const bool prefill_token = parts.config.first_token == FirstToken::kPrefill;
  const CallId id = parts.cluster.calls.make();
  Call& call = parts.cluster.calls[id];
  call.request = state.request;
  call.slot = slot;
  call.input = state.input;
  call.generated = state.carried + (decode && prefill_token ? 1 : 0);
  call.target = decode || whole ? state.output : state.carried + 1;
  call.row = state.row;
  call.segment_offset = state.copy * parts.workload->segments.count();
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
    parts.record.timeline.add_pending(instance, state.pending);
  }
  touch(parts, instance, Phase::kFollowUp);
  parts.cluster.enqueue(instance, id, parts.loop.now, parts.loop.events);
  after(parts, instance);
}

}  // namespace pigou
