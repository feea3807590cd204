// SegmentCache where a block has several copies: such segments block by block.
#include <algorithm>

#include "cluster/cache/segments.hpp"
#include "core/error.hpp"

namespace pigou {

/// The last part of `segment` before its row of twins, if it has one; kNoIndex: none.
std::uint32_t SegmentCache::last_part(SegmentId segment) const {
  std::uint32_t last = kNoIndex;
  for (std::uint32_t p = *first_part_.find(segment); is_part(p); p = parts_[p].deeper) last = p;
  return last;
}

/// The row of `segment`, made or extended so that it begins at offset `at` or before.
std::uint32_t SegmentCache::make_row(SegmentId segment, std::uint32_t at) {
  std::uint32_t before = kNoIndex;  // the last part that stays a part
  std::uint32_t p = *first_part_.find(segment);
  while (is_part(p) && parts_[p].first < at) {
    if (parts_[p].first + parts_[p].count > at) split(p, at - parts_[p].first);
    before = p;
    p = parts_[p].deeper;
  }
  std::vector<std::uint32_t> singles;
  for (; is_part(p); p = parts_[p].deeper) {
    if (parts_[p].count > 1) split(p, 1);
    singles.push_back(p);
  }
  std::uint32_t link = p;
  if (!is_twins(link)) {
    if (spare_rows_.empty()) {
      spare_rows_.push_back(static_cast<std::uint32_t>(twins_.size()));
      twins_.emplace_back();
    }
    link = kTwins | spare_rows_.back();
    spare_rows_.pop_back();
    row_of(link).segment = segment;
    row_of(link).first = at + static_cast<std::uint32_t>(singles.size());
  }
  take_into_row(link, singles);
  (before == kNoIndex ? *first_part_.find(segment) : parts_[before].deeper) = link;
  return link;
}

/// The blocks just before the row's first, as its own.
void SegmentCache::take_into_row(std::uint32_t link, const std::vector<std::uint32_t>& singles) {
  TwinRow& row = row_of(link);
  row.first -= static_cast<std::uint32_t>(singles.size());
  row.origin.insert(row.origin.begin(), singles.begin(), singles.end());
  row.copies.insert(row.copies.begin(), singles.size(), {});
  for (std::size_t s = 0; s < singles.size(); ++s) {
    row.copies[s].push_back(singles[s]);
    parts_[singles[s]].deeper = kNoIndex;
    parts_[singles[s]].shallower = link;
  }
}

/// Every block has one copy again: the row becomes parts of its segment.
void SegmentCache::dissolve_row(std::uint32_t link) {
  const TwinRow row = std::move(row_of(link));
  row_of(link) = {};
  spare_rows_.push_back(link - kTwins);
  std::uint32_t last = last_part(row.segment);
  for (const auto& copies : row.copies) {
    const std::uint32_t p = copies[0];
    const std::uint32_t users = parts_[p].users;
    const bool joins =
        last != kNoIndex && parts_[last].users == users && (users > 0 || parts_[last].older == p);
    if (joins) {
      ++parts_[last].count;
      if (users == 0) queue_.remove(parts_, p);
      recycle(p);
      continue;
    }
    parts_[p].shallower = last;
    (last == kNoIndex ? *first_part_.find(row.segment) : parts_[last].deeper) = p;
    last = p;
  }
  parts_[last].deeper = kNoIndex;
}

/// `call` uses the oldest copies of the blocks up to offset `to`.
void SegmentCache::acquire_twins(std::uint32_t link, std::uint32_t to, CallId call) {
  TwinRow& row = row_of(link);
  if (to <= row.first) return;
  TwinUse& use = row.uses.emplace_back(TwinUse{call, row.first, {}});
  for (std::uint32_t b = 0; b < to - row.first; ++b) {
    use.parts.push_back(row.copies[b][0]);
    add_user(use.parts.back());
  }
}

/// New copies of blocks [from, to) of the segment, each behind those there are.
void SegmentCache::publish_twins(SegmentId segment, std::uint32_t from, std::uint32_t to,
                                 CallId call, SimTime time) {
  const std::uint32_t link = make_row(segment, from);
  TwinRow& row = row_of(link);
  const auto held = row.first + static_cast<std::uint32_t>(row.copies.size());
  auto use = std::ranges::find(row.uses, call, &TwinUse::call);
  if (use == row.uses.end()) use = row.uses.insert(use, TwinUse{call, from, {}});
  for (std::uint32_t offset = from; offset < to; ++offset) {
    if (offset - row.first < row.copies.size()) {
      ++row.spare_copies;
    } else {
      row.copies.emplace_back();
      row.origin.push_back(kNoIndex);
    }
    const std::uint32_t copy =
        make_part({segment, offset, 1, 1, kNoIndex, link, kNoIndex, kNoIndex});
    row.copies[offset - row.first].push_back(copy);
    use->parts.push_back(copy);
  }
  if (to > held) log(segment, to, time);
}

/// Appends the blocks up to offset `to` that `call` uses, and forgets that it does.
void SegmentCache::release_twins(std::uint32_t link, std::uint32_t to, CallId call,
                                 std::vector<std::uint32_t>& parts) {
  TwinRow& row = row_of(link);
  if (to <= row.first) return;
  const auto use = std::ranges::find(row.uses, call, &TwinUse::call);
  const std::uint32_t noted = use == row.uses.end() ? to : use->from;
  for (std::uint32_t offset = row.first; offset < std::min(noted, to); ++offset)
    parts.push_back(row.origin[offset - row.first]);
  if (use == row.uses.end()) return;
  parts.insert(parts.end(), use->parts.begin(), use->parts.end());
  row.uses.erase(use);
}

void SegmentCache::evict_twin(std::uint32_t index, SimTime time) {
  const std::uint32_t link = parts_[index].shallower;
  TwinRow& row = row_of(link);
  const std::uint32_t block = parts_[index].first - row.first;
  std::erase(row.copies[block], index);
  if (row.origin[block] == index) row.origin[block] = kNoIndex;
  queue_.remove(parts_, index);
  recycle(index);
  ++evicted_;
  if (row.copies[block].empty()) {
    require(block + 1 == row.copies.size(), "law 2: the last block of a segment goes first");
    row.copies.pop_back();
    row.origin.pop_back();
    log(row.segment, row.first + block, time);
  } else if (--row.spare_copies == 0) {
    dissolve_row(link);
  }
}

/// Blocks of the row that are in use.
std::uint64_t SegmentCache::check_row(std::uint32_t link, std::uint32_t first) const {
  const TwinRow& row = row_of(link);
  require(row.first == first && row.spare_copies > 0, "law 2: a row follows its segment's parts");
  std::uint64_t used = 0;
  std::uint64_t copies = 0;
  for (std::uint32_t b = 0; b < row.copies.size(); ++b)
    for (const std::uint32_t p : row.copies[b]) {
      require(parts_[p].first == first + b && parts_[p].count == 1, "law 2: a copy has its place");
      ++copies;
      if (parts_[p].users > 0) ++used;
    }
  require(copies == row.copies.size() + row.spare_copies, "law 2: spare copies are counted");
  return used;
}

}  // namespace pigou
