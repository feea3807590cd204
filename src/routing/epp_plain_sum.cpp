#include "routing/epp_plain_sum.hpp"

#include <algorithm>

#include "core/clones.hpp"
#include "kernels/host_device.hpp"

namespace pigou {
namespace {

/// Pods whose totals stay in the nearest cache while one score after the other is added.
constexpr std::size_t kPodsAtATime = 512;

PIGOU_CLONES void find_range(const std::uint32_t* counts, const std::uint8_t* keep,
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

using Term = EppPlainTerm;
using Kind = EppPlainTerm::Kind;

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
PIGOU_CLONES void add_term(const Term& term, std::size_t first, std::size_t size, double* totals) {
  switch (term.kind) {
    case Kind::kConstant:
      return add_each(Constant{}, term.weight, size, totals);
    case Kind::kRange:
      return add_each(Range{term.counts + first, term.most, term.divisor}, term.weight, size,
                      totals);
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

/// The columns a rough total reads and what they are worth. Null: that score is not asked for.
struct RoughColumns {
  const std::uint8_t* keep = nullptr;
  const std::uint32_t* counts = nullptr;
  const double* usage = nullptr;
  const std::int32_t* matched = nullptr;
  double constant = 0, most = 0, per_count = 0, per_free = 0, per_block = 0;
};

/// The highest rough total of the candidates among `size` pods from `first` on, or 0. Totals are
/// not negative, so that their bits order as they do and those of others can be masked.
template <bool kCounts, bool kUsage, bool kMatched>
PIGOU_HD double highest_of(const RoughColumns& c, std::size_t first, std::size_t size) {
  std::int64_t highest = 0;
  for (std::size_t i = first; i < first + size; ++i) {
    double total = c.constant;
    if constexpr (kCounts)
      total += (c.most - exact_double(static_cast<std::int64_t>(c.counts[i]))) * c.per_count;
    if constexpr (kUsage) {
      const std::int64_t free = bits_of_double(1.0 - c.usage[i]);
      total += double_from_bits(free > 0 ? free : 0) * c.per_free;  // as integers order it
    }
    if constexpr (kMatched) total += static_cast<double>(c.matched[i]) * c.per_block;
    const std::int64_t bits = bits_of_double(total) & -static_cast<std::int64_t>(c.keep[i]);
    highest = bits > highest ? bits : highest;
  }
  return double_from_bits(highest);
}

template <bool kCounts, bool kUsage, bool kMatched>
PIGOU_HD void bound_blocks(RoughColumns columns, std::size_t pods, double* block_highest) {
  std::size_t first = 0;
  for (; first + kKeyBlock <= pods; first += kKeyBlock)
    *block_highest++ = highest_of<kCounts, kUsage, kMatched>(columns, first, kKeyBlock);
  if (first < pods)
    *block_highest = highest_of<kCounts, kUsage, kMatched>(columns, first, pods - first);
}

PIGOU_CLONES void bound_all(const RoughColumns& columns, std::size_t pods, double* highest) {
  const int has = (columns.counts != nullptr ? 1 : 0) + (columns.usage != nullptr ? 2 : 0) +
                  (columns.matched != nullptr ? 4 : 0);
  switch (has) {
    case 0:
      return bound_blocks<false, false, false>(columns, pods, highest);
    case 1:
      return bound_blocks<true, false, false>(columns, pods, highest);
    case 2:
      return bound_blocks<false, true, false>(columns, pods, highest);
    case 3:
      return bound_blocks<true, true, false>(columns, pods, highest);
    case 4:
      return bound_blocks<false, false, true>(columns, pods, highest);
    case 5:
      return bound_blocks<true, false, true>(columns, pods, highest);
    case 6:
      return bound_blocks<false, true, true>(columns, pods, highest);
    default:
      return bound_blocks<true, true, true>(columns, pods, highest);
  }
}

}  // namespace

EppRange epp_range(const EppPods& pods, const std::uint32_t* counts) {
  EppRange range;
  find_range(counts, pods.keep, pods.count, range.least, range.most);
  return range.most > range.least ? range : EppRange{};
}

PIGOU_CLONES void epp_add_scores(double weight, const double* scores, std::size_t count,
                                 double* totals) {
  add_each(Given{scores}, weight, count, totals);
}

void EppPlainSum::add_range(double weight, const std::uint32_t* counts, EppRange range) {
  Term term;
  term.kind = range.most > range.least ? Kind::kRange : Kind::kConstant;
  term.weight = weight;
  term.counts = counts;
  term.most = range.most;
  term.divisor = static_cast<double>(range.most - range.least);
  add(term);
}

void EppPlainSum::add_free(double weight, const double* usage) {
  Term term;
  term.kind = Kind::kFree;
  term.weight = weight;
  term.usage = usage;
  add(term);
}

void EppPlainSum::add_prefix(double weight, const EppPods& pods, double length_weight,
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

void EppPlainSum::sum(std::size_t first, std::size_t size, double* totals) const {
  for (const std::size_t end = first + size; first < end; first += kPodsAtATime) {
    const std::size_t count = std::min(kPodsAtATime, end - first);
    std::fill_n(totals + first, count, 0.0);
    for (std::size_t k = 0; k < count_; ++k) add_term(terms_[k], first, count, totals + first);
  }
}

bool EppPlainSum::bound(const std::uint8_t* keep, std::size_t pods, double* block_highest) const {
  RoughColumns columns;
  columns.keep = keep;
  for (std::size_t k = 0; k < count_; ++k) {
    const Term& term = terms_[k];
    const double per_unit = term.weight / term.divisor;
    switch (term.kind) {
      case Kind::kConstant:
        columns.constant += term.weight;
        break;
      case Kind::kRange:
        if (columns.counts != nullptr) return false;
        columns.counts = term.counts;
        columns.most = term.most;
        columns.per_count = per_unit;
        break;
      case Kind::kFree:
        columns.usage = term.usage;
        columns.per_free = term.weight;
        break;
      case Kind::kPrefix:
        columns.matched = term.matched;
        columns.per_block = per_unit;
        break;
      case Kind::kMixedPrefix:
        return false;
    }
  }
  bound_all(columns, pods, block_highest);
  return true;
}

double EppPlainSum::bound_error() const {
  double weights = 0;
  for (std::size_t k = 0; k < count_; ++k) weights += terms_[k].weight;
  return weights * 0x1p-40;  // some units in the last place of each score are far less
}

}  // namespace pigou
