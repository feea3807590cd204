// Dense, chained block ids out of whatever numbers a trace uses.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// Renames raw block ids to dense ones, 0, 1, 2, ... in order of first sight, such that each dense
/// id has exactly one predecessor. Most traces are chained already (a raw id stands for its block
/// and everything before it) and number their blocks densely: one flat array then answers. Where a
/// raw id turns up behind another predecessor, or is large, (predecessor, raw id) is hashed.
class BlockChain {
 public:
  /// Forgets all raw ids, not the dense ones: for formats whose ids are local to a file.
  void begin_scope();

  /// Reserves memory for about this many distinct ids.
  void reserve(std::size_t ids);

  /// The dense id of `raw` behind dense `predecessor` (kNoIndex for a first block).
  std::uint32_t id(std::uint64_t raw, std::uint32_t predecessor) {
    if (raw < flat_.size()) [[likely]] {
      Flat& entry = flat_[raw];
      if (entry.dense != kNoIndex && entry.predecessor == predecessor) [[likely]]
        return entry.dense;
      if (entry.dense == kNoIndex && hashed_ == 0) {
        entry = {next_id(), predecessor};
        return entry.dense;
      }
    }
    return slow_id(raw, predecessor);
  }
  /// The dense ids of a whole prompt.
  void name_all(std::span<const std::uint64_t> raw, std::uint32_t* dense) {
    std::uint32_t previous = kNoIndex;
    for (const std::uint64_t one : raw) *dense++ = previous = id(one, previous);
  }
  std::uint32_t distinct() const { return next_; }
  /// Raw ids seen behind more than one predecessor: above 0 the trace was not chained.
  std::uint64_t conflicts() const { return conflicts_; }

 private:
  struct Flat {
    std::uint32_t dense = kNoIndex;
    std::uint32_t predecessor = kNoIndex;
  };
  struct Hashed {
    std::uint64_t raw = 0;
    std::uint32_t predecessor = 0;
    std::uint32_t dense = kNoIndex;  ///< kNoIndex: the slot is free
  };

  std::uint32_t next_id() {
    if (next_ == kNoIndex) too_many();
    return next_++;
  }
  [[noreturn]] static void too_many();
  std::uint32_t slow_id(std::uint64_t raw, std::uint32_t predecessor);
  Hashed& slot(std::uint64_t raw, std::uint32_t predecessor);
  void grow_table();

  std::vector<Flat> flat_;
  std::vector<Hashed> table_;  ///< open addressing, a power of two slots
  std::size_t hashed_ = 0;
  std::uint32_t next_ = 0;
  std::uint64_t conflicts_ = 0;
};

}  // namespace pigou
