// What a policy's answer does.
#include "core/error.hpp"
#include "simulation/record/answers.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

void Simulation::apply(const std::vector<Action>& actions) {
  require(deciding_, "apply() answers a decision");
  view_.attach(cluster_);
  if (record_.decisions.on()) {
    AnswerWriter(record_.decisions, view_, cluster_, decision_, view_slot_)
        .write(actions, requests_, views_);
  }
  deciding_ = false;
  const bool asked = decision_.hook == Hook::kArrival || decision_.hook == Hook::kPrefillDone;
  bool answered = !asked;
  for (const Action& action : actions) {
    answered = answered || action.slot == decision_.slot;
    act(action);
  }
  require(answered, "a policy answers every request with an action");
}

void Simulation::act(const Action& action) {
  if (action.kind == ActionKind::kSetTimer)
    return gateway_.set_timer(decision_.replica, action.order, now_, events_);
  if (action.kind == ActionKind::kReplicatePrefix || action.kind == ActionKind::kSetParameter) {
    throw UserError(std::string("a policy asked for the action '") + action_name(action.kind) +
                        "', which is not built yet",
                    "built are place, place pair, place decode, prefill locally, queue, reject, "
                    "move queued call, migrate and set timer",
                    "use another router");
  }
  require(action.slot < requests_.slots(), "an action names a request");
  RequestState& state = requests_[action.slot];
  const bool moves = action.kind == ActionKind::kMoveQueued || action.kind == ActionKind::kMigrate;
  if (moves && (state.ended || state.request == kNoIndex)) return;  // it has left: nothing to move
  if (action.kind == ActionKind::kMoveQueued) {
    turn_to(action.slot);
    return move_queued(action.slot, action.instance, action.believed_tokens);
  }
  if (action.kind == ActionKind::kMigrate) return migrate(action.slot, action.instance);
  const bool decides = action.slot == decision_.slot && !state.ended &&
                       (decision_.hook == Hook::kArrival || decision_.hook == Hook::kPrefillDone);
  // It has left the router's queue (its client gave up), and the policy is yet to hear of it.
  if (!decides && !state.queued && (state.ended || state.request == kNoIndex)) return;
  require(decides || (state.queued && state.replica == decision_.replica),
          "an action is about the decision's request or one in the router's own queue");
  if (action.kind == ActionKind::kPlaceDecode) {
    require(decision_.hook == Hook::kPrefillDone && decides, "place decode answers prefill done");
    return place_decode(action.slot, action.decode_instance);
  }
  if (decides && decision_.hook == Hook::kPrefillDone) {
    require(action.kind == ActionKind::kReject, "prefill done is answered with place decode");
    reject(action.slot, action.refusal);
    return let_go(action.slot);
  }
  if (action.kind == ActionKind::kQueue) return queue(action.slot, action.order);
  if (state.queued) {
    unqueue(action.slot);
    room_freed(decision_.replica);  // the next in the queue may fit as well
  }
  if (action.kind == ActionKind::kReject) return reject(action.slot, action.refusal);
  turn_to(action.slot);
  if (action.kind == ActionKind::kPrefillLocally) {
    require(split_ && action.decode_instance >= cluster_.entry_instances(),
            "prefill locally names a decode instance");
    state.decode_instance = action.decode_instance;
    return place_entry(action.slot, action.decode_instance, action.believed_tokens);
  }
  require(action.instance < cluster_.entry_instances(), "place names an entry instance");
  if (action.kind == ActionKind::kPlacePair) state.decode_instance = action.decode_instance;
  place_entry(action.slot, action.instance, action.believed_tokens);
}

/// The view's request becomes the one an action is about.
void Simulation::turn_to(std::uint32_t slot) {
  if (view_slot_ == slot) return;
  view_.turn_to(views_.of(requests_[slot], view_));
  view_slot_ = slot;
}

void Simulation::reject(std::uint32_t slot, Refusal refusal) {
  ++record_.counts.rejected_by[refusal_name(refusal)];
  requests_[slot].seen = false;  // the policy knows
  end(slot, Outcome::kRejected);
}

/// Into the router's own queue, or to another place in it.
void Simulation::queue(std::uint32_t slot, std::int64_t order) {
  RequestState& state = requests_[slot];
  if (state.queued && state.queue_order == order) return;
  if (state.queued) unqueue(slot);
  gateway_.queue.add(slot, order, state);
  if (gateway_.queue.size() == 1) arm_reports();
}

void Simulation::unqueue(std::uint32_t slot) { gateway_.queue.remove(requests_[slot]); }

}  // namespace pigou
