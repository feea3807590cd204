#include "view/router_view.hpp"

#include <vector>

#include "core/ids.hpp"
#include "kernels/choices_body.hpp"
#include "view/books/load_tree.hpp"

namespace pigou {
namespace {

const std::int32_t* column(const std::vector<std::int32_t>& blocks) {
  return blocks.empty() ? nullptr : blocks.data();
}

}  // namespace

std::int32_t RouterView::overlap_of(const PathView& path, InstanceId instance) {
  HeldBlocks held;
  measure(path, held);
  return held.overlap_blocks[instance];
}

LowerTierColumns RouterView::lower_tiers() {
  measure_overlap();
  return {column(held_.host_blocks), column(held_.disk_blocks), column(held_.shared_cache_blocks)};
}

SeenGauges RouterView::gauges(InstanceId instance) {
  const GaugeColumns seen = gauge_columns();
  if (seen.running == nullptr) return {};
  return {seen.running[instance], seen.waiting[instance], seen.kv_usage[instance],
          seen.tick[instance]};
}

bool RouterView::available(InstanceId instance) const {
  const bool entry = instance < fleet_->entry_count;
  const InstanceColumns columns = loads(entry ? Side::kEntry : Side::kDecode);
  return columns.eligible == nullptr ||
         columns.eligible[instance - (entry ? 0 : fleet_->entry_count)] != 0;
}

std::uint32_t RouterView::least_decode_blocks(std::uint64_t draw) {
  if (const ViewShortcuts* known = shortcuts()) return known->least_decode(draw);
  const InstanceColumns columns = loads(Side::kDecode);
  const auto load = [&](std::uint32_t d) {
    const bool usable = columns.eligible == nullptr || columns.eligible[d] != 0;
    return usable ? columns.active_blocks[d] : kUnavailableLoad;
  };
  std::vector<std::uint32_t> least;
  for (std::uint32_t d = 0; d < fleet_->decode_count(); ++d) {
    if (!least.empty() && load(d) < load(least[0])) least.clear();
    if (least.empty() || load(d) == load(least[0])) least.push_back(d);
  }
  return least.empty() ? 0 : least[drawn_share(draw, least.size())];
}

}  // namespace pigou
