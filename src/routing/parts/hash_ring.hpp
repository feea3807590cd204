// A consistent-hash ring: `virtual_nodes` points per instance, walked clockwise.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "core/random_stream.hpp"

namespace pigou {

/// Immutable. Real routers hash names (blake3, xxh3); here an instance's name is its index and a
/// `salt` stands for the hash function, so that two routers' rings differ as theirs do.
class HashRing {
 public:
  HashRing() = default;
  HashRing(std::uint32_t instances, std::uint32_t virtual_nodes, std::uint64_t salt) : salt_(salt) {
    points_.reserve(static_cast<std::size_t>(instances) * virtual_nodes);
    for (std::uint32_t i = 0; i < instances; ++i)
      for (std::uint32_t v = 0; v < virtual_nodes; ++v)
        points_.push_back({mix64(salt + mix64((std::uint64_t{i} << 32) | v)), i});
    std::sort(points_.begin(), points_.end());
    index();
  }

  /// The first instance at or after the key's position that `accept` takes, going round once;
  /// kNoIndex if it takes none. `accept` may be asked about an instance more than once.
  template <class Accept>
  std::uint32_t walk(std::uint64_t key, Accept accept) const {
    const Point wanted{mix64(salt_ ^ key), 0};
    const auto start = lower_bound(wanted);
    for (auto point = start; point != points_.end(); ++point)
      if (accept(point->instance)) return point->instance;
    for (auto point = points_.begin(); point != start; ++point)
      if (accept(point->instance)) return point->instance;
    return kNoIndex;
  }

 private:
  struct Point {
    std::uint64_t position;
    std::uint32_t instance;
    auto operator<=>(const Point&) const = default;
  };

  /// Where each of some equal arcs of the ring begins, for about four points an arc: a search over
  /// hundreds of thousands of points would wait for memory at every step.
  void index() {
    const auto bits = static_cast<int>(std::bit_width(points_.size() / 4));
    shift_ = 64 - std::max(1, bits);
    const std::size_t arcs = std::size_t{1} << (64 - shift_);
    arcs_.resize(arcs + 1, static_cast<std::uint32_t>(points_.size()));
    for (std::size_t p = points_.size(); p-- > 0;)
      arcs_[points_[p].position >> shift_] = static_cast<std::uint32_t>(p);
    for (std::size_t a = arcs; a-- > 0;) arcs_[a] = std::min(arcs_[a], arcs_[a + 1]);
  }
  std::vector<Point>::const_iterator lower_bound(const Point& wanted) const {
    if (points_.empty()) return points_.end();
    const std::size_t arc = wanted.position >> shift_;
    return std::lower_bound(points_.begin() + arcs_[arc], points_.begin() + arcs_[arc + 1], wanted);
  }

  std::uint64_t salt_ = 0;
  std::vector<Point> points_;
  std::vector<std::uint32_t> arcs_;  ///< first point of each arc, and the end
  int shift_ = 63;                   ///< position >> shift_ is the arc
};

}  // namespace pigou
