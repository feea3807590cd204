// A small open-addressing map from 32-bit ids to trivially copyable values.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// Linear probing, power-of-two capacity, deletion by backward shift (no tombstones), at most 5/8
/// full. Debian 12 has no packaged flat map that is both header-only and copyable as plain arrays,
/// which suspending and copying a simulation needs. The key UINT32_MAX is reserved.
template <class Value>
class FlatMap {
 public:
  /// Pointer to the value of `key`, or null. Invalidated by insert and erase.
  Value* find(std::uint32_t key) {
    if (slots_.empty()) return nullptr;
    for (std::uint32_t i = home(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return &slots_[i].value;
      if (slots_[i].key == kNoIndex) return nullptr;
    }
  }
  const Value* find(std::uint32_t key) const { return const_cast<FlatMap*>(this)->find(key); }

  /// The value of `key`, default-constructed if new.
  Value& operator[](std::uint32_t key) {
    if (Value* found = find(key)) return *found;
    if ((size_ + 1) * 8 > slots_.size() * 5) grow();
    ++size_;
    std::uint32_t i = home(key);
    while (slots_[i].key != kNoIndex) i = (i + 1) & mask_;
    slots_[i] = {key, Value{}};
    return slots_[i].value;
  }

  /// Starts loading the slot of `key`, so that several lookups wait for memory together.
  void prefetch(std::uint32_t key) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[home(key)]);
  }

  void erase(std::uint32_t key) {
    std::uint32_t hole = home(key);
    while (slots_[hole].key != key) hole = (hole + 1) & mask_;
    --size_;
    for (std::uint32_t i = (hole + 1) & mask_; slots_[i].key != kNoIndex; i = (i + 1) & mask_) {
      // Move i back if its home does not lie in (hole, i].
      if (((i - home(slots_[i].key)) & mask_) >= ((i - hole) & mask_)) {
        slots_[hole] = slots_[i];
        hole = i;
      }
    }
    slots_[hole].key = kNoIndex;
  }

  std::size_t size() const { return size_; }

  /// Visits every (key, value) in table order: only for sums and checks, never for output order.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const auto& slot : slots_)
      if (slot.key != kNoIndex) visit(slot.key, slot.value);
  }

 private:
  struct Slot {
    std::uint32_t key = kNoIndex;
    Value value{};
  };

  std::uint32_t home(std::uint32_t key) const { return (key * 2654435769U) >> shift_; }
  void grow() {
    std::vector<Slot> old;
    old.swap(slots_);
    slots_.resize(old.empty() ? 16 : old.size() * 2);
    mask_ = static_cast<std::uint32_t>(slots_.size()) - 1;
    shift_ = 32;
    for (std::size_t n = slots_.size(); n > 1; n /= 2) --shift_;
    for (const auto& slot : old) {
      if (slot.key == kNoIndex) continue;
      std::uint32_t i = home(slot.key);
      while (slots_[i].key != kNoIndex) i = (i + 1) & mask_;
      slots_[i] = slot;
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  std::uint32_t mask_ = 0;
  std::uint32_t shift_ = 32;
};

}  // namespace pigou
