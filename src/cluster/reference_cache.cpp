#include "cluster/reference_cache.hpp"

#include <algorithm>

namespace pigou {
namespace {

/// Calls visit(segment, offset) for positions [from, to) of the path.
template <class Visit>
void for_blocks(const PathView& path, std::uint32_t from, std::uint32_t to, Visit visit) {
  std::uint32_t begin = 0;
  for (std::size_t i = 0; i < path.size() && begin < to; ++i) {
    const std::uint32_t end = begin + path.blocks(i);
    for (std::uint32_t b = std::max(begin, from); b < std::min(end, to); ++b)
      if (!visit(path.segment(i), b - begin)) return;
    begin = end;
  }
}

}  // namespace

ReferenceCache::ReferenceCache(std::uint32_t blocks) {
  for (std::uint32_t b = 0; b < blocks; ++b) queue_[next_stamp_++] = {kNoIndex, 0};
}

KvMatch ReferenceCache::match(const PathView& path, std::uint32_t limit) const {
  KvMatch found;
  for_blocks(path, 0, limit, [&](std::uint32_t segment, std::uint32_t offset) {
    const auto node = held_.find({segment, offset});
    if (node == held_.end()) return false;
    ++found.blocks;
    if (node->second.users == 0) ++found.evictable;
    return true;
  });
  return found;
}

void ReferenceCache::use(const Block& block) {
  Node& node = held_.at(block);
  if (node.users++ == 0) queue_.erase(node.stamp);
}

void ReferenceCache::acquire(const PathView& path, std::uint32_t blocks) {
  for_blocks(path, 0, blocks, [&](std::uint32_t segment, std::uint32_t offset) {
    use({segment, offset});
    return true;
  });
}

void ReferenceCache::allocate(std::uint32_t blocks, SimTime time, std::vector<KvEvent>* events) {
  for (; blocks > 0; --blocks) {
    const Block block = queue_.begin()->second;
    queue_.erase(queue_.begin());
    if (block.first == kNoIndex) continue;
    held_.erase(block);
    ++evicted_;
    if (events != nullptr && block.first < kPrivateSegment)
      events->push_back({time, block.first, block.second});
  }
}

std::uint32_t ReferenceCache::publish(const PathView& path, std::uint32_t from, std::uint32_t to,
                                      SimTime time, std::vector<KvEvent>* events) {
  std::uint32_t twins = 0;
  for_blocks(path, from, to, [&](std::uint32_t segment, std::uint32_t offset) {
    const auto [node, fresh] = held_.try_emplace({segment, offset});
    if (fresh) {
      node->second.users = 1;
      if (events != nullptr && segment < kPrivateSegment)
        events->push_back({time, segment, offset + 1});
    } else {
      use({segment, offset});
      ++twins;
    }
    return true;
  });
  return twins;
}

void ReferenceCache::release(const PathView& path, std::uint32_t blocks, std::uint32_t anonymous) {
  for (; anonymous > 0; --anonymous) queue_[next_stamp_++] = {kNoIndex, 0};
  std::vector<Block> order;
  for_blocks(path, 0, blocks, [&](std::uint32_t segment, std::uint32_t offset) {
    order.emplace_back(segment, offset);
    return true;
  });
  std::reverse(order.begin(), order.end());
  for (const Block& block : order) {
    Node& node = held_.at(block);
    if (--node.users > 0) continue;
    node.stamp = next_stamp_++;
    queue_[node.stamp] = block;
  }
}

}  // namespace pigou
