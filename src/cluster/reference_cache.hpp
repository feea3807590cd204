// The test oracle: the same cache with one node per engine block and nothing clever.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "cluster/kv_cache.hpp"

namespace pigou {

/// Same contract as SegmentCache, block by block: a map of blocks and a queue ordered by stamp.
/// `engine.reference_cache` runs a whole scenario on it; the bytes must be the same.
class ReferenceCache {
 public:
  ReferenceCache() = default;
  explicit ReferenceCache(std::uint32_t blocks);

  std::uint32_t free_blocks() const { return static_cast<std::uint32_t>(queue_.size()); }
  std::uint64_t evicted_blocks() const { return evicted_; }
  KvMatch match(const PathView& path, std::uint32_t limit) const;
  void acquire(const PathView& path, std::uint32_t blocks);
  void allocate(std::uint32_t blocks, SimTime time, std::vector<KvEvent>* events);
  std::uint32_t publish(const PathView& path, std::uint32_t from, std::uint32_t to, SimTime time,
                        std::vector<KvEvent>* events);
  void release(const PathView& path, std::uint32_t blocks, std::uint32_t anonymous);

 private:
  using Block = std::pair<std::uint32_t, std::uint32_t>;  ///< segment, offset
  struct Node {
    std::uint32_t users = 0;
    std::uint64_t stamp = 0;  ///< place in the queue while users == 0
  };

  void use(const Block& block);

  std::uint64_t next_stamp_ = 0;
  std::uint64_t evicted_ = 0;
  std::map<Block, Node> held_;
  std::map<std::uint64_t, Block> queue_;  ///< segment kNoIndex: anonymous
};

}  // namespace pigou
