// The least loaded instance, and how many tie with it, in O(log n): a tree of (minimum, count).
#pragma once

#include <cstdint>
#include <vector>

namespace pigou {

/// Key of an instance that takes no requests: above every load, with room for credits.
inline constexpr std::int64_t kUnavailableLoad = std::int64_t{1} << 61;

/// A complete binary tree over n keys; every node knows the least key below it, how many leaves
/// have it and which of them is the first. Finds the k-th of the tied leaves in order of their ids,
/// exactly as a scan would.
class LoadTree {
 public:
  LoadTree() = default;
  explicit LoadTree(std::uint32_t leaves) {
    while (capacity_ < leaves) capacity_ *= 2;
    nodes_.assign(2 * static_cast<std::size_t>(capacity_), Node{INT64_MAX, 0, 0});
    for (std::uint32_t i = 0; i < leaves; ++i) nodes_[capacity_ + i] = {0, 1, i};
    for (std::uint32_t n = capacity_ - 1; n >= 1; --n) nodes_[n] = merge(n);
  }

  bool empty() const { return nodes_.empty(); }
  std::int64_t key(std::uint32_t leaf) const { return nodes_[capacity_ + leaf].least; }
  std::int64_t least() const { return nodes_[1].least; }
  std::uint32_t ties() const { return nodes_[1].ties; }

  void set(std::uint32_t leaf, std::int64_t key) {
    std::uint32_t n = capacity_ + leaf;
    if (nodes_[n].least == key) return;
    nodes_[n].least = key;
    for (n /= 2; n >= 1; n /= 2) {
      const Node merged = merge(n);
      const Node& known = nodes_[n];
      if (merged.least == known.least && merged.ties == known.ties && merged.first == known.first)
        return;
      nodes_[n] = merged;
    }
  }

  /// The k-th leaf (from 0, by id) that has the least key.
  std::uint32_t tied(std::uint32_t k) const {
    if (k == 0) return nodes_[1].first;  // without the walk down: nobody ties, as a rule
    const std::int64_t wanted = least();
    std::uint32_t n = 1;
    while (n < capacity_) {
      n *= 2;
      const std::uint32_t left = nodes_[n].least == wanted ? nodes_[n].ties : 0;
      if (k >= left) {
        k -= left;
        ++n;
      }
    }
    return n - capacity_;
  }

  /// Appends the leaves whose key is at most `limit`, in order of their ids. False, with some of
  /// them appended, when there are more than `most`.
  bool collect(std::int64_t limit, std::size_t most, std::vector<std::uint32_t>& leaves) const {
    if (least() > limit) return true;
    return collect(1, limit, leaves.size() + most, leaves);
  }

  /// Leaves with the least key and an id below `leaf`.
  std::uint32_t ties_before(std::uint32_t leaf) const {
    const std::int64_t wanted = least();
    std::uint32_t count = 0;
    for (std::uint32_t n = capacity_ + leaf; n > 1; n /= 2)
      if (n % 2 == 1 && nodes_[n - 1].least == wanted) count += nodes_[n - 1].ties;
    return count;
  }

 private:
  struct Node {
    std::int64_t least;
    std::uint32_t ties;
    std::uint32_t first;  ///< of the tied leaves
  };

  bool collect(std::uint32_t n, std::int64_t limit, std::size_t end,
               std::vector<std::uint32_t>& leaves) const {
    while (n < capacity_) {
      n *= 2;
      if (nodes_[n].least > limit) {
        ++n;  // one of the two is within the limit
      } else if (nodes_[n + 1].least <= limit) {
        if (!collect(n, limit, end, leaves)) return false;
        ++n;
      }
    }
    if (leaves.size() == end) return false;
    leaves.push_back(n - capacity_);
    return true;
  }

  Node merge(std::uint32_t n) const {
    const Node& left = nodes_[2 * n];
    const Node& right = nodes_[2 * n + 1];
    if (left.least != right.least) return left.least < right.least ? left : right;
    return {left.least, left.ties + right.ties, left.first};
  }

  std::uint32_t capacity_ = 1;
  std::vector<Node> nodes_;
};

}  // namespace pigou
