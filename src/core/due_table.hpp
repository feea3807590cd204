// When something is due at each of many places, and who is due by now.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace pigou {

/// One time for each of n places, kNever where nothing is due. Setting one is O(1); taking what is
/// due costs a look at each kBlock^2 places, and at the blocks and places of those where it may be.
/// For what need not come in order of time: an EventTree gives that, for a climb at each set.
class DueTable {
 public:
  DueTable() = default;
  explicit DueTable(std::uint32_t places)
      : due_(places, kNever),
        soonest_(blocks_of(places), kNever),
        soonest_of_blocks_(blocks_of(blocks_of(places)), kNever) {}

  SimTime due(std::uint32_t place) const { return due_[place]; }
  void set(std::uint32_t place, SimTime time) {
    due_[place] = time;
    SimTime& soonest = soonest_[place / kBlock];
    if (time >= soonest) return;
    soonest = time;
    SimTime& of_blocks = soonest_of_blocks_[place / kBlock / kBlock];
    of_blocks = std::min(of_blocks, time);
  }
  /// Appends the places where something is due by `time`, in order. It is taken: nothing is due
  /// there until the next set().
  void take_due(SimTime time, std::vector<std::uint32_t>& places) {
    for (std::size_t group = 0; group < soonest_of_blocks_.size(); ++group) {
      if (soonest_of_blocks_[group] > time) continue;
      const std::size_t end = std::min((group + 1) * kBlock, soonest_.size());
      SimTime soonest = kNever;
      for (std::size_t block = group * kBlock; block < end; ++block) {
        if (soonest_[block] <= time) take_due_of(block, time, places);
        soonest = std::min(soonest, soonest_[block]);
      }
      soonest_of_blocks_[group] = soonest;
    }
  }

 private:
  static constexpr std::uint32_t kBlock = 16;  ///< two cache lines of times
  static constexpr std::uint32_t blocks_of(std::uint32_t entries) {
    return (entries + kBlock - 1) / kBlock;
  }

  void take_due_of(std::size_t block, SimTime time, std::vector<std::uint32_t>& places) {
    const auto first = static_cast<std::uint32_t>(block * kBlock);
    const auto end = std::min(first + kBlock, static_cast<std::uint32_t>(due_.size()));
    SimTime soonest = kNever;
    for (std::uint32_t place = first; place < end; ++place) {
      if (due_[place] <= time) {
        places.push_back(place);
        due_[place] = kNever;
      }
      soonest = std::min(soonest, due_[place]);
    }
    soonest_[block] = soonest;
  }

  std::vector<SimTime> due_;
  std::vector<SimTime> soonest_;            ///< by block: nothing there is due earlier
  std::vector<SimTime> soonest_of_blocks_;  ///< the same by kBlock blocks
};

}  // namespace pigou
