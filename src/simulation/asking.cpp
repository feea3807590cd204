// Questions: how they reach a router, and when they are put to its policy.
#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

Ask Simulation::ask_about(Hook hook, std::uint32_t slot, std::uint32_t instance) const {
  const RequestState& state = requests_[slot];
  return {hook, slot, state.request, state.attempt, instance, state.replica, now_};
}

/// A decision proper: it waits until the replica has answered those before it.
void Simulation::question(const Ask& ask) {
  if (gateway_.decision_time().ps == 0) return open(ask);
  if (ask.slot != kNoIndex) ++requests_[ask.slot].held;
  if (gateway_.line_up(ask)) serve(ask.replica);
}

/// A replica's server turns to its next question; one that is out of date takes no time.
void Simulation::serve(std::uint32_t replica) {
  gateway_.set_busy(replica, false, now_, events_);
  while (!deciding_) {
    const auto ask = gateway_.next_in_line(replica);
    if (!ask) break;
    if (ask->slot != kNoIndex) --requests_[ask->slot].held;
    open(*ask);
  }
  if (deciding_) gateway_.set_busy(replica, true, now_, events_);
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
    const std::uint32_t first = gateway_.queue.first(ask.replica);
    if (ask.hook == Hook::kRoomFreed) gateway_.room_answered(ask.replica);
    if (first == kNoIndex && ask.hook == Hook::kRoomFreed) return;
    if (first != kNoIndex) {
      decision_.slot = first;
      decision_.request = requests_[first].request;
      decision_.attempt = requests_[first].attempt;
    }
  }
  if (ask.hook == Hook::kArrival) requests_[ask.slot].seen = true;
  deciding_ = true;
  ++record_.counts.decisions;
  if (gateway_.decision_time().ps > 0 && ask.since != kNever)
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
  const Ask ask = gateway_.asks.pop();
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

void Simulation::ask_for_room() {
  const std::uint32_t replica = gateway_.take_room();
  if (replica == kNoIndex) return;
  Ask ask;
  ask.hook = Hook::kRoomFreed;
  ask.replica = replica;
  question(ask);
}

void Simulation::on_timer(std::uint32_t replica) {
  gateway_.end_timer(replica, events_);
  if (record_.all_done()) return;  // nobody is left to route
  Ask ask;
  ask.hook = Hook::kTimer;
  ask.replica = replica;
  gateway_.asks.push(ask);
}

}  // namespace pigou
