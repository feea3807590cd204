// Does PoA-hat come out as published, and does sorting do what an assignment would?
#include "game/index/poa_hat.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "depth.hpp"
#include "game/assignment/assignment.hpp"

namespace pigou {
namespace {

double drawn(std::mt19937_64& rng, double most) {
  return most * static_cast<double>(rng() >> 11) * 0x1.0p-53;
}

std::vector<ServedRequest> random_requests(std::mt19937_64& rng, std::size_t count,
                                           std::uint32_t engines) {
  std::vector<ServedRequest> served(count);
  double now_s = 0;
  for (ServedRequest& request : served) {
    now_s += drawn(rng, 0.2);
    request = {now_s, 0.01 + drawn(rng, 2), 0.01 + drawn(rng, 1),
               InstanceId{static_cast<std::uint32_t>(rng() % engines)}};
  }
  return served;
}

TEST(PoaHat, SortingResidentsIsTheBestAssignment) {
  std::mt19937_64 rng(first_seed());
  const std::uint32_t count = draws(50, "request streams");
  for (std::uint32_t n = 0; n < count; ++n) {
    const auto engines = static_cast<std::uint32_t>(1 + rng() % 9);
    const auto served = random_requests(rng, 5 * engines, engines);
    const auto windows = residents_windows(served, engines);
    ASSERT_EQ(windows.size(), 5U);
    for (std::size_t w = 0; w < windows.size(); ++w) {
      const double now_s = served[w * engines].arrival_s;
      AssignmentCosts costs{engines, engines, {}};
      for (std::size_t r = w * engines; r < (w + 1) * engines; ++r)
        for (std::uint32_t e = 0; e < engines; ++e) {
          double price = 1;
          for (const ServedRequest& q : served)
            if (q.engine.value == e && q.arrival_s < now_s && now_s < q.arrival_s + q.ttft_s)
              price += q.prefill_s;
          costs.cost.push_back(std::llround(served[r].prefill_s * price * 1e9));
        }
      const double best = static_cast<double>(cheapest_assignment(costs).cost) / 1e9;
      ASSERT_NEAR(windows[w].optimal, best, 1e-7 * engines) << n << ", window " << w;
      ASSERT_LE(windows[w].ratio(), windows[w].worst / windows[w].optimal + 1e-12);
    }
  }
}

TEST(PoaHat, EqualPromptsCostAtMostAsManyTimesAsThereAreEngines) {
  std::mt19937_64 rng(3);
  for (const std::uint32_t engines : {2U, 5U, 16U}) {
    auto served = random_requests(rng, 40 * std::size_t{engines}, engines);
    for (ServedRequest& request : served) request.prefill_s = 0.3;
    const PoaHat hat = summarise(residents_windows(served, engines));
    EXPECT_EQ(hat.windows, 40U);
    EXPECT_LE(hat.max, engines);
    EXPECT_LE(hat.bound, engines);
    EXPECT_LE(hat.median, hat.p90);
    EXPECT_LE(hat.p90, hat.max);
  }
}

TEST(PoaHat, AnIdleClusterHasOneWhereverRequestsGo) {
  std::vector<ServedRequest> served;
  for (std::uint32_t n = 0; n < 6; ++n) served.push_back({10.0 * n, 1, 0.5, InstanceId{0}});
  const PoaHat hat = summarise(residents_windows(served, 3));
  EXPECT_EQ(hat.windows, 2U);
  EXPECT_DOUBLE_EQ(hat.of_sums, 1) << "nobody is resident when a window begins";
  EXPECT_TRUE(std::isnan(summarise({}).median));
}

TEST(PoaHat, TheLogitFormIsDynamosCost) {
  // Two engines, two members; both went to engine 0, where the second has 4 of its 10 blocks.
  const LogitWindow window{2,        {0, 20},      {5, 0},
                           {10, 10}, {0, 0, 4, 0}, {InstanceId{0}, InstanceId{0}}};
  const IndexWindow costs = logit_window(window, 1);
  EXPECT_DOUBLE_EQ(costs.observed, (10 + 5 + 10) + (6 + 5 + 6));
  EXPECT_DOUBLE_EQ(costs.optimal, (20 + 10 + 10) + (6 + 5 + 6));
  EXPECT_LT(costs.ratio(), 1) << "one engine each forces a worse choice";
  EXPECT_DOUBLE_EQ(logit_window(window, 0).observed, (5 + 10) + (5 + 6));
}

TEST(PoaHat, ARectangularEstimatorCountsRequestsPerEngine) {
  EXPECT_DOUBLE_EQ(rectangular_ratio(128, 8), 16);
}

}  // namespace
}  // namespace pigou
