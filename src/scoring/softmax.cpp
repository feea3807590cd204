// Softmax: trials of a few candidates, else the weights of all (kernels/softmax_body.hpp).
#include "scoring/scan.hpp"

namespace pigou {
namespace {

/// The highest key of a candidate, of which there is one. One more than a key orders as the keys
/// do, but what is not eligible then comes first.
PIGOU_VECTOR_VERSIONS std::int64_t highest_candidate_key(const std::int64_t* keys,
                                                         std::size_t count) {
  std::int64_t highest = INT64_MIN;
  for (std::size_t i = 0; i < count; ++i) {
    const auto after = static_cast<std::int64_t>(static_cast<std::uint64_t>(keys[i]) + 1);
    highest = after > highest ? after : highest;
  }
  return highest - 1;
}

PIGOU_VECTOR_VERSIONS std::uint64_t sum_of(const std::uint64_t* weights, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += weights[i];
  return sum;
}

template <class Value>
PIGOU_HD void fill_weights(SoftmaxWeight<Value> weight, const std::int64_t* __restrict keys,
                           std::uint64_t* __restrict weights, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) weights[i] = weight(keys[i]);
}

PIGOU_VECTOR_VERSIONS void fill_weights_of(const SoftmaxWeight<double>& weight,
                                           const std::int64_t* keys, std::uint64_t* weights,
                                           std::size_t count) {
  fill_weights(weight, keys, weights, count);
}

PIGOU_VECTOR_VERSIONS void fill_weights_of(const SoftmaxWeight<std::int64_t>& weight,
                                           const std::int64_t* keys, std::uint64_t* weights,
                                           std::size_t count) {
  fill_weights(weight, keys, weights, count);
}

/// Lowest and highest key of the candidates, without writing any. Of candidates that are not
/// eligible one more than the key is the lowest number there is.
template <bool kAllEligible, class Cost>
PIGOU_HD KeyRange scan_range(Cost cost, RequestRow request, InstanceColumns columns, PoolRow pool) {
  std::int64_t lowest = kNotEligibleKey, after_highest = INT64_MIN;
  for (std::int64_t i = 0; i < columns.count; ++i) {
    std::int64_t key = ordered_key(cost(request, columns, pool, i));
    if constexpr (!kAllEligible) {
      const std::int64_t kept = -static_cast<std::int64_t>(columns.eligible[i] != 0);
      key = (key & kept) | (kNotEligibleKey & ~kept);
    }
    const auto after = static_cast<std::int64_t>(static_cast<std::uint64_t>(key) + 1);
    lowest = key < lowest ? key : lowest;
    after_highest = after > after_highest ? after : after_highest;
  }
  return {lowest, after_highest - 1};
}

template <class Cost>
PIGOU_HD KeyRange range_of_all(const Cost& cost, const RequestRow& request,
                               const InstanceColumns& columns, const PoolRow& pool) {
  return columns.eligible == nullptr ? scan_range<true>(cost, request, columns, pool)
                                     : scan_range<false>(cost, request, columns, pool);
}

template <class Cost>
PIGOU_HD KeyRange range_of_terms(const Cost& cost, const RequestRow& request,
                                 const InstanceColumns& columns, const PoolRow& pool) {
  KeyRange range;
  with_terms(
      cost, [&](const Cost& set) __attribute__((always_inline)) {
        range = set.terms.overlap_score_credit_decay > 0
                    ? range_of_all(set, request, columns, pool)
                    : range_of_all(without_decay(set), request, columns, pool);
      });
  return range;
}

template <class Cost>
PIGOU_HD KeyRange range_of(const Cost& cost, const RequestRow& request,
                           const InstanceColumns& columns, const PoolRow& pool) {
  if constexpr (requires { cost.terms; })
    return range_of_terms(cost, request, columns, pool);
  else
    return range_of_all(cost, request, columns, pool);
}

}  // namespace

#define PIGOU_COST(Cost, pass)                                                                    \
  PIGOU_VECTOR_VERSIONS KeyRange key_range(const Cost& cost, const RequestRow& request,           \
                                           const InstanceColumns& columns, const PoolRow& pool) { \
    return range_of(cost, request, columns, pool);                                                \
  }
#include "kernels/costs/list.inc"
#undef PIGOU_COST

template <class Value>
ChoiceResult choose_softmax(const SoftmaxChoice& choice, const CandidateKeys& candidates,
                            std::span<std::uint64_t> weights, std::uint64_t draw) {
  ChoiceResult result;
  result.lowest_key = lowest_key(candidates);
  if (result.lowest_key == kNotEligibleKey) return result;
  const auto& keys = candidates.keys;
  const std::int64_t highest = highest_candidate_key(keys.data(), keys.size());
  fill_weights_of(choice.weight<Value>(result.lowest_key, highest), keys.data(), weights.data(),
                  keys.size());
  result.weight_total = sum_of(weights.data(), weights.size());
  result.index = find_share(
      keys.size(),
      drawn_share(choice.rest(draw, static_cast<std::int64_t>(keys.size())), result.weight_total),
      [&](std::size_t first, std::size_t size) { return sum_of(weights.data() + first, size); },
      [&](std::size_t i) { return weights[i]; });
  return result;
}

template ChoiceResult choose_softmax<double>(const SoftmaxChoice&, const CandidateKeys&,
                                             std::span<std::uint64_t>, std::uint64_t);
template ChoiceResult choose_softmax<std::int64_t>(const SoftmaxChoice&, const CandidateKeys&,
                                                   std::span<std::uint64_t>, std::uint64_t);

}  // namespace pigou
