#include "simulation/handlers/actions.hpp"

#include "core/error.hpp"
#include "simulation/handlers/ending.hpp"
#include "simulation/handlers/leaving.hpp"
#include "simulation/handlers/moves.hpp"
#include "simulation/handlers/placing.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"
#include "simulation/record/answers.hpp"

namespace pigou {
namespace {

/// The view's request becomes the one an action is about.
void turn_to(Parts& parts, SlotId slot) {
  if (parts.asked.view_slot == slot) return;
  parts.view.turn_to(parts.views.of(parts.requests[slot], parts.view));
  parts.asked.view_slot = slot;
}

void reject(Parts& parts, SlotId slot, Refusal refusal) {
  ++parts.record.counts.rejected_by[refusal_name(refusal)];
  parts.requests[slot].seen = false;  // the policy knows
  end_request(parts, slot, Outcome::kRejected);
}

/// Into the router's own queue, or to another place in it.
void keep_queued(Parts& parts, SlotId slot, std::int64_t order) {
  RequestState& state = parts.requests[slot];
  if (state.queued && state.queue_order == order) return;
  if (state.queued) unqueue(parts, slot);
  parts.gateway.queue.add(slot, order, state);
  if (parts.gateway.queue.size() == 1) arm_reports(parts);
}

void act(Parts& parts, const Action& action) {
  if (action.kind == ActionKind::kSetTimer)
    return parts.gateway.set_timer(parts.asked.decision.replica, action.order, parts.loop.now,
                                   parts.loop.events);
  if (action.kind == ActionKind::kReplicatePrefix) {
    throw UserError(std::string("a policy asked for the action '") + action_name(action.kind) +
                        "', which is not built yet",
                    "built are place, place pair, place decode, prefill locally, queue, reject, "
                    "move queued call, migrate and set timer",
                    "use another router");
  }
  require(action.slot < parts.requests.slots(), "an action names a request");
  RequestState& state = parts.requests[action.slot];
  const bool moves = action.kind == ActionKind::kMoveQueued || action.kind == ActionKind::kMigrate;
  if (moves && (state.ended || state.request == kNoIndex)) return;  // it has left: nothing to move
  if (action.kind == ActionKind::kMoveQueued) {
    turn_to(parts, action.slot);
    return move_queued(parts, action.slot, action.instance, action.believed_tokens);
  }
  if (action.kind == ActionKind::kMigrate) return migrate(parts, action.slot, action.instance);
  const bool decides = action.slot == parts.asked.decision.slot && !state.ended &&
                       (parts.asked.decision.hook == Hook::kArrival ||
                        parts.asked.decision.hook == Hook::kPrefillDone);
  // It has left the router's queue (its client gave up), and the policy is yet to hear of it.
  if (!decides && !state.queued && (state.ended || state.request == kNoIndex)) return;
  require(decides || (state.queued && state.replica == parts.asked.decision.replica),
          "an action is about the decision's request or one in the router's own queue");
  if (action.kind == ActionKind::kPlaceDecode) {
    require(parts.asked.decision.hook == Hook::kPrefillDone && decides,
            "place decode answers prefill done");
    return place_decode(parts, action.slot, action.decode_instance);
  }
  if (decides && parts.asked.decision.hook == Hook::kPrefillDone) {
    require(action.kind == ActionKind::kReject, "prefill done is answered with place decode");
    reject(parts, action.slot, action.refusal);
    return let_go(parts, action.slot);
  }
  if (action.kind == ActionKind::kQueue) return keep_queued(parts, action.slot, action.order);
  if (state.queued) {
    unqueue(parts, action.slot);
    room_freed(parts, parts.asked.decision.replica);  // the next in the queue may fit as well
  }
  if (action.kind == ActionKind::kReject) return reject(parts, action.slot, action.refusal);
  turn_to(parts, action.slot);
  if (action.kind == ActionKind::kPrefillLocally) {
    require(parts.split && action.decode_instance >= parts.cluster.entry_instances(),
            "prefill locally names a decode instance");
    state.decode_instance = action.decode_instance;
    return place_entry(parts, action.slot, action.decode_instance, action.believed_tokens);
  }
  require(action.instance < parts.cluster.entry_instances(), "place names an entry instance");
  if (action.kind == ActionKind::kPlacePair) state.decode_instance = action.decode_instance;
  place_entry(parts, action.slot, action.instance, action.believed_tokens);
}

}  // namespace

void apply_answer(Parts& parts, const std::vector<Action>& actions) {
  require(parts.asked.open, "apply_answer(parts) answers a decision");
  parts.view.attach(parts.cluster);
  if (parts.record.decisions.on()) {
    AnswerWriter(parts.record.decisions, parts.view, parts.cluster, parts.asked.decision,
                 parts.asked.view_slot)
        .write(actions, parts.requests, parts.views);
  }
  parts.asked.open = false;
  const bool asked = parts.asked.decision.hook == Hook::kArrival ||
                     parts.asked.decision.hook == Hook::kPrefillDone;
  bool answered = !asked;
  for (const Action& action : actions) {
    answered = answered || action.slot == parts.asked.decision.slot;
    act(parts, action);
  }
  require(answered, "a policy answers every request with an action");
}

void unqueue(Parts& parts, SlotId slot) { parts.gateway.queue.remove(parts.requests[slot]); }

}  // namespace pigou
