// Arrivals in another shape: spread over a coarse clock, and a warm-up before the rest.
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "workload/spacing.hpp"

namespace pigou {
namespace {

Trace at_seconds(const std::vector<double>& seconds) {
  Trace trace;
  for (const double second : seconds) {
    trace.arrival.push_back(from_seconds(second, "second"));
    trace.input_tokens.push_back(1);
    trace.output_tokens.push_back(1);
  }
  return trace;
}

std::vector<double> seconds_of(const Trace& trace) {
  std::vector<double> seconds;
  for (const SimTime time : trace.arrival) seconds.push_back(to_seconds(time));
  return seconds;
}

using Seconds = std::vector<double>;

TEST(SpreadInstants, RequestsOfOneInstantGoEvenlyUntilTheNext) {
  Trace trace = at_seconds({0, 0, 0, 3, 9, 9});
  spread_instants(trace);
  EXPECT_EQ(seconds_of(trace), (Seconds{0, 1, 2, 3, 9, 15})) << "the last at the pace before";
  spread_instants(trace);
  EXPECT_EQ(seconds_of(trace), (Seconds{0, 1, 2, 3, 9, 15})) << "nothing left to spread";
  Trace together = at_seconds({5, 5});
  spread_instants(together);
  EXPECT_EQ(seconds_of(together), (Seconds{5, 5})) << "no next instant, no pace";
}

TEST(WarmUp, TheFirstArriveAtARateAndTheRestFollowAsTheyDid) {
  Trace trace = at_seconds({0, 1, 5, 7, 7.5});
  warm_up(trace, 2, 0.5);
  EXPECT_EQ(seconds_of(trace), (Seconds{0, 2, 4, 6, 6.5}));
  Trace all = at_seconds({0, 1});
  warm_up(all, 10, 4);
  EXPECT_EQ(seconds_of(all), (Seconds{0, 0.25}));
  Trace long_one = at_seconds({0, 0, 4e6});
  EXPECT_THROW(warm_up(long_one, 1, 1e-6), UserError) << "beyond the end of simulated time";
}

}  // namespace
}  // namespace pigou
