// What do answers add to the blocks a replica has booked?
#include "view/books/output_growth.hpp"

#include <gtest/gtest.h>

namespace pigou {
namespace {

TEST(OutputGrowth, AddsWholeBlocksAndFadesWhatOneRequestAloneUses) {
  const std::int64_t booked[] = {10, 20};
  OutputGrowth output;
  EXPECT_EQ(output.columns(), nullptr) << "the books stand for themselves";
  output.start(booked, 2);
  output.add(0, 3, 8, 1);
  output.add(1, 2, 8, 0.25);
  output.end();
  EXPECT_EQ(output.columns()[0], 13);
  EXPECT_EQ(output.columns()[1], 15) << "20 + 2/4 - 8 * 3/4 = 14.5, rounded";
}

TEST(OutputGrowth, StartsAnewFromTheBooks) {
  const std::int64_t booked[] = {10};
  OutputGrowth output;
  for (int time = 0; time < 2; ++time) {
    output.start(booked, 1);
    output.add(0, 1, 0, 1);
    output.end();
    EXPECT_EQ(output.columns()[0], 11);
  }
}

}  // namespace
}  // namespace pigou
