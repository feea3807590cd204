#include "cluster/cache/reference.hpp"

#include <algorithm>

#include "core/error.hpp"

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

ReferenceCache::ReferenceCache(std::uint32_t blocks) : blocks_(blocks) {
  for (std::uint32_t b = 0; b < blocks; ++b) join_queue(b);
}

void ReferenceCache::join_queue(std::uint32_t block) {
  blocks_[block].stamp = next_stamp_++;
  queue_[blocks_[block].stamp] = block;
}

std::uint32_t ReferenceCache::held(SegmentId segment) const {
  std::uint32_t blocks = 0;
  while (named_.contains({segment, blocks})) ++blocks;
  return blocks;
}

KvMatch ReferenceCache::match(const PathView& path, std::uint32_t limit) const {
  KvMatch found;
  for_blocks(path, 0, limit, [&](SegmentId segment, std::uint32_t offset) {
    const auto copies = named_.find({segment, offset});
    if (copies == named_.end()) return false;
    ++found.blocks;
    if (blocks_[copies->second.front()].users == 0) ++found.evictable;
    return true;
  });
  return found;
}

void ReferenceCache::acquire(const PathView& path, std::uint32_t blocks, CallId call) {
  for_blocks(path, 0, blocks, [&](SegmentId segment, std::uint32_t offset) {
    const std::uint32_t block = named_.at({segment, offset}).front();
    if (blocks_[block].users++ == 0) queue_.erase(blocks_[block].stamp);
    tables_[call].push_back(block);
    return true;
  });
}

void ReferenceCache::allocate(std::uint32_t blocks, SimTime time, std::vector<KvEvent>* events) {
  for (; blocks > 0; --blocks) {
    const std::uint32_t block = queue_.begin()->second;
    queue_.erase(queue_.begin());
    loose_.push_back(block);
    const Name name = std::exchange(blocks_[block].name, kNameless);
    if (name == kNameless) continue;
    ++evicted_;
    std::vector<std::uint32_t>& copies = named_.at(name);
    std::erase(copies, block);
    if (!copies.empty()) continue;
    named_.erase(name);
    if (events != nullptr && name.first < kPrivateSegment)
      events->push_back({time, SegmentId{name.first}, name.second});
  }
}

void ReferenceCache::give_back(std::uint32_t blocks) {
  for (; blocks > 0; --blocks) {
    require(!loose_.empty(), "law 2: what goes back has been taken");
    blocks_[loose_.back()].stamp = head_stamp_;
    queue_[head_stamp_--] = loose_.back();
    loose_.pop_back();
  }
}

void ReferenceCache::publish(const PathView& path, std::uint32_t from, std::uint32_t to,
                             CallId call, SimTime time, std::vector<KvEvent>* events) {
  for_blocks(path, from, to, [&](SegmentId segment, std::uint32_t offset) {
    require(!loose_.empty(), "law 2: what gets a name has been allocated");
    const std::uint32_t block = loose_.back();
    loose_.pop_back();
    blocks_[block].name = {segment, offset};
    blocks_[block].users = 1;
    std::vector<std::uint32_t>& copies = named_[{segment, offset}];
    copies.push_back(block);
    tables_[call].push_back(block);
    if (copies.size() == 1 && events != nullptr && segment < kPrivateSegment)
      events->push_back({time, segment, offset + 1});
    return true;
  });
}

void ReferenceCache::release(const PathView&, std::uint32_t blocks, std::uint32_t anonymous,
                             CallId call) {
  for (; anonymous > 0; --anonymous) {
    require(!loose_.empty(), "law 2: what is freed has been allocated");
    join_queue(loose_.back());
    loose_.pop_back();
  }
  std::vector<std::uint32_t>& table = tables_[call];
  require(table.size() == blocks, "law 2: a call frees what it uses");
  for (; !table.empty(); table.pop_back())
    if (--blocks_[table.back()].users == 0) join_queue(table.back());
  tables_.erase(call);
}

}  // namespace pigou
