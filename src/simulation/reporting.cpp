// What goes from the gateway to engines, what comes back, and what replicas tell each other.
#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

/// Something `replica` waited for has happened while requests are in its own queue.
void Simulation::room_freed(std::uint32_t replica) {
  if (view_.needs().room_freed) gateway_.free_room(replica);
}

/// A decided call sets out for its engine.
void Simulation::send(std::uint32_t slot, bool decode) {
  const bool decides = decision_.hook == Hook::kArrival || decision_.hook == Hook::kPrefillDone ||
                       decision_.hook == Hook::kRoomFreed;
  const SimTime delay = gateway_.way(decides);
  if (delay.ps == 0) return deliver(slot, decode);
  RequestState& state = requests_[slot];
  ++state.held;
  state.on_way = true;
  const SimTime at = checked_add(now_, delay, "the way to an engine");
  gateway_.deliveries.send(at, slot, state.attempt, decode, events_);
}

void Simulation::on_delivery() {
  const Delivery due = gateway_.deliveries.take(events_);
  RequestState& state = requests_[due.slot];
  --state.held;
  if (state.attempt == due.attempt) state.on_way = false;
  if (!state.ended && state.attempt == due.attempt) return deliver(due.slot, due.decode);
  requests_.free_if_over(due.slot);
}

/// An engine's answer passes the gateway: the replica's books follow `gateway.feedback_s` later.
void Simulation::report(Report::Kind kind, std::uint32_t slot, bool asks) {
  RequestState& state = requests_[slot];
  if (gateway_.feedback_time().ps == 0) {
    settle(kind, slot, state.replica, state.request, state.entry_booking, state.decode_booking);
    if (asks) gateway_.asks.push(ask_after(kind, slot));
  } else {
    const bool acted_on =
        asks || kind == Report::Kind::kLost || gateway_.syncs() || config_.eager_signals;
    const SimTime at = now_ + gateway_.feedback_time();  // each at most kLongest
    const Report due{kind,
                     acted_on,
                     state.replica,
                     state.request,
                     at,
                     state.entry_booking,
                     state.decode_booking};
    if (acted_on) {
      ++state.held;
      gateway_.reports.add(due, {at, ask_after(kind, slot), asks});
    } else {
      gateway_.reports.add(due);
    }
    if (gateway_.reports.next(hears_all()) == at) arm_reports();
  }
  if (kind == Report::Kind::kFirstToken)
    state.entry_booking.prefill_tokens = 0;
  else
    state.entry_booking.instance = kNoIndex;
  if (kind == Report::Kind::kEnd || kind == Report::Kind::kLost)
    state.decode_booking.instance = kNoIndex;
  if (kind == Report::Kind::kLost && gateway_.feedback_time().ps == 0) heard_of_loss(slot);
}

/// What a policy is asked once it has heard.
Ask Simulation::ask_after(Report::Kind kind, std::uint32_t slot) const {
  const RequestState& state = requests_[slot];
  const bool ends = kind == Report::Kind::kEnd || kind == Report::Kind::kLost;
  const bool at_decode = ends && state.decode_instance != kNoIndex;
  const Hook hook = kind == Report::Kind::kFirstToken ? Hook::kFirstToken
                    : kind == Report::Kind::kHandOff  ? Hook::kPrefillDone
                                                      : Hook::kFinish;
  return ask_about(hook, slot, at_decode ? state.decode_instance : state.entry_instance);
}

void Simulation::on_report() {
  settle_reports(now_);
  arm_reports();
}

/// Reports due by `until` reach their replicas, in order.
void Simulation::settle_reports(SimTime until) {
  while (gateway_.reports.due(until)) {
    const Report due = gateway_.reports.take();
    if (!due.acted_on) {
      settle(due.kind, kNoIndex, due.replica, due.request, due.entry, due.decode);
      continue;
    }
    const ActedReport acted = gateway_.reports.take_acted();
    const Ask& ask = acted.ask;
    settle(due.kind, ask.slot, due.replica, due.request, due.entry, due.decode);
    --requests_[ask.slot].held;
    if (acted.asks) gateway_.asks.push(ask);
    if (due.kind == Report::Kind::kLost && !requests_[ask.slot].ended) heard_of_loss(ask.slot);
    requests_.free_if_over(ask.slot);
  }
}

/// The books of a replica, and by sync of the others, follow what it has heard.
void Simulation::settle(Report::Kind kind, std::uint32_t slot, std::uint32_t replica,
                        std::uint32_t request, const Booking& entry, const Booking& decode) {
  room_freed(replica);
  if (kind == Report::Kind::kFirstToken) {
    if (entry.made()) view_.prefill_done(replica, entry);
    tell_peers(PeerNews::Kind::kPrefillDone, slot, replica, request, entry);
    return;
  }
  const bool both = kind == Report::Kind::kEnd || kind == Report::Kind::kLost;
  for (const Booking* booking : {&entry, &decode}) {
    if (!booking->made() || (booking == &decode && !both)) continue;
    view_.release(replica, *booking, booking->shares ? views_.path_of(request) : PathView{});
    tell_peers(PeerNews::Kind::kRelease, slot, replica, request, *booking);
  }
}

void Simulation::tell_peers(PeerNews::Kind kind, std::uint32_t slot, std::uint32_t replica,
                            std::uint32_t request, const Booking& booking) {
  if (!gateway_.syncs() || !booking.made()) return;
  const SimTime at = checked_add(now_, gateway_.sync_time(), "gateway.sync_latency_s");
  const PeerNews news{kind, at, request, slot, replica, booking};
  if (gateway_.sync_time().ps == 0) return hear_peer(news);
  gateway_.send_news(news, events_);
}

void Simulation::on_news() { hear_peer(gateway_.take_news(events_)); }

void Simulation::hear_peer(const PeerNews& news) {
  const PathView path = views_.path_of(news.request);
  for (std::uint32_t replica = 0; replica < gateway_.replicas(); ++replica) {
    if (replica == news.replica) continue;
    switch (news.kind) {
      case PeerNews::Kind::kAdd:
        view_.add(replica, news.booking, path);
        if (view_.needs().peer_placed)
          gateway_.asks.push(
              {Hook::kPeerPlaced, kNoIndex, news.request, 0, news.booking.instance, replica, now_});
        break;
      case PeerNews::Kind::kPrefillDone:
        view_.prefill_done(replica, news.booking);
        break;
      case PeerNews::Kind::kRelease:
        view_.release(replica, news.booking, path);
        room_freed(replica);
        break;
    }
  }
}

}  // namespace pigou
