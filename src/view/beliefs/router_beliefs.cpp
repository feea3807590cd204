#include "view/beliefs/router_beliefs.hpp"

#include <algorithm>
#include <bit>

namespace pigou {
namespace {

/// Below this many entry instances a vectorised scan costs less than keeping trees.
constexpr std::uint32_t kSeparableFrom = 64;

bool may_have_trees(const ViewNeeds& needs, const FleetShape& fleet) {
  const std::uint32_t entries = fleet.entry_count;
  if (!needs.separable.any() || entries < kSeparableFrom || fleet.believed_count != entries)
    return false;
  if (!needs.separable.times_prefill_rate) return true;
  const double rate = fleet.prefill_s_per_token[0];
  const auto first = fleet.prefill_s_per_token.begin();
  return rate > 0 &&
         std::all_of(first, first + entries, [=](double other) { return other == rate; });
}

}  // namespace

RouterBeliefs::RouterBeliefs(const ViewNeeds& needs, const FleetShape& fleet, Cluster& cluster,
                             std::uint32_t replicas, std::uint64_t seed, const KvLossConfig& loss)
    : believed_count_(fleet.believed_count) {
  beliefs_.resize(replicas);
  for (Belief& belief : beliefs_) belief.index = PrefixIndex(believed_count_);
  if (may_have_trees(needs, fleet))
    grow_trees(needs.separable, fleet.entry_count, cluster.pool_of(0).engine.block_tokens);
  if (!needs.prefix_index) return;
  const SimTime latency = from_seconds(needs.kv_event_latency_s, "router.kv_event_latency_s");
  feed_ = loss.probability > 0 ? KvFeed(believed_count_, latency,
                                        KvLoss(loss, believed_count_, replicas, latency, seed))
                               : KvFeed(believed_count_, latency);
  cluster.record_kv_events(believed_count_);
}

/// Everything times the block size keeps prefill tokens whole. Costs in blocks are exact in
/// doubles, and so equal to these, for powers of two only.
void RouterBeliefs::grow_trees(SeparableCost cost, std::uint32_t entries,
                               std::int64_t block_tokens) {
  if (!std::has_single_bit(static_cast<std::uint64_t>(block_tokens))) return;
  cost.block_weight *= block_tokens;
  cost.overlap_credit *= block_tokens;
  cost.shared_credit *= block_tokens;
  for (Belief& belief : beliefs_) belief.separable = SeparableChoice(cost, entries);
}

std::int64_t RouterBeliefs::add_active(ReplicaId replica, InstanceId instance,
                                       const PathView& path) {
  Belief& belief = beliefs_[replica];
  std::int64_t blocks = 0;
  for (std::size_t s = 0; s < path.size(); ++s) {
    if (!belief.index.add_active(path.segment(s), instance)) continue;
    blocks += path.blocks(s);
    if (belief.separable.active()) belief.separable.touch(path.segment(s), instance, belief.index);
  }
  return blocks;
}

std::int64_t RouterBeliefs::drop_active(ReplicaId replica, InstanceId instance,
                                        const PathView& path) {
  Belief& belief = beliefs_[replica];
  std::int64_t blocks = 0;
  for (std::size_t s = 0; s < path.size(); ++s) {
    if (!belief.index.drop_active(path.segment(s), instance)) continue;
    blocks += path.blocks(s);
    if (belief.separable.active()) belief.separable.touch(path.segment(s), instance, belief.index);
  }
  return blocks;
}

std::int64_t RouterBeliefs::alone(ReplicaId replica, InstanceId instance,
                                  const PathView& path) const {
  const PrefixIndex& index = beliefs_[replica].index;
  std::int64_t blocks = 0;
  // Whoever shares a segment shares all before it.
  for (std::size_t s = path.size(); s-- > 0;) {
    if (index.active(path.segment(s), instance) != 1) break;
    blocks += path.blocks(s);
  }
  return blocks;
}

}  // namespace pigou
