// Between clients and engines: router replicas, the time they take, and what they hear how late.
#include <algorithm>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

void Simulation::init_gateway() {
  const GatewayConfig& g = config_.gateway;
  decision_time_ = from_seconds(g.decision_s, "gateway.decision_s");
  network_time_ = from_seconds(g.network_s, "gateway.network_s");
  const double age_s = config_.signals.age_s;
  feedback_time_ = age_s >= 0 ? from_seconds(age_s, "signals.age_s")
                              : from_seconds(g.feedback_s, "gateway.feedback_s");
  sync_time_ = from_seconds(g.sync_latency_s, "gateway.sync_latency_s");
  servers_.resize(g.replicas);
}

std::uint32_t Simulation::replica_of(const RequestState& state) const {
  const std::uint32_t replicas = config_.gateway.replicas;
  if (replicas == 1) return 0;
  const RandomStream stream(config_.seed, "replica");
  switch (config_.gateway.replica_choice) {
    case ReplicaChoice::kRoundRobin:
      break;
    case ReplicaChoice::kRandom:
      return stream.below(replicas, state.request);
    case ReplicaChoice::kSession:
      return stream.below(replicas, views_.of(state.request, view_).session);
  }
  return static_cast<std::uint32_t>((record_.counts.arrived - 1) % replicas);
}

Ask Simulation::ask_about(Hook hook, std::uint32_t slot, std::uint32_t instance) const {
  const RequestState& state = requests_[slot];
  return {hook, slot, state.request, state.attempt, instance, state.replica, now_};
}

/// A decision proper: it waits until the replica has answered those before it.
void Simulation::question(const Ask& ask) {
  if (decision_time_.ps == 0) return open(ask);
  RouterServer& server = servers_[ask.replica];
  if (ask.slot != kNoIndex) ++requests_[ask.slot].held;
  server.queue.push(ask);
  if (!server.busy) serve(ask.replica);
}

/// A replica's server turns to its next question; one that is out of date takes no time.
void Simulation::serve(std::uint32_t replica) {
  RouterServer& server = servers_[replica];
  const std::uint32_t source = sources_.servers + replica;
  events_.cancel(source);
  while (!server.queue.empty() && !deciding_) {
    const Ask ask = server.queue.pop();
    if (ask.slot != kNoIndex) --requests_[ask.slot].held;
    open(ask);
  }
  server.busy = deciding_;
  if (server.busy)
    events_.set(source, checked_add(now_, decision_time_, "a decision"), Phase::kFollowUp);
}

/// True when nobody waits for the answer any more.
bool Simulation::outdated(const Ask& ask) {
  if (ask.hook != Hook::kArrival && ask.hook != Hook::kPrefillDone) return false;
  const RequestState& state = requests_[ask.slot];
  if (state.request != ask.request || state.attempt != ask.attempt) {
    requests_.free_if_over(ask.slot);
    return true;
  }
  if (!state.ended) return false;
  requests_.free_if_over(ask.slot);
  return true;
}

/// Puts the question to the policy: the decision of advance().
void Simulation::open(const Ask& ask) {
  if (outdated(ask) || hold(ask)) return;
  settle_reports(now_);
  decision_ = {ask.hook, now_, ask.request, ask.slot, ask.replica, ask.instance, ask.attempt};
  if (ask.hook == Hook::kRoomFreed || ask.hook == Hook::kTimer) {
    const auto head = router_queue_.lower_bound({ask.replica, INT64_MIN, 0});
    const bool waits = head != router_queue_.end() && std::get<0>(head->first) == ask.replica;
    if (ask.hook == Hook::kRoomFreed) servers_[ask.replica].room_asked = false;
    if (!waits && ask.hook == Hook::kRoomFreed) return;
    if (waits) {
      decision_.slot = head->second;
      decision_.request = requests_[head->second].request;
      decision_.attempt = requests_[head->second].attempt;
    }
  }
  if (ask.hook == Hook::kArrival) requests_[ask.slot].seen = true;
  deciding_ = true;
  ++record_.counts.decisions;
  if (decision_time_.ps > 0 && ask.since != kNever)
    record_.counts.decision_wait.add((now_ - ask.since).ps, 1);
  const std::uint32_t request = decision_.request;
  const bool present = decision_.slot != kNoIndex && requests_[decision_.slot].request == request;
  view_slot_ = present ? decision_.slot : kNoIndex;  // by now the slot may be another's
  const RequestView about = present               ? views_.of(requests_[view_slot_], view_)
                            : request != kNoIndex ? views_.of(request, view_)
                                                  : RequestView{};
  if (view_.needs().output_blocks != OutputBlocks::kNone) book_output(ask.replica);
  view_.open(cluster_, about, ask.replica, now_);
  if (config_.eager_signals) view_.refresh();
}

/// The next of what came up at this instant.
void Simulation::next_ask() {
  const Ask ask = asks_.pop();
  ++record_.counts.events;
  const bool chosen =
      ask.hook == Hook::kPrefillDone && requests_[ask.slot].decode_instance != kNoIndex;
  if (outdated(ask)) return;  // before the slot is held for it: it may be another's by its turn
  if (chosen) {
    place_decode(ask.slot, requests_[ask.slot].decode_instance);
  } else if (ask.hook == Hook::kPrefillDone || ask.hook == Hook::kArrival) {
    question(ask);
  } else {
    open(ask);
  }
}

/// Something `replica` waited for has happened while requests are in its own queue.
void Simulation::room_freed(std::uint32_t replica) {
  RouterServer& server = servers_[replica];
  if (server.queued == 0 || server.room_freed || !view_.needs().room_freed) return;
  server.room_freed = true;
  ++rooms_freed_;
}

