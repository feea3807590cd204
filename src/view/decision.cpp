#include "view/decision.hpp"

namespace pigou {

const char* action_name(ActionKind kind) {
  switch (kind) {
    case ActionKind::kPlace:
      return "place";
    case ActionKind::kPlacePair:
      return "place pair";
    case ActionKind::kPlaceDecode:
      return "place decode";
    case ActionKind::kQueue:
      return "queue";
    case ActionKind::kReject:
      return "reject";
    case ActionKind::kMoveQueued:
      return "move queued call";
    case ActionKind::kMigrate:
      return "migrate";
    case ActionKind::kReplicatePrefix:
      return "replicate prefix";
    case ActionKind::kPrefillLocally:
      return "prefill locally";
    case ActionKind::kSetTimer:
      return "set timer";
  }
  return "unknown";
}

const char* refusal_name(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnsaid:
      return "router";
    case Refusal::kQueueFull:
      return "queue_limit_529";
    case Refusal::kOverloaded:
      return "overloaded_529";
  }
  return "router";
}

}  // namespace pigou
