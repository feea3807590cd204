// Passes over candidates, for the .cpp files of this room: compiled into functions that have a copy
// for each width of vectors.
#pragma once

#include <algorithm>

#include "core/vector_versions.hpp"
#include "scoring/scorer.hpp"

namespace pigou {

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

/// Hands `scan` the cost with what is switched off as constants, that the compiler may drop it: a
/// masked load from a column that is not there costs hundreds of cycles each.
template <class Cost, class Scan>
PIGOU_HD void with_terms(Cost cost, Scan scan) {
  DynamoTerms& terms = cost.terms;
  if (terms.lower_tiers) return scan(cost);
  terms.lower_tiers = false;
  if (terms.decode_active_request_weight != 0) return scan(cost);
  terms.decode_active_request_weight = 0;
  scan(cost);
}

template <class Cost>
PIGOU_HD Cost without_decay(Cost cost) {
  cost.terms.overlap_score_credit_decay = 0;
  return cost;
}

/// Without decay the compiler drops a division from the loop.
template <bool kKeep, class Cost>
PIGOU_HD void scan_decay(const Cost& cost, const RequestRow& request,
                         const InstanceColumns& columns, const PoolRow& pool, CandidateKeys& out) {
  if (cost.terms.overlap_score_credit_decay > 0)
    scan_all<kKeep>(cost, request, columns, pool, out);
  else
    scan_all<kKeep>(without_decay(cost), request, columns, pool, out);
}

/// The lowest of all.
PIGOU_HD std::int64_t lowest_of(const std::int64_t* block_lowest, std::int64_t blocks) {
  std::int64_t lowest = kNotEligibleKey;
  for (std::int64_t b = 0; b < blocks; ++b)
    lowest = block_lowest[b] < lowest ? block_lowest[b] : lowest;
  return lowest;
}

inline std::int64_t lowest_key(const CandidateKeys& keys) {
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

}  // namespace pigou
