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
    const std::uint32_t kept = keep[i] != 0 ? UINT32_MAX : 0;
    const std::uint32_t at_least = counts[i] | ~kept;
    const std::uint32_t at_most = counts[i] & kept;
    low = at_least < low ? at_least : low;
    high = at_most > high ? at_most : high;
  }
  least = low;
  most = high;
}

using Term = EppPlainTerm;
using Kind = EppPlainTerm::Kind;

template <bool kRough>
struct Quotient {
  double divisor, reciprocal;
  explicit Quotient(double by) : divisor(by), reciprocal(1.0 / by) {}
  PIGOU_HD double operator()(double dividend) const {
    return kRough ? dividend * reciprocal : dividend / divisor;
  }
};

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
template <bool kRough>
struct Range {
  static constexpr bool kWithin = true;
  const std::uint32_t* counts;
  double most;
  Quotient<kRough> over_range;
  PIGOU_HD double operator()(std::size_t i) const {
    return over_range(most - exact_double(static_cast<std::int64_t>(counts[i])));
  }
};
struct Free {
  static constexpr bool kWithin = false;
  const double* usage;
  PIGOU_HD double operator()(std::size_t i) const { return 1.0 - usage[i]; }
};
template <bool kRough>
struct Prefix {
  static constexpr bool kWithin = true;
  const std::int32_t* matched;
  Quotient<kRough> over_blocks;
  PIGOU_HD double operator()(std::size_t i) const {
    return over_blocks(static_cast<double>(matched[i]));
  }
};
template <bool kRough>
struct MixedPrefix {
  static constexpr bool kWithin = false;
  const std::int32_t* matched;
  Quotient<kRough> over_blocks, over_length;
  double block_tokens, weight;
  PIGOU_HD double operator()(std::size_t i) const {
    const auto held = static_cast<double>(matched[i]);
    const double share = over_length(held * block_tokens);
    const double length = share < 1 ? share : 1.0;
    return weight * length * length + (1.0 - weight) * over_blocks(held);
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
template <bool kRough>
PIGOU_HD void add_one(const Term& term, std::size_t first, std::size_t size, double* totals) {
  using Over = Quotient<kRough>;
  switch (term.kind) {
    case Kind::kConstant:
      return add_each(Constant{}, term.weight, size, totals);
    case Kind::kRange:
      return add_each(Range<kRough>{term.counts + first, term.most, Over(term.divisor)},
                      term.weight, size, totals);
    case Kind::kFree:
      return add_each(Free{term.usage + first}, term.weight, size, totals);
    case Kind::kPrefix:
      return add_each(Prefix<kRough>{term.matched + first, Over(term.divisor)}, term.weight, size,
                      totals);
    case Kind::kMixedPrefix:
      return add_each(
          MixedPrefix<kRough>{term.matched + first, Over(term.divisor), Over(term.length_tokens),
                              term.block_tokens, term.length_weight},
          term.weight, size, totals);
  }
}

PIGOU_CLONES void add_term(const Term& term, std::size_t first, std::size_t size,
                           EppQuotient quotient, double* totals) {
  if (quotient == EppQuotient::kExact)
    add_one<false>(term, first, size, totals);
  else
    add_one<true>(term, first, size, totals);
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

void EppPlainSum::sum(std::size_t first, std::size_t size, EppQuotient quotient,
                      double* totals) const {
  for (const std::size_t end = first + size; first < end; first += kPodsAtATime) {
    const std::size_t count = std::min(kPodsAtATime, end - first);
    std::fill_n(totals + first, count, 0.0);
    for (std::size_t k = 0; k < count_; ++k)
      add_term(terms_[k], first, count, quotient, totals + first);
  }
}

double EppPlainSum::rough_error() const {
  double weights = 0;
  for (std::size_t k = 0; k < count_; ++k) weights += terms_[k].weight;
  return weights * 0x1p-40;  // some units in the last place of each score are far less
}

}  // namespace pigou
