#include "scoring/scorer.hpp"

#include <algorithm>

#include "core/clones.hpp"

namespace pigou {
namespace {

/// Scores candidates first..first+size-1 and returns the lowest key. With kKeep it writes all keys;
/// without, it only looks, and no memory is written.
template <bool kKeep, bool kAllEligible, class Cost>
PIGOU_HD std::int64_t scan_block(const Cost& cost, const RequestRow& request,
                                 const InstanceColumns& columns, const PoolRow& pool,
                                 std::int64_t first, std::int64_t size,
                                 std::int64_t* __restrict keys) {
  std::int64_t lowest = kNotEligibleKey;
  for (std::int64_t k = 0; k < size; ++k) {
    std::int64_t key = ordered_key(cost(request, columns, pool, first + k));
    if constexpr (!kAllEligible) {
      // Masked, not chosen: a branch would keep the loop from being vectorised.
      const std::int64_t kept = -static_cast<std::int64_t>(columns.eligible[first + k] != 0);
      key = (key & kept) | (kNotEligibleKey & ~kept);
    }
    if constexpr (kKeep) keys[first + k] = key;
    lowest = key < lowest ? key : lowest;
  }
  return lowest;
}

/// One pass over all candidates. Copies of the arguments tell the compiler that writing keys
/// changes none of them; whole blocks apart from the rest, that their loop needs no remainder.
template <bool kKeep, bool kAllEligible, class Cost>
PIGOU_HD void scan_blocks(Cost cost, RequestRow request, InstanceColumns columns, PoolRow pool,
                          std::int64_t* __restrict keys, std::int64_t* __restrict block_lowest) {
  constexpr auto block = static_cast<std::int64_t>(kKeyBlock);
  std::int64_t first = 0;
  for (; first + block <= columns.count; first += block)
    *block_lowest++ =
        scan_block<kKeep, kAllEligible>(cost, request, columns, pool, first, block, keys);
  if (first < columns.count)
    *block_lowest = scan_block<kKeep, kAllEligible>(cost, request, columns, pool, first,
                                                    columns.count - first, keys);
}

template <bool kKeep, class Cost>
PIGOU_HD void scan_all(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
                       const PoolRow& pool, CandidateKeys& out) {
  std::int64_t* keys = out.keys.data();
  std::int64_t* block_lowest = out.block_lowest.data();
  if (columns.eligible == nullptr)
    scan_blocks<kKeep, true>(cost, request, columns, pool, keys, block_lowest);
  else
    scan_blocks<kKeep, false>(cost, request, columns, pool, keys, block_lowest);
}

/// Keys of block `b`, and the lowest of them.
template <class Cost>
PIGOU_HD std::int64_t score_block(Cost cost, RequestRow request, InstanceColumns columns,
                                  PoolRow pool, std::int64_t b, CandidateKeys& out) {
  constexpr auto block = static_cast<std::int64_t>(kKeyBlock);
  const std::int64_t first = b * block;
  const std::int64_t left = columns.count - first;
  const std::int64_t size = left < block ? left : block;
  std::int64_t* __restrict keys = out.keys.data();
  const std::int64_t lowest =
      columns.eligible == nullptr
          ? scan_block<true, true>(cost, request, columns, pool, first, size, keys)
          : scan_block<true, false>(cost, request, columns, pool, first, size, keys);
  out.block_lowest[static_cast<std::size_t>(b)] = lowest;
  return lowest;
}

PIGOU_HD std::int64_t lowest_of(const std::int64_t* block_lowest, std::int64_t blocks) {
  std::int64_t lowest = kNotEligibleKey;
  for (std::int64_t b = 0; b < blocks; ++b)
    lowest = block_lowest[b] < lowest ? block_lowest[b] : lowest;
  return lowest;
}

/// The lowest of each block, and keys of the blocks that hold the lowest of all: for costs that are
/// computed twice sooner than they are written once.
template <class Cost>
PIGOU_HD void fill_best(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
                        const PoolRow& pool, CandidateKeys& out) {
  scan_all<false>(cost, request, columns, pool, out);
  const auto blocks = static_cast<std::int64_t>(out.block_lowest.size());
  const std::int64_t lowest = lowest_of(out.block_lowest.data(), blocks);
  if (lowest == kNotEligibleKey) return;
  for (std::int64_t b = 0; b < blocks; ++b)
    if (out.block_lowest[static_cast<std::size_t>(b)] == lowest)
      score_block(cost, request, columns, pool, b, out);
}

/// With the defaults, no decay, no weight on active requests and nothing below GPU memory, the
/// compiler drops a division and two columns from the loop: the constants below are all it needs.
template <class Cost>
PIGOU_HD void fill_all_terms(Cost cost, const RequestRow& request, const InstanceColumns& columns,
                             const PoolRow& pool, CandidateKeys& out) {
  DynamoTerms& terms = cost.terms;
  if (terms.overlap_score_credit_decay > 0 || terms.decode_active_request_weight != 0 ||
      terms.lower_tiers) {
    scan_all<true>(cost, request, columns, pool, out);
  } else {
    terms.overlap_score_credit_decay = 0;
    terms.decode_active_request_weight = 0;
    terms.lower_tiers = false;
    scan_all<true>(cost, request, columns, pool, out);
  }
}

/// Lower bounds first, without the decay of credit; then the blocks that may hold the lowest, the
/// most promising first. Every operation of the cost is monotone in the credit, rounding included.
template <class Cost>
PIGOU_HD void fill_by_bound(const Cost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            CandidateKeys& out) {
  const bool decays = cost.terms.overlap_score_credit_decay > 0;
  if (!decays || columns.count <= static_cast<std::int64_t>(kKeyBlock))
    return fill_all_terms(cost, request, columns, pool, out);
  Cost bound = cost;
  bound.terms.overlap_score_credit_decay = 0;
  fill_all_terms(bound, request, columns, pool, out);
  const std::int64_t* block_lowest = out.block_lowest.data();
  const auto blocks = static_cast<std::int64_t>(out.block_lowest.size());
  std::int64_t best = 0;
  for (std::int64_t b = 1; b < blocks; ++b) best = block_lowest[b] < block_lowest[best] ? b : best;
  std::int64_t lowest = score_block(cost, request, columns, pool, best, out);
  for (std::int64_t b = 0; b < blocks; ++b) {
    if (b == best || block_lowest[b] > lowest) continue;
    const std::int64_t exact = score_block(cost, request, columns, pool, b, out);
    lowest = exact < lowest ? exact : lowest;
  }
}

/// The highest key of a candidate, of which there is one. One more than a key orders as the keys
/// do, but what is not eligible then comes first.
PIGOU_CLONES std::int64_t highest_candidate_key(const std::int64_t* keys, std::size_t count) {
  std::int64_t highest = INT64_MIN;
  for (std::size_t i = 0; i < count; ++i) {
    const auto after = static_cast<std::int64_t>(static_cast<std::uint64_t>(keys[i]) + 1);
    highest = after > highest ? after : highest;
  }
  return highest - 1;
}

PIGOU_CLONES std::uint64_t count_equal(const std::int64_t* keys, std::size_t count,
                                       std::int64_t wanted) {
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < count; ++i) equal += keys[i] == wanted ? 1 : 0;
  return equal;
}

PIGOU_CLONES std::uint64_t sum_of(const std::uint64_t* weights, std::size_t count) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += weights[i];
  return sum;
}

