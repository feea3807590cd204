// The chance of an event by two factors: logit = row + column.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pigou {

struct TwoWayOdds {
  std::vector<double> row;     ///< log odds
  std::vector<double> column;  ///< added to them

  /// `shift` is added to the log odds.
  double chance(std::size_t r, std::size_t c, double shift = 0) const {
    return 1 / (1 + std::exp(-(row[r] + column[c] + shift)));
  }
};

/// Counts of trials and events by row and column.
class TwoWayCounts {
 public:
  TwoWayCounts(std::size_t rows, std::size_t columns)
      : rows_(rows), columns_(columns), trials_(rows * columns, 0), events_(rows * columns, 0) {}
  void add(std::size_t row, std::size_t column, bool event) {
    ++trials_[row * columns_ + column];
    events_[row * columns_ + column] += event;
  }
  /// Maximum likelihood by turns over rows and columns, each pulled by half a trial at the mean
  /// towards it, so that a row or column without events has a finite value.
  TwoWayOdds fit() const;

 private:
  double step(bool by_row, std::size_t at, const TwoWayOdds& odds, double center) const;

  std::size_t rows_;
  std::size_t columns_;
  std::vector<double> trials_;
  std::vector<double> events_;
};

}  // namespace pigou
