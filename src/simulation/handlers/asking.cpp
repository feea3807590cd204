#include "simulation/handlers/asking.hpp"

#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/output_blocks.hpp"
#include "simulation/handlers/placing.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Puts the question to the policy: the decision of advance().
void open_decision(Parts& parts, const Ask& ask) {
  if (outdated(parts, ask) || hold(parts, ask)) return;
  settle_reports(parts, parts.loop.now);
  parts.asked.decision = {ask.hook,    parts.loop.now, ask.request, ask.slot,
                          ask.replica, ask.instance,   ask.attempt};
  if (ask.hook == Hook::kRoomFreed || ask.hook == Hook::kTimer) {
    const SlotId first = parts.gateway.queue.first(ask.replica);
    if (ask.hook == Hook::kRoomFreed) parts.gateway.room_answered(ask.replica);
    if (first == kNoIndex && ask.hook == Hook::kRoomFreed) return;
    if (first != kNoIndex) {
      parts.asked.decision.slot = first;
      parts.asked.decision.request = parts.requests[first].request;
      parts.asked.decision.attempt = parts.requests[first].attempt;
    }
  }
  if (ask.hook == Hook::kParameterChange) {
    const AppliedChange& change = parts.control.applied()[ask.change];
    parts.asked.decision.parameter = change.parameter;
    parts.asked.decision.value = change.value;
  }
  if (ask.hook == Hook::kArrival) parts.requests[ask.slot].seen = true;
  parts.asked.open = true;
  ++parts.record.counts.decisions;
  if (parts.gateway.decision_time().ps > 0 && ask.since != kNever)
    parts.record.counts.decision_wait.add((parts.loop.now - ask.since).ps, 1);
  const RequestId request = parts.asked.decision.request;
  const bool present = parts.asked.decision.slot != kNoIndex &&
                       parts.requests[parts.asked.decision.slot].request == request;
  parts.asked.view_slot =
      present ? parts.asked.decision.slot : SlotId{};  // by now the slot may be another's
  const RequestView about = present
                                ? parts.views.of(parts.requests[parts.asked.view_slot], parts.view)
                            : request != kNoIndex ? parts.views.of(request, parts.view)
                                                  : RequestView{};
  if (parts.view.needs().output_blocks != OutputBlocks::kNone) book_output(parts, ask.replica);
  parts.view.open(parts.cluster, about, ask.replica, parts.loop.now);
  if (parts.config.eager_signals) parts.view.refresh();
}

}  // namespace

Ask ask_about(const Parts& parts, Hook hook, SlotId slot, InstanceId instance) {
  const RequestState& state = parts.requests[slot];
  return {hook, slot, state.request, state.attempt, instance, state.replica, parts.loop.now};
}

bool outdated(Parts& parts, const Ask& ask) {
  if (ask.hook != Hook::kArrival && ask.hook != Hook::kPrefillDone) return false;
  const RequestState& state = parts.requests[ask.slot];
  if (state.request != ask.request || state.attempt != ask.attempt) {
    parts.requests.free_if_over(ask.slot);
    return true;
  }
  if (!state.ended) return false;
  parts.requests.free_if_over(ask.slot);
  return true;
}

void question(Parts& parts, const Ask& ask) {
  if (parts.gateway.decision_time().ps == 0) return open_decision(parts, ask);
  if (ask.slot != kNoIndex) ++parts.requests[ask.slot].held;
  if (parts.gateway.line_up(ask)) serve_next(parts, ask.replica);
}

void serve_next(Parts& parts, ReplicaId replica) {
  parts.gateway.set_busy(replica, false, parts.loop.now, parts.loop.events);
  while (!parts.asked.open) {
    const auto ask = parts.gateway.next_in_line(replica);
    if (!ask) break;
    if (ask->slot != kNoIndex) --parts.requests[ask->slot].held;
    open_decision(parts, *ask);
  }
  if (parts.asked.open) parts.gateway.set_busy(replica, true, parts.loop.now, parts.loop.events);
}

void next_ask(Parts& parts) {
  const Ask ask = parts.gateway.asks.pop();
  ++parts.record.counts.events;
  const bool chosen =
      ask.hook == Hook::kPrefillDone && parts.requests[ask.slot].decode_instance != kNoIndex;
  if (outdated(parts, ask))
    return;  // before the slot is held for it: it may be another's by its turn
  if (chosen) {
    place_decode(parts, ask.slot, parts.requests[ask.slot].decode_instance);
  } else if (ask.hook == Hook::kPrefillDone || ask.hook == Hook::kArrival) {
    question(parts, ask);
  } else {
    open_decision(parts, ask);
  }
}

void ask_for_room(Parts& parts) {
  const ReplicaId replica = parts.gateway.take_room();
  if (replica == kNoIndex) return;
  Ask ask;
  ask.hook = Hook::kRoomFreed;
  ask.replica = replica;
  question(parts, ask);
}

void on_timer(Parts& parts, ReplicaId replica) {
  parts.gateway.end_timer(replica, parts.loop.events);
  if (parts.record.all_done()) return;  // nobody is left to route
  Ask ask;
  ask.hook = Hook::kTimer;
  ask.replica = replica;
  parts.gateway.asks.push(ask);
}

}  // namespace pigou
