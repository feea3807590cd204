// The example that samples, by hand: its odds are those of the softmax.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

int times_first(const std::string& temperature, int draws) {
  FakeView view(2);
  view.active_requests = {3, 7};
  const auto policy = policy_for(view, "tempered-load", {"temperature=" + temperature});
  int first = 0;
  for (int request = 0; request < draws; ++request)
    first += answer(*policy, view, static_cast<std::uint32_t>(request)).instance == 0 ? 1 : 0;
  return first;
}

TEST(TemperedLoad, DoesItDrawByTheSpreadOfTheLoadInItsTemperature) {
  EXPECT_EQ(times_first("0.01", 500), 500) << "cold: the fewest";
  EXPECT_NEAR(times_first("1", 4000), 0.731 * 4000, 4 * 28) << "1 to 1/e";
  EXPECT_NEAR(times_first("1000", 4000), 2000, 4 * 32) << "hot: anybody";
}

}  // namespace
}  // namespace pigou
