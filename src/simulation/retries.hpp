// A lost request waits in the gateway until it goes through the router again. docs/fleet.md.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "core/event_tree.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "routing/lost_requests.hpp"
#include "simulation/ask.hpp"
#include "simulation/config.hpp"
#include "simulation/fifo.hpp"

namespace pigou {

/// The wait before retry `k` (0 is the first), `uniform` in [0, 1) drawing its jitter.
SimTime retry_delay(const RetryBackoff& backoff, std::uint32_t k, double uniform);

/// Who waits in the gateway for another attempt: those that back off, by the time they go out (ties
/// in order of their losses), and those held until somebody takes requests, in order of coming. The
/// next back-off to end is an event of the source given. A draw is named by request and retry, so
/// none moves another.
class Retries {
 public:
  Retries() = default;
  Retries(const FleetConfig& fleet, std::uint64_t seed, std::uint32_t source)
      : rule_(fleet.retry),
        limit_(fleet.retries),
        wait_for_somebody_(fleet.waits_for_somebody),
        backoff_(fleet.backoff),
        seed_(seed),
        source_(source) {}

  /// Whether a request that has lost `attempt` placements goes out once more; `streamed`: its
  /// client has a token.
  bool allows(std::uint32_t attempt, bool streamed) const;
  /// How long it backs off before that.
  SimTime delay(RequestId request, std::uint32_t attempt) const;
  /// `slot` backs off until then.
  void wait(SlotId slot, SimTime until, EventTree& events);
  /// The slot whose back-off has just ended.
  SlotId take(EventTree& events);

  /// Whether requests are held while nobody takes any; else each attempt then is a lost one.
  bool wait_for_somebody() const { return wait_for_somebody_; }
  void hold(const Ask& ask) { held_.push(ask); }
  bool holds() const { return !held_.empty(); }
  /// The one held longest is no longer.
  Ask release() { return held_.pop(); }

 private:
  struct Retry {
    SimTime time;
    std::uint64_t number = 0;  ///< of the retry
    SlotId slot;
    bool operator>(const Retry& other) const {
      return time != other.time ? time > other.time : number > other.number;
    }
  };

  RetryRule rule_ = RetryRule::kBeforeFirstToken;
  std::uint32_t limit_ = 0;
  bool wait_for_somebody_ = true;
  RetryBackoff backoff_;
  std::uint64_t seed_ = 0;
  std::uint32_t source_ = 0;
  std::priority_queue<Retry, std::vector<Retry>, std::greater<>> backing_off_;
  std::uint64_t next_number_ = 0;
  Fifo<Ask> held_;
};

}  // namespace pigou
