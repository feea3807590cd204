// A column of counts, one for each instance, of which the lowest is asked for again and again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace pigou {

/// A value. Keeps the lowest count of each block of instances: a change costs O(1), the lowest of
/// all one look per block and a pass over those whose lowest has grown since.
class LowestCounts {
 public:
  static constexpr std::size_t kBlock = 64;

  explicit LowestCounts(std::size_t instances = 0)
      : counts_(instances, 0), blocks_((instances + kBlock - 1) / kBlock) {}

  std::span<const std::int64_t> all() const { return counts_; }
  std::int64_t operator[](std::size_t i) const { return counts_[i]; }

  void add(std::size_t i, std::int64_t amount) {
    Block& block = blocks_[i / kBlock];
    const std::int64_t before = counts_[i];
    const std::int64_t after = before + amount;
    counts_[i] = after;
    if (after < block.lowest)
      block.lowest = after;
    else if (before == block.lowest && amount != 0)
      block.grown = true;
  }
  /// The lowest count of instances b * kBlock to (b + 1) * kBlock - 1.
  std::int64_t lowest_of_block(std::size_t b) {
    if (blocks_[b].grown) refresh(b);
    return blocks_[b].lowest;
  }
  /// The first instance with the lowest count; 0 where there is none.
  std::uint32_t first_lowest();

 private:
  struct Block {
    std::int64_t lowest = 0;  ///< where `grown`, a bound
    bool grown = false;
  };
  void refresh(std::size_t b);

  std::vector<std::int64_t> counts_;
  std::vector<Block> blocks_;
};

}  // namespace pigou
