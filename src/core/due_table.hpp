// When something is due at each of many places, and visits to those where it is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"

namespace pigou {

/// One time for each of n places, kNever where nothing is due. Setting one is O(1); a visit costs a
/// look at n / kBlock blocks, and at the places of those blocks where something may be due. For
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
  /// Calls visit(place), which sets when something is due there next, for every place where it is
  /// by `time`, in order of places.
  template <class Visit>
  void for_due(SimTime time, Visit visit) {
    for (std::size_t b = 0; b < soonest_.size(); ++b) {
      if (soonest_[b] > time) continue;
      const auto first = static_cast<std::uint32_t>(b * kBlock);
      const auto end = std::min(first + kBlock, static_cast<std::uint32_t>(due_.size()));
      SimTime soonest = kNever;
      for (std::uint32_t place = first; place < end; ++place) {
        if (due_[place] <= time) visit(place);
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
