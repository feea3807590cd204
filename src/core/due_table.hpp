// When something is due at each of many places, and who is due by now.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace pigou {

/// One time for each of n places, kNever where nothing is due. Setting one is O(1); taking
/// what is due costs a look at n / kBlock blocks, and at the places of those where it may be. For
/// what need not come in order of time: an EventTree gives that, for a climb at each set.
class DueTable {
 public:
  DueTable() = default;
  explicit DueTable(std::uint32_t places)
      : due_(places, kNever), soonest_((places + kBlock - 1) / kBlock, kNever) {}

  SimTime due(std::uint32_t place) const { return due_[place]; }
  void set(std::uint32_t place, SimTime time) {
    due_[place] = time;
    SimTime& soonest = soonest_[place / kBlock];
    soonest = std::min(soonest, time);
  }
  /// Appends the places where something is due by `time`, in order. It is taken: nothing is due
  /// there until the next set().
  void take_due(SimTime time, std::vector<std::uint32_t>& places) {
    for (std::size_t b = 0; b < soonest_.size(); ++b) {
      if (soonest_[b] > time) continue;
      const auto first = static_cast<std::uint32_t>(b * kBlock);
      const auto end = std::min(first + kBlock, static_cast<std::uint32_t>(due_.size()));
      SimTime soonest = kNever;
      for (std::uint32_t place = first; place < end; ++place) {
        if (due_[place] <= time) {
          places.push_back(place);
          due_[place] = kNever;
        }
        soonest = std::min(soonest, due_[place]);
      }
      soonest_[b] = soonest;
    }
  }

 private:
  static constexpr std::uint32_t kBlock = 16;  ///< two cache lines of times

  std::vector<SimTime> due_;
  std::vector<SimTime> soonest_;  ///< by block: nothing there is due earlier
};

}  // namespace pigou
