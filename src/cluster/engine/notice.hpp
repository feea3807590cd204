// What engines tell the simulation.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace pigou {

/// What the engine tells the simulation, in order, drained after every engine call.
struct Notice {
  enum class Kind : std::uint8_t {
    kAdmitted,  ///< first time on a seat (or its blocks reserved); value: hit tokens
    kToken,     ///< emitted its first token on this engine, or its first since it was resumed
    kFinished,  ///< emitted its last token; a prefill call is pinned now, others are gone
    kPreempted,
    kTransferWanted,  ///< decode blocks are reserved; value: prompt tokens to move
    kAborted,         ///< left because its client gave up
    kLost,            ///< its instance failed; value: tokens generated so far
    kDeparted,        ///< left to go on elsewhere; value as above
  };
  Kind kind;
  CallId call;
  std::uint64_t value;
};

}  // namespace pigou
