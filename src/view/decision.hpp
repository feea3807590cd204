// Hooks and actions: what a router is asked and what it may answer, as plain records.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace pigou {

/// When a policy is asked.
enum class Hook : std::uint8_t {
  kArrival,      ///< a request has come in: place, place a pair, queue or reject it
  kPrefillDone,  ///< its prefill is done and no decode side was chosen: place decode
  kRoomFreed,    ///< a prefill or a request ended while some wait in the router's own queue
  /// The time the policy asked for with kSetTimer. About the first of its own queue, if one waits.
  kTimer,
  // Notifications, for policies that ask for them (ViewNeeds). They may answer nothing, or act on
  // requests in their own queue.
  kFirstToken,  ///< prefill of `request` on `instance` is done
  /// `request` has left `instance` for good, whatever its outcome: its last token, an error, the
  /// client's giving up, the instance's failure. In a split cluster the instance it was last
  /// placed on; kNoIndex if it left the router's own queue. Not for what the policy rejected.
  kFinish,
  kInstanceChange,  ///< `instance` joined, drains, failed or recovered: see RouterView::available
  kPeerPlaced,      ///< another replica placed `request` on `instance`; with replica sync only
  // Whoever drives the simulation answers these, no decide() sees them.
  kParameterChange,  ///< `parameter` of the policy becomes `value`: Policy::set
  kControlTick,      ///< the controller's: Simulation::reading, Simulation::control
};

struct Decision {
  Hook hook = Hook::kArrival;
  SimTime time;
  RequestId request = kNoIndex;        ///< number in the workload
  SlotId slot = kNoIndex;              ///< the simulation's handle of the request
  ReplicaId replica = 0;               ///< router replica that takes the decision
  InstanceId instance = kNoIndex;      ///< kPrefillDone: where it was prefilled; notifications
  std::uint32_t attempt = 0;           ///< > 0: placed before, its instance failed or drained
  std::uint32_t parameter = kNoIndex;  ///< kParameterChange: place in its declarations
  double value = 0;
};

enum class ActionKind : std::uint8_t {
  kPlace,           ///< send to `instance` (aggregated), or prefill there and choose decode later
  kPlacePair,       ///< prefill on `instance`, decode on `decode_instance`
  kPlaceDecode,     ///< decode on `decode_instance` (after kPrefillDone)
  kQueue,           ///< keep in the router's queue at `order`; asked again when room is freed
  kReject,          ///< answer with an error
  kMoveQueued,      ///< take it out of its engine's waiting queue and send it to `instance`
  kMigrate,         ///< move it with its KV to `instance` at its next step boundary
  kPrefillLocally,  ///< split: prefill and decode on decode instance `decode_instance`
  /// Ask again with kTimer at `order` ps (the past: as soon as time goes on; below 0: never). One
  /// timer per replica, no slot; setting it again moves it.
  kSetTimer,
  kReplicatePrefix,  ///< understood and answered with a clear error until built
};

/// What a router answers with when it rejects, for the count of rejections by reason.
enum class Refusal : std::uint8_t {
  kUnsaid,      ///< the policy has one kind of rejection
  kQueueFull,   ///< its queue holds its limit: Dynamo's HTTP 529
  kOverloaded,  ///< all it may go to are above a busy threshold: Dynamo's HTTP 529 as well
};

/// An action may be about the decision's request or any other that waits in the router's own queue
/// (kPlace, kPlacePair, kQueue, kReject) or is placed (kMoveQueued, kMigrate).
struct Action {
  ActionKind kind = ActionKind::kPlace;
  SlotId slot = kNoIndex;  ///< request the action is about
  InstanceId instance = kNoIndex;
  InstanceId decode_instance = kNoIndex;
  std::int64_t order = 0;  ///< kQueue: smaller leaves first, ties by arrival; kSetTimer: when
  /// Tokens of the prompt that a belief of the policy's own says `instance` holds, for counting
  /// phantom and missed hits and for booking; -1: what the view's belief says.
  std::int64_t believed_tokens = -1;
  Refusal refusal = Refusal::kUnsaid;  ///< kReject
};

/// Name for messages.
const char* action_name(ActionKind kind);
/// Name in `requests.rejected_by`.
const char* refusal_name(Refusal refusal);

}  // namespace pigou