template <class Value>
PIGOU_HD void fill_weights(SoftmaxWeight<Value> weight, const std::int64_t* __restrict keys,
                           std::uint64_t* __restrict weights, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) weights[i] = weight(keys[i]);
}

PIGOU_CLONES void fill_weights_of(const SoftmaxWeight<double>& weight, const std::int64_t* keys,
                                  std::uint64_t* weights, std::size_t count) {
  fill_weights(weight, keys, weights, count);
}

PIGOU_CLONES void fill_weights_of(const SoftmaxWeight<std::int64_t>& weight,
                                  const std::int64_t* keys, std::uint64_t* weights,
                                  std::size_t count) {
  fill_weights(weight, keys, weights, count);
}

std::int64_t lowest_key(const CandidateKeys& keys) {
  return lowest_of(keys.block_lowest.data(), static_cast<std::int64_t>(keys.block_lowest.size()));
}

/// First index at which the running sum of weights passes `share`. `block_sum(first, size)` skips
/// whole blocks, `weight_at(i)` finds the place inside one.
template <class BlockSum, class WeightAt>
std::uint32_t find_share(std::size_t count, std::uint64_t share, BlockSum block_sum,
                         WeightAt weight_at) {
  for (std::size_t first = 0; first < count; first += kKeyBlock) {
    const std::uint64_t sum = block_sum(first, std::min(kKeyBlock, count - first));
    if (share >= sum) {
      share -= sum;
      continue;
    }
    for (std::size_t i = first;; ++i) {
      const std::uint64_t weight = weight_at(i);
      if (share < weight) return static_cast<std::uint32_t>(i);
      share -= weight;
    }
  }
  return kNoChoice;
}

}  // namespace

