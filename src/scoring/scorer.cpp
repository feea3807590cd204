#include "scoring/scorer.hpp"

#include <algorithm>

#include "scoring/clones.hpp"

namespace pigou {
namespace {

/// Candidates per block of the passes below: long enough for any vector, short enough that the
/// scalar search inside the chosen block costs little.
constexpr std::size_t kBlock = 128;

/// Copies of the arguments tell the compiler that writing keys changes none of them; without an
/// eligibility column the loop has no branch.
template <class Cost>
PIGOU_HD void fill_all(Cost cost, RequestRow request, InstanceColumns columns, PoolRow pool,
                       std::int64_t* __restrict keys) {
  const std::int64_t count = columns.count;
  if (columns.eligible == nullptr) {
    for (std::int64_t i = 0; i < count; ++i) keys[i] = ordered_key(cost(request, columns, pool, i));
    return;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t key = ordered_key(cost(request, columns, pool, i));
    keys[i] = columns.eligible[i] != 0 ? key : kNotEligibleKey;
  }
}

PIGOU_CLONES std::int64_t lowest_key(const std::int64_t* keys, std::size_t count) {
  std::int64_t lowest = kNotEligibleKey;
  for (std::size_t i = 0; i < count; ++i) lowest = keys[i] < lowest ? keys[i] : lowest;
  return lowest;
}

PIGOU_CLONES std::int64_t highest_candidate_key(const std::int64_t* keys, std::size_t count) {
  std::int64_t highest = INT64_MIN;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t key = keys[i] == kNotEligibleKey ? INT64_MIN : keys[i];
    highest = key > highest ? key : highest;
  }
  return highest;
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

/// First index at which the running sum of weights passes `share`. `block_sum(first, size)` skips
/// whole blocks, `weight_at(i)` finds the place inside one.
template <class BlockSum, class WeightAt>
std::uint32_t find_share(std::size_t count, std::uint64_t share, BlockSum block_sum,
                         WeightAt weight_at) {
  for (std::size_t first = 0; first < count; first += kBlock) {
    const std::size_t size = std::min(kBlock, count - first);
    const std::uint64_t sum = block_sum(first, size);
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

PIGOU_CLONES void fill_keys(const LeastOutstandingCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            std::span<std::int64_t> keys) {
  fill_all(cost, request, columns, pool, keys.data());
}
PIGOU_CLONES void fill_keys(const MinTtftCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            std::span<std::int64_t> keys) {
  fill_all(cost, request, columns, pool, keys.data());
}
PIGOU_CLONES void fill_keys(const DynamoKvCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            std::span<std::int64_t> keys) {
  fill_all(cost, request, columns, pool, keys.data());
}
PIGOU_CLONES void fill_keys(const DynamoLmetricCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            std::span<std::int64_t> keys) {
  fill_all(cost, request, columns, pool, keys.data());
}
PIGOU_CLONES void fill_keys(const DynamoDecodeCost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            std::span<std::int64_t> keys) {
  fill_all(cost, request, columns, pool, keys.data());
}

ChoiceResult choose_lowest(std::span<const std::int64_t> keys, std::uint64_t draw) {
  ChoiceResult result;
  result.lowest_key = lowest_key(keys.data(), keys.size());
  if (result.lowest_key == kNotEligibleKey) return result;
  const std::int64_t lowest = result.lowest_key;
  result.weight_total = count_equal(keys.data(), keys.size(), lowest);
  result.index = find_share(
      keys.size(), drawn_share(draw, result.weight_total),
      [&](std::size_t first, std::size_t size) {
        return count_equal(keys.data() + first, size, lowest);
      },
      [&](std::size_t i) { return ArgminWeight{lowest}(keys[i]); });
  return result;
}

template <class Value>
ChoiceResult choose_softmax(const SoftmaxChoice& choice, std::span<const std::int64_t> keys,
                            std::span<std::uint64_t> weights, std::uint64_t draw) {
  ChoiceResult result;
  result.lowest_key = lowest_key(keys.data(), keys.size());
  if (result.lowest_key == kNotEligibleKey) return result;
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

template ChoiceResult choose_softmax<double>(const SoftmaxChoice&, std::span<const std::int64_t>,
                                             std::span<std::uint64_t>, std::uint64_t);
template ChoiceResult choose_softmax<std::int64_t>(const SoftmaxChoice&,
                                                   std::span<const std::int64_t>,
                                                   std::span<std::uint64_t>, std::uint64_t);

PoolRow reduce_pool(const InstanceColumns& columns) {
  std::int64_t least = INT64_MAX;
  for (std::int64_t i = 0; i < columns.count; ++i) {
    const bool candidate = columns.eligible == nullptr || columns.eligible[i] != 0;
    if (candidate) least = std::min(least, columns.active_prefill_tokens[i]);
  }
  return {least == INT64_MAX ? 0 : least};
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
          at(columns.eligible)};
}

}  // namespace pigou
