// The gateway's records: questions waiting for a router, calls and reports on their way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "simulation/ask.hpp"
#include "simulation/fifo.hpp"
#include "view/view.hpp"

namespace pigou {

/// A call on its way from the gateway to an engine.
struct Delivery {
  SimTime time;
  std::uint64_t number = 0;  ///< of the delivery: sends of one instant arrive in order
  std::uint32_t slot = kNoIndex;
  std::uint32_t attempt = 0;
  bool decode = false;
  bool operator>(const Delivery& other) const {
    return time != other.time ? time > other.time : number > other.number;
  }
};
using Deliveries = std::priority_queue<Delivery, std::vector<Delivery>, std::greater<>>;

/// What an engine's answer tells the replica that sent the request.
struct Report {
  enum class Kind : std::uint8_t {
    kFirstToken,  ///< prefill is done: its tokens are no longer queued
    kHandOff,     ///< the prefill side is done with it; the decode side may have to be chosen
    kEnd,         ///< it has left, and with it all that was booked
    kLost,        ///< the same, because its instance failed: it may be tried again
  };
  Kind kind = Kind::kEnd;
  bool acted_on = false;  ///< an ActedReport says how; else only the replica's books follow
  std::uint32_t replica = 0;
  std::uint32_t request = kNoIndex;
  SimTime time;  ///< when the replica hears of it
  Booking entry, decode;
};

/// The same for a report that somebody acts on: an event of its own, and its slot is held.
struct ActedReport {
  SimTime time;
  Ask ask;
  bool asks = false;  ///< kHandOff: choose the decode side; else: tell the policy
};

/// What one replica tells the others: a booking made, its prefill done, or taken back.
struct PeerNews {
  enum class Kind : std::uint8_t { kAdd, kPrefillDone, kRelease };
  Kind kind = Kind::kAdd;
  SimTime time;
  std::uint32_t request = kNoIndex;
  std::uint32_t slot = kNoIndex;
  std::uint32_t replica = 0;  ///< whose news it is
  Booking booking;
};

/// One router replica: decides one request after the other, `gateway.decision_s` each.
struct RouterServer {
  Fifo<Ask> queue;
  bool busy = false;
  std::uint32_t queued = 0;  ///< requests in the policy's own queue
  bool room_freed = false;   ///< kRoomFreed is to be asked
  bool room_asked = false;   ///< and waits in `queue`
};

}  // namespace pigou
