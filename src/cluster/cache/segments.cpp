#include "cluster/cache/segments.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {

SegmentCache::SegmentCache(std::uint32_t blocks) : total_(blocks), free_(0) {
  queue_anonymous(blocks);
}

void SegmentCache::acquire(const PathView& path, std::uint32_t blocks, CallId call) {
  for (std::size_t i = 0; blocks > 0; ++i) {
    const std::uint32_t take = std::min(path.blocks(i), blocks);
    std::uint32_t p = *first_part_.find(path.segment(i));
    for (; is_part(p) && parts_[p].first < take; p = parts_[p].deeper) {
      if (parts_[p].first + parts_[p].count > take) split(p, take - parts_[p].first);
      add_user(p);
    }
    if (is_twins(p)) [[unlikely]]
      acquire_twins(p, take, call);
    blocks -= take;
  }
}

void SegmentCache::allocate(std::uint32_t blocks, SimTime time) {
  free_ -= blocks;
  while (blocks > 0) {
    const std::uint32_t head = queue_.oldest();
    const std::uint32_t take = std::min(parts_[head].count, blocks);
    blocks -= take;
    if (parts_[head].segment == kNoIndex) {
      parts_[head].count -= take;
      if (parts_[head].count == 0) {
        queue_.remove(parts_, head);
        recycle(head);
      }
    } else if (is_twins(parts_[head].shallower)) [[unlikely]] {
      evict_twin(head, time);
    } else {
      evict_tail(head, take, time);
    }
  }
}

void SegmentCache::give_back(std::uint32_t blocks) {
  if (blocks == 0) return;
  free_ += blocks;
  if (!queue_.empty() && parts_[queue_.oldest()].segment == kNoIndex) {
    parts_[queue_.oldest()].count += blocks;
    return;
  }
  queue_.push_oldest(parts_,
                     make_part({kNoIndex, 0, blocks, 0, kNoIndex, kNoIndex, kNoIndex, kNoIndex}));
}

/// Drops the last `count` blocks of an unused part: the tail goes first, as it was freed first.
void SegmentCache::evict_tail(std::uint32_t index, std::uint32_t count, SimTime time) {
  Part& part = parts_[index];
  part.count -= count;
  evicted_ += count;
  log(part.segment, part.first + part.count, time);
  if (part.count == 0) {
    queue_.remove(parts_, index);
    drop_part(index);
  }
}

void SegmentCache::publish(const PathView& path, std::uint32_t from, std::uint32_t to, CallId call,
                           SimTime time) {
  if (from >= to) return;
  std::uint32_t begin = 0;  // position of the segment's first block on the path
  for (std::size_t i = 0; i < path.size() && begin < to; ++i) {
    const std::uint32_t end = begin + path.blocks(i);
    if (end > from) {
      const std::uint32_t a = std::max(from, begin) - begin;
      const std::uint32_t b = std::min(to, end) - begin;
      const SegmentId segment = path.segment(i);
      const std::uint32_t* first = first_part_.find(segment);
      std::uint32_t last = kNoIndex;
      std::uint32_t p = first ? *first : kNoIndex;
      for (; is_part(p); p = parts_[p].deeper) last = p;
      const std::uint32_t held = last == kNoIndex ? 0 : parts_[last].first + parts_[last].count;
      if (held > a || is_twins(p)) [[unlikely]] {
        publish_twins(segment, a, b, call, time);
      } else {
        append(segment, last, held, b - held);
        log(segment, b, time);
      }
    }
    begin = end;
  }
}

/// Appends `count` new blocks, used by one call, behind the `held` blocks of the segment.
std::uint32_t SegmentCache::append(SegmentId segment, std::uint32_t last, std::uint32_t held,
                                   std::uint32_t count) {
  // One user on the last part is necessarily the caller, who uses everything before.
  if (last != kNoIndex && parts_[last].users == 1) {
    parts_[last].count += count;
    return last;
  }
  const std::uint32_t index =
      make_part({segment, held, count, 1, kNoIndex, last, kNoIndex, kNoIndex});
  if (last != kNoIndex)
    parts_[last].deeper = index;
  else
    first_part_[segment] = index;
  return index;
}

