// The one renderer of tables: every column as wide as what stands in it.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace pigou {

/// A column's head and how its cells stand. Where `unit` is empty the title is one ("requests/s"),
/// the cells are words, or each says its own.
struct TableColumn {
  enum class Side : std::uint8_t { kLeft, kRight };
  std::string title;
  std::string unit = {};  ///< behind the title: "TTFT p90" and "s"
  Side side = Side::kRight;
  std::size_t narrowest = 0;  ///< display columns it takes even where nothing is that wide

  std::string head() const;
};

/// Words and numbers in rows. Columns stand two blanks apart, one flush right four behind one flush
/// left; widths are what a terminal shows ("±" is one), and no line ends in blanks.
/// A row may be shorter than the table: what is missing is empty. Without any title there is no
/// head.
class TextTable {
 public:
  explicit TextTable(std::vector<TableColumn> columns);

  /// `cells` are at most as many as columns.
  void row(std::vector<std::string> cells);
  /// A line of dashes over the whole width, before the next row.
  void rule() { rows_.emplace_back(); }

  /// Every line with its newline. Where the table is wider than `widest`, its columns are cut into
  /// blocks that are not, one below the other, each with its head and the first column; a block has
  /// one other column at least.
  std::string text(std::size_t widest = std::numeric_limits<std::size_t>::max()) const;

 private:
  using Columns = std::vector<std::size_t>;
  std::size_t gap(std::size_t before, std::size_t column) const;
  std::string cell(std::size_t column, const std::string& text) const;
  std::string line(const Columns& shown, const std::vector<std::string>& cells) const;
  std::string block(const Columns& shown) const;

  std::vector<TableColumn> columns_;
  std::vector<std::vector<std::string>> rows_;  ///< a rule is a row without cells
  std::vector<std::size_t> width_;              ///< by column, so far
};

}  // namespace pigou
