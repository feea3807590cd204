#include "simulation/handlers/notices.hpp"

#include <algorithm>

#include "simulation/handlers/asking.hpp"
#include "simulation/handlers/ending.hpp"
#include "simulation/handlers/engine_calls.hpp"
#include "simulation/handlers/leaving.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/moves.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

void on_admitted(Parts& parts, RequestState& state, const Call& call, std::uint64_t hit) {
  if (call.remote_kv) return;
  computed(parts, state, static_cast<std::uint32_t>(hit));
  if (parts.record.decisions.on()) parts.record.decisions.admitted(state.request, hit);
  if (state.scheduled != kNever) return;
  state.scheduled = parts.loop.now;
  state.hit_tokens = static_cast<std::uint32_t>(hit);
  parts.record.hits.add(
      {state.input, state.hit_tokens, state.believed_tokens, state.believes && !state.ended});
}

void on_token(Parts& parts, SlotId slot, CallId call) {
  RequestState& state = parts.requests[slot];
  const bool entry = call == state.entry_call;
  if (entry) computed(parts, state, state.pending);
  if (state.ended) return;
  if (entry) report_back(parts, Report::Kind::kFirstToken, slot, parts.view.needs().first_token);
  const bool whole = !parts.split || state.entry_instance == state.decode_instance;
  if (!entry && state.decode_booking.prefill_tokens > 0) {  // computed again where it moved to
    settle_books(parts, Report::Kind::kFirstToken, slot, state.replica, state.request,
                 state.decode_booking, {});
    state.decode_booking.prefill_tokens = 0;
  }
  if (!whole && entry != (parts.config.first_token == FirstToken::kPrefill)) return;
  if (state.first_token == kNever) {
    state.first_token = parts.loop.now;
    if (parts.breakers.on()) count_success(parts, state);
  }
  state.last_token = parts.loop.now;
}

void on_finished(Parts& parts, SlotId slot, CallId call) {
  RequestState& state = parts.requests[slot];
  if (call == state.entry_call && parts.cluster.calls[call].state == CallState::kPinned) {
    const bool choose = state.decode_instance == kNoIndex;
    report_back(parts, Report::Kind::kHandOff, slot, choose);
    if (!choose)
      parts.gateway.asks.push(ask_about(parts, Hook::kPrefillDone, slot, state.entry_instance));
    return;
  }
  if (call == state.entry_call && state.decode_instance != state.entry_instance)
    state.decode_instance = kNoIndex;  // it never got that far
  (call == state.entry_call ? state.entry_call : state.decode_call) = kNoIndex;
  parts.cluster.calls.drop(call);
  end_request(parts, slot, Outcome::kFinished);
}

}  // namespace

void drain_notices(Parts& parts) {
  // Handling one may add more behind it.
  for (std::size_t n = 0; n < parts.cluster.notices.size(); ++n)
    on_notice(parts, Notice(parts.cluster.notices[n]));
  parts.cluster.notices.clear();
}

void on_notice(Parts& parts, const Notice& notice) {
  const Call& call = parts.cluster.calls[notice.call];
  const SlotId slot = call.slot;
  if (slot == kNoIndex) {  // its request has gone on without it
    if (notice.kind == Notice::Kind::kAborted || notice.kind == Notice::Kind::kLost)
      parts.cluster.calls.drop(notice.call);
    return;
  }
  RequestState& state = parts.requests[slot];
  switch (notice.kind) {
    case Notice::Kind::kAdmitted:
      on_admitted(parts, state, call, notice.value);
      break;
    case Notice::Kind::kToken:
      on_token(parts, slot, notice.call);
      break;
    case Notice::Kind::kFinished:
      on_finished(parts, slot, notice.call);
      break;
    case Notice::Kind::kPreempted:
      ++state.preemptions;
      break;
    case Notice::Kind::kAborted:
      on_aborted(parts, slot, notice.call);
      break;
    case Notice::Kind::kLost:
      on_lost(parts, slot, notice.call);
      break;
    case Notice::Kind::kDeparted:
      on_departed(parts, slot, notice.call);
      break;
    case Notice::Kind::kTransferWanted: {
      const PoolModel& model = parts.cluster.pool_of(call.instance).model;
      const std::uint64_t bytes =
          notice.value * model.kv_bytes_per_token + model.kv_bytes_per_sequence;
      const InstanceId sender = parts.cluster.calls[state.entry_call].instance;
      parts.links.submit(sender, call.instance, bytes, notice.call, parts.loop.now,
                         parts.loop.events);
      break;
    }
  }
}

void computed(Parts& parts, RequestState& state, std::uint32_t tokens) {
  tokens = std::min(tokens, state.pending);
  state.pending -= tokens;
  parts.record.timeline.add_pending(state.entry_instance, -std::int64_t{tokens});
}

void on_transfer(Parts& parts, InstanceId instance) {
  const Transfer done = parts.links.pop(instance, parts.loop.events);
  RequestState& state = parts.requests[parts.cluster.calls[done.call].slot];
  const CallId pinned = state.entry_call;
  const InstanceId sender = parts.cluster.calls[pinned].instance;
  state.entry_call = kNoIndex;
  touch(parts, sender, Phase::kTransferEnd);
  parts.cluster.unpin(pinned, parts.loop.now, parts.loop.events);
  after(parts, sender);
  touch(parts, instance, Phase::kTransferEnd);
  parts.cluster.finish_loading(done.call, parts.loop.now, parts.loop.events);
  after(parts, instance);
}

}  // namespace pigou
