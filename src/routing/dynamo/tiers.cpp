#include "routing/dynamo/tiers.hpp"

namespace pigou {
namespace {

double blocks_at(const std::int32_t* column, InstanceId instance) {
  return column == nullptr ? 0.0 : static_cast<double>(column[instance]);
}

}  // namespace

void DynamoTiers::credit(RouterView& view, FleetSide& side) {
  const LowerTierColumns tiers = view.lower_tiers();
  credit_.resize(side.count());
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    const InstanceId instance = side.id(i);
    credit_[i] = host_ * blocks_at(tiers.host_blocks, instance) +
                 disk_ * blocks_at(tiers.disk_blocks, instance) +
                 shared_ * blocks_at(tiers.shared_blocks, instance);
  }
  side.columns.own_values = credit_.data();
}

double DynamoTiers::cached_blocks(RouterView& view, const FleetSide& side, std::uint32_t i) const {
  const auto gpu = static_cast<double>(side.columns.overlap_blocks[i]);
  if (!on()) return gpu;
  const LowerTierColumns tiers = view.lower_tiers();
  return gpu + host_ * blocks_at(tiers.host_blocks, side.id(i)) +
         disk_ * blocks_at(tiers.disk_blocks, side.id(i));
}

}  // namespace pigou
