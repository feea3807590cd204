// Counts by place in a KV block.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pigou {

/// One count per token of a block. Blocks of 16 tokens, which nearly all engines have, live inside
/// it: with thousands of instances, what lies unused between them is memory that events wait for.
class PhaseCounts {
 public:
  PhaseCounts() = default;
  explicit PhaseCounts(std::uint32_t block_tokens)
      : beyond_(block_tokens > kInside ? block_tokens - kInside : 0) {}

  std::uint32_t& operator[](std::size_t place) {
    return place < kInside ? inside_[place] : beyond_[place - kInside];
  }
  std::uint32_t operator[](std::size_t place) const {
    return place < kInside ? inside_[place] : beyond_[place - kInside];
  }

 private:
  static constexpr std::uint32_t kInside = 16;

  std::array<std::uint32_t, kInside> inside_{};
  std::vector<std::uint32_t> beyond_;  ///< counts of the places from kInside on
};

}  // namespace pigou
