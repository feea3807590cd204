// Tables by hand: what a terminal shows, blank for blank.
#include "output/text/table.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace pigou {
namespace {

using Side = TableColumn::Side;

TextTable two_routers() {
  return TextTable({{"", "", Side::kLeft}, {"TTFT p90", "s"}, {"note", "", Side::kLeft}});
}

TEST(TextTable, IsAColumnAsWideAsItsWidestCellOrHead) {
  TextTable table = two_routers();
  table.row({"round-robin", "0.1953", "first"});
  table.row({"random", "1,234,567,890", ""});
  EXPECT_EQ(table.text(),
            "                  TTFT p90 s  note\n"
            "round-robin           0.1953  first\n"
            "random         1,234,567,890\n");
}

TEST(TextTable, DoesAPlusMinusTakeOneColumn) {
  TextTable table({{"a", "", Side::kLeft}, {"±", "s"}, {"b"}});
  table.row({"µs", "+1.5 ± 0.2", "1"});
  table.row({"x", "exact", "22"});
  EXPECT_EQ(table.text(),
            "a            ± s   b\n"
            "µs    +1.5 ± 0.2   1\n"
            "x          exact  22\n");
}

TEST(TextTable, IsThereNoHeadWithoutTitles) {
  TextTable table({{"", "", Side::kLeft, 4}, {"", "", Side::kLeft}});
  table.row({"a", "one"});
  EXPECT_EQ(table.text(), "a     one\n");
}

TEST(TextTable, MayARowEndEarly) {
  TextTable table({{"a"}, {"b"}, {"c"}});
  table.row({"1"});
  EXPECT_EQ(table.text(), "a  b  c\n1\n");
  EXPECT_THROW(table.row({"1", "2", "3", "4"}), InternalError);
  EXPECT_THROW(table.row({}), InternalError);
}

TEST(TextTable, IsARuleAsWideAsTheTable) {
  TextTable table({{"name", "", Side::kLeft}, {"count"}});
  table.rule();
  table.row({"x", "3"});
  EXPECT_EQ(table.text(),
            "name    count\n"
            "-------------\n"
            "x           3\n");
}

TEST(TextTable, IsAWideTableCutIntoBlocksThatEachHaveTheFirstColumn) {
  TextTable table({{"", "", Side::kLeft}, {"one"}, {"two"}, {"a-very-long-name"}});
  table.row({"x", "1", "2", "3"});
  EXPECT_EQ(table.text(13),
            "     one  two\n"
            "x      1    2\n"
            "     a-very-long-name\n"
            "x                   3\n");
  EXPECT_EQ(table.text(12),
            "     one\n"
            "x      1\n"
            "     two\n"
            "x      2\n"
            "     a-very-long-name\n"
            "x                   3\n");
}

}  // namespace
}  // namespace pigou
