// What Dynamo believes of caches without KV events: that a worker holds what it was sent, for a
// while. Source: ai-dynamo/dynamo lib/kv-router/src/{approx.rs, indexer/pruning.rs@18bcdc90d68b}.
#pragma once

#include <deque>
#include <vector>

#include "core/flat_map.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"
#include "view/beliefs/prefix_index.hpp"

namespace pigou {

/// Every whole block of a prompt is believed on the worker it was sent to until `ttl` has passed
/// since the last such sending. Answers are not believed anywhere. With `max_blocks`, as routers
/// had it until 1.0: once more blocks than that are believed, all workers together, those that
/// would end first go until `max_blocks` times `target` are left, of one sending the deepest first.
/// A value.
class DynamoApproximateIndex {
 public:
  DynamoApproximateIndex(std::uint32_t instances, SimTime ttl, std::int64_t max_blocks = 0,
                         double target = 0.8)
      : ttl_(ttl),
        max_blocks_(max_blocks),
        target_blocks_(static_cast<std::int64_t>(static_cast<double>(max_blocks) * target)),
        index_(instances),
        overlap_(instances),
        unused_(instances) {}

  /// Leading blocks of `path` believed on each instance at `now`; valid until the next call.
  const std::int32_t* overlap(const PathView& path, SimTime now);
  void sent(const PathView& path, InstanceId instance, SimTime now);
  /// The instance went away, its cache with it.
  void forget(InstanceId instance);

 private:
  struct Due {
    SimTime time;
    SegmentId segment;
    InstanceId instance;
  };
  std::uint64_t key(SegmentId segment, InstanceId instance) const {
    return std::uint64_t{segment} * index_.instances() + instance;
  }
  bool current(const Due& due) const;
  void expire(SimTime now);
  void prune();
  void drop(const Due& due, std::int64_t most_blocks);

  SimTime ttl_;
  std::int64_t max_blocks_;  ///< 0: any number
  std::int64_t target_blocks_;
  std::int64_t blocks_ = 0;  ///< believed, all instances together
  PrefixIndex index_;
  FlatMap<SimTime, std::uint64_t> ends_;  ///< by (segment, instance): when belief ends
  std::deque<Due> due_;                   ///< in order of time: all live equally long
  std::vector<std::int32_t> overlap_, unused_;
};

}  // namespace pigou
