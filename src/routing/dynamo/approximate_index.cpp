#include "routing/dynamo/approximate_index.hpp"

#include <algorithm>

namespace pigou {

const std::int32_t* DynamoApproximateIndex::overlap(const PathView& path, SimTime now) {
  expire(now);
  index_.measure(path, overlap_.data(), unused_.data());
  return overlap_.data();
}

void DynamoApproximateIndex::sent(const PathView& path, InstanceId instance, SimTime now) {
  const SimTime end = now + ttl_;
  for (std::size_t s = 0; s < path.size(); ++s) {
    const SegmentId segment = path.segment(s);
    ends_[key(segment, instance)] = end;
    blocks_ += std::int64_t{path.blocks(s)} - index_.held(segment, instance);
    index_.set_held(segment, instance, path.blocks(s));
    due_.push_back({end, segment, instance});
  }
  if (max_blocks_ > 0 && blocks_ > max_blocks_) prune();
}

/// Not sent again since, nor forgotten.
bool DynamoApproximateIndex::current(const Due& due) const {
  const SimTime* end = ends_.find(key(due.segment, due.instance));
  return end != nullptr && *end == due.time;
}

/// Up to `most_blocks` are believed no more, the deepest first.
void DynamoApproximateIndex::drop(const Due& due, std::int64_t most_blocks) {
  const std::uint32_t held = index_.held(due.segment, due.instance);
  const auto gone = static_cast<std::uint32_t>(std::min<std::int64_t>(held, most_blocks));
  blocks_ -= gone;
  index_.set_held(due.segment, due.instance, held - gone);
  if (gone == held) ends_.erase(key(due.segment, due.instance));
}

void DynamoApproximateIndex::expire(SimTime now) {
  for (; !due_.empty() && due_.front().time <= now; due_.pop_front())
    if (current(due_.front())) drop(due_.front(), INT64_MAX);
}

void DynamoApproximateIndex::prune() {
  while (blocks_ > target_blocks_ && !due_.empty()) {
    const SimTime time = due_.front().time;
    auto behind = due_.begin();
    while (behind != due_.end() && behind->time == time) ++behind;
    for (auto due = behind; due != due_.begin() && blocks_ > target_blocks_;)
      if (current(*--due)) drop(*due, blocks_ - target_blocks_);
    if (blocks_ > target_blocks_) due_.erase(due_.begin(), behind);
  }
}

void DynamoApproximateIndex::forget(InstanceId instance) {
  for (const Due& due : due_)
    if (due.instance == instance && current(due)) drop(due, INT64_MAX);
  index_.forget(instance);
}

}  // namespace pigou
