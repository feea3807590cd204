// Costs of load alone: what the router has booked there. Lower is better; the type, int64 or
// double, is the cost's exactness.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/host_device.hpp"

namespace pigou {

/// Fewest active requests.
struct LeastOutstandingCost {
  using value_type = std::int64_t;
  constexpr ColumnReads reads() const { return ColumnReads(Column::kActiveRequests); }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_requests[i];
  }
};

/// Fewest active requests, of equals the lowest own_counts, which are below 2^40: for instance the
/// requests ever sent.
struct LeastOutstandingThenOwnCost {
  using value_type = std::int64_t;
  constexpr ColumnReads reads() const {
    return ColumnReads(Column::kActiveRequests, Column::kOwnCounts);
  }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_requests[i] * (std::int64_t{1} << 40) + columns.own_counts[i];
  }
};

/// Fewest active blocks.
struct LeastBlocksCost {
  using value_type = std::int64_t;
  constexpr ColumnReads reads() const { return ColumnReads(Column::kActiveBlocks); }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_blocks[i];
  }
};

/// Fewest prompt tokens whose first token is still to come.
struct LeastPrefillCost {
  using value_type = std::int64_t;
  constexpr ColumnReads reads() const { return ColumnReads(Column::kActivePrefillTokens); }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.active_prefill_tokens[i];
  }
};

}  // namespace pigou
