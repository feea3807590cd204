#include "game/assignment/assignment.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/error.hpp"
#include "core/ids.hpp"

namespace pigou {
namespace {

constexpr std::int64_t kUnreached = INT64_MAX;

/// The rows so far, each with a column; one path at a time takes in another.
class Paths {
 public:
  explicit Paths(const AssignmentCosts& costs)
      : costs_(costs),
        row_price_(costs.rows),
        column_price_(costs.columns),
        row_of_(costs.columns, kNoIndex),
        column_of_(costs.rows, kNoIndex) {}

  /// Prices of what was scanned move by how much nearer it was than the free column, so that the
  /// path's edges become tight and all stay feasible.
  void take_in(std::uint32_t row) {
    distance_.assign(costs_.columns, kUnreached);
    before_.assign(costs_.columns, kNoIndex);
    scanned_.assign(costs_.columns, 0);
    scanned_columns_.clear();
    std::int64_t so_far = 0;
    std::uint32_t from = row, column = kNoIndex;
    for (;;) {
      relax(from, so_far);
      column = nearest();
      so_far = distance_[column];
      if (row_of_[column] == kNoIndex) break;
      scanned_[column] = 1;
      scanned_columns_.push_back(column);
      from = row_of_[column];
    }
    row_price_[row] += so_far;
    for (const std::uint32_t c : scanned_columns_) {
      row_price_[row_of_[c]] += so_far - distance_[c];
      column_price_[c] -= so_far - distance_[c];
    }
    turn_over(column);
  }

  Assignment finish() && {
    Assignment result;
    result.column = std::move(column_of_);
    for (std::uint32_t r = 0; r < costs_.rows; ++r) result.cost += costs_.at(r, result.column[r]);
    result.row_price = std::move(row_price_);
    result.column_price = std::move(column_price_);
    return result;
  }

 private:
  void relax(std::uint32_t from, std::int64_t so_far) {
    for (std::uint32_t c = 0; c < costs_.columns; ++c) {
      if (scanned_[c] != 0) continue;
      const std::int64_t to = so_far + costs_.at(from, c) - row_price_[from] - column_price_[c];
      if (to >= distance_[c]) continue;
      distance_[c] = to;
      before_[c] = from;
    }
  }

  /// Of what is as near, a free column, then the first.
  std::uint32_t nearest() const {
    std::uint32_t best = kNoIndex;
    for (std::uint32_t c = 0; c < costs_.columns; ++c) {
      if (scanned_[c] != 0 || before_[c] == kNoIndex) continue;
      const bool frees = best != kNoIndex && distance_[c] == distance_[best] &&
                         row_of_[c] == kNoIndex && row_of_[best] != kNoIndex;
      if (best == kNoIndex || distance_[c] < distance_[best] || frees) best = c;
    }
    return best;
  }

  /// Every row on the path gives its column to the row before it and takes the next one.
  void turn_over(std::uint32_t column) {
    while (column != kNoIndex) {
      const std::uint32_t taker = before_[column];
      row_of_[column] = taker;
      std::swap(column_of_[taker], column);
    }
  }

  const AssignmentCosts& costs_;
  std::vector<std::int64_t> row_price_, column_price_, distance_;
  std::vector<std::uint32_t> row_of_, column_of_, before_, scanned_columns_;
  std::vector<std::uint8_t> scanned_;
};

}  // namespace

Assignment cheapest_assignment(const AssignmentCosts& costs) {
  require(costs.rows <= costs.columns, "every row gets a column of its own");
  require(costs.cost.size() == costs.rows * costs.columns, "a cost for every row and column");
  require(std::ranges::all_of(costs.cost, [](std::int64_t c) { return std::abs(c) <= kMostCost; }),
          "costs are small enough to be added up");
  Paths paths(costs);
  for (std::uint32_t row = 0; row < costs.rows; ++row) paths.take_in(row);
  return std::move(paths).finish();
}

std::int64_t certificate_gap(const AssignmentCosts& costs, const Assignment& assignment) {
  std::int64_t gap = 0, primal = 0, dual = 0;
  std::vector<std::uint8_t> taken(costs.columns);
  for (std::size_t r = 0; r < costs.rows; ++r) {
    const std::uint32_t column = assignment.column[r];
    if (column >= costs.columns || taken[column] != 0) return INT64_MAX;
    taken[column] = 1;
    primal += costs.at(r, column);
    dual += assignment.row_price[r];
    for (std::size_t c = 0; c < costs.columns; ++c)
      gap = std::max(gap, assignment.row_price[r] + assignment.column_price[c] - costs.at(r, c));
  }
  for (std::size_t c = 0; c < costs.columns; ++c) {
    dual += assignment.column_price[c];
    gap = std::max(gap, assignment.column_price[c]);
  }
  return std::max({gap, std::abs(primal - dual), std::abs(primal - assignment.cost)});
}

}  // namespace pigou
