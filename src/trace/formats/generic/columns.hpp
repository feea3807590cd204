// Which columns the generic reader takes, and the row it makes of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trace/parse/measured.hpp"
#include "trace/reader.hpp"
#include "trace/time_stamp.hpp"

namespace pigou {

enum class GenericField : std::size_t {
  kArrival,
  kInput,
  kOutput,
  kIds,
  kBlockTokens,
  kTtft,
  kE2e,
  kCached,
  kPrevious,
};
inline constexpr std::size_t kGenericFields = 9;

/// The columns of a file without a mapping, by GenericField; the first three must be there.
inline constexpr std::array<std::string_view, kGenericFields> kGenericNames = {
    "arrival_s",       "input_tokens",   "output_tokens", "hash_ids",     "block_tokens",
    "recorded_ttft_s", "recorded_e2e_s", "cached_tokens", "previous_turn"};
/// Stands for arrival_s where arrivals are calendar times.
inline constexpr std::string_view kGenericCalendar = "arrival_time";
/// Columns that are labels of the same name; any other label is called label_NAME.
inline constexpr std::array<std::string_view, 12> kGenericLabels = {"instance",
                                                                    "tenant",
                                                                    "model",
                                                                    "session",
                                                                    "kind",
                                                                    "adapter",
                                                                    "priority",
                                                                    "strict_priority",
                                                                    "policy_class",
                                                                    "slo_ttft_ms",
                                                                    "overlap_score_credit",
                                                                    "router_temperature"};
inline constexpr std::string_view kLabelPrefix = "label_";

/// The label that a column of an unmapped file holds; empty: none.
std::string_view generic_label(std::string_view column);
/// The column that holds a label in an unmapped file.
std::string generic_label_column(std::string_view label);

/// A mapping after defaults, checked.
struct GenericColumns {
  struct Column {
    std::string name;  ///< empty: not in the file
    TimeUnit unit = TimeUnit::kSecond;
    bool required = false;
  };
  std::array<Column, kGenericFields> fields;
  std::vector<std::pair<std::string, std::string>> labels;  ///< column, label
  bool calendar = false;                                    ///< arrivals are calendar text
  bool by_name = false;            ///< no mapping: take what is called as in kGenericNames
  std::uint32_t block_tokens = 0;  ///< 0: a column tells

  /// Takes `column` as the label, unless another column is it already.
  void take_label(std::string_view column, std::string_view label);
  Column& operator[](GenericField field) { return fields[static_cast<std::size_t>(field)]; }
  const Column& operator[](GenericField field) const {
    return fields[static_cast<std::size_t>(field)];
  }
};
GenericColumns generic_columns(const ColumnMapping& mapping);

/// One request as either kind of file gives it; buffers are kept from row to row.
struct GenericRow {
  TimeStamp time;
  std::uint32_t input_tokens = 0;
  std::uint32_t output_tokens = 0;
  std::vector<std::uint64_t> ids;
  std::uint32_t block_tokens = 0;  ///< 0: not said
  MeasuredRow recorded;
  std::uint64_t previous = UINT64_MAX;  ///< number of a row of the file, from 0; none
  std::vector<std::string> words;       ///< by GenericColumns::labels; empty: none
};

}  // namespace pigou
