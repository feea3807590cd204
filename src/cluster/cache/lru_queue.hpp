// The free queue of a cache: who was used least recently leaves first.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "core/load_ahead.hpp"

namespace pigou {

/// A queue of parts that live in one array of the caller's, linked through their `older` and
/// `newer`: the oldest is evicted next, what is freed joins as the newest, and any part leaves from
/// where it stands. All in O(1); nothing is allocated.
///
/// Invariants: from oldest() along `newer` one passes every part in the queue once and ends at
/// newest(), and `older` leads the same way back; both are kNoIndex when it is empty. The links of
/// a part that is in no queue mean nothing. A part is in one queue at most, and leaves it before
/// its place in the array is used for another.
class LruQueue {
 public:
  bool empty() const { return oldest_ == kNoIndex; }
  std::uint32_t oldest() const { return oldest_; }
  std::uint32_t newest() const { return newest_; }

  template <class Parts>
  void push_newest(Parts& parts, std::uint32_t index) {
    parts[index].older = newest_;
    parts[index].newer = kNoIndex;
    (newest_ != kNoIndex ? parts[newest_].newer : oldest_) = index;
    newest_ = index;
  }
  template <class Parts>
  void push_oldest(Parts& parts, std::uint32_t index) {
    parts[index].older = kNoIndex;
    parts[index].newer = oldest_;
    (oldest_ != kNoIndex ? parts[oldest_].older : newest_) = index;
    oldest_ = index;
  }
  /// `index` comes to stand just before `place`: it leaves right before it.
  template <class Parts>
  void insert_before(Parts& parts, std::uint32_t index, std::uint32_t place) {
    const std::uint32_t older = parts[place].older;
    parts[index].newer = place;
    parts[index].older = older;
    (older != kNoIndex ? parts[older].newer : oldest_) = index;
    parts[place].older = index;
  }
  template <class Parts>
  void remove(Parts& parts, std::uint32_t index) {
    const std::uint32_t older = parts[index].older;
    const std::uint32_t newer = parts[index].newer;
    (older != kNoIndex ? parts[older].newer : oldest_) = newer;
    (newer != kNoIndex ? parts[newer].older : newest_) = older;
  }
  /// Starts loading both ends, where parts leave and join.
  template <class Parts>
  void prefetch_ends(const Parts& parts) const {
    if (oldest_ != kNoIndex) load_ahead(&parts[oldest_]);
    if (newest_ != kNoIndex) load_ahead(&parts[newest_]);
  }

 private:
  std::uint32_t oldest_ = kNoIndex;
  std::uint32_t newest_ = kNoIndex;
};

}  // namespace pigou
