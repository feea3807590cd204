// What Dynamo believes of caches without KV events under its policy `lru`: that a worker's cache is
// as large as it says and evicts the least recently used. Source: ai-dynamo/dynamo
// lib/kv-router/src/indexer/approximate_lru.rs@1157249a263b.
#pragma once

#include <span>
#include <vector>

#include "core/flat_map.hpp"
#include "core/ids.hpp"
#include "view/beliefs/prefix_index.hpp"

namespace pigou {

/// A request holds the whole blocks of its prompt on its worker, and one private block where the
/// prompt ends inside one, from its sending to its end. Blocks nobody holds stay until the worker's
/// capacity is exceeded; then those whose last holder ended first go, of one holder the deepest
/// first. Answers are not believed anywhere (Dynamo adds them as they stream). A value.
class DynamoLruIndex {
 public:
  explicit DynamoLruIndex(std::uint32_t instances)
      : index_(instances), workers_(instances), overlap_(instances), unused_(instances) {}

  /// Leading blocks of `path` believed on each instance; valid until the next call.
  const std::int32_t* overlap(const PathView& path) {
    index_.measure(path, overlap_.data(), unused_.data());
    return overlap_.data();
  }
  /// The request `slot` sets out for `instance`, which has `capacity` blocks; its prompt fills
  /// those of `path` and `private_blocks` more.
  void acquire(SlotId slot, const PathView& path, std::uint32_t private_blocks, InstanceId instance,
               std::int64_t capacity);
  /// It has left its worker; nothing where it held nothing.
  void release(SlotId slot);
  /// The instance went away, its cache with it.
  void forget(InstanceId instance);

 private:
  /// A segment on an instance. While nobody holds it, a member of its worker's list.
  struct Copy {
    SegmentId segment;
    std::uint32_t holders = 0;
    std::uint32_t older = kNoIndex, newer = kNoIndex;
  };
  struct Worker {
    std::int64_t capacity = 0;
    std::int64_t blocks = 0;                             ///< believed there, private ones included
    std::uint32_t oldest = kNoIndex, newest = kNoIndex;  ///< copies nobody holds
    std::uint32_t age = 0;                               ///< grows when its cache is lost
  };
  struct Lease {
    InstanceId instance;
    std::uint32_t age = 0;
    std::uint32_t private_blocks = 0;
    std::vector<std::uint32_t> copies;  ///< from the prompt's first segment on
  };

  std::uint64_t key(SegmentId segment, InstanceId instance) const {
    return std::uint64_t{segment} * index_.instances() + instance;
  }
  std::uint32_t copy_of(SegmentId segment, InstanceId instance);
  void unlink(Worker& worker, std::uint32_t copy);
  void link(Worker& worker, std::uint32_t copy);
  void evict(InstanceId instance);
  void free_copy(std::uint32_t copy, InstanceId instance);

  PrefixIndex index_;
  std::vector<Worker> workers_;
  FlatMap<std::uint32_t, std::uint64_t> copy_;  ///< by (segment, instance)
  std::vector<Copy> copies_;
  std::vector<std::uint32_t> spare_;
  std::vector<Lease> leases_;  ///< by slot
  std::vector<std::int32_t> overlap_, unused_;
};

}  // namespace pigou
