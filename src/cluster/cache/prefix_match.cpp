// The prefix match: how many leading blocks of a path are held, and how many of them are free.
#include <algorithm>

#include "cluster/cache/segments.hpp"

namespace pigou {

std::uint32_t SegmentCache::held(SegmentId segment) const {
  const std::uint32_t* first = first_part_.find(segment);
  std::uint32_t blocks = 0;
  std::uint32_t p = first ? *first : kNoIndex;
  for (; is_part(p); p = parts_[p].deeper) blocks += parts_[p].count;
  return is_twins(p) ? blocks + static_cast<std::uint32_t>(row_of(p).copies.size()) : blocks;
}

KvMatch SegmentCache::match(const PathView& path, std::uint32_t limit) const {
  KvMatch found;
  for (std::size_t i = 0; i < path.size() && found.blocks < limit; ++i) {
    const std::uint32_t* first = first_part_.find(path.segment(i));
    if (first == nullptr) break;
    const std::uint32_t want = std::min(path.blocks(i), limit - found.blocks);
    std::uint32_t got = 0;
    std::uint32_t p = *first;
    for (; is_part(p) && got < want; p = parts_[p].deeper) {
      const std::uint32_t take = std::min(parts_[p].count, want - got);
      got += take;
      if (parts_[p].users == 0) found.evictable += take;
    }
    if (is_twins(p) && got < want) [[unlikely]]
      got += match_twins(p, want - got, found);
    found.blocks += got;
    if (got < path.blocks(i)) break;
  }
  return found;
}

/// In a row the oldest copy of a block is the one that is found.
std::uint32_t SegmentCache::match_twins(std::uint32_t link, std::uint32_t want,
                                        KvMatch& found) const {
  const TwinRow& row = row_of(link);
  const std::uint32_t got = std::min(want, static_cast<std::uint32_t>(row.copies.size()));
  for (std::uint32_t b = 0; b < got; ++b)
    if (parts_[row.copies[b][0]].users == 0) ++found.evictable;
  return got;
}

}  // namespace pigou
