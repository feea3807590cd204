#include "study/knee/chain.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace pigou {
namespace {

/// A queue whose limit is `limit`: cost 1 / (1 - load / limit), growth 1 - limit / load beyond.
LoadPoint queue(double load, double limit) {
  LoadPoint point;
  const double rho = load / limit;
  point.cost_s = rho < 1 ? 1 / (1 - rho) : 1e3 * rho;
  point.drift = {std::max(0.0, 1 - 1 / rho), 10, 1e6};
  return point;
}

KneeChain climbed(const ChainLoads& loads, double limit, int* runs = nullptr) {
  return climb(loads, [&](double load) {
    if (runs != nullptr) ++*runs;
    return queue(load, limit);
  });
}

TEST(KneeChain, FindsLimitAndOnsetOfAQueueWhereverTheGridBegins) {
  for (const double reference : {0.02, 0.5, 1.7, 9.0, 40.0}) {
    int runs = 0;
    const KneeChain chain = climbed({geometric_loads(reference), false}, 7, &runs);
    ASSERT_TRUE(chain.limit && chain.onset) << reference;
    EXPECT_NEAR(*chain.limit, 7, 0.01 * 7) << reference;
    // Twice the cost of the lowest load r: 1 - x = (1 - r) / 2.
    const double lowest = chain.points.front().load / 7;
    EXPECT_NEAR(*chain.onset, 7 * (1 + lowest) / 2, 0.01 * 7) << reference;
    EXPECT_LE(chain.points.back().load, 1.31 * 7);
    EXPECT_LT(lowest, 0.5) << "the lowest load is a low one";
    if (reference >= 1.5 && reference < 2) {
      EXPECT_LE(runs, 8 + 5 + 5);
    }
  }
}

TEST(KneeChain, TakesNoNoiseOfLowLoadsForTheLimit) {
  const KneeChain chain = climb({geometric_loads(1), false}, [](double load) {
    LoadPoint point = queue(load, 4);
    if (load < 2) point.drift.growth = 0.03;  // by chance
    return point;
  });
  ASSERT_TRUE(chain.limit);
  EXPECT_NEAR(*chain.limit, 4, 0.05);
}

TEST(KneeChain, StaysWithinTheLoadsGiven) {
  const KneeChain low = climbed({{1, 2, 3}, true}, 7);
  EXPECT_FALSE(low.limit);
  EXPECT_FALSE(low.onset);
  EXPECT_EQ(low.points.back().load, 3);
  const KneeChain inside = climbed({{5, 6, 7.5, 9, 20}, true}, 7);
  EXPECT_NEAR(*inside.limit, 7, 0.1);
  EXPECT_EQ(inside.points.back().load, 7.5);
  const KneeChain high = climbed({{10, 20}, true}, 7);
  EXPECT_FALSE(high.limit) << "it drifts at the lowest load";
  EXPECT_EQ(high.points.front().load, 10);
}

TEST(KneeChain, EndsWhereNothingEverFinishes) {
  const KneeChain chain = climb({geometric_loads(1), false}, [](double) {
    LoadPoint point;
    point.cost_s = std::nan("");
    point.drift = {1, 1e5, 1e5};
    return point;
  });
  EXPECT_FALSE(chain.limit);
  EXPECT_FALSE(chain.onset);
}

TEST(KneeReference, IsAQuarterOfTheLimitInTwoDigits) {
  for (const double limit : {0.03, 0.9, 2.63, 400.0}) {
    const auto reference = low_reference([limit](double load) { return queue(load, limit); });
    ASSERT_TRUE(reference) << limit;
    EXPECT_GT(*reference, limit / 6);
    EXPECT_LT(*reference, limit / 3.6);
  }
  EXPECT_FALSE(low_reference([](double load) { return queue(load, 1e9); }));
}

}  // namespace
}  // namespace pigou
