// A prompt's beginnings: one hash for each depth, in blocks of a router's choosing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/random_stream.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// hash(d) stands for the first d key blocks of `key_block_tokens` tokens each, as far as the trace
/// tells them apart: a key block is a whole number of trace blocks, at least one, and a partial
/// last one counts. Equal beginnings have equal hashes; other depths and workload copies have
/// others. Keeps its memory from one request to the next.
class PrefixChain {
 public:
  PrefixChain() = default;
  PrefixChain(std::int64_t key_block_tokens, std::uint32_t max_depth)
      : key_block_tokens_(key_block_tokens), max_depth_(max_depth) {
    hashes_.reserve(max_depth);
  }

  void read(const RequestView& request) {
    hashes_.clear();
    const std::int64_t block = std::max<std::int64_t>(1, request.trace_block_tokens);
    const auto step =
        static_cast<std::size_t>(std::max<std::int64_t>(1, key_block_tokens_ / block));
    std::uint64_t hash = mix64(request.copy);
    const std::size_t blocks = request.trace_blocks.size();
    for (std::size_t b = 0; b < blocks && hashes_.size() < max_depth_; ++b) {
      hash = mix64(hash ^ (request.trace_blocks[b] + 1ULL));
      if ((b + 1) % step == 0 || b + 1 == blocks) hashes_.push_back(hash);
    }
  }

  /// Deepest prefix there is; 0 for a prompt without block ids.
  std::uint32_t depth() const { return static_cast<std::uint32_t>(hashes_.size()); }
  std::uint64_t hash(std::uint32_t depth) const { return hashes_[depth - 1]; }
  std::span<const std::uint64_t> hashes() const { return hashes_; }

 private:
  std::int64_t key_block_tokens_ = 512;
  std::uint32_t max_depth_ = 64;
  std::vector<std::uint64_t> hashes_;
};

}  // namespace pigou
