#include "output/text/table.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "output/text/numbers.hpp"

namespace pigou {
namespace {

constexpr std::size_t kGap = 2;
/// Between a column that is flush left and one flush right.
constexpr std::size_t kApart = 4;

}  // namespace

std::string TableColumn::head() const {
  return title.empty() || unit.empty() ? title + unit : title + " " + unit;
}

TextTable::TextTable(std::vector<TableColumn> columns) : columns_(std::move(columns)) {
  for (const TableColumn& column : columns_)
    width_.push_back(std::max(column.narrowest, display_width(column.head())));
}

void TextTable::row(std::vector<std::string> cells) {
  require(!cells.empty() && cells.size() <= columns_.size(),
          "a row has cells, one a column at most");
  for (std::size_t c = 0; c < cells.size(); ++c)
    width_[c] = std::max(width_[c], display_width(cells[c]));
  rows_.push_back(std::move(cells));
}

std::size_t TextTable::gap(std::size_t before, std::size_t column) const {
  const bool apart = columns_[before].side == TableColumn::Side::kLeft &&
                     columns_[column].side == TableColumn::Side::kRight;
  return apart ? kApart : kGap;
}

std::string TextTable::cell(std::size_t column, const std::string& text) const {
  return columns_[column].side == TableColumn::Side::kLeft ? left(text, width_[column])
                                                           : right(text, width_[column]);
}

std::string TextTable::line(const Columns& shown, const std::vector<std::string>& cells) const {
  std::string line;
  std::size_t before = 0;
  for (const std::size_t c : shown) {
    if (c != shown.front()) line.append(gap(before, c), ' ');
    before = c;
    line += cell(c, c < cells.size() ? cells[c] : std::string());
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string TextTable::block(const Columns& shown) const {
  std::vector<std::string> heads;
  for (const TableColumn& column : columns_) heads.push_back(column.head());
  std::size_t width = width_[shown.front()];
  for (std::size_t n = 1; n < shown.size(); ++n)
    width += gap(shown[n - 1], shown[n]) + width_[shown[n]];
  const bool titled =
      !std::ranges::all_of(heads, [](const std::string& head) { return head.empty(); });
  std::string text = titled ? line(shown, heads) : std::string();
  for (const auto& cells : rows_)
    text += cells.empty() ? std::string(width, '-') + "\n" : line(shown, cells);
  return text;
}

std::string TextTable::text(std::size_t widest) const {
  std::string text;
  std::size_t next = 1;
  do {
    Columns shown = {0};
    std::size_t width = width_[0];
    for (; next < columns_.size(); ++next) {
      width += gap(shown.back(), next) + width_[next];
      if (shown.size() > 1 && width > widest) break;
      shown.push_back(next);
    }
    text += block(shown);
  } while (next < columns_.size());
  return text;
}

}  // namespace pigou
