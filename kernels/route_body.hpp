// Rows a router may see, costs over them, and choices from costs: host/device functors of plain
// data. A cost is lower for a better instance; its type, int64 or double, is its exactness.
#pragma once

#include "kernels/softmax_body.hpp"

namespace pigou {

/// What a router knows of the request: never its output length.
struct RequestRow {
  std::int64_t input_tokens = 0;
  /// Blocks of the prompt; whether a last, partial one counts: ViewNeeds::whole_blocks.
  std::int64_t blocks = 0;
};

/// Columns over the candidates, indexed 0..count-1. A cost reads only the columns it names; the
/// others may be null. `overlap_blocks` and `shared_active_blocks` belong to one request.
struct InstanceColumns {
  std::int64_t count = 0;
  const std::int64_t* active_prefill_tokens = nullptr;  ///< placed, first token not yet seen
  const std::int64_t* active_blocks = nullptr;          ///< unique blocks of active requests
  const std::int64_t* active_requests = nullptr;
  const std::int32_t* overlap_blocks = nullptr;        ///< believed cached, leading, this request
  const std::int32_t* shared_active_blocks = nullptr;  ///< of this request, in active sequences
  const double* prefill_s_per_token = nullptr;
  const std::uint8_t* eligible = nullptr;  ///< 0: not a candidate; null: all are
  /// What a policy counts or measures itself; the cost that reads them says what they are.
  const std::int64_t* own_counts = nullptr;
  const double* own_values = nullptr;
};

/// Declared reductions over the eligible candidates.
struct PoolRow {
  std::int64_t active_prefill_tokens_min = 0;
};

/// Fewest active requests. Reads active_requests.
struct LeastOutstandingCost {
  using value_type = std::int64_t;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_requests[i];
  }
};

/// Fewest active requests, of equals the lowest own_counts, which are below 2^40: for instance the
/// requests ever sent. Reads active_requests, own_counts.
struct LeastOutstandingThenOwnCost {
  using value_type = std::int64_t;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_requests[i] * (std::int64_t{1} << 40) + columns.own_counts[i];
  }
};

/// Fewest prompt tokens whose first token is still to come. Reads active_prefill_tokens.
struct LeastPrefillCost {
  using value_type = std::int64_t;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_prefill_tokens[i];
  }
};

/// Lowest own_counts.
struct LeastOwnCountCost {
  using value_type = std::int64_t;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.own_counts[i];
  }
};

/// Lowest own_values.
struct LeastOwnValueCost {
  using value_type = double;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.own_values[i];
  }
};

/// Time until the tokens in own_counts are worked off, plus a penalty in own_values: SMG's
/// least_load. Reads own_counts, own_values.
struct DrainTimeCost {
  using value_type = double;
  double tokens_per_s = 2000;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return exact_double(columns.own_counts[i]) / tokens_per_s + columns.own_values[i];
  }
};

/// Most overlap, of equals the fewest active requests, which are below 2^31. Reads overlap_blocks,
/// active_requests.
struct MostOverlapThenLeastOutstandingCost {
  using value_type = std::int64_t;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_requests[i] - columns.overlap_blocks[i] * (std::int64_t{1} << 31);
  }
};

/// Observed latency in own_values times requests in flight, the new one counted. Reads own_values,
/// active_requests.
struct LatencyTimesLoadCost {
  using value_type = double;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.own_values[i] * exact_double(columns.active_requests[i] + 1);
  }
};

/// Least estimated time to first token in seconds: tokens to compute before it, its own among them,
/// times the instance's seconds per token. Reads active_prefill_tokens, overlap_blocks,
/// prefill_s_per_token. At least one token of a prompt is computed, whatever is cached.
struct MinTtftCost {
  using value_type = double;
  std::int64_t block_tokens = 16;
  PIGOU_HD value_type operator()(const RequestRow& request, const InstanceColumns& columns,
                                 const PoolRow&, std::int64_t i) const {
    const std::int64_t cached = columns.overlap_blocks[i] * block_tokens;
    const std::int64_t most = request.input_tokens - 1;
    const std::int64_t uncached = request.input_tokens - (cached < most ? cached : most);
    return columns.prefill_s_per_token[i] *
           exact_double(columns.active_prefill_tokens[i] + uncached);
  }
};

