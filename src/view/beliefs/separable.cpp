#include "view/beliefs/separable.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/choices_body.hpp"

namespace pigou {
namespace {

/// Segments that get a tree of their own; requests under further ones are scanned.
constexpr std::size_t kMaxCrowds = 16;
/// A tree unused for this many decisions goes: every change of a load is a change in each of them.
constexpr std::uint64_t kIdleDecisions = 10'000;
/// Of a shortlist and of those who stand out, that are compared at most: then a scan costs less.
constexpr std::size_t kMaxPairs = 2048;

}  // namespace

void SeparableChoice::set_load(InstanceId instance, std::int64_t load) {
  const std::int64_t change = load - loads_.key(instance);
  loads_.set(instance, load);
  for (Crowd& crowd : crowds_) crowd.tree.set(instance, crowd.tree.key(instance) + change);
}

std::int64_t SeparableChoice::crowd_key(const Crowd& crowd, InstanceId instance,
                                        const PrefixIndex& index) const {
  const PrefixIndex::Share share = index.share(crowd.segment, instance);
  const auto shared = share.active ? static_cast<std::int32_t>(crowd.blocks) : 0;
  return loads_.key(instance) - credit(share.overlap, shared);
}

void SeparableChoice::touch(SegmentId segment, InstanceId instance, const PrefixIndex& index) {
  for (Crowd& crowd : crowds_)
    if (crowd.segment == segment) crowd.tree.set(instance, crowd_key(crowd, instance, index));
}

/// The tree of a crowd segment, made on first use; null when there are too many others.
LoadTree* SeparableChoice::crowd_tree(SegmentId segment, std::uint32_t blocks,
                                      const PrefixIndex& index) {
  for (Crowd& crowd : crowds_) {
    if (crowd.segment != segment) continue;
    crowd.last_use = decisions_;
    return &crowd.tree;
  }
  if (crowds_.size() == kMaxCrowds) return nullptr;
  Crowd& crowd = crowds_.emplace_back(Crowd{segment, blocks, decisions_, loads_});
  for (InstanceId i = 0; i < index.instances(); ++i) crowd.tree.set(i, crowd_key(crowd, i, index));
  return &crowd.tree;
}

const LoadTree* SeparableChoice::look_up(const PathView& path, const PrefixIndex& index,
                                         bool& crowded) {
  if (!index.stand_outs(path, crowded, members_)) return nullptr;
  if (++decisions_ % kIdleDecisions == 0)
    std::erase_if(crowds_,
                  [&](const Crowd& c) { return c.last_use + kIdleDecisions < decisions_; });
  return crowded ? crowd_tree(path.segment(0), path.blocks(0), index) : &loads_;
}

std::span<const PrefixIndex::Standout> SeparableChoice::near_least(const PathView& path,
                                                                   const PrefixIndex& index,
                                                                   double above) {
  bool crowded = false;
  const LoadTree* tree = look_up(path, index, crowded);
  if (tree == nullptr) return {};
  std::int64_t least = tree->least();
  for (const auto& m : members_) least = std::min(least, member_key(m));
  if (least >= kUnavailableLoad / 2) return {};
  const auto units = std::ceil(above * static_cast<double>(cost_.block_weight));
  constexpr std::int64_t kMostUnits = kUnavailableLoad / 4;
  if (!(units < static_cast<double>(kMostUnits))) return {};
  const std::int64_t limit = least + static_cast<std::int64_t>(units);
  near_ids_.clear();
  near_.clear();
  if (!tree->collect(limit, kMaxNear, near_ids_)) return {};
  if (near_ids_.size() * members_.size() > kMaxPairs) return {};
  for (const auto& m : members_)
    if (member_key(m) <= limit) near_.push_back(m);
  const std::size_t members = near_.size();
  for (const std::uint32_t id : near_ids_) {
    const InstanceId i{id};
    const auto is_i = [i](const auto& m) { return m.instance == i; };
    if (std::any_of(members_.begin(), members_.end(), is_i)) continue;
    if (!crowded) {
      near_.push_back({i, 0, 0});
      continue;
    }
    const PrefixIndex::Share share = index.share(path.segment(0), i);
    near_.push_back(
        {i, share.overlap, share.active ? static_cast<std::int32_t>(path.blocks(0)) : 0});
  }
  if (members > 0)
    std::sort(near_.begin(), near_.end(),
              [](const auto& a, const auto& b) { return a.instance < b.instance; });
  return near_;
}

std::uint32_t SeparableChoice::choose(const PathView& path, std::int64_t input_tokens,
                                      const PrefixIndex& index, std::uint64_t draw) {
  bool crowded = false;
  const LoadTree* chosen = look_up(path, index, crowded);
  if (chosen == nullptr) return kNoIndex;
  const LoadTree& tree = *chosen;
  // Credit for overlap, in units of cost, that nobody gets more than.
  const std::int64_t most =
      cost_.spares_last_token ? cost_.prefill_weight * (input_tokens - 1) : INT64_MAX;
  if (crowded && cost_.overlap_credit * path.blocks(0) > most) return kNoIndex;
  const auto key = [&](const PrefixIndex::Standout& m) {
    const std::int64_t overlap = std::min(cost_.overlap_credit * m.overlap, most);
    return loads_.key(m.instance) - overlap - cost_.shared_credit * m.shared;
  };
  std::int64_t best = tree.least();
  for (const auto& m : members_) best = std::min(best, key(m));
  if (best >= kUnavailableLoad / 2) return kNoIndex;
  // Members that tie for the best although the crowd's tree does not count them.
  extra_ties_.clear();
  for (const auto& m : members_) {
    if (key(m) != best) continue;
    if (tree.least() != best || tree.key(m.instance) != best) extra_ties_.push_back(m.instance);
  }
  std::sort(extra_ties_.begin(), extra_ties_.end());
  const std::uint32_t in_tree = tree.least() == best ? tree.ties() : 0;
  auto k = static_cast<std::uint32_t>(drawn_share(draw, in_tree + extra_ties_.size()));
  if (in_tree == 0) return extra_ties_[k];
  for (std::uint32_t e = 0; e < extra_ties_.size(); ++e) {
    const std::uint32_t place = tree.ties_before(extra_ties_[e]) + e;
    if (place == k) return extra_ties_[e];
    if (place > k) return tree.tied(k - e);
  }
  return tree.tied(k - static_cast<std::uint32_t>(extra_ties_.size()));
}

}  // namespace pigou
