// Preble's E2 rule by hand.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

SimTime at(double s) { return from_seconds(s, "s"); }

TEST(Preble, ItExploitsWhatIsMoreThanHalfCachedAndElseExplores) {
  FakeView view(3);
  const auto policy = policy_for(view, "preble");
  view.ask(1024);
  view.overlap = {0, 33, 20};  // 528 of 1,024 tokens
  EXPECT_EQ(answer_at(*policy, view, 0, at(0)).instance, 1U);
  EXPECT_EQ(answer_at(*policy, view, 1, at(0)).instance, 1U) << "whatever its load";
  view.overlap[1] = 32;  // half is not more than half
  EXPECT_NE(answer_at(*policy, view, 2, at(0)).instance, 1U);
}

TEST(Preble, OfSeveralThatHoldThePrefixItTakesTheLeastLoaded) {
  FakeView view(3);
  const auto policy = policy_for(view, "preble");
  view.ask(1024);
  view.overlap = {40, 40, 39};
  const std::uint32_t first = answer_at(*policy, view, 0, at(0)).instance;
  ASSERT_LT(first, 2U);
  EXPECT_EQ(answer_at(*policy, view, 1, at(0)).instance, 1 - first);
}

TEST(Preble, WhatWasSentCountsForAWindow) {
  FakeView view(2);
  const auto policy = policy_for(view, "preble", {"window_s=10"});
  view.ask(1000);
  view.overlap = {60, 0};
  ASSERT_EQ(answer_at(*policy, view, 0, at(0)).instance, 0U);  // 40 tokens: 4 ms
  view.overlap = {0, 0};
  ASSERT_EQ(answer_at(*policy, view, 1, at(1)).instance, 1U);  // 1,000 tokens
  EXPECT_EQ(answer_at(*policy, view, 2, at(2)).instance, 0U);  // 1,040
  EXPECT_EQ(answer_at(*policy, view, 3, at(9)).instance, 1U);  // 2,000
  EXPECT_EQ(answer_at(*policy, view, 4, at(10.5)).instance, 0U) << "0 lost 40: 1,000 there";
  EXPECT_EQ(answer_at(*policy, view, 5, at(11.5)).instance, 1U) << "1 lost 1,000 of 2,000";
}

TEST(Preble, WhoIsDecodingCountsWithTheMeanTimeOfThoseBefore) {
  FakeView view(2);
  const auto policy = policy_for(view, "preble", {"window_s=1"});
  view.ask(1000);
  view.overlap = {60, 0};
  for (std::uint32_t r = 0; r < 2; ++r) {
    ASSERT_EQ(answer_at(*policy, view, r, at(0)).instance, 0U);
    notify(*policy, view, Hook::kFirstToken, r, 0, at(0.1));
  }
  view.overlap = {0, 0};
  // Nothing has ended: decoding weighs nothing. After the first end it weighs 7.9 s.
  notify(*policy, view, Hook::kFinish, 0, 0, at(8));
  ASSERT_EQ(answer_at(*policy, view, 2, at(8.5)).instance, 1U);
  ASSERT_EQ(answer_at(*policy, view, 3, at(8.5)).instance, 1U) << "0.1 s sent against 7.9 s";
  notify(*policy, view, Hook::kFinish, 1, 0, at(9));
  EXPECT_EQ(answer_at(*policy, view, 4, at(9)).instance, 0U) << "nobody decodes there";
}

}  // namespace
}  // namespace pigou
