#include "study/statistics/paired_differences.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pigou {
namespace {

TEST(PairedDifference, IsTheTextbookIntervalOfTheDifferences) {
  // Differences 1, 2, 3: mean 2, standard deviation 1, t(2) = 4.303.
  const std::vector<double> a = {10, 20, 30};
  const std::vector<double> b = {11, 22, 33};
  const PairedDifference difference = paired_difference(a, b);
  EXPECT_DOUBLE_EQ(difference.mean, 2);
  EXPECT_NEAR(difference.half_width, 4.30265 / std::sqrt(3.0), 1e-5);
  EXPECT_FALSE(difference.excludes_zero());
}

TEST(PairedDifference, IgnoresWhatBothSidesShare) {
  const std::vector<double> a = {1, 100, 10000};
  const std::vector<double> b = {1.5, 100.5, 10000.5};
  EXPECT_TRUE(paired_difference(a, b).excludes_zero());
}

TEST(PairedDifference, TakesValuesEqualButForRoundingAsEqual) {
  const std::vector<double> a = {0.1, 0.7};
  const std::vector<double> b = {0.1 + 0.2, 0.7 + 0.2};
  ASSERT_NE(b[0] - a[0], b[1] - a[1]) << "or there is nothing to see";
  EXPECT_EQ(paired_difference(a, b).half_width, 0);
}

TEST(PairedDifference, ClaimsNothingFromOnePair) {
  const std::vector<double> a = {1};
  const std::vector<double> b = {2};
  EXPECT_TRUE(std::isnan(paired_difference(a, b).half_width));
  EXPECT_FALSE(paired_difference(a, b).excludes_zero());
}

TEST(StudentT, AgreesWithTheTablesAndGoesToTheNormal) {
  EXPECT_NEAR(student_t(1, 0.95), 12.706, 5e-4);
  EXPECT_NEAR(student_t(40, 0.95), 2.021, 5e-4);
  EXPECT_NEAR(student_t(4, 0.99), 4.604, 5e-4);
  EXPECT_NEAR(student_t(1000000, 0.95), 1.95996, 1e-4);
  EXPECT_TRUE(std::isnan(student_t(0, 0.95)));
}

}  // namespace
}  // namespace pigou