void SegmentCache::release(const PathView& path, std::uint32_t blocks, std::uint32_t anonymous,
                           CallId call, std::vector<std::uint32_t>& scratch) {
  if (anonymous > 0) queue_anonymous(anonymous);
  scratch.clear();
  for (std::size_t i = 0; blocks > 0; ++i) {
    const std::uint32_t take = std::min(path.blocks(i), blocks);
    blocks -= take;
    std::uint32_t p = *first_part_.find(path.segment(i));
    for (; is_part(p) && parts_[p].first < take; p = parts_[p].deeper) {
      if (parts_[p].first + parts_[p].count > take) split(p, take - parts_[p].first);
      scratch.push_back(p);
    }
    if (is_twins(p)) [[unlikely]]
      release_twins(p, take, call, scratch);
  }
  // Last block first: a later part may merge into the one pushed just before it.
  while (!scratch.empty()) {
    drop_user(scratch.back());
    scratch.pop_back();
  }
}

std::uint32_t SegmentCache::make_part(const Part& part) {
  if (spare_ == kNoIndex) {
    parts_.push_back(part);
    return static_cast<std::uint32_t>(parts_.size() - 1);
  }
  const std::uint32_t index = spare_;
  spare_ = parts_[index].deeper;
  parts_[index] = part;
  return index;
}

/// Unlinks a part from its segment and recycles it; it is in no queue.
void SegmentCache::drop_part(std::uint32_t index) {
  const Part& part = parts_[index];
  if (part.shallower != kNoIndex)
    parts_[part.shallower].deeper = part.deeper;
  else if (part.deeper != kNoIndex)
    *first_part_.find(part.segment) = part.deeper;
  else
    first_part_.erase(part.segment);
  if (is_part(part.deeper)) parts_[part.deeper].shallower = part.shallower;
  recycle(index);
}

void SegmentCache::queue_anonymous(std::uint32_t count) {
  free_ += count;
  if (!queue_.empty() && parts_[queue_.newest()].segment == kNoIndex) {
    parts_[queue_.newest()].count += count;
    return;
  }
  queue_.push_newest(parts_,
                     make_part({kNoIndex, 0, count, 0, kNoIndex, kNoIndex, kNoIndex, kNoIndex}));
}

/// Cuts a part in two, the first keeping `leading` blocks; both keep users and queue place.
void SegmentCache::split(std::uint32_t index, std::uint32_t leading) {
  Part tail = parts_[index];
  tail.first += leading;
  tail.count -= leading;
  tail.shallower = index;
  const std::uint32_t made = make_part(tail);
  Part& head = parts_[index];
  head.count = leading;
  head.deeper = made;
  if (is_part(tail.deeper)) parts_[tail.deeper].shallower = made;
  if (tail.users > 0) return;
  // In the queue the tail stands just before (older than) the head.
  queue_.insert_before(parts_, made, index);
}

void SegmentCache::add_user(std::uint32_t index) {
  if (parts_[index].users++ == 0) {
    queue_.remove(parts_, index);
    free_ -= parts_[index].count;
  }
}

void SegmentCache::drop_user(std::uint32_t index) {
  Part& part = parts_[index];
  if (--part.users > 0) return;
  free_ += part.count;
  // The part behind it, freed just before, evicts first either way: one part does for both.
  if (part.deeper != kNoIndex && part.deeper == queue_.newest()) {
    const std::uint32_t tail = part.deeper;
    part.count += parts_[tail].count;
    queue_.remove(parts_, tail);
    drop_part(tail);
  }
  queue_.push_newest(parts_, index);
}

void SegmentCache::check(std::uint64_t nameless) const {
  std::uint64_t queued = 0;
  for (std::uint32_t p = queue_.oldest(); p != kNoIndex; p = parts_[p].newer)
    queued += parts_[p].count;
  require(queued == free_, "law 2: the free queue holds the free blocks");
  std::uint64_t used = 0;
  first_part_.for_each([&](std::uint32_t, std::uint32_t first) {
    std::uint32_t expected = 0;
    std::uint32_t users = kNoIndex;
    std::uint32_t p = first;
    for (; is_part(p); p = parts_[p].deeper) {
      require(parts_[p].first == expected, "law 2: parts of a segment are contiguous");
      require(parts_[p].users <= users, "law 2: users never increase along a segment");
      users = parts_[p].users;
      expected += parts_[p].count;
      if (users > 0) used += parts_[p].count;
    }
    if (is_twins(p)) used += check_row(p, expected);
  });
  require(used <= total_ - free_, "law 2: used named blocks are not free");
  require(total_ - free_ - used == nameless, "law 2: every block has an owner");
}

}  // namespace pigou
