// KV-cache state of one instance, in segments. The truth; routers never see it directly.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cache/lru_queue.hpp"
#include "cluster/cache/segment_path.hpp"
#include "core/flat_map.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace pigou {

/// The instance now holds `held` leading blocks of `segment` (0: none), as of `time`. A segment of
/// kNoIndex stands for all there are.
struct KvEvent {
  SimTime time;
  SegmentId segment;
  std::uint32_t held;
};

/// What a prefix lookup found. `evictable` of the matched blocks have no user and sit in the free
/// queue: taking them costs free blocks too.
struct KvMatch {
  std::uint32_t blocks = 0;
  std::uint32_t evictable = 0;
};

/// Block accounting of vLLM V1 (vllm-project/vllm@00024d314514) at segment granularity. Blocks are
/// interchangeable; what matters is how many are free, which leading blocks of which segments are
/// held, and in which order they would be evicted. Freed blocks join the tail of the free queue,
/// a request's last block first; allocation takes the head; a hit leaves the queue.
///
/// prefix_match.cpp looks up; lru_queue.hpp is the free queue.
///
/// State per held segment is a chain of *parts*: runs of blocks with the same number of users and
/// one place in the queue; nearly always a single part. Anonymous blocks (never matchable) are
/// parts too. Invariant: along any path, users never increase, so what is unused is a tail, and
/// what survives eviction is a leading part.
///
/// A block computed again while an equal one is held (a fully repeated prompt's last block, two
/// transfers of one prefix) is a copy of its own and carries the same name, as in vLLM: the oldest
/// copy is the one that is found, and when it is evicted the next takes over. So it matters which
/// copy a call uses. From the first block with a second copy on, such a segment is kept as a row of
/// single blocks (twins.cpp), until every block has one copy again. No call uses a block without
/// one of every block before it, so copies leave no holes either.
class SegmentCache {
 public:
  SegmentCache() = default;
  explicit SegmentCache(std::uint32_t blocks);

  std::uint32_t free_blocks() const { return free_; }
  std::uint64_t evicted_blocks() const { return evicted_; }

  /// Leading blocks of `segment` held here.
  std::uint32_t held(SegmentId segment) const;
  /// Leading blocks of `path` held here, at most `limit`.
  KvMatch match(const PathView& path, std::uint32_t limit) const;
  /// Starts loading what match() will look at.
  void prefetch(const PathView& path) const {
    for (std::size_t i = 0; i < path.prompt.size(); ++i) first_part_.prefetch(path.segment(i));
  }
  /// Blocks in the first part of the free queue if they are anonymous, else 0.
  std::uint32_t nameless_head() const {
    const bool nameless = !queue_.empty() && parts_[queue_.oldest()].segment == kNoIndex;
    return nameless ? parts_[queue_.oldest()].count : 0;
  }
  /// Starts loading the ends of the free queue, where blocks leave and join.
  void prefetch_oldest() const { queue_.prefetch_ends(parts_); }
  /// `call` uses the leading `blocks` of `path`, all of them held.
  void acquire(const PathView& path, std::uint32_t blocks, CallId call);
  /// Takes `blocks` blocks from the head of the free queue; precondition blocks <= free_blocks().
  void allocate(std::uint32_t blocks, SimTime time);
  /// The `blocks` taken last, not used after all, stand at the head of the free queue again; the
  /// names they had are gone.
  void give_back(std::uint32_t blocks);
  /// Blocks [from, to) of `path`, which `call` has allocated, become matchable with it as their
  /// user. It uses all blocks before `from`.
  void publish(const PathView& path, std::uint32_t from, std::uint32_t to, CallId call,
               SimTime time);
  /// `call` gives up the leading `blocks` of `path`, all it uses, and `anonymous` blocks before
  /// them. `scratch` is borrowed, so that thousands of instances share one warm buffer.
  void release(const PathView& path, std::uint32_t blocks, std::uint32_t anonymous, CallId call,
               std::vector<std::uint32_t>& scratch);

