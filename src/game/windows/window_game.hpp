// A window of arrivals that choose instances one after the other, with the state frozen.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// Members in order of arrival. A member pays the backlog of the instance it goes to, the work
/// there of the members ahead of it, and its own. Invariants: nothing is below 0 and all of a
/// window's costs add up below kMostWindowCost.
struct WindowGame {
  std::size_t members = 0, instances = 0;
  std::vector<std::int64_t> backlog_ns;  ///< by instance
  std::vector<std::int64_t> work_ns;     ///< members x instances

  std::int64_t work(std::size_t member, std::size_t instance) const {
    return work_ns[member * instances + instance];
  }
};

inline constexpr std::int64_t kMostWindowCost = std::int64_t{1} << 60;

/// Where each member goes: the instance's place in the game.
using WindowPlacement = std::vector<InstanceId>;

/// What all members pay together.
std::int64_t window_cost(const WindowGame& game, const WindowPlacement& placement);

/// Each takes the cheapest instance given those ahead, the first of equals. As costs depend on
/// members ahead alone, no other placement is an equilibrium but for ties.
WindowPlacement greedy_placement(const WindowGame& game);

/// Whether no member pays less elsewhere while all others stay.
bool is_equilibrium(const WindowGame& game, const WindowPlacement& placement);

/// The least that all can pay together.
struct WindowOptimum {
  WindowPlacement placement;  ///< the best found
  std::int64_t cost_ns = 0;   ///< what it costs
  std::int64_t bound_ns = 0;  ///< no placement costs less; equal to the cost where exact
  bool exact() const { return cost_ns == bound_ns; }
};

/// Branch and bound from the last member to the first, for as many nodes as `most_nodes`; beyond
/// that, the best of a local search from `start` (moves of one member, exchanges of two) and the
/// greedy placement, with a lower bound: as if the order were free, which an assignment of members
/// to places from the end solves (Horn, Operations Research 21, 1973).
WindowOptimum window_optimum(const WindowGame& game, const WindowPlacement& start,
                             std::uint64_t most_nodes = 200'000);

}  // namespace pigou
