// The stream of KV events from engines to routers: in order per instance, `latency` late, and with
// KvLoss not all of them.
#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "cluster/cluster.hpp"
#include "view/belief.hpp"
#include "view/kv_loss.hpp"

namespace pigou {

/// Holds events until they are due and applies them to every replica's believed index. Evictions
/// inside a decode run happen without an event of their own: `deliver` asks the cluster for those
/// that are due by now, so each is paid once, whoever asks.
class KvFeed {
 public:
  KvFeed() = default;
  KvFeed(std::uint32_t instances, SimTime latency)
      : active_(true), latency_(latency), pending_(instances), due_() {}
  KvFeed(std::uint32_t instances, SimTime latency, KvLoss loss) : KvFeed(instances, latency) {
    loss_ = std::move(loss);
  }

  bool active() const { return active_; }
  /// Takes over what the cluster has logged for `instance`.
  void collect(std::uint32_t instance, Cluster& cluster, std::vector<Belief>& beliefs);
  /// Applies every event due by `now`.
  void deliver(SimTime now, Cluster& cluster, std::vector<Belief>& beliefs);
  const KvLoss& loss() const { return loss_; }

 private:
  struct Pending {
    std::vector<KvEvent> events;
    std::size_t head = 0;
  };
  struct Due {
    SimTime time;
    std::uint32_t instance;
    bool operator>(const Due& other) const {
      return time != other.time ? time > other.time : instance > other.instance;
    }
  };

  void apply(const KvEvent& event, std::uint32_t instance, std::vector<Belief>& beliefs);
  void apply_due(std::uint32_t instance, SimTime now, std::vector<Belief>& beliefs);

  bool active_ = false;
  SimTime latency_;
  KvLoss loss_;
  std::vector<Pending> pending_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;  ///< instances with events
};

}  // namespace pigou
