// What every router replica believes of the caches, and when it comes to know it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/ids.hpp"
#include "view/beliefs/belief.hpp"
#include "view/beliefs/kv_feed.hpp"
#include "view/columns.hpp"
#include "view/needs.hpp"
#include "view/request_view.hpp"

namespace pigou {

/// Invariants: after refresh() every replica believes what the feed has told it by the open
/// decision's instant; a segment is in use on an instance as often as bookings that share it were
/// added and not dropped; a replica's trees hold the loads last told, less the credits its index
/// gives, so choosing by them is scoring the columns.
class RouterBeliefs {
 public:
  RouterBeliefs() = default;
  /// Tells the cluster whose KV events to record.
  RouterBeliefs(const ViewNeeds& needs, const FleetShape& fleet, Cluster& cluster,
                std::uint32_t replicas, std::uint64_t seed, const KvLossConfig& loss);

  /// Whether the KV events of `instance` are heard.
  bool hears_of(InstanceId instance) const { return feed_.active() && instance < believed_count_; }
  const KvLoss& loss() const { return feed_.loss(); }
  /// Starts loading what a decision about `path` will read: the slots first, a while later the
  /// rest.
  void prefetch(const PathView& path) const {
    if (feed_.active()) beliefs_[0].index.prefetch(path);
  }
  void prefetch_cells(const PathView& path) const {
    if (feed_.active()) beliefs_[0].index.prefetch_cells(path);
  }
  /// The engine of `instance`, which last changed at `changed`, has run: takes over its KV events.
  void collect(InstanceId instance, Cluster& cluster, SimTime changed) {
    if (hears_of(instance)) feed_.collect(instance, cluster, beliefs_, changed);
  }

  /// A decision of `replica` about `path` begins at `now`.
  void open(ReplicaId replica, const PathView& path, SimTime now) {
    now_ = now;
    fresh_ = !feed_.active();
    if (!fresh_) beliefs_[replica].index.prefetch(path);
  }
  /// No decision comes any more: beliefs end at `end`, or at the last decision if that was later.
  void close(SimTime end) {
    now_ = std::max(now_, end);
    fresh_ = !feed_.active();
  }
  /// Events due by the open decision's instant are believed.
  bool fresh() const { return fresh_; }
  SimTime now() const { return now_; }
  /// Makes it so; calls before(instance) for every instance whose cache it brings to a later time.
  template <class Before>
  void refresh(Cluster& cluster, Before before) {
    fresh_ = true;
    feed_.deliver(now_, cluster, beliefs_, before);
  }
  /// KV events as replica 0 came to know them, in order: kept from now on, until cleared.
  std::vector<SeenKvEvent>& log() {
    beliefs_[0].logs = true;
    return beliefs_[0].log;
  }

  const PrefixIndex& index(ReplicaId replica) const { return beliefs_[replica].index; }
  /// A booking of `replica` uses the segments of `path` on `instance`, or no longer. The blocks of
  /// those that none of its others uses there.
  std::int64_t add_active(ReplicaId replica, InstanceId instance, const PathView& path);
  std::int64_t drop_active(ReplicaId replica, InstanceId instance, const PathView& path);
  /// Blocks of `path` that one booking of `replica` alone uses on `instance`.
  std::int64_t alone(ReplicaId replica, InstanceId instance, const PathView& path) const;

  /// The load of an entry instance, or whether it takes requests, has changed; with trees only.
  void load_changed(ReplicaId replica, InstanceId instance, bool available,
                    std::int64_t prefill_tokens, std::int64_t blocks) {
    SeparableChoice& separable = beliefs_[replica].separable;
    if (available)
      separable.set_load(instance, prefill_tokens, blocks);
    else
      separable.set_unavailable(instance);
  }
  /// The replica's trees are of no use any more.
  void fell_trees(ReplicaId replica) { beliefs_[replica].separable = {}; }
  /// Whether a replica's trees choose; without them its columns are scored.
  bool has_trees(ReplicaId replica) const { return beliefs_[replica].separable.active(); }
  std::uint32_t least(ReplicaId replica, const RequestView& request, std::uint64_t draw) {
    Belief& belief = beliefs_[replica];
    return belief.separable.choose(request.path, request.row.input_tokens, belief.index, draw);
  }
  std::span<const PrefixIndex::Standout> near_least(ReplicaId replica, const PathView& path,
                                                    double above) {
    Belief& belief = beliefs_[replica];
    return belief.separable.near_least(path, belief.index, above);
  }

 private:
  void grow_trees(SeparableCost cost, std::uint32_t entries, std::int64_t block_tokens);

  std::uint32_t believed_count_ = 0;
  SimTime now_;
  bool fresh_ = true;
  std::vector<Belief> beliefs_;  ///< by replica
  KvFeed feed_;
};

}  // namespace pigou