  /// Held-count changes since last cleared, kept only while `record_events` is on.
  bool record_events = false;
  std::vector<KvEvent> events;

  /// Walks the whole state and throws InternalError if a conservation law is broken. Calls have
  /// `nameless` blocks without a name.
  void check(std::uint64_t nameless) const;

 private:
  struct Part {
    SegmentId segment;    ///< kNoIndex: anonymous
    std::uint32_t first;  ///< offset of its first block in the segment
    std::uint32_t count;
    std::uint32_t users;
    std::uint32_t deeper;     ///< next part of the segment, or its row of twins
    std::uint32_t shallower;  ///< a block of a row: the row
    std::uint32_t older;      ///< neighbours in the free queue
    std::uint32_t newer;
  };

  // twins.cpp: segments of which some block has several copies.
  static constexpr std::uint32_t kTwins = 0x80000000U;  ///< links from here on are rows, not parts
  static bool is_part(std::uint32_t link) { return link < kTwins; }
  static bool is_twins(std::uint32_t link) { return link >= kTwins && link != kNoIndex; }
  /// The blocks that a call uses in a row, from offset `from` in the segment on.
  struct TwinUse {
    CallId call;
    std::uint32_t from;
    std::vector<std::uint32_t> parts;
  };
  struct TwinRow {
    SegmentId segment = 0;
    std::uint32_t first = 0;                         ///< offset of its first block
    std::uint32_t spare_copies = 0;                  ///< copies beyond one of each block
    std::vector<std::vector<std::uint32_t>> copies;  ///< by block, oldest first: parts of one block
    /// By block: what calls use that are older than the row, and in `uses` with later blocks only.
    std::vector<std::uint32_t> origin;
    std::vector<TwinUse> uses;
  };
  TwinRow& row_of(std::uint32_t link) { return twins_[link - kTwins]; }
  const TwinRow& row_of(std::uint32_t link) const { return twins_[link - kTwins]; }
  std::uint32_t last_part(SegmentId segment) const;
  std::uint32_t make_row(SegmentId segment, std::uint32_t at);
  void take_into_row(std::uint32_t link, const std::vector<std::uint32_t>& singles);
  void dissolve_row(std::uint32_t link);
  std::uint32_t match_twins(std::uint32_t link, std::uint32_t want, KvMatch& found) const;
  void acquire_twins(std::uint32_t link, std::uint32_t to, CallId call);
  void publish_twins(SegmentId segment, std::uint32_t from, std::uint32_t to, CallId call,
                     SimTime time);
  void release_twins(std::uint32_t link, std::uint32_t to, CallId call,
                     std::vector<std::uint32_t>& parts);
  void evict_twin(std::uint32_t index, SimTime time);
  std::uint64_t check_row(std::uint32_t link, std::uint32_t first) const;

  std::uint32_t make_part(const Part& part);
  void drop_part(std::uint32_t index);
  void recycle(std::uint32_t index) {
    parts_[index].deeper = spare_;
    spare_ = index;
  }
  void queue_anonymous(std::uint32_t count);
  void split(std::uint32_t index, std::uint32_t leading);
  void add_user(std::uint32_t index);
  void drop_user(std::uint32_t index);
  void evict_tail(std::uint32_t index, std::uint32_t count, SimTime time);
  std::uint32_t append(SegmentId segment, std::uint32_t last, std::uint32_t held,
                       std::uint32_t count);
  void log(SegmentId segment, std::uint32_t held, SimTime time) {
    if (record_events && segment < kPrivateSegment) events.push_back({time, segment, held});
  }

  std::uint32_t total_ = 0;
  std::uint32_t free_ = 0;
  std::uint64_t evicted_ = 0;
  LruQueue queue_;
  std::vector<Part> parts_;
  std::uint32_t spare_ = kNoIndex;     ///< unused parts, linked through `deeper`
  FlatMap<std::uint32_t> first_part_;  ///< or its row of twins
  std::vector<TwinRow> twins_;
  std::vector<std::uint32_t> spare_rows_;
};

}  // namespace pigou
