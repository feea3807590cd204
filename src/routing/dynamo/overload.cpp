#include "routing/dynamo/overload.hpp"

namespace pigou {

bool DynamoOverload::overloaded(RouterView& view, const FleetSide& side, std::uint32_t i) const {
  const DynamoThresholds& t = thresholds_;
  const InstanceId instance = side.id(i);
  const auto prefill = static_cast<double>(side.columns.active_prefill_tokens[i]);
  if (t.active_prefill_tokens > 0 && prefill > t.active_prefill_tokens) return true;
  if (t.active_prefill_tokens_frac > 0 &&
      prefill >
          t.active_prefill_tokens_frac * static_cast<double>(view.max_batched_tokens(instance)))
    return true;
  if (t.active_decode_blocks <= 0) return false;
  const auto booked = static_cast<double>(side.columns.active_blocks[i]);
  return booked > t.active_decode_blocks * view.kv_blocks(instance) ||
         (t.reported && view.gauges(instance).kv_usage > t.active_decode_blocks);
}

bool DynamoOverload::hide(RouterView& view, FleetSide& side) {
  if (!on()) return usable_count(side) > 0;
  free_.resize(side.count());
  bool any = false;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    free_[i] = side.usable(i) && !overloaded(view, side, i) ? 1 : 0;
    any = any || free_[i] != 0;
  }
  side.columns.eligible = free_.data();
  return any;
}

}  // namespace pigou
