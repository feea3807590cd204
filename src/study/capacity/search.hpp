// Where along a load axis an answer turns from yes to no: which load to try next.
#pragma once

#include <optional>
#include <vector>

namespace pigou {

/// What a probe of a load says of the objective.
enum class Verdict : unsigned char { kMeets, kUnsure, kFails };

/// The loads that may be tried.
struct LoadRange {
  double low = 0, high = 0;  ///< both may be tried
  double start = 1;          ///< the first to be tried
  double tolerance = 0.05;   ///< gaps of a smaller share of the load are not split
  bool whole = false;        ///< whole numbers only
  double step = 2;           ///< from the start it goes up and down by this factor
};

/// Bisection that knows a third answer. From `start` it goes up or down in steps until it has a
/// load that meets and one that fails; then it splits, at the geometric middle, the gap between the
/// highest load that meets and the next one above it, and the gap between the lowest that fails and
/// the next one below it, until both are within the tolerance. Loads between two that were unsure
/// are of no use to either end and are never tried. Where all is unsure from `start` down, as where
/// next to nothing comes of a small trace, it goes up after all.
class CapacitySearch {
 public:
  explicit CapacitySearch(const LoadRange& range) : range_(range) {}

  /// The next load to try; none when the search is over.
  std::optional<double> next() const;
  void add(double load, Verdict verdict);

  std::optional<double> meets() const;  ///< the highest load below all others' doubts that meets
  std::optional<double> fails() const;  ///< the lowest load above it that fails

 private:
  struct Probe {
    double load;
    Verdict verdict;
  };

  std::vector<Probe>::const_iterator first_telling() const;
  std::optional<double> split(double below, double above) const;
  std::optional<double> lowest_not_met() const;
  std::optional<double> highest_not_failed() const;

  LoadRange range_;
  std::vector<Probe> probes_;  ///< by load
};

}  // namespace pigou
