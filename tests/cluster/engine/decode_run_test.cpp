// Do the closed forms of a decode run agree with adding up its steps?
#include "cluster/engine/decode_run.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "depth.hpp"

namespace pigou {
namespace {

TEST(DecodeRun, WhereStepsEndAndHowManyHaveByAnyTime) {
  std::mt19937 rng(1);
  for (unsigned n = 0, runs = draws(200, "decode runs"); n < runs; ++n) {
    DecodeRun run;
    run.start = {static_cast<std::int64_t>(rng() % 1000)};
    run.first_ps = 1 + static_cast<std::int64_t>(rng() % (n % 2 == 0 ? 5U : 1'000'000'000U));
    run.growth_ps = n % 3 == 0 ? 0 : static_cast<std::int64_t>(rng() % 1000);
    run.steps = 1 + rng() % 40;
    std::vector<SimTime> ends = {run.start};  // one by one
    for (std::uint64_t s = 0; s < run.steps; ++s) {
      const SimTime lasts{run.first_ps + static_cast<std::int64_t>(s) * run.growth_ps};
      ends.push_back(ends.back() + lasts);
      ASSERT_EQ(run.boundary(s + 1), ends.back());
    }
    ASSERT_EQ(run.end(), ends.back());
    for (const SimTime end : ends)
      for (const std::int64_t off : {-1, 0, 1}) {
        const SimTime at = end + SimTime{off};
        std::uint64_t started = 0;
        while (started < run.steps && ends[started] < at) ++started;
        ASSERT_EQ(std::min(run.steps_started(at), run.steps), started) << n;
        std::uint64_t ended = 0;
        while (ended < run.steps && ends[ended + 1] <= at) ++ended;
        ASSERT_EQ(run.steps_ended(at), ended) << n;
      }
  }
}

TEST(DecodeRun, DoesARunBeyondTheEndOfTimeEndJustBehindIt) {
  DecodeRun run;
  run.first_ps = kLongest.ps / 2;
  run.steps = 1'000'000;
  EXPECT_EQ(run.end().ps, kLongest.ps + 1);
}

}  // namespace
}  // namespace pigou
