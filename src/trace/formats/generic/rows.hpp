// The two kinds of file the generic reader takes, made into rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/simdjson_parser.hpp"
#include "trace/formats/generic/columns.hpp"
#include "trace/parse/open_loop.hpp"

namespace pigou {

/// A CSV file: columns found by name in its header, or by number without one.
class GenericCsv {
 public:
  GenericCsv(GenericColumns& columns, const std::string& path) : columns_(columns), path_(path) {}

  /// Finds the columns; true if `line` was a header and thus is no row.
  bool read_header(std::string_view line);
  void read_row(const RowPlace& place, std::string_view line, GenericRow& row);

 private:
  static constexpr std::size_t kAbsent = SIZE_MAX;

  std::size_t position(const std::string& name, bool& by_name) const;
  void find_by_name();
  /// The field; empty where the file has no such column.
  const std::string& text(GenericField field) const;
  std::uint32_t tokens(const RowPlace& place, GenericField field) const;
  TimeStamp arrival(const RowPlace& place) const;
  SimTime duration(const RowPlace& place, GenericField field) const;
  void read_ids(const RowPlace& place, std::vector<std::uint64_t>& ids) const;

  GenericColumns& columns_;
  const std::string& path_;
  std::array<std::size_t, kGenericFields> positions_{};
  std::vector<std::size_t> label_positions_;
  std::size_t needed_ = 0;  ///< fields a row must have at least
  std::vector<std::string> fields_;
};

/// JSON lines: columns are keys.
class GenericJson {
 public:
  explicit GenericJson(GenericColumns& columns) : columns_(columns) {}

  void read_row(const RowPlace& place, const JsonElement& document, GenericRow& row);

 private:
  /// Notes the element under `key`, which may be a column or a label.
  void note(std::string_view key, const JsonElement& element);
  bool given(GenericField field) const { return found_[static_cast<std::size_t>(field)]; }
  const JsonElement& element(GenericField field) const {
    return elements_[static_cast<std::size_t>(field)];
  }
  const std::string& name(GenericField field) const { return columns_[field].name; }
  TimeStamp arrival(const RowPlace& place) const;
  void read_recorded(const RowPlace& place, GenericRow& row) const;

  GenericColumns& columns_;
  bool first_ = true;
  std::array<JsonElement, kGenericFields> elements_;
  std::array<bool, kGenericFields> found_{};
  std::vector<std::pair<std::size_t, JsonElement>> words_;  ///< number of the label, its word
};

}  // namespace pigou
