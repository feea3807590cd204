// How far apart the loads of a side's instances are, and who has the least: what the cache_aware
// rules ask before every choice, in one vectorised pass.
#pragma once

#include <cstdint>
#include <vector>

#include "routing/parts/fleet_side.hpp"
#include "routing/parts/lowest_counts.hpp"

namespace pigou {

/// Requests in flight on the usable instances of one side, as of the last measure().
class LoadSpread {
 public:
  void measure(const InstanceColumns& columns);

  /// Of all usable instances; 0 and 0 where nobody is.
  std::int64_t least() const { return nobody() ? 0 : least_; }
  std::int64_t most() const { return nobody() ? 0 : most_; }

  /// The first instance with the least; 0 where nobody is usable. `columns` as measured.
  std::uint32_t first_least(const InstanceColumns& columns) const;
  /// The same, but of those with the least the one with the lowest count.
  std::uint32_t first_least(const InstanceColumns& columns, LowestCounts& counts) const;

 private:
  bool nobody() const { return least_ > most_; }

  std::int64_t least_ = 0, most_ = -1;
  std::vector<std::int64_t> block_least_;  ///< of LowestCounts::kBlock instances each
};

}  // namespace pigou
