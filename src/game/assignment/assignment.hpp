// The cheapest way to give every row a column of its own, with a proof that it is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pigou {

/// Costs of rows x columns, row by row; at most as many rows as columns. Magnitudes up to
/// kMostCost, so that no sum overflows.
struct AssignmentCosts {
  std::size_t rows = 0, columns = 0;
  std::vector<std::int64_t> cost;

  std::int64_t at(std::size_t row, std::size_t column) const {
    return cost[row * columns + column];
  }
};

inline constexpr std::int64_t kMostCost = std::int64_t{1} << 44;

/// Invariants: columns of rows differ; row_price[r] + column_price[c] <= cost(r, c) for all, with
/// equality where r has c; column prices are at most 0, and 0 of columns nobody has. So the prices
/// add up to `cost`, and no assignment costs less (duality of linear programs).
struct Assignment {
  std::vector<std::uint32_t> column;  ///< by row
  std::int64_t cost = 0;
  std::vector<std::int64_t> row_price, column_price;
};

/// By shortest augmenting paths with prices: Kuhn 1955, Munkres 1957; the form of Jonker and
/// Volgenant, Computing 38 (1987), without its heuristic start. O(rows^2 columns).
Assignment cheapest_assignment(const AssignmentCosts& costs);

/// By how much `assignment` fails to prove itself the cheapest: 0 where its prices are feasible,
/// its columns differ, and its cost is theirs and that of its columns.
std::int64_t certificate_gap(const AssignmentCosts& costs, const Assignment& assignment);

}  // namespace pigou
