#include "simulation/handlers/reporting.hpp"

#include "simulation/handlers/asking.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/placing.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Whether a report is an event although nobody acts on it: requests in a router's own queue wait
/// for what it tells.
bool hears_all(const Parts& parts) {
  return !parts.gateway.queue.empty() && parts.view.needs().room_freed;
}

void hear_peer(Parts& parts, const PeerNews& news) {
  const PathView path = parts.views.path_of(news.request);
  for (ReplicaId replica = 0; replica < parts.gateway.replicas(); ++replica) {
    if (replica == news.replica) continue;
    switch (news.kind) {
      case PeerNews::Kind::kAdd:
        parts.view.add(replica, news.booking, path);
        if (parts.view.needs().peer_placed)
          parts.gateway.asks.push({Hook::kPeerPlaced, kNoIndex, news.request, 0,
                                   news.booking.instance, replica, parts.loop.now});
        break;
      case PeerNews::Kind::kPrefillDone:
        parts.view.prefill_done(replica, news.booking);
        break;
      case PeerNews::Kind::kRelease:
        parts.view.release(replica, news.booking, path);
        room_freed(parts, replica);
        break;
    }
  }
}

/// What a policy is asked once it has heard.
Ask ask_after(const Parts& parts, Report::Kind kind, SlotId slot) {
  const RequestState& state = parts.requests[slot];
  const bool ends = kind == Report::Kind::kEnd || kind == Report::Kind::kLost;
  const bool at_decode = ends && state.decode_instance != kNoIndex;
  const Hook hook = kind == Report::Kind::kFirstToken ? Hook::kFirstToken
                    : kind == Report::Kind::kHandOff  ? Hook::kPrefillDone
                                                      : Hook::kFinish;
  return ask_about(parts, hook, slot, at_decode ? state.decode_instance : state.entry_instance);
}

}  // namespace

void room_freed(Parts& parts, ReplicaId replica) {
  if (parts.view.needs().room_freed) parts.gateway.free_room(replica);
}

void arm_reports(Parts& parts) { parts.gateway.reports.arm(hears_all(parts)); }

void send_call(Parts& parts, SlotId slot, bool decode) {
  const bool decides = parts.asked.decision.hook == Hook::kArrival ||
                       parts.asked.decision.hook == Hook::kPrefillDone ||
                       parts.asked.decision.hook == Hook::kRoomFreed;
  const SimTime delay = parts.gateway.way(decides);
  if (delay.ps == 0) return deliver(parts, slot, decode);
  RequestState& state = parts.requests[slot];
  ++state.held;
  state.on_way = true;
  const SimTime at = checked_add(parts.loop.now, delay, "the way to an engine");
  parts.gateway.deliveries.send(at, slot, state.attempt, decode, parts.loop.events);
}

void on_delivery(Parts& parts) {
  const Delivery due = parts.gateway.deliveries.take(parts.loop.events);
  RequestState& state = parts.requests[due.slot];
  --state.held;
  if (state.attempt == due.attempt) state.on_way = false;
  if (!state.ended && state.attempt == due.attempt) return deliver(parts, due.slot, due.decode);
  parts.requests.free_if_over(due.slot);
}

void report_back(Parts& parts, Report::Kind kind, SlotId slot, bool asks) {
  RequestState& state = parts.requests[slot];
  if (parts.gateway.feedback_time().ps == 0) {
    settle_books(parts, kind, slot, state.replica, state.request, state.entry_booking,
                 state.decode_booking);
    if (asks) parts.gateway.asks.push(ask_after(parts, kind, slot));
  } else {
    const bool acted_on =
        asks || kind == Report::Kind::kLost || parts.gateway.syncs() || parts.config.eager_signals;
    const SimTime at = parts.loop.now + parts.gateway.feedback_time();  // each at most kLongest
    const Report due{kind,
                     acted_on,
                     state.replica,
                     state.request,
                     at,
                     state.entry_booking,
                     state.decode_booking};
    if (acted_on) {
      ++state.held;
      parts.gateway.reports.add(due, {at, ask_after(parts, kind, slot), asks});
    } else {
      parts.gateway.reports.add(due);
    }
    if (parts.gateway.reports.next(hears_all(parts)) == at) arm_reports(parts);
  }
  if (kind == Report::Kind::kFirstToken)
    state.entry_booking.prefill_tokens = 0;
  else
    state.entry_booking.instance = kNoIndex;
  if (kind == Report::Kind::kEnd || kind == Report::Kind::kLost)
    state.decode_booking.instance = kNoIndex;
  if (kind == Report::Kind::kLost && parts.gateway.feedback_time().ps == 0)
    heard_of_loss(parts, slot);
}

void on_report(Parts& parts) {
  settle_reports(parts, parts.loop.now);
  arm_reports(parts);
}

void settle_reports(Parts& parts, SimTime until) {
  while (parts.gateway.reports.due(until)) {
    const Report due = parts.gateway.reports.take();
    if (!due.acted_on) {
      settle_books(parts, due.kind, kNoIndex, due.replica, due.request, due.entry, due.decode);
      continue;
    }
    const ActedReport acted = parts.gateway.reports.take_acted();
    const Ask& ask = acted.ask;
    settle_books(parts, due.kind, ask.slot, due.replica, due.request, due.entry, due.decode);
    --parts.requests[ask.slot].held;
    if (acted.asks) parts.gateway.asks.push(ask);
    if (due.kind == Report::Kind::kLost && !parts.requests[ask.slot].ended)
      heard_of_loss(parts, ask.slot);
    parts.requests.free_if_over(ask.slot);
  }
}

void settle_books(Parts& parts, Report::Kind kind, SlotId slot, ReplicaId replica,
                  RequestId request, const Booking& entry, const Booking& decode) {
  room_freed(parts, replica);
  if (kind == Report::Kind::kFirstToken) {
    if (entry.made()) parts.view.prefill_done(replica, entry);
    tell_peers(parts, PeerNews::Kind::kPrefillDone, slot, replica, request, entry);
    return;
  }
  const bool both = kind == Report::Kind::kEnd || kind == Report::Kind::kLost;
  for (const Booking* booking : {&entry, &decode}) {
    if (!booking->made() || (booking == &decode && !both)) continue;
    parts.view.release(replica, *booking,
                       booking->shares ? parts.views.path_of(request) : PathView{});
    tell_peers(parts, PeerNews::Kind::kRelease, slot, replica, request, *booking);
  }
}

void tell_peers(Parts& parts, PeerNews::Kind kind, SlotId slot, ReplicaId replica,
                RequestId request, const Booking& booking) {
  if (!parts.gateway.syncs() || !booking.made()) return;
  const SimTime at =
      checked_add(parts.loop.now, parts.gateway.sync_time(), "gateway.sync_latency_s");
  const PeerNews news{kind, at, request, slot, replica, booking};
  if (parts.gateway.sync_time().ps == 0) return hear_peer(parts, news);
  parts.gateway.send_news(news, parts.loop.events);
}

void on_news(Parts& parts) { hear_peer(parts, parts.gateway.take_news(parts.loop.events)); }

}  // namespace pigou
