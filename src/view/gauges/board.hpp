// The gauges a router sees: of every instance the newest snapshot that has arrived, as columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"
#include "view/columns.hpp"
#include "view/gauges/staleness_ring.hpp"
#include "view/needs.hpp"

namespace pigou {

/// Invariants: after bring_to(t) an instance's entries are those of ring().read(instance, t); a
/// block's number in GaugeColumns::changes has risen if and only if running, waiting or KV usage
/// of one of its instances has changed, so reading costs what has changed. A copy is a board of its
/// own. Without ViewNeeds::snapshot_period_s it is not active and its columns are null.
class GaugeBoard {
 public:
  GaugeBoard() = default;
  /// Tells the cluster what to publish. Throws UserError where too many snapshots would be under
  /// way at once.
  GaugeBoard(const ViewNeeds& needs, std::shared_ptr<const FleetShape> fleet, Cluster& cluster,
             std::uint64_t seed);

  /// For a reader who asks at whole periods for what was `age_s` before; period 0: not active.
  struct Schedule {
    double period_s = 0;
    double age_s = 0;
  };
  GaugeBoard(const Schedule& schedule, std::shared_ptr<const FleetShape> fleet, Cluster& cluster);

  bool active() const { return ring_.active(); }
  StalenessRing& ring() { return ring_; }
  /// `instance` is about to change at (now, phase): evaluates the ticks that come before.
  void before_change(InstanceId instance, Cluster& cluster, SimTime now, Phase phase) {
    if (!ring_.active()) return;
    ring_.catch_up(instance, cluster, phase < Phase::kTimer ? now - SimTime{1} : now);
    if (phase != Phase::kStepEnd) cluster.hold_gauges(instance, now);
  }
  /// The cache of `instance` is about to be brought to `now`: the ticks up to then come first.
  void before_reading(InstanceId instance, const Cluster& cluster, SimTime now) {
    if (ring_.active()) ring_.catch_up(instance, cluster, now);
  }
  /// What has arrived by `now` is seen; `now` never falls.
  void bring_to(Cluster& cluster, SimTime now);
  GaugeColumns columns() const;

 private:
  void start(StalenessRing ring);
  void see(InstanceId instance, const Cluster& cluster, SimTime now);
  void changed(InstanceId instance);

  std::shared_ptr<const FleetShape> fleet_;
  StalenessRing ring_;
  std::vector<std::uint32_t> running_, waiting_;  ///< of all instances
  std::vector<double> kv_usage_;
  std::vector<std::int64_t> tick_;
  std::uint64_t last_change_ = 0;
  std::vector<std::uint64_t> changes_;   ///< as GaugeColumns::changes
  std::size_t adapter_words_ = 0;        ///< of one set; 0: no adapters in the gauges
  std::vector<std::uint64_t> adapters_;  ///< [instance][running, waiting][word]
  std::vector<std::uint32_t> named_, most_;
};

}  // namespace pigou
