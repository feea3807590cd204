// The stream of KV events from engines to routers: in order per instance, `latency` late, and with
// KvLoss not all of them.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/due_table.hpp"
#include "core/ids.hpp"
#include "view/beliefs/belief.hpp"
#include "view/beliefs/kv_loss.hpp"

namespace pigou {

/// Applies events to every replica's believed index when they are due; until then they stay in
/// their instance's log. Evictions inside a decode run happen without an event of their own:
/// `deliver` asks the cluster for those that are due by now, so each is paid once, whoever asks.
class KvFeed {
 public:
  KvFeed() = default;
  KvFeed(std::uint32_t instances, SimTime latency);
  KvFeed(std::uint32_t instances, SimTime latency, KvLoss loss) : KvFeed(instances, latency) {
    loss_ = std::move(loss);
  }

  bool active() const { return active_; }
  /// Takes note of what the cluster has logged for `instance`.
  void collect(InstanceId instance, Cluster& cluster, std::vector<Belief>& beliefs, SimTime now);
  /// Applies every event due by `now`. Calls before(instance) for every instance whose cache it
  /// brings to a later time.
  template <class Before>
  void deliver(SimTime now, Cluster& cluster, std::vector<Belief>& beliefs, Before before) {
    // A step starting exactly at `now` comes after this reader; one that started latency ago is
    // due, or that ended then, where events leave after the step.
    const SimTime horizon = latency_.ps > 0 ? now - latency_ + SimTime{1} : now;
    came_to_light(cluster.take_evictions(horizon, before), now, cluster, beliefs);
    if (latency_.ps > 0) apply_all_due(now, cluster, beliefs);
    if (loss_.active()) loss_.catch_up(now, beliefs);
  }
  const KvLoss& loss() const { return loss_; }

 private:
  /// Of an instance's log.
  struct Waiting {
    std::size_t head = 0;   ///< events before it have been applied
    std::size_t known = 0;  ///< and these prefetched
  };

  void apply(std::span<const KvEvent> events, InstanceId instance, std::vector<Belief>& beliefs);
  void came_to_light(std::span<const std::uint32_t> instances, SimTime now, Cluster& cluster,
                     std::vector<Belief>& beliefs);
  void apply_at_once(InstanceId instance, SimTime now, std::vector<KvEvent>& log,
                     std::vector<Belief>& beliefs);
  void apply_all_due(SimTime now, Cluster& cluster, std::vector<Belief>& beliefs);
  void apply_due(InstanceId instance, SimTime now, std::vector<KvEvent>& log,
                 std::vector<Belief>& beliefs);
  bool active_ = false;
  SimTime latency_;
  KvLoss loss_;
  std::vector<Waiting> waiting_;
  std::vector<std::uint32_t> due_now_;
  DueTable due_;  ///< by instance: when the event at `head` is; kNever: none waits
};

}  // namespace pigou
