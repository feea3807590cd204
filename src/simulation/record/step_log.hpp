// What every engine step held, for programs that check the engine from outside.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"

namespace pigou {

/// Tokens of one request: scheduled in a step, or (reserved) to be moved to where it decodes.
struct StepTokens {
  RequestId request = 0;
  std::uint32_t tokens = 0;
  std::uint32_t computed = 0;  ///< tokens whose KV is there before the step
};

/// One pass of an instance's scheduler and the step it led to, if any. Requests by their number in
/// the workload.
struct StepRecord {
  InstanceId instance = 0;
  SimTime start;
  SimTime end = kNever;               ///< kNever: nothing was scheduled
  std::vector<StepTokens> scheduled;  ///< in running order
  std::vector<StepTokens> reserved;   ///< blocks held from here on, KV asked for
  std::vector<std::uint32_t> preempted;
  std::vector<std::uint32_t> dropped;   ///< whose client had given up
  std::vector<std::uint32_t> finished;  ///< at the end of the step, in the order they were freed
  std::uint32_t waiting = 0;            ///< calls in the queue once the step is planned
  std::uint32_t free_blocks = 0;        ///< the same
  std::uint32_t free_blocks_after = 0;  ///< when the step has ended and calls have left
};

/// Off until switched on: then the cluster has to step one by one (ClusterConfig::fast_forward).
/// A pass that changes nothing leaves no record.
class StepLog {
 public:
  bool on() const { return on_; }
  void switch_on(std::uint32_t instances) {
    on_ = true;
    open_.assign(instances, kNoIndex);
  }
  const std::vector<StepRecord>& records() const { return records_; }

  /// The scheduler of `instance` has just run; its notices are still in the cluster.
  void started(const Cluster& cluster, InstanceId instance, SimTime now);
  /// The step of `instance` has just ended; the same.
  void ended(const Cluster& cluster, InstanceId instance, SimTime now);

 private:
  bool on_ = false;
  std::vector<StepRecord> records_;
  std::vector<std::uint32_t> open_;  ///< by instance: its step under way, or kNoIndex
};

}  // namespace pigou
