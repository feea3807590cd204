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
  std::uint32_t slot = kNoIndex;
  std::uint32_t request = kNoIndex;
  std::uint32_t attempt = 0;
  std::uint32_t instance = kNoIndex;  ///< kParameterChange: number of the change
  std::uint32_t replica = 0;
  SimTime since;  ///< when it joined its server's queue
};

}  // namespace pigou
