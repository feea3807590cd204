// The costs of Dynamo's KV router, in KV blocks.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/host_device.hpp"

namespace pigou {

/// The terms Dynamo's KV router adds up, in KV blocks. Parameter names are Dynamo's.
struct DynamoTerms {
  double prefill_load_scale = 1;
  double overlap_score_credit = 1;
  double overlap_score_credit_decay = 0;
  double decode_active_request_weight = 0;
  std::int64_t block_tokens = 16;
  bool lower_tiers = false;  ///< own_values holds credit in blocks for what lies below GPU memory

  static constexpr ColumnRead kTierCredit{Column::kOwnValues, "lower_tier_credit_blocks", "blocks",
                                          "credit for what is cached there below GPU memory"};

  /// Columns of what is switched on.
  constexpr ColumnReads credit_reads(bool credited) const {
    ColumnReads reads(Column::kOverlapBlocks);
    if (lower_tiers && credited) reads.add(kTierCredit);
    return reads;
  }
  constexpr ColumnReads decode_reads(ColumnReads reads) const {
    reads.add(Column::kActiveBlocks).add(Column::kSharedActiveBlocks);
    if (decode_active_request_weight != 0) reads.add(Column::kActiveRequests);
    return reads;
  }

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

/// Dynamo, aggregated and prefill instances.
struct DynamoKvCost {
  using value_type = double;
  DynamoTerms terms;
  constexpr ColumnReads reads() const {
    return terms.decode_reads(terms.credit_reads(true).add(Column::kActivePrefillTokens));
  }
  PIGOU_HD value_type operator()(const RequestRow& request, const InstanceColumns& columns,
                                 const PoolRow& pool, std::int64_t i) const {
    return terms.prefill_load_scale * terms.adjusted_prefill(request, columns, pool, i) +
           terms.decode(request, columns, i) + terms.active_requests(columns, i);
  }
};

/// Dynamo with router_selection_policy=lmetric: prefill blocks times decode blocks.
struct DynamoLmetricCost {
  using value_type = double;
  DynamoTerms terms;
  constexpr ColumnReads reads() const {
    return terms.credit_reads(true)
        .add(Column::kActivePrefillTokens)
        .add(Column::kActiveBlocks)
        .add(Column::kSharedActiveBlocks);
  }
  PIGOU_HD value_type operator()(const RequestRow& request, const InstanceColumns& columns,
                                 const PoolRow& pool, std::int64_t i) const {
    return terms.adjusted_prefill(request, columns, pool, i) *
           (terms.decode(request, columns, i) + 1.0);
  }
};

/// Dynamo on the decode side, prefill tracking off: load alone, less credit, which ordinary P/D
/// sets to zero.
struct DynamoDecodeCost {
  using value_type = double;
  DynamoTerms terms{.overlap_score_credit = 0};
  constexpr ColumnReads reads() const {
    return terms.decode_reads(terms.credit_reads(terms.overlap_score_credit > 0));
  }
  PIGOU_HD value_type operator()(const RequestRow& request, const InstanceColumns& columns,
                                 const PoolRow&, std::int64_t i) const {
    double credit = terms.overlap_score_credit * static_cast<double>(columns.overlap_blocks[i]);
    if (terms.lower_tiers && terms.overlap_score_credit > 0) credit += columns.own_values[i];
    const double load = terms.decode(request, columns, i) - credit;
    return (load > 0 ? load : 0.0) + terms.active_requests(columns, i);
  }
};

}  // namespace pigou
