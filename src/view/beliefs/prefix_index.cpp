#include "view/beliefs/prefix_index.hpp"

#include <algorithm>

#include "core/vector_versions.hpp"

namespace pigou {

PrefixIndex::PrefixIndex(std::uint32_t instances)
    : instances_(instances), member_place_(instances, 0) {}

std::uint32_t PrefixIndex::take_wide() {
  if (!spare_wide_.empty()) {
    const std::uint32_t offset = spare_wide_.back();
    spare_wide_.pop_back();
    return offset;
  }
  const auto offset = static_cast<std::uint32_t>(cells_.size());
  cells_.resize(cells_.size() + instances_);
  return offset;
}

std::uint32_t PrefixIndex::take_narrow(std::uint32_t size_class) {
  auto& spare = spare_narrow_[size_class];
  if (!spare.empty()) {
    const std::uint32_t offset = spare.back();
    spare.pop_back();
    return offset;
  }
  const auto offset = static_cast<std::uint32_t>(entries_.size());
  entries_.resize(entries_.size() + (std::size_t{1} << size_class));
  return offset;
}

PrefixIndex::Row PrefixIndex::new_row() {
  if (instances_ <= kAlwaysWide) return {take_wide(), 0, kWide};
  return {take_narrow(0), 0, 0};
}

void PrefixIndex::free_row(const Row& row) {
  (row.size_class == kWide ? spare_wide_ : spare_narrow_[row.size_class]).push_back(row.offset);
}

const PrefixIndex::Cell* PrefixIndex::find_cell(const Row& row, InstanceId instance) const {
  if (row.size_class == kWide) return &cells_[row.offset + instance];
  for (std::uint32_t e = row.offset; e < row.offset + row.count; ++e)
    if (entries_[e].instance == instance) return &entries_[e].cell;
  return nullptr;
}

/// One cell per instance from here on; narrow rows never come back until the row is empty.
void PrefixIndex::widen(Row& row) {
  const Row narrow = row;
  row.offset = take_wide();
  row.size_class = kWide;
  for (std::uint32_t e = narrow.offset; e < narrow.offset + narrow.count; ++e)
    cells_[row.offset + entries_[e].instance] = entries_[e].cell;
  free_row(narrow);
}

void PrefixIndex::grow(Row& row) {
  const std::uint32_t next = take_narrow(row.size_class + 1);
  std::copy_n(entries_.begin() + row.offset, row.count, entries_.begin() + next);
  free_row(row);
  row.offset = next;
  ++row.size_class;
}

PrefixIndex::Cell& PrefixIndex::make_cell(Row& row, InstanceId instance) {
  if (row.size_class != kWide) {
    if (Cell* found = find_cell(row, instance)) return *found;
    if (row.count * 16 >= instances_) {
      widen(row);
    } else {
      if (row.count == (1U << row.size_class)) grow(row);
      Entry& entry = entries_[row.offset + row.count++];
      entry = {instance, {}};
      return entry.cell;
    }
  }
  Cell& cell = cells_[row.offset + instance];
  if (cell.held == 0 && cell.active == 0) ++row.count;
  return cell;
}

void PrefixIndex::drop_if_empty(SegmentId segment, Row& row, InstanceId instance) {
  const Cell* cell = find_cell(row, instance);
  if (cell->held != 0 || cell->active != 0) return;
  --row.count;
  if (row.size_class != kWide) {
    for (std::uint32_t e = row.offset;; ++e) {
      if (entries_[e].instance != instance) continue;
      entries_[e] = entries_[row.offset + row.count];
      break;
    }
  }
  if (row.count > 0) return;
  free_row(row);
  rows_.erase(segment);
}

void PrefixIndex::set_held(SegmentId segment, InstanceId instance, std::uint32_t held) {
  if (held == 0) {
    Row* row = rows_.find(segment);
    Cell* cell = row == nullptr ? nullptr : find_cell(*row, instance);
    if (cell == nullptr || (cell->held == 0 && cell->active == 0)) return;
    cell->held = 0;
    drop_if_empty(segment, *row, instance);
    return;
  }
  Row* row = rows_.find(segment);
  if (row == nullptr) row = &(rows_[segment] = new_row());
  make_cell(*row, instance).held = held;
}

void PrefixIndex::forget(InstanceId instance) {
  std::vector<SegmentId> held;
  rows_.for_each([&](std::uint32_t segment, const Row& row) {
    const Cell* cell = find_cell(row, instance);
    if (cell != nullptr && cell->held > 0) held.push_back(SegmentId{segment});
  });
  for (const SegmentId segment : held) set_held(segment, instance, 0);
}

bool PrefixIndex::add_active(SegmentId segment, InstanceId instance) {
  Row* row = rows_.find(segment);
  if (row == nullptr) row = &(rows_[segment] = new_row());
  return make_cell(*row, instance).active++ == 0;
}

bool PrefixIndex::drop_active(SegmentId segment, InstanceId instance) {
  Row* row = rows_.find(segment);
  const bool last = --find_cell(*row, instance)->active == 0;
  if (last) drop_if_empty(segment, *row, instance);
  return last;
}

namespace {

/// Only an unbroken prefix counts: whoever fell short earlier stays where it is.
inline void extend(std::int32_t& overlap, std::int32_t& shared, const PrefixCell& cell,
                   std::int32_t before, std::int32_t blocks) {
  overlap += overlap == before ? static_cast<std::int32_t>(cell.held) : 0;
  shared += (cell.active > 0 && shared == before) ? blocks : 0;
}

/// The first segment, held by many.
PIGOU_VECTOR_VERSIONS void begin_wide(const PrefixCell* __restrict cells, std::uint32_t count,
                                      std::int32_t blocks, std::int32_t* __restrict overlap,
                                      std::int32_t* __restrict shared) {
  for (std::uint32_t i = 0; i < count; ++i) {
    overlap[i] = static_cast<std::int32_t>(cells[i].held);
    shared[i] = cells[i].active > 0 ? blocks : 0;
  }
}

/// A further segment held by many.
PIGOU_VECTOR_VERSIONS void extend_wide(const PrefixCell* __restrict cells, std::uint32_t count,
                                       std::int32_t before, std::int32_t blocks,
                                       std::int32_t* __restrict overlap,
                                       std::int32_t* __restrict shared) {
  for (std::uint32_t i = 0; i < count; ++i) extend(overlap[i], shared[i], cells[i], before, blocks);
}

}  // namespace

void PrefixIndex::measure(const PathView& path, std::int32_t* overlap, std::int32_t* shared) const {
  std::int32_t before = 0;
  std::size_t s = 0;
  const Row* first = path.size() > 0 ? rows_.find(path.segment(0)) : nullptr;
  if (first != nullptr && first->size_class == kWide) {
    before = static_cast<std::int32_t>(path.blocks(0));
    begin_wide(cells_.data() + first->offset, instances_, before, overlap, shared);
    s = 1;
  } else {
    std::fill_n(overlap, instances_, 0);
    std::fill_n(shared, instances_, 0);
  }
  for (; s < path.size(); ++s) {
    const Row* row = rows_.find(path.segment(s));
    if (row == nullptr) return;
    const auto blocks = static_cast<std::int32_t>(path.blocks(s));
    if (row->size_class == kWide) {
      extend_wide(cells_.data() + row->offset, instances_, before, blocks, overlap, shared);
    } else {
      const Entry* entries = entries_.data() + row->offset;
      for (std::uint32_t e = 0; e < row->count; ++e)
        extend(overlap[entries[e].instance], shared[entries[e].instance], entries[e].cell, before,
               blocks);
    }
    before += blocks;
  }
}

PrefixIndex::Share PrefixIndex::share(SegmentId segment, InstanceId instance) const {
  const Row* row = rows_.find(segment);
  if (row == nullptr) return {};
  const Cell* cell = find_cell(*row, instance);
  if (cell == nullptr) return {};
  return {static_cast<std::int32_t>(cell->held), cell->active > 0};
}

bool PrefixIndex::stand_outs(const PathView& path, bool& crowded,
                             std::vector<Standout>& members) const {
  members.clear();
  crowded = false;
  std::int32_t before = 0;
  const Cell* crowd = nullptr;
  for (std::size_t s = 0; s < path.size(); ++s) {
    const Row* row = rows_.find(path.segment(s));
    if (row == nullptr) return true;
    const auto blocks = static_cast<std::int32_t>(path.blocks(s));
    if (row->size_class == kWide) {
      if (s > 0) return false;
      crowded = true;
      crowd = cells_.data() + row->offset;
      before = blocks;
      continue;
    }
    const Entry* entries = entries_.data() + row->offset;
    for (std::uint32_t e = 0; e < row->count; ++e) {
      const InstanceId i = entries[e].instance;
      std::uint32_t& place = member_place_[i];
      if (place >= members.size() || members[place].instance != i) {
        if (members.size() == kMaxStandouts) return false;
        const Cell first = crowd != nullptr ? crowd[i] : Cell{};
        place = static_cast<std::uint32_t>(members.size());
        members.push_back({i, static_cast<std::int32_t>(first.held),
                           first.active > 0 ? static_cast<std::int32_t>(path.blocks(0)) : 0});
      }
      extend(members[place].overlap, members[place].shared, entries[e].cell, before, blocks);
    }
    before += blocks;
  }
  return true;
}

std::int32_t PrefixIndex::overlap(const PathView& path, InstanceId instance) const {
  std::int32_t found = 0;
  for (std::size_t s = 0; s < path.size(); ++s) {
    const Row* row = rows_.find(path.segment(s));
    if (row == nullptr) break;
    const Cell* cell = find_cell(*row, instance);
    if (cell == nullptr || cell->held == 0) break;
    found += static_cast<std::int32_t>(cell->held);
    if (cell->held < path.blocks(s)) break;
  }
  return found;
}

}  // namespace pigou
