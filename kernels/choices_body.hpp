// Choices from costs: every choice gives each candidate an integer weight and picks the first
// candidate whose running sum of weights passes a uniformly drawn share of the total. Argmin weighs
// the best 1 and the rest 0, so that of k tied candidates it picks number floor(u * k) in order of
// their ids.
#pragma once

#include "kernels/rows.hpp"
#include "kernels/softmax_body.hpp"

namespace pigou {

inline constexpr std::uint32_t kNoChoice = UINT32_MAX;
/// Key of what is not a candidate: above every cost.
inline constexpr std::int64_t kNotEligibleKey = INT64_MAX;

struct ChoiceResult {
  std::uint32_t index = kNoChoice;  ///< kNoChoice when nothing is eligible
  /// Of argmin: how many candidates tie for the best. Of softmax: 0 where a trial found it.
  std::uint64_t weight_total = 0;
  std::int64_t lowest_key = kNotEligibleKey;  ///< cost_of_key gives the best cost
  bool operator==(const ChoiceResult&) const = default;
};

/// floor(u * total) for u = draw / 2^64. The one way a draw becomes an index, in scans, trees and
/// on the GPU.
PIGOU_HD std::uint64_t drawn_share(std::uint64_t draw, std::uint64_t total) {
  return multiply_high(draw, total);
}

struct ArgminWeight {
  std::int64_t lowest;
  PIGOU_HD std::uint64_t operator()(std::int64_t key) const { return key == lowest ? 1 : 0; }
};

template <class Value>
struct SoftmaxWeight {
  std::int64_t lowest;
  double lowest_cost;
  double scale;
  PIGOU_HD std::uint64_t operator()(std::int64_t key) const {
    const bool candidate = key != kNotEligibleKey;
    const double above = cost_of_key<Value>(candidate ? key : lowest) - lowest_cost;
    const std::uint64_t weight = softmax_weight(above * scale);
    return candidate ? weight : 0;
  }
};

/// The lowest cost; ties by one draw.
struct ArgminChoice {
  static constexpr bool kTries = false;
  PIGOU_HD static std::uint64_t rest(std::uint64_t draw, std::int64_t) { return draw; }
  template <class Value>
  PIGOU_HD ArgminWeight weight(std::int64_t lowest, std::int64_t) const {
    return {lowest};
  }
};

/// Softmax over -(cost) / ((max - min) * temperature), temperature > 0.
struct SoftmaxChoice {
  static constexpr bool kTries = true;  ///< softmax_body.hpp
  PIGOU_HD static std::uint64_t rest(std::uint64_t draw, std::int64_t count) {
    return softmax_rest(draw, count);
  }
  double temperature = 1;
  template <class Value>
  PIGOU_HD SoftmaxWeight<Value> weight(std::int64_t lowest, std::int64_t highest) const {
    const double low = cost_of_key<Value>(lowest);
    return {lowest, low, softmax_scale(low, cost_of_key<Value>(highest), temperature)};
  }
};

/// Key of candidate i.
template <class Cost>
PIGOU_HD std::int64_t candidate_key(const Cost& cost, const RequestRow& request,
                                    const InstanceColumns& columns, const PoolRow& pool,
                                    std::int64_t i) {
  const std::int64_t key = ordered_key(cost(request, columns, pool, i));
  return columns.eligible == nullptr || columns.eligible[i] != 0 ? key : kNotEligibleKey;
}

}  // namespace pigou
