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

/// Chained hashes of a prompt's blocks of `block_tokens` tokens, a partial last one too: equal
/// where the prompts are the same from their beginning, as far as the trace's block ids tell.
/// Tokens without an id are the request's own.
class EppBlockHashes {
 public:
  /// Leading `max_tokens` / `block_tokens` blocks at most; 0 is all.
  void compute(const RequestView& request, std::uint32_t number, std::int64_t block_tokens,
               std::int64_t max_tokens);
  void drop_last() { hashes_.pop_back(); }
  std::span<const std::uint64_t> all() const { return hashes_; }

 private:
  std::vector<std::uint64_t> hashes_;
};

/// Which pods are believed to hold which blocks. A block nobody holds is forgotten.
class EppPrefixIndex {
 public:
  explicit EppPrefixIndex(std::uint32_t pods);

  /// Adds to matched[p] the leading blocks pod p holds, up to the first that nobody holds. As in
  /// llm-d a pod that has dropped a block in the middle still counts those after it.
  void match(std::span<const std::uint64_t> hashes, std::int32_t* matched) const;
  /// Pod `pod` was sent these blocks: they become its newest, its oldest go beyond `capacity`.
  void add(std::uint32_t pod, std::span<const std::uint64_t> hashes, std::size_t capacity);
  /// Pod `pod` no longer counts as holding the block.
  void remove(std::uint32_t pod, std::uint64_t hash);
  /// Nothing is believed of `pod` any more.
  void forget(std::uint32_t pod);
  /// Blocks `pod` is believed to hold.
  std::size_t blocks(std::uint32_t pod) const { return pods_[pod].size; }

 private:
  struct Block {
    std::uint64_t hash = 0;
    std::uint32_t holders = 0;
  };
  struct Entry {
    std::uint32_t block = kNoIndex;
    std::uint32_t older = kNoIndex, newer = kNoIndex;
  };
  struct Pod {
    FlatMap<std::uint32_t> entry_of;  ///< by block
    std::vector<Entry> entries;
    std::vector<std::uint32_t> spare;
    std::uint32_t oldest = kNoIndex, newest = kNoIndex;
    std::size_t size = 0;
  };

  static std::uint64_t key_of(std::uint64_t hash) {
    return hash == FlatMap<std::uint32_t, std::uint64_t>::kFree ? hash - 1 : hash;
  }
  std::uint32_t make_block(std::uint64_t hash);
  void unlink(Pod& pod, std::uint32_t entry);
  void append(Pod& pod, std::uint32_t entry);
  void drop(std::uint32_t pod, std::uint32_t entry);

  std::size_t words_;  ///< of a block's set of pods
  FlatMap<std::uint32_t, std::uint64_t> block_of_;
  std::vector<Block> blocks_;
  std::vector<std::uint64_t> holders_;  ///< [block][word]
  std::vector<std::uint32_t> spare_;
  std::vector<Pod> pods_;
};

}  // namespace pigou
