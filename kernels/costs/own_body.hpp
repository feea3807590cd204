// Costs over what a policy counts or measures itself. Its declaration says what that is.
#pragma once

#include "kernels/columns.hpp"
#include "kernels/host_device.hpp"

namespace pigou {

/// Lowest own_counts.
struct LeastOwnCountCost {
  using value_type = std::int64_t;
  constexpr ColumnReads reads() const { return ColumnReads(Column::kOwnCounts); }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.own_counts[i];
  }
};

/// Lowest own_values.
struct LeastOwnValueCost {
  using value_type = double;
  constexpr ColumnReads reads() const { return ColumnReads(Column::kOwnValues); }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.own_values[i];
  }
};

/// Time until the tokens in own_counts are worked off, plus a penalty in own_values: SMG's
/// least_load.
struct DrainTimeCost {
  using value_type = double;
  static constexpr ColumnRead kLoad{Column::kOwnCounts, "load_tokens", "tokens",
                                    "tokens to work off there"};
  static constexpr ColumnRead kPenalty{Column::kOwnValues, "penalty_s", "s",
                                       "time added to theirs"};
  constexpr ColumnReads reads() const { return ColumnReads().add(kLoad).add(kPenalty); }
  double tokens_per_s = 2000;
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return exact_double(columns.own_counts[i]) / tokens_per_s + columns.own_values[i];
  }
};

/// Observed latency in own_values times requests in flight, the new one counted.
struct LatencyTimesLoadCost {
  using value_type = double;
  static constexpr ColumnRead kLatency{Column::kOwnValues, "latency_s", "s",
                                       "mean latency observed there"};
  constexpr ColumnReads reads() const { return ColumnReads(Column::kActiveRequests).add(kLatency); }
  PIGOU_HD value_type operator()(const RequestRow&, const InstanceColumns& columns, const PoolRow&,
                                 std::int64_t i) const {
    return columns.own_values[i] * exact_double(columns.active_requests[i] + 1);
  }
};

}  // namespace pigou
