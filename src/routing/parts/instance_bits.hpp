// A bit for each instance, to walk over those that are set without looking at the others.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

class InstanceBits {
 public:
  /// All set, or none. With all set, bits above `instances` are too: only for walks with another.
  explicit InstanceBits(std::uint32_t instances, bool set = false)
      : words_((instances + 63) / 64, set ? ~std::uint64_t{0} : 0) {}

  void set(std::uint32_t i, bool to) {
    const std::uint64_t bit = std::uint64_t{1} << (i % 64);
    words_[i / 64] = to ? words_[i / 64] | bit : words_[i / 64] & ~bit;
  }
  /// The first one set from `i` on; kNoIndex where there is none.
  std::uint32_t next(std::uint32_t i) const {
    return next_of(i, [this](std::size_t word) { return words_[word]; });
  }
  /// The same of those set here and there. Both have the same number of instances.
  std::uint32_t next(std::uint32_t i, const InstanceBits& there) const {
    return next_of(i, [&](std::size_t word) { return words_[word] & there.words_[word]; });
  }

 private:
  template <class Word>
  std::uint32_t next_of(std::uint32_t i, Word word_at) const {
    for (std::size_t word = i / 64; word < words_.size(); ++word, i = 0) {
      const std::uint64_t left = word_at(word) >> (i % 64) << (i % 64);
      if (left != 0)
        return static_cast<std::uint32_t>(word * 64) +
               static_cast<std::uint32_t>(std::countr_zero(left));
    }
    return kNoIndex;
  }

  std::vector<std::uint64_t> words_;
};

}  // namespace pigou
