#include "routing/dynamo/books.hpp"

#include <algorithm>

namespace pigou {
namespace {

/// Tokens of a prefill that its modelled time says are done; beyond its own where it is late.
std::int64_t done_tokens(std::int64_t tokens, SimTime modelled, SimTime elapsed) {
  if (modelled.ps <= 0) return tokens;
  const Int128 done = Int128{tokens} * elapsed.ps / modelled.ps;
  return static_cast<std::int64_t>(std::min<Int128>(done, INT64_MAX));
}

}  // namespace

void DynamoBooks::apply(FleetSide& side, SimTime now) {
  if (!blocks_) side.columns.active_blocks = zeros_.data();
  if (!prefill_) side.columns.active_prefill_tokens = zeros_.data();
  if (!fading_) return;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    const Front& front = fronts_[side.id(i)];
    std::int64_t tokens = side.columns.active_prefill_tokens[i];
    if (!front.prefills.empty()) {
      const Prefill& first = front.prefills.front();
      tokens -= std::min(tokens, done_tokens(first.tokens, first.modelled, now - front.since));
    }
    faded_[side.id(i)] = tokens;
  }
  side.columns.active_prefill_tokens = faded_.data() + side.first;
}

void DynamoBooks::sent(SlotId slot, InstanceId instance, std::int64_t tokens, double s_per_token,
                       SimTime now) {
  if (!fading_ || tokens <= 0) return;
  if (slot >= instance_of_.size()) instance_of_.resize(slot + 1, kNoIndex);
  instance_of_[slot] = instance;
  Front& front = fronts_[instance];
  if (front.prefills.empty()) front.since = now;
  const double modelled_s = s_per_token * static_cast<double>(tokens);
  front.prefills.push_back({slot, tokens, from_seconds(modelled_s, "a modelled prefill")});
}

void DynamoBooks::prefilled(SlotId slot, SimTime now) {
  if (slot >= instance_of_.size() || instance_of_[slot] == kNoIndex) return;
  Front& front = fronts_[instance_of_[slot]];
  instance_of_[slot] = kNoIndex;
  if (front.prefills.front().slot == slot) front.since = now;
  std::erase_if(front.prefills, [&](const Prefill& p) { return p.slot == slot; });
}

}  // namespace pigou
