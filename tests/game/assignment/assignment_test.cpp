// Is the assignment the cheapest there is, and can it prove that?
#include "game/assignment/assignment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "depth.hpp"

namespace pigou {
namespace {

AssignmentCosts random_costs(std::mt19937_64& rng, std::size_t rows, std::size_t columns,
                             std::int64_t most) {
  AssignmentCosts costs{rows, columns, std::vector<std::int64_t>(rows * columns)};
  const auto span = static_cast<std::uint64_t>(2 * most + 1);
  for (std::int64_t& cost : costs.cost) cost = static_cast<std::int64_t>(rng() % span) - most;
  return costs;
}

/// Of all ways to give row `row` and those after it columns that are not in `taken`.
std::int64_t cheapest_of_all(const AssignmentCosts& costs, std::size_t row, std::uint32_t taken) {
  if (row == costs.rows) return 0;
  std::int64_t best = INT64_MAX;
  for (std::size_t c = 0; c < costs.columns; ++c) {
    if ((taken >> c & 1U) != 0) continue;
    const std::int64_t rest = cheapest_of_all(costs, row + 1, taken | 1U << c);
    best = std::min(best, costs.at(row, c) + rest);
  }
  return best;
}

TEST(Assignment, CostsWhatTheCheapestOfAllDoes) {
  std::mt19937_64 rng(first_seed());
  const std::uint32_t count = draws(400, "cost matrices");
  for (std::uint32_t n = 0; n < count; ++n) {
    const std::size_t columns = 1 + rng() % (n % 40 == 0 ? 8 : 6);
    const std::size_t rows = n % 40 == 0 ? columns : rng() % (columns + 1);
    // Of few distinct costs many assignments are equals.
    const AssignmentCosts costs = random_costs(rng, rows, columns, n % 2 == 0 ? 2 : 1'000'000);
    const Assignment found = cheapest_assignment(costs);
    ASSERT_EQ(found.cost, cheapest_of_all(costs, 0, 0)) << rows << " x " << columns << ", " << n;
    ASSERT_EQ(certificate_gap(costs, found), 0) << rows << " x " << columns << ", " << n;
  }
}

TEST(Assignment, ProvesItselfTheCheapestAt256x256) {
  std::mt19937_64 rng(7);
  for (const std::int64_t most : {std::int64_t{3}, std::int64_t{1'000}, kMostCost}) {
    const AssignmentCosts costs = random_costs(rng, 256, 256, most);
    EXPECT_EQ(certificate_gap(costs, cheapest_assignment(costs)), 0) << most;
  }
  AssignmentCosts products{256, 256, std::vector<std::int64_t>(256 * 256)};  // long paths
  for (std::size_t i = 0; i < 256 * 256; ++i)
    products.cost[i] = static_cast<std::int64_t>((i / 256 + 1) * (i % 256 + 1));
  EXPECT_EQ(certificate_gap(products, cheapest_assignment(products)), 0);
}

TEST(Assignment, ACertificateShowsWhatIsNotTheCheapest) {
  std::mt19937_64 rng(11);
  const AssignmentCosts costs = random_costs(rng, 20, 30, 1000);
  Assignment worse = cheapest_assignment(costs);
  std::swap(worse.column[0], worse.column[1]);
  worse.cost += costs.at(0, worse.column[0]) + costs.at(1, worse.column[1]) -
                costs.at(0, worse.column[1]) - costs.at(1, worse.column[0]);
  EXPECT_GT(certificate_gap(costs, worse), 0);
}

}  // namespace
}  // namespace pigou
