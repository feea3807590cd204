// A list that is nearly always short: the first N members live inside it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace pigou {

/// Contiguous, copyable, trivially copyable members. Past N members it moves to the heap for good.
template <class T, std::size_t N>
class ShortList {
 public:
  T* begin() { return spilled_.empty() ? inside_.data() : spilled_.data(); }
  T* end() { return begin() + size_; }
  const T* begin() const { return spilled_.empty() ? inside_.data() : spilled_.data(); }
  const T* end() const { return begin() + size_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

  void push_back(T value) {
    const std::size_t capacity = spilled_.empty() ? N : spilled_.size();
    if (size_ == capacity) {
      std::vector<T> larger(2 * capacity);
      std::copy(begin(), end(), larger.begin());
      spilled_.swap(larger);
    }
    begin()[size_++] = value;
  }
  /// Removes every member equal to `value`, keeping the order of the rest.
  void erase_value(const T& value) {
    size_ = static_cast<std::size_t>(std::remove(begin(), end(), value) - begin());
  }

 private:
  std::size_t size_ = 0;
  std::array<T, N> inside_{};
  std::vector<T> spilled_;
};

}  // namespace pigou
