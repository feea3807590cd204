// llm-d's approximate prefix state: per pod an LRU of hashed prompt blocks, written when a request
// is sent and never corrected by the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/flat_map.hpp"
#include "routing/llm_d/prefix_hits.hpp"
#include "routing/llm_d/prefix_holders.hpp"
#include "routing/llm_d/prompt_chunks.hpp"

namespace pigou {

/// How far a prompt is known, as the index was when it said so.
struct EppPlace {
  std::vector<std::uint32_t> parts;  ///< those it goes through
  std::uint32_t chunks = 0;          ///< of the prompt, in those parts
  std::uint32_t in_last = 0;         ///< of those in the last part, where that goes on differently
};

/// Which pods are believed to hold which blocks: a tree over all prompts sent whose nodes, parts,
/// are runs of chunks in which no prompt ends and no two part ways. So whoever is sent a chunk of a
/// part is sent all of it, and of each pod one part at most has lost some: its oldest, its leading
/// blocks, since an LRU over blocks drops the oldest first. A part that nobody holds stays as long
/// as somebody holds what follows it.
class EppPrefixIndex {
 public:
  explicit EppPrefixIndex(std::uint32_t pods);

  /// Says that the chunk will be looked for.
  void prefetch(std::uint64_t hash) const { run_of_.prefetch(key_of(hash)); }
  /// Where a prompt leads.
  void find(std::span<const EppChunk> chunks, EppPlace& place) const;
  /// Leading blocks each pod holds, up to the first that nobody holds. As in llm-d a pod that has
  /// dropped a block in the middle still counts those after it.
  void match(std::span<const EppChunk> chunks, const EppPlace& place, PrefixHits& hits) const;
  /// Pod `pod` was sent these blocks: they become its newest, its oldest go beyond `capacity`.
  /// `place` is where they led just before, and afterwards where they lead now.
  void add(std::uint32_t pod, std::span<const EppChunk> chunks, EppPlace& place,
           std::int64_t capacity);
  void add(std::uint32_t pod, std::span<const EppChunk> chunks, std::int64_t capacity) {
    EppPlace place;
    find(chunks, place);
    add(pod, chunks, place, capacity);
  }
  /// Pod `pod` no longer counts as holding any of these blocks of a prompt.
  void remove(std::uint32_t pod, std::span<const EppChunk> chunks);
  /// Nothing is believed of `pod` any more.
  void forget(std::uint32_t pod);
  /// Blocks `pod` is believed to hold.
  std::int64_t blocks(std::uint32_t pod) const { return pods_[pod].size; }
  /// Parts there are.
  std::size_t parts() const { return parts_.size() - spare_parts_; }

 private:
  struct alignas(64) Part {             // a line of memory
    std::uint64_t first = 0, last = 0;  ///< hashes of its outer chunks
    std::uint32_t parent = kNoIndex;
    std::uint32_t children = 0;
    std::uint32_t begin = 0, chunks = 0;  ///< in hashes_
    std::int32_t blocks = 0;
    std::uint32_t trimmed = 0;  ///< of its holders, who has dropped some of its blocks
    EppHolders holders;
  };
  /// What following a prompt needs to know of a part.
  struct Run {
    std::uint32_t part = kNoIndex;
    std::uint32_t chunks = 0;
    std::uint64_t last = 0;
  };
  /// A prompt that was sent; its end says which, and how much of it no later one has touched.
  struct Sent {
    std::uint32_t part = kNoIndex;
    std::uint32_t touch = 0;
    std::uint32_t newer = kNoIndex;  ///< the next one sent to the same pod
  };
  struct Pod {
    std::uint32_t oldest = kNoIndex, newest = kNoIndex;  ///< sent to it, in sent_
    std::uint32_t sent = 0;                              ///< how many those are
    std::uint32_t touches = 0;
    std::uint32_t parts = 0;           ///< it holds
    std::uint32_t trimmed = kNoIndex;  ///< its oldest part, if that has lost some
    std::int32_t dropped = 0;          ///< leading blocks of that
    std::int64_t size = 0;             ///< blocks
  };

  static std::uint64_t key_of(std::uint64_t hash) {
    return hash == FlatMap<std::uint32_t, std::uint64_t>::kFree ? hash - 1 : hash;
  }
  std::uint32_t equal_chunks(const Run& run, std::span<const EppChunk> chunks) const;
  std::uint32_t make_part();
  void end_parts_at(std::span<const EppChunk> chunks, EppPlace& place);
  std::uint32_t append(std::uint32_t parent, std::span<const EppChunk> chunks);
  std::uint32_t split(std::uint32_t lower, std::span<const EppChunk> upper_chunks);
  void trim_split(std::uint32_t upper, std::uint32_t lower);
  void touch(std::uint32_t pod, std::uint32_t part, std::uint32_t now);
  void restore(Pod& pod);
  void drop(std::uint32_t pod, std::uint32_t part);
  void release(std::uint32_t part);
  void collect_oldest(std::uint32_t pod);
  void shrink(std::uint32_t pod, std::int64_t capacity);
  void note_sent(Pod& pod, std::uint32_t part, std::uint32_t touch);
  void forget_oldest(Pod& pod);
  void forget_touched(std::uint32_t pod);
  void compact();

  FlatMap<Run, std::uint64_t> run_of_;  ///< by its first chunk
  std::vector<Part> parts_;
  std::uint32_t spare_part_ = kNoIndex;  ///< the first not in use, whose parent is the next
  std::size_t spare_parts_ = 0;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint64_t> living_;  ///< what compact() fills
  std::size_t dead_hashes_ = 0;
  EppCrowds crowds_;
  std::vector<Pod> pods_;
  std::vector<Sent> sent_;
  std::uint32_t spare_sent_ = kNoIndex;  ///< the first of those not in use
  std::vector<std::uint32_t> path_;      ///< scratch
};

}  // namespace pigou
