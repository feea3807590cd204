// Rows of the timeline.
#include "simulation/record/timeline.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pigou {
namespace {

TEST(Timeline, ARowIsDueBeforeWhatComesAfterItsInstant) {
  Timeline timeline({10}, 2);
  const Cluster nobody;
  EXPECT_FALSE(timeline.due({10}));
  EXPECT_TRUE(timeline.due({11}));
  timeline.sample({11}, nobody, 3, 1);
  EXPECT_FALSE(timeline.due({20}));
  timeline.sample({41}, nobody, 5, 1);
  ASSERT_EQ(timeline.columns().time_s.size(), 4U);
  EXPECT_DOUBLE_EQ(timeline.columns().time_s[3], 40e-12);
  EXPECT_EQ(timeline.columns().in_flight[0], 2U);
  EXPECT_EQ(timeline.columns().in_flight[1], 4U);
}

TEST(Timeline, BeforeTheFirstArrivalThereIsNoRow) {
  Timeline timeline({10}, 2);
  timeline.sample({35}, Cluster{}, 0, 0);
  EXPECT_TRUE(timeline.columns().time_s.empty());
  EXPECT_FALSE(timeline.due({40}));
}

TEST(Timeline, PendingPrefillIsComparedOverEntryInstances) {
  Timeline timeline({10}, 2);
  EXPECT_TRUE(std::isnan(timeline.mean_imbalance()));
  timeline.add_pending(0, 300);
  timeline.add_pending(1, 100);
  timeline.add_pending(7, 1'000'000);  // a decode instance
  timeline.sample({11}, Cluster{}, 1, 0);
  timeline.add_pending(0, -300);
  timeline.add_pending(1, -100);
  timeline.sample({21}, Cluster{}, 1, 0);
  EXPECT_DOUBLE_EQ(timeline.columns().cv_pending_prefill_tokens[0], 0.5);
  EXPECT_DOUBLE_EQ(timeline.mean_imbalance(), 0.5) << "a row without pending prefill says nothing";
}

TEST(Timeline, ARunLongerThanForeseenKeepsEverySecondRow) {
  Timeline timeline({10}, 1);
  timeline.sample({40'961}, Cluster{}, 1, 0);
  ASSERT_EQ(timeline.columns().time_s.size(), 2048U);
  EXPECT_DOUBLE_EQ(timeline.columns().time_s[0], 20e-12);
  timeline.sample({40'981}, Cluster{}, 1, 0);
  EXPECT_DOUBLE_EQ(timeline.columns().time_s.back(), 40'980e-12) << "the period has doubled";
}

}  // namespace
}  // namespace pigou
