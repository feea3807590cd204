// How DualMap's published code finds the length of a prompt's key: a lazy table of hot prefixes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/flat_map.hpp"
#include "routing/parts/prefix_chain.hpp"

namespace pigou {

/// One level of the table per depth: the prefixes of that length that are told apart further on,
/// the least recently asked about given up beyond `capacity`.
class HotLevel {
 public:
  bool contains(std::uint64_t prefix, std::uint64_t now) {
    std::uint64_t* used = last_use_.find(prefix);
    if (used != nullptr) *used = now;
    return used != nullptr;
  }
  void insert(std::uint64_t prefix, std::uint64_t now, std::size_t capacity) {
    last_use_[prefix] = now;
    if (last_use_.size() <= capacity) return;
    std::uint64_t oldest = 0, since = now + 1;
    last_use_.for_each([&](std::uint64_t known, std::uint64_t used) {
      if (used < since) oldest = known, since = used;  // stamps are distinct
    });
    last_use_.erase(oldest);
  }
  void erase(std::uint64_t prefix) {
    if (last_use_.find(prefix) != nullptr) last_use_.erase(prefix);
  }

 private:
  FlatMap<std::uint64_t, std::uint64_t> last_use_;
};

/// The rule of lazy_prefix_table.py (A-zhudong/DualMap@7d1d7aa, of ASISys/DualMap). The window
/// holds the last `window` observations: every request observes its key,
/// and the key's parent as well where it has one. A key whose share is at least `hot_share` is told
/// apart one block deeper. A parent below `cold_share` is meant to shorten the key, but what is
/// deleted is the entry of the key itself, not of its parent: all that can be undone is a split
/// made by the same request, or by a longer prompt at this prompt's full length. Kept as it is.
class HotPrefixTable {
 public:
  HotPrefixTable() = default;
  HotPrefixTable(std::uint32_t window, std::uint32_t min_samples, double hot_share,
                 double cold_share, std::uint32_t max_depth, std::uint32_t capacity)
      : min_samples_(min_samples),
        hot_share_(hot_share),
        cold_share_(cold_share),
        capacity_(capacity),
        window_(window),
        levels_(max_depth) {}

  /// Blocks of the key of a prompt with at least one.
  std::uint32_t key_depth(const PrefixChain& chain) {
    for (std::uint32_t depth = 1; depth <= chain.depth(); ++depth)
      if (!levels_[depth - 1].contains(chain.hash(depth), ++now_)) return depth;
    return chain.depth();
  }

  /// The prompt, whose key has `depth` blocks, has been asked about.
  void observe(const PrefixChain& chain, std::uint32_t depth) {
    const double share = observe(chain.hash(depth));
    if (share >= hot_share_ && depth < chain.depth())
      levels_[depth - 1].insert(chain.hash(depth), ++now_, capacity_);
    if (depth > 1 && observe(chain.hash(depth - 1)) < cold_share_)
      levels_[depth - 1].erase(chain.hash(depth));
  }

 private:
  /// Enters `prefix` into the window and returns its share; 0 until there is more than min_samples.
  double observe(std::uint64_t prefix) {
    window_[next_] = prefix;
    next_ = next_ + 1 == window_.size() ? 0 : next_ + 1;
    filled_ = std::min(filled_ + 1, window_.size());
    if (filled_ <= min_samples_) return 0;
    const auto end = window_.begin() + static_cast<std::ptrdiff_t>(filled_);
    return static_cast<double>(std::count(window_.begin(), end, prefix)) /
           static_cast<double>(filled_);
  }

  std::size_t min_samples_ = 20;
  double hot_share_ = 0.0612, cold_share_ = 0.02;
  std::size_t capacity_ = 10'000;
  std::vector<std::uint64_t> window_;
  std::size_t next_ = 0, filled_ = 0;
  std::uint64_t now_ = 0;
  std::vector<HotLevel> levels_;  ///< [depth - 1]
};

}  // namespace pigou
