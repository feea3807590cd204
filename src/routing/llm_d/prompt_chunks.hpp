// A prompt as llm-d's approximate prefix state sees it: hashed blocks, many at a time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "view/router_view.hpp"

namespace pigou {

class EppPrefixIndex;

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
  /// `partial`. `index` will be asked for them.
  void compute(const RequestView& request, std::uint32_t number, std::int64_t block_tokens,
               std::int64_t max_tokens, bool partial, const EppPrefixIndex& index);
  std::span<const EppChunk> all() const { return chunks_; }
  std::int64_t blocks() const { return blocks_; }

 private:
  void compute_aligned(const RequestView& request, std::uint32_t number, std::int64_t block_tokens,
                       const EppPrefixIndex& index);
  void push(std::uint64_t hash, std::int64_t blocks, const EppPrefixIndex& index);

  std::vector<EppChunk> chunks_;
  std::int64_t blocks_ = 0;
};

}  // namespace pigou
