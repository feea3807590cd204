// Who holds a part of the prompts that llm-d's prefix state knows: one or two pods in place, some
// in a sorted list, many as a set of bits beside a column.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "core/load_ahead.hpp"

namespace pigou {

/// A pod and the number of the prompt, of those it was sent, that touched the part last; from 1 on.
struct EppHolder {
  std::uint32_t pod = kNoIndex;
  std::uint32_t touch = 0;
};

/// The pods of one part. What does not fit in place lies in an EppCrowds.
struct EppHolders {
  std::uint32_t count = 0;
  std::uint32_t crowd = kNoIndex;  ///< where its list begins, or which column; kNoIndex: in place
  std::array<EppHolder, 2> few;    ///< in place; of a crowd the first `touch` says what it is
};

/// Crowds of all parts, in a few long vectors: a part gets and gives back its room without asking
/// for memory. A value.
class EppCrowds {
 public:
  explicit EppCrowds(std::uint32_t pods) : pods_(pods), words_((pods + 63) / 64) {
    spare_list_.fill(kNoIndex);
  }

  /// When `pod` touched the part last; 0: it does not hold it.
  std::uint32_t touch_of(const EppHolders& part, std::uint32_t pod) const {
    if (part.crowd == kNoIndex) {
      for (std::uint32_t k = 0; k < part.count; ++k)
        if (part.few[k].pod == pod) return part.few[k].touch;
      return 0;
    }
    if (is_column(part)) return column(part)[pod];
    const auto holders = list(part);
    const auto at = std::ranges::lower_bound(holders, pod, {}, &EppHolder::pod);
    return at != holders.end() && at->pod == pod ? at->touch : 0;
  }
  /// Notes a touch; whether the pod is new there.
  bool touch(EppHolders& part, EppHolder by);
  /// Takes away a pod that is there.
  void remove(EppHolders& part, std::uint32_t pod);
  /// A part that the same pods hold.
  EppHolders copy(const EppHolders& part);

  /// Calls visit(pod, touch) for each.
  template <class Visit>
  void for_each(const EppHolders& part, Visit visit) const {
    if (part.crowd == kNoIndex) {
      for (std::uint32_t k = 0; k < part.count; ++k) visit(part.few[k].pod, part.few[k].touch);
      return;
    }
    if (!is_column(part)) {
      for (const EppHolder& holder : list(part)) visit(holder.pod, holder.touch);
      return;
    }
    for (std::size_t w = 0; w < words_; ++w) {
      for (std::uint64_t left = bits(part)[w]; left != 0; left &= left - 1) {
        const std::size_t pod = w * 64 + static_cast<std::size_t>(std::countr_zero(left));
        visit(static_cast<std::uint32_t>(pod), column(part)[pod]);
      }
    }
  }
  /// Says that the pods of the part will be visited.
  void prefetch(const EppHolders& part) const {
    if (part.crowd == kNoIndex || is_column(part)) return;
    const EppHolder* const first = &lists_[part.crowd];
    load_ahead(first);
    if (part.count > 64 / sizeof(EppHolder)) load_ahead(first + 64 / sizeof(EppHolder));
  }
  /// A bit for each pod, where those of the part are that many; else empty.
  std::span<const std::uint64_t> bits(const EppHolders& part) const {
    if (part.crowd == kNoIndex || !is_column(part)) return {};
    return {&bits_[part.crowd * words_], words_};
  }

 private:
  static constexpr std::uint32_t kColumn = 32;  ///< as a size of list
  static constexpr std::uint32_t kFirstList = 8;

  /// A list has room for kFirstList << size.
  static std::uint32_t& size_of(EppHolders& part) { return part.few[0].touch; }
  static bool is_column(const EppHolders& part) { return part.few[0].touch == kColumn; }
  std::span<const EppHolder> list(const EppHolders& part) const {
    return {lists_.data() + part.crowd, part.count};
  }
  const std::uint32_t* column(const EppHolders& part) const {
    return &touches_[part.crowd * std::size_t{pods_}];
  }
  void set(const EppHolders& part, EppHolder by);
  std::uint32_t take_list(std::uint32_t size);
  void give_list(std::uint32_t begin, std::uint32_t size);
  std::uint32_t take_column();
  void give_column(std::uint32_t column);
  bool touch_in_place(EppHolders& part, EppHolder by);
  void grow(EppHolders& part);
  void spread(EppHolders& part);
  void gather(EppHolders& part);

  std::uint32_t pods_;
  std::size_t words_;                              ///< of a set of pods
  std::vector<EppHolder> lists_;                   ///< by pod each
  std::array<std::uint32_t, kColumn> spare_list_;  ///< by size: the first, whose `pod` is the next
  std::vector<std::uint32_t> touches_;             ///< [column][pod], 0: not a holder
  std::vector<std::uint64_t> bits_;                ///< [column][word]
  std::uint32_t spare_column_ = kNoIndex;  ///< the first, whose first cell is the next; else all 0
};

}  // namespace pigou
