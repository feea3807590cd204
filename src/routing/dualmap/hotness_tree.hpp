// DualMap's hotness tree, as the paper words it: how many blocks of a prompt make its key.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/flat_map.hpp"
#include "routing/parts/prefix_chain.hpp"

namespace pigou {

/// A key starts as the prompt's first block. rho of a prefix is its share of the last `window`
/// requests. Where rho of a key is above 2 / n it gets one block longer (its children are told
/// apart from then on), where rho of its parent is below 1 / n one block shorter; n is the number
/// of instances that take requests, and below `min_samples` requests nothing changes. Source:
/// arXiv 2602.06502 (second-hand). Which prefix the lower bound is asked of, the window and
/// the number of samples are not published there: the parent, because a key that has just been
/// split is always below 1 / n, and the code's numbers.
class HotnessTree {
 public:
  HotnessTree() = default;
  HotnessTree(std::uint32_t window, std::uint32_t min_samples, std::uint32_t max_depth)
      : window_(window),
        min_samples_(min_samples),
        max_depth_(max_depth),
        seen_(std::size_t{window} * max_depth) {}

  /// Blocks of the key of a prompt with at least one: as deep as the tree has been split.
  std::uint32_t key_depth(const PrefixChain& chain) const {
    std::uint32_t depth = 1;
    while (depth < chain.depth() && split_.find(chain.hash(depth)) != nullptr) ++depth;
    return depth;
  }

  /// The prompt, whose key has `depth` blocks, has been routed over `instances`.
  void observe(const PrefixChain& chain, std::uint32_t depth, std::uint32_t instances) {
    std::uint64_t* row = &seen_[std::size_t{next_} * max_depth_];
    std::fill(std::copy(chain.hashes().begin(), chain.hashes().end(), row), row + max_depth_, 0);
    next_ = next_ + 1 == window_ ? 0 : next_ + 1;
    filled_ = std::min(filled_ + 1, window_);
    if (filled_ < min_samples_) return;
    if (depth < chain.depth() && times(chain, depth) * instances > 2 * filled_)
      split_[chain.hash(depth)] = true;
    else if (depth > 1 && times(chain, depth - 1) * instances < filled_)
      split_.erase(chain.hash(depth - 1));
  }

 private:
  /// Requests of the window that begin with the first `depth` blocks.
  std::uint64_t times(const PrefixChain& chain, std::uint32_t depth) const {
    std::uint64_t count = 0;
    for (std::size_t r = 0; r < filled_; ++r)
      count += seen_[r * max_depth_ + depth - 1] == chain.hash(depth) ? 1 : 0;
    return count;
  }

  std::uint32_t window_ = 200, min_samples_ = 20, max_depth_ = 64;
  std::uint32_t next_ = 0, filled_ = 0;
  std::vector<std::uint64_t> seen_;  ///< [request of the window][depth - 1], 0: not as deep
  FlatMap<bool, std::uint64_t> split_;
};

}  // namespace pigou
