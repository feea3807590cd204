// Which instances are there, and what will change: the records of docs/fleet.md.
#pragma once

#include <array>
#include <cstdint>
#include <queue>
#include <vector>

#include "core/time.hpp"

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
  std::uint32_t instance = 0;
  /// Void once the instance's state has changed since; kDetected: once it has been up since.
  std::uint32_t epoch = kAnyEpoch;
  bool starts() const {
    return kind == Kind::kJoin || kind == Kind::kRecover || kind == Kind::kBooted;
  }
  bool operator>(const FleetDue& other) const {
    return time != other.time ? time > other.time : number > other.number;
  }
};

struct Fleet {
  std::vector<InstanceState> state;     ///< empty: a fleet that never changes
  std::vector<std::uint32_t> epoch;     ///< changes of state so far
  std::vector<std::uint32_t> times_up;  ///< of them, those to kUp
  std::vector<SimTime> changed;         ///< when it last began or ceased to be up
  std::vector<std::int64_t> up_ps;      ///< time up before that
  std::vector<std::uint32_t> draws;     ///< of the random failure process
  std::priority_queue<FleetDue, std::vector<FleetDue>, std::greater<>> due;
  std::uint32_t next_number = 0;
  std::uint32_t draining = 0;
  std::array<std::uint32_t, 2> coming{};   ///< due to start up, of the entry and decode side
  std::vector<std::uint8_t> taken_for_up;  ///< what routers have heard, breakers aside
  std::array<std::uint32_t, 2> missed{};   ///< taken for away, of the entry and decode side

  bool changes() const { return !state.empty(); }
  /// Whether a call that arrives at `instance` finds an engine.
  bool serves(std::uint32_t instance) const {
    return state.empty() || state[instance] <= InstanceState::kDraining;
  }
};

}  // namespace pigou