void Simulation::ask_for_room() {
  --rooms_freed_;
  std::uint32_t replica = 0;
  while (!servers_[replica].room_freed) ++replica;
  RouterServer& server = servers_[replica];
  server.room_freed = false;
  if (server.queued == 0 || server.room_asked) return;
  server.room_asked = true;
  Ask ask;
  ask.hook = Hook::kRoomFreed;
  ask.replica = replica;
  question(ask);
}

void Simulation::set_timer(std::uint32_t replica, std::int64_t ps) {
  if (ps < 0) return events_.cancel(sources_.timers + replica);
  // A handler creates only keys above its own: the earliest is the next picosecond.
  events_.set(sources_.timers + replica, std::max(SimTime{ps}, now_ + SimTime{1}), Phase::kTimer);
}

void Simulation::on_timer(std::uint32_t replica) {
  events_.cancel(sources_.timers + replica);
  if (record_.all_done()) return;  // nobody is left to route
  Ask ask;
  ask.hook = Hook::kTimer;
  ask.replica = replica;
  asks_.push(ask);
}

/// A decided call sets out for its engine.
void Simulation::send(std::uint32_t slot, bool decode) {
  const bool decides = decision_.hook == Hook::kArrival || decision_.hook == Hook::kPrefillDone ||
                       decision_.hook == Hook::kRoomFreed;
  const SimTime delay = network_time_ + (decides ? decision_time_ : SimTime{});
  if (delay.ps == 0) return deliver(slot, decode);
  RequestState& state = requests_[slot];
  ++state.held;
  state.on_way = true;
  const SimTime at = checked_add(now_, delay, "the way to an engine");
  deliveries_.push({at, next_delivery_++, slot, state.attempt, decode});
  events_.set(sources_.deliveries, deliveries_.top().time, Phase::kFollowUp);
}

void Simulation::on_delivery() {
  const Delivery due = deliveries_.top();
  deliveries_.pop();
  if (deliveries_.empty())
    events_.cancel(sources_.deliveries);
  else
    events_.set(sources_.deliveries, deliveries_.top().time, Phase::kFollowUp);
  RequestState& state = requests_[due.slot];
  --state.held;
  if (state.attempt == due.attempt) state.on_way = false;
  if (!state.ended && state.attempt == due.attempt) return deliver(due.slot, due.decode);
  requests_.free_if_over(due.slot);
}

/// An engine's answer passes the gateway: the replica's books follow `gateway.feedback_s` later.
void Simulation::report(Report::Kind kind, std::uint32_t slot, bool asks) {
  RequestState& state = requests_[slot];
  if (feedback_time_.ps == 0) {
    settle(kind, slot, state.replica, state.request, state.entry_booking, state.decode_booking);
    if (asks) asks_.push(ask_after(kind, slot));
  } else {
    const bool acted_on = asks || kind == Report::Kind::kLost || syncs() || config_.eager_signals;
    const SimTime at = now_ + feedback_time_;  // each at most kLongest
    reports_.push({kind, acted_on, state.replica, state.request, at, state.entry_booking,
                   state.decode_booking});
    if (acted_on) {
      ++state.held;
      acted_reports_.push({at, ask_after(kind, slot), asks});
    }
    if (next_report() == at) arm_reports();
  }
  if (kind == Report::Kind::kFirstToken)
    state.entry_booking.prefill_tokens = 0;
  else
    state.entry_booking.instance = kNoIndex;
  if (kind == Report::Kind::kEnd || kind == Report::Kind::kLost)
    state.decode_booking.instance = kNoIndex;
  if (kind == Report::Kind::kLost && feedback_time_.ps == 0) heard_of_loss(slot);
}

/// When a report is next an event. One that nobody acts on is none: the books follow it when a
/// decision next reads them, unless requests in a router's own queue wait for what it tells.
SimTime Simulation::next_report() {
  if (reports_.empty()) return kNever;
  if (!router_queue_.empty() && view_.needs().room_freed) return reports_.front().time;
  return acted_reports_.empty() ? kNever : acted_reports_.front().time;
}

void Simulation::arm_reports() { report_time_ = next_report(); }

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
  while (!reports_.empty() && reports_.front().time <= until) {
    const Report due = reports_.pop();
    if (!due.acted_on) {
      settle(due.kind, kNoIndex, due.replica, due.request, due.entry, due.decode);
      continue;
    }
    const ActedReport acted = acted_reports_.pop();
    const Ask& ask = acted.ask;
    settle(due.kind, ask.slot, due.replica, due.request, due.entry, due.decode);
    --requests_[ask.slot].held;
    if (acted.asks) asks_.push(ask);
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
  if (!syncs() || !booking.made()) return;
  const SimTime at = checked_add(now_, sync_time_, "gateway.sync_latency_s");
  const PeerNews news{kind, at, request, slot, replica, booking};
  if (sync_time_.ps == 0) return hear_peer(news);
  news_.push(news);
  if (news_.size() == 1) events_.set(sources_.news, at, Phase::kTimer);
}

void Simulation::on_news() {
  const PeerNews due = news_.pop();
  if (news_.empty())
    events_.cancel(sources_.news);
  else
    events_.set(sources_.news, news_.front().time, Phase::kTimer);
  hear_peer(due);
}

void Simulation::hear_peer(const PeerNews& news) {
  const PathView path = views_.path_of(news.request);
  for (std::uint32_t replica = 0; replica < servers_.size(); ++replica) {
    if (replica == news.replica) continue;
    switch (news.kind) {
      case PeerNews::Kind::kAdd:
        view_.add(replica, news.booking, path);
        if (view_.needs().peer_placed)
          asks_.push(
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
