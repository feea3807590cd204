// The cache an instance really uses: segments, or the oracle when a scenario asks for it.
#pragma once

#include "cluster/kv_cache.hpp"
#include "cluster/reference_cache.hpp"

namespace pigou {

/// One predictable branch in front of each operation; everything else is SegmentCache's contract.
class InstanceCache {
 public:
  InstanceCache() = default;
  InstanceCache(std::uint32_t blocks, bool reference)
      : reference_(reference), segments_(reference ? 0 : blocks), oracle_(reference ? blocks : 0) {}

  std::uint32_t free_blocks() const {
    return reference_ ? oracle_.free_blocks() : segments_.free_blocks();
  }
  std::uint64_t evicted_blocks() const {
    return reference_ ? oracle_.evicted_blocks() : segments_.evicted_blocks();
  }
  KvMatch match(const PathView& path, std::uint32_t limit) const {
    return reference_ ? oracle_.match(path, limit) : segments_.match(path, limit);
  }
  void acquire(const PathView& path, std::uint32_t blocks) {
    reference_ ? oracle_.acquire(path, blocks) : segments_.acquire(path, blocks);
  }
  void allocate(std::uint32_t blocks, SimTime time) {
    reference_ ? oracle_.allocate(blocks, time, log()) : segments_.allocate(blocks, time);
  }
  std::uint32_t publish(const PathView& path, std::uint32_t from, std::uint32_t to, SimTime time) {
    return reference_ ? oracle_.publish(path, from, to, time, log())
                      : segments_.publish(path, from, to, time);
  }
  void release(const PathView& path, std::uint32_t blocks, std::uint32_t anonymous) {
    reference_ ? oracle_.release(path, blocks, anonymous)
               : segments_.release(path, blocks, anonymous);
  }
  void record_events(bool on) { segments_.record_events = on; }
  bool records_events() const { return segments_.record_events; }
  std::vector<KvEvent>& events() { return segments_.events; }
  void check(std::uint64_t owned) const {
    if (!reference_) segments_.check(owned);
  }

 private:
  std::vector<KvEvent>* log() { return segments_.record_events ? &segments_.events : nullptr; }

  bool reference_ = false;
  SegmentCache segments_;
  ReferenceCache oracle_;
};

}  // namespace pigou
