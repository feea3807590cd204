// Sums of a run.
#include "simulation/record/counts.hpp"

#include <gtest/gtest.h>

namespace pigou {
namespace {

TEST(HitCounts, BelievedAndNotThereIsPhantomThereAndNotBelievedIsMissed) {
  HitCounts hits;
  hits.add({100, 48, 64, true});
  hits.add({100, 48, 16, true});
  hits.add({100, 32, 0, false});
  RunSummary s;
  hits.finish(s);
  EXPECT_EQ(s.hit_tokens, 128U);
  EXPECT_DOUBLE_EQ(s.hit_ratio, 128.0 / 300);
  EXPECT_EQ(s.phantom_hit_tokens, 16U);
  EXPECT_EQ(s.missed_hit_tokens, 32U);
}

TEST(HitCounts, AnAttemptTakenBackLeavesNoTrace) {
  HitCounts hits;
  for (const Admission& a :
       {Admission{100, 48, 64, true}, Admission{100, 48, 16, true}, Admission{100, 32, 0, false}}) {
    hits.add(a);
    hits.take_back(a);
  }
  RunSummary s;
  hits.finish(s);
  EXPECT_EQ(s.hit_tokens + s.phantom_hit_tokens + s.missed_hit_tokens, 0U);
  EXPECT_EQ(s.hit_ratio, 0);
}

TEST(RunCounts, ARunIsFromItsFirstArrivalToItsLastEnd) {
  RunCounts counts;
  RunSummary s;
  counts.finish(s);
  EXPECT_EQ(s.simulated_s, 0) << "nobody came";
  counts.request_arrived({2 * kPsPerSecond}, true);
  counts.request_arrived({3 * kPsPerSecond}, false);
  counts.request_ended({9 * kPsPerSecond});
  counts.finish(s);
  EXPECT_EQ(s.simulated_s, 7);
  EXPECT_EQ(s.arrived, 2U);
  EXPECT_EQ(s.zero_output_requests, 1U);
}

}  // namespace
}  // namespace pigou
