// llm-d's approximate prefix state: per pod an LRU of hashed prompt blocks, written when a request
// is sent and never corrected by the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/flat_map.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// Consecutive blocks that lie in one block of the trace, or in none: whoever is sent one of them
/// is sent all, so that one entry stands for them.
struct EppChunk {
  std::uint64_t hash = 0;  ///< of it and everything before
  std::int32_t blocks = 0;
};

/// A prompt in chunks of blocks of `block_tokens` tokens: equal where prompts are the same from
/// their beginning, as far as the trace's block ids tell. Tokens without an id are the request's
/// own.
class EppPromptChunks {
 public:
  /// Leading `max_tokens` / `block_tokens` blocks at most; 0 is all. A partial last block counts if
  /// `partial`.
  void compute(const RequestView& request, std::uint32_t number, std::int64_t block_tokens,
               std::int64_t max_tokens, bool partial);
  std::span<const EppChunk> all() const { return chunks_; }
  std::int64_t blocks() const { return blocks_; }

 private:
  std::vector<EppChunk> chunks_;
  std::int64_t blocks_ = 0;
};

/// Which pods are believed to hold which chunks. A chunk nobody holds is forgotten. An LRU over
/// blocks drops the oldest first, so that of each pod one chunk at most has lost some: its oldest,
/// its leading blocks.
class EppPrefixIndex {
 public:
  explicit EppPrefixIndex(std::uint32_t pods);

  /// Adds to matched[p] the leading blocks pod p holds, up to the first that nobody holds. As in
  /// llm-d a pod that has dropped a block in the middle still counts those after it.
  void match(std::span<const EppChunk> chunks, std::int32_t* matched) const;
  /// Pod `pod` was sent these blocks: they become its newest, its oldest go beyond `capacity`.
  void add(std::uint32_t pod, std::span<const EppChunk> chunks, std::int64_t capacity);
  /// Pod `pod` no longer counts as holding the chunk.
  void remove(std::uint32_t pod, std::uint64_t hash);
  /// Nothing is believed of `pod` any more.
  void forget(std::uint32_t pod);
  /// Blocks `pod` is believed to hold.
  std::int64_t blocks(std::uint32_t pod) const { return pods_[pod].size; }

 private:
  struct Chunk {
    std::uint64_t hash = 0;
    std::uint32_t holders = 0;
    std::uint32_t trimmed = 0;  ///< of those, who has dropped some of its blocks
    std::int32_t blocks = 0;
  };
  struct Entry {
    std::uint32_t chunk = kNoIndex;
    std::uint32_t older = kNoIndex, newer = kNoIndex;
  };
  struct Pod {
    FlatMap<std::uint32_t> entry_of;  ///< by chunk
    std::vector<Entry> entries;
    std::vector<std::uint32_t> spare;
    std::uint32_t oldest = kNoIndex, newest = kNoIndex;
    std::int32_t dropped = 0;  ///< leading blocks of its oldest chunk
    std::int64_t size = 0;     ///< blocks
  };

  static std::uint64_t key_of(std::uint64_t hash) {
    return hash == FlatMap<std::uint32_t, std::uint64_t>::kFree ? hash - 1 : hash;
  }
  template <class Visit>
  void for_holders(std::uint32_t chunk, Visit visit) const;
  void restore(Pod& pod);
  bool match_trimmed(std::uint32_t chunk, std::int32_t* matched) const;
  std::uint32_t make_chunk(const EppChunk& chunk);
  void insert(std::uint32_t pod, std::uint32_t chunk);
  void unlink(Pod& pod, std::uint32_t entry);
  void append(Pod& pod, std::uint32_t entry);
  void drop(std::uint32_t pod, std::uint32_t entry);

  std::size_t words_;   ///< of a chunk's set of pods
  std::size_t groups_;  ///< of 64 such words
  FlatMap<std::uint32_t, std::uint64_t> chunk_of_;
  std::vector<Chunk> chunks_;
  std::vector<std::uint64_t> holders_;   ///< [chunk][word]
  std::vector<std::uint64_t> occupied_;  ///< [chunk][group], a bit for each word that is not 0
  std::vector<std::uint32_t> spare_;
  std::vector<Pod> pods_;
};

}  // namespace pigou
