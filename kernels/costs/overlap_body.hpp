// Costs that credit what is believed cached of the prompt.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/host_device.hpp"

namespace pigou {

/// Most overlap, of equals the fewest active requests, which are below 2^31.
struct MostOverlapThenLeastOutstandingCost {
  using value_type = std::int64_t;
  constexpr ColumnReads reads() const {
    return ColumnReads(Column::kOverlapBlocks, Column::kActiveRequests);
  }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_requests[i] - columns.overlap_blocks[i] * (std::int64_t{1} << 31);
  }
};

/// Least estimated time to first token in seconds: tokens to compute before it, its own among them,
/// times the instance's seconds per token. At least one token of a prompt is computed, whatever is
/// cached.
struct MinTtftCost {
  using value_type = double;
  constexpr ColumnReads reads() const {
    return ColumnReads(Column::kActivePrefillTokens, Column::kOverlapBlocks,
                       Column::kPrefillSPerToken);
  }
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

}  // namespace pigou
