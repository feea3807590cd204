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

namespace pigou {

/// A pod and the number of the prompt, of those it was sent, that touched the part last; from 1 on.
struct EppHolder {
  std::uint32_t pod = kNoIndex;
  std::uint32_t touch = 0;
};

/// The pods of one part. What does not fit in place lies in an EppCrowds.
struct EppHolders {
  std::uint32_t count = 0;
  std::uint32_t crowd = kNoIndex;
  std::array<EppHolder, 2> few;  ///< while there is no crowd
};

/// Crowds of all parts. A value.
class EppCrowds {
 public:
  explicit EppCrowds(std::uint32_t pods) : pods_(pods) {}

  /// When `pod` touched the part last; 0: it does not hold it.
  std::uint32_t touch_of(const EppHolders& part, std::uint32_t pod) const {
    if (part.crowd != kNoIndex) return crowds_[part.crowd].touch_of(pod);
    for (std::uint32_t k = 0; k < part.count; ++k)
      if (part.few[k].pod == pod) return part.few[k].touch;
    return 0;
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
    const Crowd& crowd = crowds_[part.crowd];
    for (const EppHolder& holder : crowd.list) visit(holder.pod, holder.touch);
    for (std::size_t w = 0; w < crowd.bits.size(); ++w) {
      for (std::uint64_t left = crowd.bits[w]; left != 0; left &= left - 1) {
        const std::size_t pod = w * 64 + static_cast<std::size_t>(std::countr_zero(left));
        visit(static_cast<std::uint32_t>(pod), crowd.touches[pod]);
      }
    }
  }
  /// A bit for each pod, where those of the part are that many; else empty.
  std::span<const std::uint64_t> bits(const EppHolders& part) const {
    if (part.crowd == kNoIndex) return {};
    return crowds_[part.crowd].bits;
  }

 private:
  struct Crowd {
    std::vector<EppHolder> list;         ///< by pod; empty where there is a column
    std::vector<std::uint32_t> touches;  ///< of each pod, 0: not a holder; empty where not
    std::vector<std::uint64_t> bits;     ///< of the column

    std::uint32_t touch_of(std::uint32_t pod) const {
      if (!touches.empty()) return touches[pod];
      const auto at = std::ranges::lower_bound(list, pod, {}, &EppHolder::pod);
      return at != list.end() && at->pod == pod ? at->touch : 0;
    }
  };
  bool touch_few(EppHolders& part, EppHolder by);
  void spread(Crowd& crowd) const;
  static void gather(Crowd& crowd, std::uint32_t count);

  std::uint32_t pods_;
  std::vector<Crowd> crowds_;
  std::vector<std::uint32_t> spare_;
};

}  // namespace pigou
