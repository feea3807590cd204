// The cache an instance really uses: segments, or the oracle when a scenario asks for it.
#pragma once

#include "cluster/cache/reference.hpp"
#include "cluster/cache/segments.hpp"
#include "core/ids.hpp"

namespace pigou {

/// One predictable branch in front of each operation; everything else is SegmentCache's contract.
class InstanceCache {
 public:
  InstanceCache() = default;
  InstanceCache(std::uint32_t blocks, bool reference) : segments_(reference ? 0 : blocks) {
    if (reference) oracle_.emplace_back(blocks);
  }

  std::uint32_t free_blocks() const {
    return oracle_.empty() ? segments_.free_blocks() : oracle_[0].free_blocks();
  }
  std::uint64_t evicted_blocks() const {
    return oracle_.empty() ? segments_.evicted_blocks() : oracle_[0].evicted_blocks();
  }
  std::uint32_t held(SegmentId segment) const {
    return oracle_.empty() ? segments_.held(segment) : oracle_[0].held(segment);
  }
  KvMatch match(const PathView& path, std::uint32_t limit) const {
    return oracle_.empty() ? segments_.match(path, limit) : oracle_[0].match(path, limit);
  }
  /// A number of blocks at the head of the free queue that no event will tell of.
  std::uint32_t nameless_head() const { return oracle_.empty() ? segments_.nameless_head() : 0; }
  void prefetch_oldest() const { segments_.prefetch_oldest(); }
  void prefetch(const PathView& path) const { segments_.prefetch(path); }
  void acquire(const PathView& path, std::uint32_t blocks, CallId call) {
    oracle_.empty() ? segments_.acquire(path, blocks, call)
                    : oracle_[0].acquire(path, blocks, call);
  }
  void allocate(std::uint32_t blocks, SimTime time) {
    oracle_.empty() ? segments_.allocate(blocks, time) : oracle_[0].allocate(blocks, time, log());
  }
  void give_back(std::uint32_t blocks) {
    oracle_.empty() ? segments_.give_back(blocks) : oracle_[0].give_back(blocks);
  }
  void publish(const PathView& path, std::uint32_t from, std::uint32_t to, CallId call,
               SimTime time) {
    oracle_.empty() ? segments_.publish(path, from, to, call, time)
                    : oracle_[0].publish(path, from, to, call, time, log());
  }
  void release(const PathView& path, std::uint32_t blocks, std::uint32_t anonymous, CallId call,
               std::vector<std::uint32_t>& scratch) {
    oracle_.empty() ? segments_.release(path, blocks, anonymous, call, scratch)
                    : oracle_[0].release(path, blocks, anonymous, call);
  }
  void record_events(bool on) { segments_.record_events = on; }
  bool records_events() const { return segments_.record_events; }
  std::vector<KvEvent>& events() { return segments_.events; }
  const std::vector<KvEvent>& events() const { return segments_.events; }
  void check(std::uint64_t nameless) const {
    if (oracle_.empty()) segments_.check(nameless);
  }

 private:
  std::vector<KvEvent>* log() { return segments_.record_events ? &segments_.events : nullptr; }

  SegmentCache segments_;
  std::vector<ReferenceCache> oracle_;  ///< none, or the one that does all the work
};

}  // namespace pigou
