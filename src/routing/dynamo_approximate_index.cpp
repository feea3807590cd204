#include "routing/dynamo_approximate_index.hpp"

namespace pigou {

const std::int32_t* DynamoApproximateIndex::overlap(const PathView& path, SimTime now) {
  expire(now);
  index_.measure(path, overlap_.data(), unused_.data());
  return overlap_.data();
}

void DynamoApproximateIndex::sent(const PathView& path, std::uint32_t instance, SimTime now) {
  const SimTime end = now + ttl_;
  for (std::size_t s = 0; s < path.size(); ++s) {
    const std::uint32_t segment = path.segment(s);
    ends_[key(segment, instance)] = end;
    index_.set_held(segment, instance, path.blocks(s));
    due_.push_back({end, segment, instance});
  }
}

void DynamoApproximateIndex::expire(SimTime now) {
  for (; !due_.empty() && due_.front().time <= now; due_.pop_front()) {
    const Due& due = due_.front();
    const SimTime* end = ends_.find(key(due.segment, due.instance));
    if (end == nullptr || *end > now) continue;  // sent again since, or forgotten
    ends_.erase(key(due.segment, due.instance));
    index_.set_held(due.segment, due.instance, 0);
  }
}

void DynamoApproximateIndex::forget(std::uint32_t instance) {
  for (const Due& due : due_) {
    const std::uint64_t of = key(due.segment, due.instance);
    if (due.instance == instance && ends_.find(of) != nullptr) ends_.erase(of);
  }
  index_.forget(instance);
}

}  // namespace pigou
