// A question on its way to a router.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "view/decision.hpp"

namespace pigou {

/// A question to a router replica: at once, or when its server is free. It is out of date when the
/// slot has another request or attempt by then.
struct Ask {
  Hook hook = Hook::kArrival;
  SlotId slot = kNoIndex;
  RequestId request = kNoIndex;
  std::uint32_t attempt = 0;
  InstanceId instance = kNoIndex;
  ReplicaId replica = 0;
  SimTime since;             ///< when it joined its server's queue
  std::uint32_t change = 0;  ///< kParameterChange: its number among those applied
};

}  // namespace pigou
