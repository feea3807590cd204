#include "routing/llm_d/score_sums.hpp"

#include <algorithm>
#include <bit>

#include "core/vector_versions.hpp"
#include "kernels/host_device.hpp"

namespace pigou {
namespace {

/// Pods whose totals stay in the nearest cache while one score after the other is added.
constexpr std::size_t kPodsAtATime = 512;

PIGOU_VECTOR_VERSIONS void find_range(const std::uint32_t* counts, const std::uint8_t* keep,
                                      std::size_t pods, std::uint32_t& least, std::uint32_t& most) {
  std::uint32_t low = UINT32_MAX;
  std::uint32_t high = 0;
  for (std::size_t i = 0; i < pods; ++i) {
    const std::uint32_t kept = keep[i];  // 1 or 0: all bits or none
    const std::uint32_t at_least = counts[i] | (kept - 1);
    const std::uint32_t at_most = counts[i] & (0 - kept);
    low = at_least < low ? at_least : low;
    high = at_most > high ? at_most : high;
  }
  least = low;
  most = high;
}

using Term = EppScoreTerm;
using Kind = EppScoreTerm::Kind;

// Scores. What is within [0, 1] for every candidate need not be cut to it.

struct Given {
  static constexpr bool kWithin = false;
  const double* scores;
  PIGOU_HD double operator()(std::size_t i) const { return scores[i]; }
};
struct Constant {
  static constexpr bool kWithin = true;
  PIGOU_HD double operator()(std::size_t) const { return 1.0; }
};
struct Range {
  static constexpr bool kWithin = true;
  const std::uint32_t* counts;
  double most, range;
  PIGOU_HD double operator()(std::size_t i) const {
    return (most - exact_double(static_cast<std::int64_t>(counts[i]))) / range;
  }
};
struct Free {
  static constexpr bool kWithin = false;
  const double* usage;
  PIGOU_HD double operator()(std::size_t i) const { return 1.0 - usage[i]; }
};
struct Prefix {
  static constexpr bool kWithin = true;
  const std::int32_t* matched;
  double blocks;
  PIGOU_HD double operator()(std::size_t i) const {
    return static_cast<double>(matched[i]) / blocks;
  }
};
struct MixedPrefix {
  static constexpr bool kWithin = false;
  const std::int32_t* matched;
  double blocks, block_tokens, weight, length_tokens;
  PIGOU_HD double operator()(std::size_t i) const {
    const auto held = static_cast<double>(matched[i]);
    const double share = held * block_tokens / length_tokens;
    const double length = share < 1 ? share : 1.0;
    return weight * length * length + (1.0 - weight) * (held / blocks);
  }
};

/// Adds weight * score(i), cut to [0, 1].
template <class Score>
PIGOU_HD void add_each(Score score, double weight, std::size_t size, double* __restrict totals) {
  for (std::size_t i = 0; i < size; ++i) {
    double value = score(i);
    if constexpr (!Score::kWithin) {
      value = value < 1 ? value : 1.0;
      value = value > 0 ? value : 0.0;
    }
    totals[i] += weight * value;
  }
}

/// Adds one term's scores of pods first..first+size-1 to totals[0..size-1].
PIGOU_HD void add_scores_of(const Term& term, std::size_t first, std::size_t size, double* totals) {
  switch (term.kind) {
    case Kind::kConstant:
      return add_each(Constant{}, term.weight, size, totals);
    case Kind::kRange:
      return add_each(
          Range{term.counts + first, static_cast<double>(term.range.most), term.divisor},
          term.weight, size, totals);
    case Kind::kFree:
      return add_each(Free{term.usage + first}, term.weight, size, totals);
    case Kind::kPrefix:
      return add_each(Prefix{term.matched + first, term.divisor}, term.weight, size, totals);
    case Kind::kMixedPrefix:
      return add_each(MixedPrefix{term.matched + first, term.divisor, term.block_tokens,
                                  term.length_weight, term.length_tokens},
                      term.weight, size, totals);
  }
}

PIGOU_VECTOR_VERSIONS void add_term(const Term& term, std::size_t first, std::size_t size,
                                    double* totals) {
  add_scores_of(term, first, size, totals);
}

/// The columns a rough total reads and what they are worth. Null: that score is not asked for.
struct RoughColumns {
  const std::uint8_t* keep = nullptr;
  const std::uint32_t* counts = nullptr;
  const double* usage = nullptr;
  const std::int32_t* matched = nullptr;
  std::uint32_t most = 0;
  float constant = 0, per_count = 0, per_free = 0, per_block = 0;
};

/// The highest rough total of the candidates among `size` pods from `first` on, or 0. Totals are
/// not negative, so that their bits order as they do and those of others can be masked.
template <bool kKeep, bool kCounts, bool kUsage, bool kMatched>
PIGOU_HD float highest_of(const RoughColumns& c, std::size_t first, std::size_t size) {
  std::int32_t highest = 0;
  for (std::size_t i = first; i < first + size; ++i) {
    float total = c.constant;
    if constexpr (kCounts)  // of integers first: what is left is small, or not a candidate's
      total += static_cast<float>(static_cast<std::int32_t>(c.most - c.counts[i])) * c.per_count;
    if constexpr (kUsage) {
      const auto free = std::bit_cast<std::int32_t>(1.0F - static_cast<float>(c.usage[i]));
      total += std::bit_cast<float>(free > 0 ? free : 0) * c.per_free;  // as integers order it
    }
    if constexpr (kMatched) total += static_cast<float>(c.matched[i]) * c.per_block;
    std::int32_t bits = std::bit_cast<std::int32_t>(total);
    if constexpr (kKeep) bits &= -static_cast<std::int32_t>(c.keep[i]);
    highest = bits > highest ? bits : highest;
  }
  return std::bit_cast<float>(highest);
}

/// Widens `range` by the counts of `size` candidates from `first` on.
template <bool kKeep>
PIGOU_HD void widen_range(const RoughColumns& c, std::size_t first, std::size_t size,
                          EppRange& range) {
  EppRange seen = range;
  for (std::size_t i = first; i < first + size; ++i) {
    const std::uint32_t kept = kKeep ? 0U - c.keep[i] : ~0U;  // all bits or none
    const std::uint32_t at_least = c.counts[i] | ~kept;
    const std::uint32_t at_most = c.counts[i] & kept;
    seen.least = at_least < seen.least ? at_least : seen.least;
    seen.most = at_most > seen.most ? at_most : seen.most;
  }
  range = seen;
}

/// The highest of each block, and the range of the counts: of some blocks at a time, so that what
/// one loop has read is near when the other wants it.
template <bool kKeep, bool kCounts, bool kUsage, bool kMatched>
PIGOU_HD EppRange bound_blocks(RoughColumns columns, std::size_t pods,
                               float* __restrict block_highest) {
  EppRange range{UINT32_MAX, 0};
  for (std::size_t first = 0; first < pods; first += 4 * kPodsAtATime) {
    const std::size_t end = first + 4 * kPodsAtATime < pods ? first + 4 * kPodsAtATime : pods;
    if constexpr (kCounts) widen_range<kKeep>(columns, first, end - first, range);
    std::size_t i = first;
    for (; i + kKeyBlock <= end; i += kKeyBlock)
      *block_highest++ = highest_of<kKeep, kCounts, kUsage, kMatched>(columns, i, kKeyBlock);
    if (i < end) *block_highest = highest_of<kKeep, kCounts, kUsage, kMatched>(columns, i, end - i);
  }
  return range;
}

template <bool kKeep>
PIGOU_HD EppRange bound_columns(const RoughColumns& columns, std::size_t pods, float* highest) {
  const int has = (columns.counts != nullptr ? 1 : 0) + (columns.usage != nullptr ? 2 : 0) +
                  (columns.matched != nullptr ? 4 : 0);
  switch (has) {
    case 0:
      return bound_blocks<kKeep, false, false, false>(columns, pods, highest);
    case 1:
      return bound_blocks<kKeep, true, false, false>(columns, pods, highest);
    case 2:
      return bound_blocks<kKeep, false, true, false>(columns, pods, highest);
    case 3:
      return bound_blocks<kKeep, true, true, false>(columns, pods, highest);
    case 4:
      return bound_blocks<kKeep, false, false, true>(columns, pods, highest);
    case 5:
      return bound_blocks<kKeep, true, false, true>(columns, pods, highest);
    case 6:
      return bound_blocks<kKeep, false, true, true>(columns, pods, highest);
    default:
      return bound_blocks<kKeep, true, true, true>(columns, pods, highest);
  }
}

PIGOU_VECTOR_VERSIONS EppRange bound_all(const RoughColumns& columns, std::size_t pods,
                                         float* highest) {
  return columns.keep == nullptr ? bound_columns<false>(columns, pods, highest)
                                 : bound_columns<true>(columns, pods, highest);
}

/// All equal, or nobody there, is a range of nothing.
EppRange range_of(EppRange seen) { return seen.most > seen.least ? seen : EppRange{}; }

}  // namespace

EppRange epp_range(const EppPods& pods, const std::uint32_t* counts) {
  EppRange range;
  find_range(counts, pods.keep, pods.count, range.least, range.most);
  return range_of(range);
}

EppScoreTerm epp_range_term(double weight, const std::uint32_t* counts, EppRange range) {
  Term term;
  term.kind = range.most > range.least ? Kind::kRange : Kind::kConstant;
  term.weight = weight;
  term.counts = counts;
  term.range = range;
  term.divisor = range.most > range.least ? static_cast<double>(range.most - range.least) : 1;
  return term;
}

PIGOU_VECTOR_VERSIONS void epp_add_scores(double weight, const double* scores, std::size_t count,
                                          double* totals) {
  add_each(Given{scores}, weight, count, totals);
}

void EppScoreSum::add_range(double weight, const std::uint32_t* counts, EppRange range,
                            bool is_guess) {
  add(epp_range_term(weight, counts, range));
  terms_[count_ - 1].is_guess = is_guess;
}

void EppScoreSum::add_free(double weight, const double* usage) {
  Term term;
  term.kind = Kind::kFree;
  term.weight = weight;
  term.usage = usage;
  add(term);
}

void EppScoreSum::add_prefix(double weight, const EppPods& pods, double length_weight,
                             double length_tokens) {
  Term term;
  term.kind = length_weight == 0 ? Kind::kPrefix : Kind::kMixedPrefix;
  term.weight = weight;
  term.matched = pods.matched;
  // Where the prompt has no block nobody has matched any: 0 / 1.
  term.divisor = static_cast<double>(std::max<std::int64_t>(1, pods.prompt_blocks));
  term.block_tokens = static_cast<double>(pods.block_tokens);
  term.length_weight = length_weight;
  term.length_tokens = length_tokens;
  add(term);
}

void EppScoreSum::sum(std::size_t first, std::size_t size, double* totals) const {
  for (const std::size_t end = first + size; first < end; first += kPodsAtATime) {
    const std::size_t count = std::min(kPodsAtATime, end - first);
    std::fill_n(totals + first, count, 0.0);
    for (std::size_t k = 0; k < count_; ++k) add_term(terms_[k], first, count, totals + first);
  }
}

double EppScoreSum::total(std::size_t i) const {
  double total = 0;
  for (std::size_t k = 0; k < count_; ++k) add_scores_of(terms_[k], i, 1, &total);
  return total;
}

bool EppScoreSum::bound(const EppPods& pods, float* block_highest) {
  RoughColumns columns;
  columns.keep = pods.all_kept ? nullptr : pods.keep;
  Term* by_range = nullptr;
  float fixed = 0;
  for (std::size_t k = 0; k < count_; ++k) {
    Term& term = terms_[k];
    const auto per_unit = static_cast<float>(term.weight / term.divisor);
    switch (term.kind) {
      case Kind::kConstant:
        if (!term.is_guess) {
          fixed += per_unit;
          break;
        }
        [[fallthrough]];
      case Kind::kRange:
        if (by_range != nullptr) return false;
        by_range = &term;
        columns.counts = term.counts;
        break;
      case Kind::kFree:
        columns.usage = term.usage;
        columns.per_free = per_unit;
        break;
      case Kind::kPrefix:
        columns.matched = term.matched;
        columns.per_block = per_unit;
        break;
      case Kind::kMixedPrefix:
        return false;
    }
  }
  while (true) {
    columns.constant = fixed;
    if (by_range != nullptr) {
      const bool constant = by_range->kind == Kind::kConstant;
      const auto per_unit = static_cast<float>(by_range->weight / by_range->divisor);
      if (constant) columns.constant += per_unit;
      columns.per_count = constant ? 0 : per_unit;
      columns.most = by_range->range.most;
    }
    const EppRange seen = range_of(bound_all(columns, pods.count, block_highest));
    if (by_range == nullptr || seen == by_range->range) return true;
    *by_range = epp_range_term(by_range->weight, by_range->counts, seen);
    by_range->is_guess = true;
  }
}

EppRange EppScoreSum::guessed_range() const {
  for (std::size_t k = 0; k < count_; ++k)
    if (terms_[k].is_guess) return terms_[k].range;
  return {};
}

double EppScoreSum::bound_error() const {
  double weights = 0;
  for (std::size_t k = 0; k < count_; ++k) weights += terms_[k].weight;
  return weights * 0x1p-18;  // some units in the last place of each score are far less
}

}  // namespace pigou
