// Dynamo's index without KV events, whichever of its policies retains what.
#pragma once

#include "core/ids.hpp"
#include "routing/dynamo/approximate_index.hpp"
#include "routing/dynamo/lru_index.hpp"

namespace pigou {

/// One of the two; the other stays empty.
class DynamoBeliefs {
 public:
  DynamoBeliefs(DynamoApproximateIndex ttl, DynamoLruIndex lru, bool by_lru)
      : ttl_(std::move(ttl)), lru_(std::move(lru)), by_lru_(by_lru) {}

  bool by_lru() const { return by_lru_; }
  const std::int32_t* overlap(const PathView& path, SimTime now) {
    return by_lru_ ? lru_.overlap(path) : ttl_.overlap(path, now);
  }
  /// `capacity` of the instance, in blocks.
  void sent(SlotId slot, const RequestView& request, InstanceId instance, double capacity,
            SimTime now) {
    if (!by_lru_) return ttl_.sent(request.path, instance, now);
    const bool partial = request.row.input_tokens % request.block_tokens != 0;
    lru_.acquire(slot, request.path, partial ? 1 : 0, instance,
                 static_cast<std::int64_t>(capacity));
  }
  /// The request has left the worker it was last sent to.
  void left(SlotId slot) {
    if (by_lru_) lru_.release(slot);
  }
  void forget(InstanceId instance) { by_lru_ ? lru_.forget(instance) : ttl_.forget(instance); }

 private:
  DynamoApproximateIndex ttl_;
  DynamoLruIndex lru_;
  bool by_lru_;
};

}  // namespace pigou
