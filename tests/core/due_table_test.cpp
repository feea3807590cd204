// Who has something due is taken once, in order, and nobody else.
#include "core/due_table.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "core/random_stream.hpp"
#include "depth.hpp"

namespace pigou {
namespace {

std::vector<std::uint32_t> due_by(DueTable& table, SimTime time) {
  std::vector<std::uint32_t> places;
  table.take_due(time, places);
  return places;
}

TEST(DueTable, where_nothing_is_set_nothing_is_due) {
  DueTable none;
  EXPECT_TRUE(due_by(none, kLongest).empty());
  DueTable table(100);
  EXPECT_TRUE(due_by(table, kLongest).empty());
}

TEST(DueTable, what_is_due_exactly_then_is_taken_and_only_once) {
  DueTable table(100);
  table.set(99, {10});
  table.set(3, {10});
  table.set(4, {11});
  EXPECT_EQ(due_by(table, {9}), (std::vector<std::uint32_t>{}));
  EXPECT_EQ(due_by(table, {10}), (std::vector<std::uint32_t>{3, 99}));
  EXPECT_EQ(due_by(table, {10}), (std::vector<std::uint32_t>{}));
  EXPECT_EQ(due_by(table, {11}), (std::vector<std::uint32_t>{4}));
}

TEST(DueTable, a_later_time_takes_the_place_of_an_earlier_one) {
  DueTable table(20);
  table.set(17, {5});
  table.set(17, {50});
  EXPECT_EQ(due_by(table, {49}), (std::vector<std::uint32_t>{}));
  EXPECT_EQ(table.due(17), SimTime{50});
  EXPECT_EQ(due_by(table, {50}), (std::vector<std::uint32_t>{17}));
}

TEST(DueTable, any_sequence_of_sets_and_takes_finds_what_a_look_at_all_places_finds) {
  // Places in one block, in some, and in some blocks of blocks.
  for (const std::uint32_t places : {7u, 77u, 700u}) {
    const RandomStream stream(1, "due-table");
    DueTable table(places);
    std::vector<std::int64_t> plain(places, kNever.ps);
    for (std::uint32_t round = 0, end = draws(2000, "steps"); round < end; ++round) {
      const std::uint32_t place = stream.below(places, round, 0);
      plain[place] = stream.below(5000, round, 1);
      table.set(place, {plain[place]});
      if (round % 3 > 0) continue;
      const SimTime now{2 * static_cast<std::int64_t>(round)};
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < places; ++i) {
        if (plain[i] > now.ps) continue;
        expected.push_back(i);
        plain[i] = i % 2 == 0 ? now.ps + 40 : kNever.ps;
      }
      ASSERT_EQ(due_by(table, now), expected) << places << " places, round " << round;
      for (const std::uint32_t i : expected)
        if (i % 2 == 0) table.set(i, now + SimTime{40});
    }
  }
}

}  // namespace
}  // namespace pigou
