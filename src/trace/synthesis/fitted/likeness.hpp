// How alike two traces are: what a synthetic one is judged by.
#pragma once

#include <string>
#include <vector>

#include "trace/synthesis/fitted/model.hpp"
#include "trace/trace.hpp"

namespace pigou {

/// One figure of both traces.
struct LikenessRow {
  std::string name;
  std::string unit;  ///< "1" for pure numbers
  double original = 0;
  double synthetic = 0;
  bool distance = false;  ///< `synthetic` is a distance to the original, which has none

  /// Relative difference; 0 where both are 0.
  double difference() const;
};

/// Largest difference of the two samples' distribution functions (Kolmogorov and Smirnov), 0 to 1.
double ks_distance(std::vector<double> a, std::vector<double> b);

/// The figures of a synthetic trace beside those of its model, and with the original at hand
/// (else nullptr) the KS distances of lengths and gaps. Gaps are those between arrivals in an open
/// loop, think times in a closed one.
std::vector<LikenessRow> compare_traces(const FittedModel& model, const Trace& synthetic,
                                        const Trace* original);

/// The rows as an aligned table.
std::vector<std::string> describe_likeness(const std::vector<LikenessRow>& rows);

}  // namespace pigou
