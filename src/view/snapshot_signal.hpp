// A periodic snapshot of instance gauges, evaluated lazily: staleness costs nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/random.hpp"

namespace pigou {

/// Instance i publishes its gauges at phase_i + k * period; a router sees them `delay` later, so
/// value(t) = true(last tick <= t - delay). Kept as a ring of 1 + ceil(delay / period) values per
/// instance; ticks passed are evaluated when the instance is about to change or is read.
class SnapshotSignal {
 public:
  SnapshotSignal() = default;
  SnapshotSignal(std::uint32_t instances, SimTime period, SimTime delay, std::uint64_t seed);

  bool active() const { return period_.ps > 0; }
  SimTime next_tick(std::uint32_t instance) const {
    return {phase_[instance].ps + next_[instance] * period_.ps};
  }
  /// Takes the snapshots of all ticks <= `until`; `instance` has not changed since the last one.
  void catch_up(std::uint32_t instance, const Cluster& cluster, SimTime until);
  /// What a router sees at `now`; all zero before the first snapshot has arrived.
  Gauges read(std::uint32_t instance, SimTime now) const;

 private:
  SimTime period_;
  SimTime delay_;
  std::int64_t ring_ = 1;
  std::vector<SimTime> phase_;
  std::vector<std::int64_t> next_;  ///< number of the next tick
  std::vector<Gauges> values_;      ///< [instance][tick mod ring]
};

}  // namespace pigou