/// The terms Dynamo's KV router adds up, in KV blocks. Parameter names are Dynamo's.
struct DynamoTerms {
  double prefill_load_scale = 1;
  double overlap_score_credit = 1;
  double overlap_score_credit_decay = 0;
  double decode_active_request_weight = 0;
  std::int64_t block_tokens = 16;
  bool lower_tiers = false;  ///< own_values holds credit in blocks for what lies below GPU memory

  /// Prefill blocks queued on the instance and brought by the request, less credit for what it is
  /// believed to hold. Credit decays with prefill load above the pool's least.
  PIGOU_HD double adjusted_prefill(const RequestRow& request, const InstanceColumns& columns,
                                   const PoolRow& pool, std::int64_t i) const {
    const double blocks_per_token = 1.0 / exact_double(block_tokens);
    const std::int64_t active = columns.active_prefill_tokens[i];
    const double raw = exact_double(active + request.input_tokens) * blocks_per_token;
    // The request's size here counts a partial block, whatever request.blocks does. Outside of the
    // condition, so that it leaves the loop over instances.
    const std::int64_t own = (request.input_tokens + block_tokens - 1) / block_tokens;
    double credit = overlap_score_credit;
    if (overlap_score_credit_decay > 0) {
      const std::int64_t above = active - pool.active_prefill_tokens_min;
      const double relative = exact_double(above) * blocks_per_token / exact_double(own);
      credit = credit / (1.0 + overlap_score_credit_decay * relative);
    }
    double credited = credit * static_cast<double>(columns.overlap_blocks[i]);
    if (lower_tiers) credited += columns.own_values[i];
    const double prefill = raw - credited;
    return prefill > 0 ? prefill : 0.0;
  }

  /// Unique blocks active on the instance once the request is there.
  PIGOU_HD double decode(const RequestRow& request, const InstanceColumns& columns,
                         std::int64_t i) const {
    return exact_double(columns.active_blocks[i] + request.blocks -
                        columns.shared_active_blocks[i]);
  }

  PIGOU_HD double active_requests(const InstanceColumns& columns, std::int64_t i) const {
    if (decode_active_request_weight == 0) return 0;
    return decode_active_request_weight * exact_double(columns.active_requests[i]);
  }
};

/// Dynamo, aggregated and prefill instances. Reads active_prefill_tokens, active_blocks,
/// active_requests, overlap_blocks, shared_active_blocks.
struct DynamoKvCost {
  using value_type = double;
  DynamoTerms terms;
  PIGOU_HD value_type operator()(const RequestRow& request, const InstanceColumns& columns,
                                 const PoolRow& pool, std::int64_t i) const {
    return terms.prefill_load_scale * terms.adjusted_prefill(request, columns, pool, i) +
           terms.decode(request, columns, i) + terms.active_requests(columns, i);
  }
};

/// Dynamo with router_selection_policy=lmetric: prefill blocks times decode blocks. Same columns.
struct DynamoLmetricCost {
  using value_type = double;
  DynamoTerms terms;
  PIGOU_HD value_type operator()(const RequestRow& request, const InstanceColumns& columns,
                                 const PoolRow& pool, std::int64_t i) const {
    return terms.adjusted_prefill(request, columns, pool, i) *
           (terms.decode(request, columns, i) + 1.0);
  }
};

/// Dynamo on the decode side, prefill tracking off: load alone, less credit, which ordinary P/D
/// sets to zero. Reads active_blocks, active_requests, overlap_blocks, shared_active_blocks.
struct DynamoDecodeCost {
  using value_type = double;
  DynamoTerms terms{.overlap_score_credit = 0};
  PIGOU_HD value_type operator()(const RequestRow& request, const InstanceColumns& columns,
                                 const PoolRow&, std::int64_t i) const {
    double credit = terms.overlap_score_credit * static_cast<double>(columns.overlap_blocks[i]);
    if (terms.lower_tiers && terms.overlap_score_credit > 0) credit += columns.own_values[i];
    const double load = terms.decode(request, columns, i) - credit;
    return (load > 0 ? load : 0.0) + terms.active_requests(columns, i);
  }
};

// Choices. Every choice gives each candidate an integer weight and picks the first candidate whose
// running sum of weights passes a uniformly drawn share of the total. Argmin weighs the best 1 and
// the rest 0, so that of k tied candidates it picks number floor(u * k) in order of their ids.

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
