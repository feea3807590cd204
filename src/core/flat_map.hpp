// A small open-addressing map from 32-bit ids, or 64-bit pairs of them, to trivially copyable
// values.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/ids.hpp"
#include "core/load_ahead.hpp"

namespace pigou {

/// Linear probing, power-of-two capacity, deletion by backward shift (no tombstones), at most 5/8
/// full. Debian 12 has no packaged flat map that is both header-only and copyable as plain arrays,
/// which suspending and copying a simulation needs. The largest key is reserved.
template <class Value, class Key = std::uint32_t>
class FlatMap {
 public:
  static constexpr Key kFree = std::numeric_limits<Key>::max();

  /// Pointer to the value of `key`, or null. Invalidated by insert and erase.
  Value* find(Key key) {
    if (slots_.empty()) return nullptr;
    for (std::uint32_t i = home(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return &slots_[i].value;
      if (slots_[i].key == kFree) return nullptr;
    }
  }
  const Value* find(Key key) const { return const_cast<FlatMap*>(this)->find(key); }

  /// The value of `key`, default-constructed if new.
  Value& operator[](Key key) {
    if (Value* found = find(key)) return *found;
    if ((size_ + 1) * 8 > slots_.size() * 5) grow();
    ++size_;
    std::uint32_t i = home(key);
    while (slots_[i].key != kFree) i = (i + 1) & mask_;
    slots_[i] = {key, Value{}};
    return slots_[i].value;
  }

  /// Starts loading the slot of `key`, so that several lookups wait for memory together.
  void prefetch(Key key) const {
    if (!slots_.empty()) load_ahead(&slots_[home(key)]);
  }

  void erase(Key key) {
    std::uint32_t hole = home(key);
    while (slots_[hole].key != key) hole = (hole + 1) & mask_;
    --size_;
    for (std::uint32_t i = (hole + 1) & mask_; slots_[i].key != kFree; i = (i + 1) & mask_) {
      // Move i back if its home does not lie in (hole, i].
      if (((i - home(slots_[i].key)) & mask_) >= ((i - hole) & mask_)) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole].key = kFree;
  }

  std::size_t size() const { return size_; }

  /// Visits every (key, value) in table order: only for sums and checks, never for output order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& slot : slots_)
      if (slot.key != kFree) visit(slot.key, slot.value);
  }

 private:
  struct Slot {
    Key key = kFree;
    Value value{};
  };

  std::uint32_t home(Key key) const {
    if constexpr (sizeof(Key) == sizeof(std::uint32_t))
      return (key * 2654435769U) >> shift_;
    else
      return static_cast<std::uint32_t>((key * 0x9e3779b97f4a7c15ULL) >> (shift_ + 32));
  }
  void grow() {
    std::vector<Slot> old;
    old.swap(slots_);
    slots_.resize(old.empty() ? 16 : old.size() * 2);
    mask_ = static_cast<std::uint32_t>(slots_.size()) - 1;
    shift_ = 32;
    for (std::size_t n = slots_.size(); n > 1; n /= 2) --shift_;
    for (const auto& slot : old) {
      if (slot.key == kFree) continue;
      std::uint32_t i = home(slot.key);
      while (slots_[i].key != kFree) i = (i + 1) & mask_;
      slots_[i] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  std::uint32_t mask_ = 0;
  std::uint32_t shift_ = 32;
};

}  // namespace pigou
