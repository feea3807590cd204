// Circuit breakers: router replicas stop sending to an instance that keeps losing requests.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/event_tree.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "routing/lost_requests.hpp"
#include "simulation/fifo.hpp"

namespace pigou {

/// One breaker per router replica and instance, each counting what its replica has heard. None of
/// them until the rule has a limit: then all instances are allowed. The next open one to be through
/// is an event of the source given.
class Breakers {
 public:
  enum class State : std::uint8_t { kClosed, kOpen, kHalfOpen };
  /// An open breaker's end.
  struct Due {
    SimTime time;
    ReplicaId replica = 0;
    InstanceId instance = 0;
  };

  Breakers() = default;
  Breakers(const BreakerRule& rule, std::uint32_t replicas, std::uint32_t instances,
           std::uint32_t source = 0);

  bool on() const { return !all_.empty(); }
  /// Whether the replica may send there: closed or half-open.
  bool allows(ReplicaId replica, InstanceId instance) const {
    return all_.empty() || all_[at(replica, instance)].state != State::kOpen;
  }
  /// The first token of a request, or what answers in its place, reaches its replica at `time`,
  /// never before one reported earlier; counted by the first call below at `time` or later.
  void succeeds(SimTime time, ReplicaId replica, InstanceId instance) {
    successes_.push({time, replica, instance});
  }
  /// A loss that the replica hears of. True when that opens the breaker.
  bool fails(SimTime now, ReplicaId replica, InstanceId instance);
  /// When the next open breaker is through; kNever when none is open.
  SimTime next() { return ends_.empty() ? kNever : ends_.front().time; }
  /// Sets the source's event to it.
  void arm(EventTree& events) {
    next() == kNever ? events.cancel(source_) : events.set(source_, next(), Phase::kTimer);
  }
  /// That one half-opens; nothing if it was replaced meanwhile.
  std::optional<Due> end_next();
  /// The instance is another one from now on: all its breakers are new.
  void replace(SimTime now, InstanceId instance);
  State state(ReplicaId replica, InstanceId instance) const {
    return all_[at(replica, instance)].state;
  }

 private:
  struct Breaker {
    State state = State::kClosed;
    std::uint32_t failures = 0;  ///< running
    std::uint32_t successes = 0;
    SimTime opened;
  };

  std::size_t at(ReplicaId replica, InstanceId instance) const {
    return static_cast<std::size_t>(replica) * instances_ + instance;
  }
  void count_successes(SimTime until);

  BreakerRule rule_;
  SimTime open_time_;
  std::uint32_t instances_ = 0;
  std::uint32_t source_ = 0;
  std::vector<Breaker> all_;
  Fifo<Due> ends_;       ///< all stay open equally long: in order
  Fifo<Due> successes_;  ///< on their way to their replicas
};

}  // namespace pigou
