// The columns by number, and which of them a cost reads: a cost declares them with `reads()`, so
// that whoever gathers them knows what to bring and a missing one is an error with its name.
#pragma once

#include "kernels/rows.hpp"

namespace pigou {

enum class Column : std::uint8_t {
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) id,
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
};

/// Whose a column is in a batch: one row of it for each state of the cluster, for each request, or
/// as the policy that keeps it says.
enum class ColumnOf : std::uint8_t { kState, kRequest, kOwn };

/// A column and what it means to who reads it. `name` is that of the field, or for an own column
/// what is in it.
struct ColumnRead {
  Column column;
  const char* name;
  const char* unit;
  const char* sentence;  ///< begins small, ends without a full stop
};

inline constexpr ColumnRead kColumnReads[] = {
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) {Column::id, #name, unit, sentence},
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
};
inline constexpr int kColumns = sizeof kColumnReads / sizeof kColumnReads[0];
static_assert(sizeof(InstanceColumns) == (kColumns + 2) * sizeof(void*), "columns.inc lists all");

constexpr const ColumnRead& words_of(Column column) {
  return kColumnReads[static_cast<int>(column)];
}

/// What a cost reads: each column once, in the order it was added. Points to constants.
class ColumnReads {
 public:
  constexpr ColumnReads() = default;
  template <class... More>
  constexpr explicit ColumnReads(Column first, More... more) {
    add(first);
    (add(more), ...);
  }
  constexpr ColumnReads& add(Column column) { return add(words_of(column)); }
  /// Another word about a column takes the place of the first. `read` outlives all its users.
  constexpr ColumnReads& add(const ColumnRead& read) {
    for (int i = 0; i < count_; ++i) {
      if (reads_[i]->column != read.column) continue;
      reads_[i] = &read;
      return *this;
    }
    reads_[count_++] = &read;
    return *this;
  }
  ColumnReads& add(ColumnRead&&) = delete;
  constexpr const ColumnRead* const* begin() const { return reads_; }
  constexpr const ColumnRead* const* end() const { return reads_ + count_; }
  constexpr int size() const { return count_; }

 private:
  const ColumnRead* reads_[kColumns] = {};
  int count_ = 0;
};

/// Whether the column is there.
inline bool has_column(const InstanceColumns& columns, Column column) {
  switch (column) {
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  case Column::id:                                          \
    return columns.name != nullptr;
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  }
  return false;
}

/// A bit for each column that is there.
inline std::uint32_t columns_there(const InstanceColumns& columns) {
  std::uint32_t there = 0;
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  there |= std::uint32_t{columns.name != nullptr} << static_cast<int>(Column::id);
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  return there;
}

/// Entry `i` of a column that is there.
inline double column_value(const InstanceColumns& columns, Column column, std::int64_t i) {
  switch (column) {
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) \
  case Column::id:                                          \
    return static_cast<double>(columns.name[i]);
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  }
  return 0;
}

}  // namespace pigou
