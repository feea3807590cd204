// Which instances are there, and what will change. docs/fleet.md.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "core/event_tree.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "simulation/config.hpp"

namespace pigou {

enum class InstanceState : std::uint8_t {
  kUp,
  kDraining,  ///< finishes what it has
  kBooting,
  kDown,  ///< nobody answers there
};

/// Something the fleet will do.
struct FleetDue {
  enum class Kind : std::uint8_t { kJoin, kDrain, kFail, kRecover, kBooted, kDetected };
  static constexpr std::uint32_t kAnyEpoch = UINT32_MAX;

  SimTime time;
  std::uint32_t number = 0;  ///< scenario's events of one instant go in their order
  Kind kind = Kind::kFail;
  InstanceId instance = 0;
  /// Void once the instance's state has changed since; kDetected: once it has been up since.
  std::uint32_t epoch = kAnyEpoch;
  bool starts() const {
    return kind == Kind::kJoin || kind == Kind::kRecover || kind == Kind::kBooted;
  }
  bool operator>(const FleetDue& other) const {
    return time != other.time ? time > other.time : number > other.number;
  }
};

/// The instances' states, what is due to change them, and what routers have heard. Every change of
/// state makes what was due for the state before void. A fleet without events, absences,
/// failures and a controller never changes and keeps nothing. The next change is an event of the
/// source given.
class Fleet {
 public:
  Fleet() = default;
  /// Plans the scenario's events and the first failure by chance of whoever is up. Throws
  /// InternalError where the configuration names no instance.
  /// `controlled`: somebody may change it at any time.
  Fleet(const FleetConfig& config, std::uint32_t entries, std::uint32_t instances,
        std::uint64_t seed, std::uint32_t source, bool controlled = false);

  bool changes() const { return !members_.empty(); }
  std::uint32_t instances() const { return static_cast<std::uint32_t>(members_.size()); }
  /// Whether a call that arrives at `instance` finds an engine.
  bool serves(InstanceId instance) const {
    return members_.empty() || members_[instance].state <= InstanceState::kDraining;
  }
  InstanceState state(InstanceId instance) const { return members_[instance].state; }
  /// Whether any instance finishes what it has, to be down afterwards.
  bool draining() const { return draining_ > 0; }

  /// Sets the source's event to the next change.
  void arm(EventTree& events) const;
  /// Nobody cares for changes any more.
  void disarm(EventTree& events) const { events.cancel(source_); }
  /// The change that is due; arm() again once it is done.
  FleetDue take();
  /// Whether the instance's state has changed since it was planned, so that nothing happens.
  bool is_void(const FleetDue& due) const;
  void enter(InstanceId instance, InstanceState state, SimTime now);
  /// It boots. True: that takes no time, and it is for the caller to let it come up.
  bool start_up(InstanceId instance, SimTime now);
  /// It is down. True: routers notice at once; else that is a change to come.
  bool fail(InstanceId instance, SimTime now);
  /// By chance, if mtbf_s is set.
  void plan_failure(InstanceId instance, SimTime now);
  void plan_repair(InstanceId instance, SimTime now);

  /// Routers hear that the instance takes requests, or that it does not. False: they knew.
  bool hear(InstanceId instance, bool available);
  /// What they have heard last, breakers aside.
  bool taken_for_up(InstanceId instance) const { return members_[instance].taken_for_up; }
  /// By instance the same; empty for a fleet that never changes, whose instances are all up.
  std::vector<std::uint8_t> all_taken_for_up() const;
  /// A whole side is taken for away.
  bool side_away() const { return away(0) || away(1); }
  /// The same, and nothing that is due and nobody brings anyone back.
  bool hopeless() const;
  /// Nobody will change it any more.
  void leave_alone() { controlled_ = false; }
  /// By instance the time up until `end`; empty for a fleet that never changes.
  std::vector<std::int64_t> up_ps(SimTime end) const;

 private:
  struct Member {
    InstanceState state = InstanceState::kUp;
    bool taken_for_up = true;
    std::uint32_t epoch = 0;     ///< changes of state so far
    std::uint32_t times_up = 0;  ///< of them, those to kUp
    std::uint32_t draws = 0;     ///< of the random failure process
    SimTime changed;             ///< when it last began or ceased to be up
    std::int64_t up_ps = 0;      ///< time up before that
  };

  std::uint32_t side_of(InstanceId instance) const { return instance < entries_ ? 0 : 1; }
  bool away(std::uint32_t side) const;
  void plan(FleetDue due);
  SimTime drawn_span(InstanceId instance, double mean_s);

  FleetConfig config_;
  std::uint64_t seed_ = 0;
  std::uint32_t entries_ = 0;
  std::uint32_t source_ = 0;
  bool controlled_ = false;
  std::vector<Member> members_;
  std::priority_queue<FleetDue, std::vector<FleetDue>, std::greater<>> due_;
  std::uint32_t next_number_ = 0;
  std::uint32_t draining_ = 0;
  // Of the entry and the decode side.
  std::array<std::uint32_t, 2> coming_{};  ///< due to start up
  std::array<std::uint32_t, 2> missed_{};  ///< taken for away
};

}  // namespace pigou
