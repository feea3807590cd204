// Choosing without a scan: a cost that is a load of the instance less a credit for its overlap.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/flat_map.hpp"
#include "core/ids.hpp"
#include "view/beliefs/prefix_index.hpp"
#include "view/books/load_tree.hpp"
#include "view/needs.hpp"

namespace pigou {

/// Keeps, for every entry instance, load = prefill_weight * active prefill tokens + block_weight *
/// active blocks in a LoadTree, and for each segment that nearly everyone holds (a system prompt)
/// another tree of load less that segment's credit. The best instance is then the better of a
/// tree's minimum and of the few that hold more of the request. All integers: the choice, ties
/// included, is the scan's. Credit must not exceed what the prefill term holds (credit <= 1).
class SeparableChoice {
 public:
  SeparableChoice() = default;
  SeparableChoice(const SeparableCost& cost, std::uint32_t instances)
      : cost_(cost), loads_(instances) {}

  bool active() const { return !loads_.empty(); }
  /// Load of `instance` has changed.
  void set_load(InstanceId instance, std::int64_t prefill_tokens, std::int64_t blocks) {
    set_load(instance, cost_.prefill_weight * prefill_tokens + cost_.block_weight * blocks);
  }
  /// Takes no requests: behind everyone who does.
  void set_unavailable(InstanceId instance) { set_load(instance, kUnavailableLoad); }
  /// All belief about `instance` has changed.
  void touch_all(InstanceId instance, const PrefixIndex& index) {
    for (Crowd& crowd : crowds_) crowd.tree.set(instance, crowd_key(crowd, instance, index));
  }
  /// Belief about or activity in `segment` on `instance` has changed.
  void touch(SegmentId segment, InstanceId instance, const PrefixIndex& index);
  /// The instance with the least cost for the request with `path`; ties by `draw`. kNoIndex when
  /// its prefix is of a kind that needs the scan, or nobody takes requests.
  std::uint32_t choose(const PathView& path, std::int64_t input_tokens, const PrefixIndex& index,
                       std::uint64_t draw);
  /// The instances whose cost is at most `above` blocks over the least, by id; empty when they are
  /// more than kMaxNear or the scan is needed. Valid until the next call.
  std::span<const PrefixIndex::Standout> near_least(const PathView& path, const PrefixIndex& index,
                                                    double above);
  static constexpr std::size_t kMaxNear = 64;

 private:
  struct Crowd {
    SegmentId segment;
    std::uint32_t blocks = 0;
    std::uint64_t last_use = 0;  ///< in decisions
    LoadTree tree;
  };

  void set_load(InstanceId instance, std::int64_t load);
  std::int64_t credit(std::int32_t overlap, std::int32_t shared) const {
    return cost_.overlap_credit * overlap + cost_.shared_credit * shared;
  }
  std::int64_t member_key(const PrefixIndex::Standout& member) const {
    return loads_.key(member.instance) - credit(member.overlap, member.shared);
  }
  /// The tree for `path` and, in members_, who is to be looked at beside it; null: scan.
  const LoadTree* look_up(const PathView& path, const PrefixIndex& index, bool& crowded);
  std::int64_t crowd_key(const Crowd& crowd, InstanceId instance, const PrefixIndex& index) const;
  LoadTree* crowd_tree(SegmentId segment, std::uint32_t blocks, const PrefixIndex& index);

  SeparableCost cost_;
  LoadTree loads_;
  std::vector<Crowd> crowds_;
  std::uint64_t decisions_ = 0;
  std::vector<std::int64_t> instance_loads_;
  std::vector<PrefixIndex::Standout> members_;
  std::vector<std::uint32_t> extra_ties_;
  std::vector<std::uint32_t> near_ids_;
  std::vector<PrefixIndex::Standout> near_;
};

}  // namespace pigou