PIGOU_CLONES void fill_lowest_keys(const LeastOutstandingCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  scan_all<true>(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const LeastOutstandingThenOwnCost& cost,
                                   const RequestRow& request, const InstanceColumns& columns,
                                   const PoolRow& pool, CandidateKeys& out) {
  fill_best(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const LeastPrefillCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  fill_best(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const LeastOwnCountCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  fill_best(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const LeastOwnValueCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  scan_all<true>(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const DrainTimeCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  scan_all<true>(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const LatencyTimesLoadCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  scan_all<true>(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const MostOverlapThenLeastOutstandingCost& cost,
                                   const RequestRow& request, const InstanceColumns& columns,
                                   const PoolRow& pool, CandidateKeys& out) {
  fill_best(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const MinTtftCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  fill_best(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_keys(const DynamoKvCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            CandidateKeys& out) {
  fill_all_terms(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_keys(const DynamoLmetricCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            CandidateKeys& out) {
  fill_all_terms(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const DynamoKvCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  fill_by_bound(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_lowest_keys(const DynamoLmetricCost& cost, const RequestRow& request,
                                   const InstanceColumns& columns, const PoolRow& pool,
                                   CandidateKeys& out) {
  fill_by_bound(cost, request, columns, pool, out);
}
PIGOU_CLONES void fill_keys(const DynamoDecodeCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            CandidateKeys& out) {
  scan_all<true>(cost, request, columns, pool, out);
}

void find_block_lowest(CandidateKeys& out) {
  const auto keys = out.keys.begin();
  for (std::size_t block = 0; block < out.block_lowest.size(); ++block) {
    const std::size_t first = block * kKeyBlock;
    const std::size_t last = std::min(first + kKeyBlock, out.keys.size());
    out.block_lowest[block] = *std::min_element(keys + static_cast<std::ptrdiff_t>(first),
                                                keys + static_cast<std::ptrdiff_t>(last));
  }
}

ChoiceResult choose_lowest(const CandidateKeys& candidates, std::uint64_t draw) {
  ChoiceResult result;
  const std::int64_t lowest = lowest_key(candidates);
  if (lowest == kNotEligibleKey) return result;
  const std::int64_t* keys = candidates.keys.data();
  const std::size_t count = candidates.keys.size();
  const auto ties_in_block = [&](std::size_t first, std::size_t size) -> std::uint64_t {
    if (candidates.block_lowest[first / kKeyBlock] != lowest) return 0;
    return count_equal(keys + first, size, lowest);
  };
  for (std::size_t first = 0; first < count; first += kKeyBlock)
    result.weight_total += ties_in_block(first, std::min(kKeyBlock, count - first));
  result.lowest_key = lowest;
  result.index = find_share(count, drawn_share(draw, result.weight_total), ties_in_block,
                            [&](std::size_t i) { return ArgminWeight{lowest}(keys[i]); });
  return result;
}

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
      keys.size(), drawn_share(draw, result.weight_total),
      [&](std::size_t first, std::size_t size) { return sum_of(weights.data() + first, size); },
      [&](std::size_t i) { return weights[i]; });
  return result;
}

template ChoiceResult choose_softmax<double>(const SoftmaxChoice&, const CandidateKeys&,
                                             std::span<std::uint64_t>, std::uint64_t);
template ChoiceResult choose_softmax<std::int64_t>(const SoftmaxChoice&, const CandidateKeys&,
                                                   std::span<std::uint64_t>, std::uint64_t);

PIGOU_CLONES PoolRow reduce_pool(const InstanceColumns& columns) {
  const std::int64_t* tokens = columns.active_prefill_tokens;
  const std::uint8_t* eligible = columns.eligible;
  std::int64_t least = INT64_MAX;
  if (eligible == nullptr) {
    for (std::int64_t i = 0; i < columns.count; ++i) least = tokens[i] < least ? tokens[i] : least;
  } else {
    for (std::int64_t i = 0; i < columns.count; ++i)
      least = eligible[i] != 0 && tokens[i] < least ? tokens[i] : least;
  }
  return {least == INT64_MAX ? 0 : least};
}

namespace {

/// Blocks of candidates are independent of each other: one long chain of comparisons would wait
/// for itself.
template <bool kAllEligible>
PIGOU_HD LoadSummary summarise(const std::int64_t* loads, const std::uint8_t* eligible,
                               std::int64_t count) {
  LoadSummary all{0, INT64_MAX, INT64_MIN, 0};
  for (std::int64_t first = 0; first < count; first += static_cast<std::int64_t>(kKeyBlock)) {
    const std::int64_t left = count - first;
    const std::int64_t size = left < static_cast<std::int64_t>(kKeyBlock) ? left : kKeyBlock;
    LoadSummary part{0, INT64_MAX, INT64_MIN, 0};
    for (std::int64_t i = first; i < first + size; ++i) {
      const bool counts = kAllEligible || eligible[i] != 0;
      const std::int64_t load = loads[i];
      part.least = counts && load < part.least ? load : part.least;
      part.most = counts && load > part.most ? load : part.most;
      part.total += counts ? load : 0;
      part.candidates += counts ? 1 : 0;
    }
    all.least = part.least < all.least ? part.least : all.least;
    all.most = part.most > all.most ? part.most : all.most;
    all.total += part.total;
    all.candidates += part.candidates;
  }
  return all;
}

}  // namespace

PIGOU_CLONES LoadSummary summarise_load(const InstanceColumns& columns) {
  const LoadSummary all =
      columns.eligible == nullptr
          ? summarise<true>(columns.active_requests, nullptr, columns.count)
          : summarise<false>(columns.active_requests, columns.eligible, columns.count);
  return all.candidates == 0 ? LoadSummary{} : all;
}

InstanceColumns slice(const InstanceColumns& columns, std::int64_t first, std::int64_t count) {
  const auto at = [first](const auto* column) {
    return column == nullptr ? column : column + first;
  };
  return {count,
          at(columns.active_prefill_tokens),
          at(columns.active_blocks),
          at(columns.active_requests),
          at(columns.overlap_blocks),
          at(columns.shared_active_blocks),
          at(columns.prefill_s_per_token),
          at(columns.eligible),
          at(columns.own_counts),
          at(columns.own_values)};
}

}  // namespace pigou
