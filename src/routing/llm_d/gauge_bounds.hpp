// What their gauges alone are worth to the pods of one side, roughly, kept from one decision of
// llm-d's router to the next: in between few snapshots have arrived, and only those are read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "routing/llm_d/pods.hpp"

namespace pigou {

/// Least and most of a gauge over the candidates; 0 and 0 where all are equal, or nobody is left.
struct EppRange {
  std::uint32_t least = 0, most = 0;
  bool operator==(const EppRange&) const = default;
};

/// Scores that are formulas of a pod's gauges, at most one of each kind, and their weights. Null:
/// that score is not asked for.
struct EppGaugeTerms {
  const std::uint32_t* counts = nullptr;  ///< (most - x) / (most - least); all equal: 1
  const double* usage = nullptr;          ///< 1 - usage
  double count_weight = 0, usage_weight = 0;
  const std::uint64_t* changes = nullptr;  ///< EppPods::gauge_changes
  std::size_t pods = 0;
  bool operator==(const EppGaugeTerms&) const = default;
};

/// A value. Sums in single precision, all pods being candidates.
class EppGaugeBounds {
 public:
  static constexpr std::size_t kBlock = GaugeColumns::kGaugeBlock;

  /// Brings all to what the columns say now. Columns of an earlier call may have changed only where
  /// `changes` says so.
  void follow(const EppGaugeTerms& terms);
  /// The same, unless the last call of either was follow() with these terms: then what that found
  /// stands, for the decision it was called in.
  void use(const EppGaugeTerms& terms) {
    if (!followed_ || terms != terms_) follow(terms);
    followed_ = false;
  }
  /// Of the counts.
  EppRange range() const { return range_; }
  /// About the sum of the scores of pod i, and the highest of each kBlock pods.
  float total(std::size_t i) const { return totals_[i]; }
  std::span<const float> totals() const { return totals_; }
  std::span<const float> block_highest() const { return block_highest_; }

 private:
  void find_changed();
  void find_range();
  void add_up();

  EppGaugeTerms terms_;
  bool followed_ = false;
  std::uint64_t last_change_ = 0;
  EppRange range_;
  std::vector<float> totals_, block_highest_;
  std::vector<std::uint32_t> block_least_, block_most_;  ///< counts
  std::vector<std::uint8_t> is_changed_;                 ///< by block, since the last decision
  std::vector<std::uint32_t> changed_;                   ///< those
};

}  // namespace pigou
