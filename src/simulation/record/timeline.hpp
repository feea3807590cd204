// The timeline of a run: gauges of the whole cluster, one row per period.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "simulation/config.hpp"
#include "simulation/record/result.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// Rows are a period apart, the first one period after the start; a run longer than foreseen keeps
/// every second row and doubles the period, so there are never more than 4096. A row shows
/// everything that has happened by its instant, steps that start then included. Also keeps the true
/// count of prompt tokens that entry instances have still to compute, which only the rows read.
class Timeline {
 public:
  Timeline() = default;
  Timeline(SimTime period, std::uint32_t entry_instances)
      : period_(period), next_(period), pending_prefill_(entry_instances, 0) {}

  /// Whether a row is due before `until`.
  bool due(SimTime until) const { return next_ < until; }
  /// Takes every row due before `until`: nothing happens in the cluster until then.
  void sample(SimTime until, const Cluster& cluster, std::uint64_t arrived, std::uint64_t done);
  /// Prompt tokens are sent to `instance`, and (negative) computed or given up there. Decode
  /// instances have none that count.
  void add_pending(InstanceId instance, std::int64_t tokens) {
    if (instance < pending_prefill_.size()) pending_prefill_[instance] += tokens;
  }
  std::int64_t pending(InstanceId instance) const { return pending_prefill_[instance]; }

  TimelineColumns& columns() { return columns_; }
  /// Time mean of cv_pending_prefill_tokens over rows with any pending prefill; NaN without one.
  double mean_imbalance() const;

 private:
  void add_row(SimTime at, const Cluster& cluster, std::uint64_t in_flight);
  double imbalance() const;

  SimTime period_;
  SimTime next_;
  std::vector<std::int64_t> pending_prefill_;
  TimelineColumns columns_;
};

/// output.timeline_s, or about 400 rows over the trace, fewer for large fleets (each row reads
/// every instance), whole seconds apart; closed loops have no span to divide.
SimTime timeline_period(const OutputConfig& output, const Workload& workload,
                        std::uint32_t instances);

}  // namespace pigou
