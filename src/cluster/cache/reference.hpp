// The test oracle: the same cache with one node per engine block and nothing clever.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "cluster/cache/segments.hpp"
#include "core/ids.hpp"

namespace pigou {

/// Same contract as SegmentCache, block by block, as vLLM's block pool has it: every call has a
/// table of its blocks, a name may be carried by several, the oldest of which is found.
/// `engine.reference_cache` runs a whole scenario on it; the bytes must be the same.
class ReferenceCache {
 public:
  ReferenceCache() = default;
  explicit ReferenceCache(std::uint32_t blocks);

  std::uint32_t free_blocks() const { return static_cast<std::uint32_t>(queue_.size()); }
  std::uint64_t evicted_blocks() const { return evicted_; }
  std::uint32_t held(SegmentId segment) const;
  KvMatch match(const PathView& path, std::uint32_t limit) const;
  void acquire(const PathView& path, std::uint32_t blocks, CallId call);
  void allocate(std::uint32_t blocks, SimTime time, std::vector<KvEvent>* events);
  void give_back(std::uint32_t blocks);
  void publish(const PathView& path, std::uint32_t from, std::uint32_t to, CallId call,
               SimTime time, std::vector<KvEvent>* events);
  void release(const PathView& path, std::uint32_t blocks, std::uint32_t anonymous, CallId call);

 private:
  using Name = std::pair<std::uint32_t, std::uint32_t>;  ///< segment, offset
  static constexpr Name kNameless = {kNoIndex, 0};
  struct Block {
    Name name = kNameless;
    std::uint32_t users = 0;
    std::int64_t stamp = 0;  ///< place in the queue while users == 0
  };

  void join_queue(std::uint32_t block);

  std::int64_t next_stamp_ = 0;
  std::int64_t head_stamp_ = -1;  ///< of the next that goes back to the head
  std::uint64_t evicted_ = 0;
  std::vector<Block> blocks_;
  std::map<Name, std::vector<std::uint32_t>> named_;            ///< oldest first
  std::map<std::uint32_t, std::vector<std::uint32_t>> tables_;  ///< by call: its named blocks
  std::vector<std::uint32_t> loose_;                            ///< allocated and without a name
  std::map<std::int64_t, std::uint32_t> queue_;                 ///< free blocks by stamp
};

}  // namespace pigou
