#include "routing/dynamo_queue.hpp"

namespace pigou {

bool DynamoQueue::busy(const RouterView& view, const Side& side, std::uint32_t pinned) const {
  bool asked = false;
  for (std::uint32_t i = 0; i < side.count(); ++i) {
    if (!side.usable(i) || (pinned != kNoIndex && i != pinned)) continue;
    asked = true;
    const double limit = threshold_ * static_cast<double>(view.max_batched_tokens(side.first + i));
    if (static_cast<double>(side.columns.active_prefill_tokens[i]) <= limit) return false;
  }
  return asked;
}

std::int64_t DynamoQueue::order(const RequestView& request, const Side& side, std::uint32_t pinned,
                                SimTime now) const {
  if (order_ == Order::kFcfs) return now.ps;
  if (order_ == Order::kLcfs) return -now.ps;
  std::int64_t cached = 0;
  for (std::uint32_t i = 0; i < side.count(); ++i)
    if (side.usable(i) && (pinned == kNoIndex || i == pinned))
      cached = std::max<std::int64_t>(cached, side.columns.overlap_blocks[i]);
  return std::max<std::int64_t>(1, request.row.input_tokens - cached * request.block_tokens);
}

void DynamoQueue::enter(std::uint32_t slot) {
  if (slot >= waits_.size()) waits_.resize(slot + 1, 0);
  waiting_ += waits_[slot] == 0 ? 1 : 0;
  waits_[slot] = 1;
}

void DynamoQueue::leave(std::uint32_t slot) {
  if (slot >= waits_.size() || waits_[slot] == 0) return;
  waits_[slot] = 0;
  --waiting_;
}

}  // namespace pigou
