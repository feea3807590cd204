// CSV traces whose columns are found by the names in the header.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/parse/open_loop.hpp"
#include "trace/reader.hpp"

namespace pigou {

/// A column a format knows. Columns it does not know are skipped.
struct CsvColumn {
  std::string_view name;
  bool required = true;
};

/// Rows of a CSV file, their fields in the order of the format's columns whatever their order in
/// the file. Fields may be quoted.
class NamedCsv {
 public:
  /// Reads the header. Throws UserError naming the column that is missing.
  NamedCsv(const std::string& path, std::string_view format, std::span<const CsvColumn> columns);

  bool has(std::size_t column) const { return position_[column] != kAbsent; }
  /// Goes to the next line that is not empty; false at the end.
  bool next();
  /// Splits that line. Throws UserError when it has not as many fields as the header.
  void split();
  /// Field of the line that was split; empty where the file has no such column.
  std::string_view field(std::size_t column) const {
    return has(column) ? fields_[position_[column]] : std::string_view{};
  }
  RowPlace place() const { return {lines_.path(), lines_.line_number()}; }

  /// The fields as tokens, or as a time in decimal seconds from 0 on; throw UserError.
  std::uint32_t tokens(std::size_t column) const;
  TimeStamp seconds(std::size_t column) const;

 private:
  static constexpr std::size_t kAbsent = SIZE_MAX;
  static constexpr std::size_t kMostColumns = 256;

  LineReader lines_;
  std::span<const CsvColumn> columns_;
  std::vector<std::size_t> position_;  ///< of each known column in the file, or kAbsent
  std::size_t width_ = 0;              ///< columns in the header
  std::string_view line_;
  std::vector<std::string_view> fields_;
  std::vector<std::string> quoted_;  ///< what fields_ points to on a line with quotes
};

/// The words of one label column, found by hash: fit for names, tenants and session ids alike.
class LabelWords {
 public:
  LabelWords(Trace& trace, const std::string& name);
  /// Appends the code of `word`; an empty word is "not recorded".
  void add(std::string_view word);

 private:
  Trace& trace_;
  std::size_t column_;
  std::unordered_map<std::string, std::uint32_t> codes_;
};

/// Calls `add_row` once per row, after it was split. A row that throws UserError ends the reading
/// or, under lenient, is counted; `add_row` must add everything of a row or throw before.
template <class AddRow>
void read_rows(NamedCsv& csv, OpenLoopBuilder& builder, const ReadOptions& options,
               AddRow&& add_row) {
  while (csv.next()) {
    try {
      csv.split();
      add_row();
    } catch (const UserError&) {
      if (!options.lenient) throw;
      builder.count_skipped();
    }
  }
}

}  // namespace pigou
