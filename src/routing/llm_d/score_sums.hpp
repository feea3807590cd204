// Sums of those llm-d scores that are a formula of one pod's columns, in vectorised passes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "routing/llm_d/gauge_bounds.hpp"
#include "routing/llm_d/pods.hpp"

namespace pigou {

EppRange epp_range(const EppPods& pods, const std::uint32_t* counts);

/// total += weight * min(1, max(0, score)) for every pod.
void epp_add_scores(double weight, const double* scores, std::size_t count, double* totals);

/// One score and its weight; columns and constants as its kind needs them.
struct EppScoreTerm {
  enum class Kind : std::uint8_t { kConstant, kRange, kFree, kPrefix, kMixedPrefix };
  Kind kind = Kind::kConstant;
  double weight = 0;
  const std::uint32_t* counts = nullptr;
  const double* usage = nullptr;
  const std::int32_t* matched = nullptr;
  EppRange range;         ///< of the counts
  bool is_guess = false;  ///< that range
  double divisor = 1;     ///< range of the counts, blocks of the prompt
  double block_tokens = 0, length_weight = 0, length_tokens = 1;
};

/// (most - x) / (most - least) of counts; a constant where all are equal.
EppScoreTerm epp_range_term(double weight, const std::uint32_t* counts, EppRange range);

/// A weighted sum of scores, added up in the order they were given.
class EppScoreSum {
 public:
  void clear() { count_ = 0; }
  bool empty() const { return count_ == 0; }
  /// (most - x) / (most - least); all equal: 1. One range may be a guess for bound() to put right.
  void add_range(double weight, const std::uint32_t* counts, EppRange range, bool is_guess = false);
  /// 1 - usage.
  void add_free(double weight, const double* usage);
  /// Share of the prompt's blocks; `length_weight` of it is the squared share of `length_tokens`.
  void add_prefix(double weight, const EppPods& pods, double length_weight, double length_tokens);

  /// Writes totals[first..first+size-1].
  void sum(std::size_t first, std::size_t size, double* totals) const;
  /// The same of pod i.
  double total(std::size_t i) const;
  /// For each block of kKeyBlock pods, about the highest total of its candidates: one pass with
  /// products in place of divisions, in single precision, which finds the range of the counts as it
  /// goes. False where a score is not made for that.
  bool bound(const EppPods& pods, float* block_highest);
  /// The same from what is kept of the gauges, for blocks of EppGaugeBounds::kBlock pods where few
  /// hold any of the prompt, else of kKeyBlock. Returns how many pods a block has; 0 where
  /// something of that is not known, or a score is not made for it: the sum is then as it was.
  std::size_t bound_kept(const EppPods& pods, EppGaugeBounds& kept, float* block_highest);
  /// After bound_kept(): about the total of pod i, as the bounds have it.
  float rough_total(const EppGaugeBounds& kept, std::size_t i) const {
    if (rough_matched_ == nullptr) return kept.total(i);
    return kept.total(i) + static_cast<float>(rough_matched_[i]) * rough_per_block_;
  }
  /// The range that was a guess; none: 0 and 0.
  EppRange guessed_range() const;
  /// How far off, at most, a bound or rough total is.
  double bound_error() const;

 private:
  void add(const EppScoreTerm& term) { terms_[count_++] = term; }

  std::array<EppScoreTerm, 4> terms_;
  std::size_t count_ = 0;
  const std::int32_t* rough_matched_ = nullptr;
  float rough_per_block_ = 0;
};

}  // namespace pigou
