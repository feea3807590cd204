// A periodic snapshot of instance gauges, evaluated lazily: staleness costs nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"
#include "core/random_stream.hpp"

namespace pigou {

/// Instance i publishes its gauges at phase_i + k * period; a router sees them `delay` later, so
/// value(t) = true(last tick <= t - delay). Kept as a ring of 1 + ceil(delay / period) values per
/// instance; ticks passed are evaluated when the instance is about to change or is read.
class StalenessRing {
 public:
  StalenessRing() = default;
  /// One phase per instance, each below the period. `adapter_words`: 64-bit words of the sets of
  /// LoRA adapters that a snapshot has too, 0: none.
  StalenessRing(std::vector<SimTime> phases, SimTime period, SimTime delay,
                std::uint32_t adapter_words = 0);
  /// Phases by a draw of `seed`. `polled`: all instances share one, as when one poller asks them
  /// all.
  StalenessRing(std::uint32_t instances, SimTime period, SimTime delay, std::uint64_t seed,
                bool polled = false, std::uint32_t adapter_words = 0);

  bool active() const { return period_.ps > 0; }
  SimTime next_tick(InstanceId instance) const {
    return {phase_[instance].ps + next_[instance] * period_.ps};
  }
  /// Takes the snapshots of all ticks <= `until`; `instance` has not changed since the last one.
  void catch_up(InstanceId instance, const Cluster& cluster, SimTime until);
  /// What a router sees at `now`; all zero before the first snapshot has arrived.
  Gauges read(InstanceId instance, SimTime now) const;
  /// The same of AdapterBook::sets; empty before the first snapshot has arrived.
  std::span<const std::uint64_t> read_adapters(InstanceId instance, SimTime now) const;
  /// Number of the snapshot a router sees at `now`; -1 before the first has arrived.
  std::int64_t tick_seen(InstanceId instance, SimTime now) const {
    const std::int64_t since = now.ps - delay_.ps - phase_[instance].ps;
    return since < 0 ? -1 : since / period_.ps;
  }
  /// Calls visit(instance) for every instance of which a newer snapshot has arrived since the last
  /// call, so that reading all instances costs what has changed. `now` never falls. Calls
  /// ahead(instance) some visits before, for prefetching.
  template <class Visit, class Ahead>
  void for_arrived(SimTime now, Visit visit, Ahead ahead) {
    while (next_arrival_ <= now) {
      const std::size_t later = position_ + kAhead;
      if (later < order_.size()) ahead(order_[later]);
      visit(order_[position_]);
      if (++position_ == order_.size()) {
        position_ = 0;
        // Laps nobody looked at end in the same values.
        lap_ = std::max(lap_ + 1, (now.ps - delay_.ps) / period_.ps - 1);
      }
      next_arrival_ = {phase_[order_[position_]].ps + lap_ * period_.ps + delay_.ps};
    }
  }

 private:
  static constexpr std::size_t kAhead = 8;

  std::size_t place(InstanceId instance, std::int64_t tick) const {
    return static_cast<std::size_t>(instance * ring_ + tick % ring_);
  }

  SimTime period_;
  SimTime delay_;
  std::int64_t ring_ = 1;
  std::vector<SimTime> phase_;
  std::vector<std::int64_t> next_;  ///< number of the next tick
  std::vector<Gauges> values_;      ///< [instance][tick mod ring]
  std::uint32_t adapter_words_ = 0;
  std::vector<std::uint64_t> adapters_;  ///< [instance][tick mod ring][word]
  std::vector<InstanceId> order_;        ///< by phase
  std::size_t position_ = 0;             ///< in order_, of the next snapshot to arrive
  std::int64_t lap_ = 0;
  SimTime next_arrival_ = kNever;
};

}  // namespace pigou
