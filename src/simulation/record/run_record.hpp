// Everything a run records, and the result it becomes.
#pragma once

#include <cstdint>
#include <memory>

#include "cluster/cluster.hpp"
#include "simulation/config.hpp"
#include "simulation/record/beside_measured.hpp"
#include "simulation/record/counts.hpp"
#include "simulation/record/decision_log.hpp"
#include "simulation/record/recorder.hpp"
#include "simulation/record/result.hpp"
#include "simulation/record/step_log.hpp"
#include "simulation/record/timeline.hpp"
#include "view/beliefs/kv_loss.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// What a result says of the parts of a simulation that keep sums of their own.
struct RunEnd {
  const Cluster* cluster = nullptr;
  const KvLoss* kv_loss = nullptr;
  std::uint64_t transferred_bytes = 0;
  std::vector<std::int64_t> up_ps;  ///< by instance; empty: a fleet that never changes
  UnusedLabels unused;
  std::vector<ParameterChangeRow> changes;
};

/// Rows, sums and logs of one run. Nothing it holds is read by the run itself but the counts of
/// requests and the clock of the timeline, so recording more moves no event.
struct RunRecord {
  RunCounts counts;
  HitCounts hits;
  Timeline timeline;
  DecisionLog decisions;
  StepLog steps;

  RunRecord() = default;
  RunRecord(const SimulationConfig& config, std::shared_ptr<const Workload> workload,
            std::shared_ptr<const RecordedPlacement> placement, std::uint32_t entry_instances,
            std::uint32_t instances);

  /// A request has ended: its row.
  void request_ended(const RequestRecord& row) {
    counts.request_ended(row.end);
    recorder_.record(row);
    if (truth_.active()) truth_.add(row);
  }
  /// Timeline rows due before `until`. Nothing is in flight after the last request: what is left
  /// then are timers nobody waits for.
  void sample_timeline(SimTime until, const Cluster& cluster) {
    if (timeline.due(until) && counts.done < requests_)
      timeline.sample(until, cluster, counts.arrived, counts.done);
  }
  /// Whether every request of the workload has ended.
  bool all_done() const { return counts.done == requests_; }
  /// Hands the result over; what it was made of is gone.
  RunResult finish(const RunEnd& end);

 private:
  std::shared_ptr<const Workload> workload_;
  std::uint64_t requests_ = 0;
  Recorder recorder_;
  MeasuredComparison truth_;
};

}  // namespace pigou
