// Hooks and actions: what a router is asked and what it may answer, as plain records.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace pigou {

/// When a policy is asked.
enum class Hook : std::uint8_t {
  kArrival,         ///< a request has come in: place, place a pair, queue or reject it
  kPrefillDone,     ///< its prefill is done and no decode side was chosen: place decode
  kRoomFreed,       ///< a prefill or a request ended while some wait in the router's own queue
  kTimer,           ///< a time the policy asked for
  kFirstToken,      ///< notification only
  kFinish,          ///< notification only
  kInstanceChange,  ///< notification only
};

struct Decision {
  Hook hook = Hook::kArrival;
  SimTime time;
  std::uint32_t request = kNoIndex;   ///< number in the workload
  std::uint32_t slot = kNoIndex;      ///< the simulation's handle of the request
  std::uint32_t replica = 0;          ///< router replica that takes the decision
  std::uint32_t instance = kNoIndex;  ///< kPrefillDone: where it was prefilled
};

enum class ActionKind : std::uint8_t {
  kPlace,        ///< send to `instance` (aggregated), or prefill there and choose decode later
  kPlacePair,    ///< prefill on `instance`, decode on `decode_instance`
  kPlaceDecode,  ///< decode on `decode_instance` (after kPrefillDone)
  kQueue,        ///< keep in the router's queue at `order`; asked again when room is freed
  kReject,       ///< answer with an error
  kMoveQueued,   ///< the rest is understood and answered with a clear error until built
  kMigrate,
  kReplicatePrefix,
  kPrefillLocally,
  kSetParameter,
};

struct Action {
  ActionKind kind = ActionKind::kPlace;
  std::uint32_t slot = kNoIndex;  ///< request the action is about
  std::uint32_t instance = kNoIndex;
  std::uint32_t decode_instance = kNoIndex;
  std::int64_t order = 0;  ///< kQueue: smaller leaves first, ties by arrival
};

/// Name for messages.
const char* action_name(ActionKind kind);

}  // namespace pigou
