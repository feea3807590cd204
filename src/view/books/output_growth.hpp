// Active blocks with those that answers have opened while they streamed through the router.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// Made anew for one replica before each of its decisions: it starts from the replica's books,
/// every request in flight adds what its answer holds, and columns() are the rounded sums. Until
/// it was made once, it has no columns and the books stand for themselves.
class OutputGrowth {
 public:
  void start(const std::int64_t* active_blocks, std::size_t instances) {
    sums_.assign(active_blocks, active_blocks + instances);
    blocks_.resize(instances);
  }
  /// `blocks` more on `instance`; of them and of the `alone` blocks that only this request uses,
  /// the share `share` counts.
  void add(InstanceId instance, std::uint32_t blocks, double alone, double share) {
    double& sum = sums_[instance];
    sum += blocks * share;
    if (share == 1) return;
    sum += alone * (share - 1);
  }
  void end() {
    for (std::size_t i = 0; i < sums_.size(); ++i) blocks_[i] = std::llround(sums_[i]);
  }
  /// By instance; null: never made.
  const std::int64_t* columns() const { return blocks_.empty() ? nullptr : blocks_.data(); }

 private:
  std::vector<double> sums_;
  std::vector<std::int64_t> blocks_;
};

}  // namespace pigou
