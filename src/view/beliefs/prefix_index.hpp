// What a router believes the caches hold, and which prefixes its active requests share.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "cluster/cache/segment_path.hpp"
#include "core/flat_map.hpp"
#include "core/ids.hpp"
#include "core/load_ahead.hpp"

namespace pigou {

/// What is believed of one segment on one instance.
struct PrefixCell {
  std::uint32_t held = 0;    ///< leading blocks
  std::uint32_t active = 0;  ///< requests in flight that use it
};

/// Per segment, a row of (instance -> blocks held, active requests using it). Rows are short lists
/// while few instances are in them, and one cell per instance when many are (a system prompt is
/// held by everyone), so that scanning them vectorises. Memory follows what is held, not the trace.
class PrefixIndex {
 public:
  PrefixIndex() = default;
  explicit PrefixIndex(std::uint32_t instances);
  std::uint32_t instances() const { return instances_; }

  void prefetch(SegmentId segment) const { rows_.prefetch(segment); }
  /// Starts loading the rows of `path`, and how many blocks its segments have.
  void prefetch(const PathView& path) const {
    for (std::size_t s = 0; s < path.size(); ++s) rows_.prefetch(path.segment(s));
    for (const std::uint32_t segment : path.prompt) load_ahead(path.blocks_of + segment);
  }
  /// Starts loading what the rows of `path` point to; their slots have been prefetched before.
  void prefetch_cells(const PathView& path) const {
    for (std::size_t s = 0; s < path.size(); ++s) {
      const Row* row = rows_.find(path.segment(s));
      if (row != nullptr && row->size_class != kWide) load_ahead(&entries_[row->offset]);
    }
  }
  /// Believed leading blocks of `segment` on `instance`.
  void set_held(SegmentId segment, InstanceId instance, std::uint32_t held);
  std::uint32_t held(SegmentId segment, InstanceId instance) const {
    const Row* row = rows_.find(segment);
    const Cell* cell = row == nullptr ? nullptr : find_cell(*row, instance);
    return cell == nullptr ? 0 : cell->held;
  }
  /// Active requests that use `segment` on `instance`.
  std::uint32_t active(SegmentId segment, InstanceId instance) const {
    const Row* row = rows_.find(segment);
    const Cell* cell = row == nullptr ? nullptr : find_cell(*row, instance);
    return cell == nullptr ? 0 : cell->active;
  }
  /// Nothing is believed of `instance` any more.
  void forget(InstanceId instance);
  /// One more active request uses `segment` on `instance`; true if it is the first.
  bool add_active(SegmentId segment, InstanceId instance);
  /// One fewer; true if it was the last.
  bool drop_active(SegmentId segment, InstanceId instance);

  /// For each instance: leading blocks of `path` believed held, and leading blocks of whole
  /// segments that active requests there already use. Both arrays have `instances` entries.
  void measure(const PathView& path, std::int32_t* overlap, std::int32_t* shared) const;
  /// The same overlap for one instance only.
  std::int32_t overlap(const PathView& path, InstanceId instance) const;

  /// What measure() would say of the instances that stand out from the crowd: `crowd` is the first
  /// segment when it is held so widely that its row has one cell per instance, `members` are those
  /// in any further row. False when more than one row is wide or too many stand out: then scan.
  struct Standout {
    InstanceId instance = kNoIndex;
    std::int32_t overlap;
    std::int32_t shared;
  };
  static constexpr std::size_t kMaxStandouts = 256;
  bool stand_outs(const PathView& path, bool& crowded, std::vector<Standout>& members) const;
  /// Cell of a wide segment's instance, as (held, active) blocks counted by measure().
  struct Share {
    std::int32_t overlap = 0;
    bool active = false;
  };
  Share share(SegmentId segment, InstanceId instance) const;

 private:
  using Cell = PrefixCell;
  struct Entry {
    InstanceId instance = 0;
    Cell cell;
  };
  struct Row {
    std::uint32_t offset = 0;
    std::uint32_t count = 0;       ///< instances with a non-zero cell
    std::uint32_t size_class = 0;  ///< narrow: capacity 2^size_class; kWide: one cell per instance
  };
  static constexpr std::uint32_t kWide = 32;
  static constexpr std::uint32_t kAlwaysWide = 32;  ///< clusters up to this size have no lists

  const Cell* find_cell(const Row& row, InstanceId instance) const;
  Cell* find_cell(const Row& row, InstanceId instance) {
    return const_cast<Cell*>(std::as_const(*this).find_cell(row, instance));
  }
  Cell& make_cell(Row& row, InstanceId instance);
  void drop_if_empty(SegmentId segment, Row& row, InstanceId instance);
  Row new_row();
  void widen(Row& row);
  void grow(Row& row);
  void free_row(const Row& row);
  std::uint32_t take_wide();
  std::uint32_t take_narrow(std::uint32_t size_class);

  std::uint32_t instances_ = 0;
  /// Of an instance among the members of stand_outs(), if it is one: what it says is checked there.
  mutable std::vector<std::uint32_t> member_place_;
  FlatMap<Row> rows_;
  std::vector<Entry> entries_;
  std::vector<Cell> cells_;
  std::array<std::vector<std::uint32_t>, kWide> spare_narrow_;
  std::vector<std::uint32_t> spare_wide_;
};

}  // namespace pigou
