// What a router may see of one decision, as plain data: the request's row, columns over instances,
// the pool's row.
#pragma once

#include <cstdint>

namespace pigou {

/// What a router knows of the request: never its output length.
struct RequestRow {
  std::int64_t input_tokens = 0;
  /// Blocks of the prompt; whether a last, partial one counts: ViewNeeds::whole_blocks.
  std::int64_t blocks = 0;
};

/// Columns over the candidates, indexed 0..count-1; kernels/columns.inc says what each is. A cost
/// reads only the columns it names (`reads()`); the others may be null. `overlap_blocks` and
/// `shared_active_blocks` belong to one request.
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

}  // namespace pigou
