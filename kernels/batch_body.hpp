// Many requests over many instances, as pointers to flat columns: the same view on host and device.
#pragma once

#include "kernels/route_body.hpp"

namespace pigou {

/// Requests of one batch see one of `states` cluster states: one for a window of requests before
/// one router, many for an ensemble of simulations. Load columns are [state][instance], request
/// columns [request][instance]. Null columns are those no cost of this batch reads.
struct BatchView {
  std::int64_t requests = 0;
  std::int64_t instances = 0;
  const RequestRow* request_rows = nullptr;  ///< [request]
  const std::uint32_t* state_of = nullptr;   ///< [request]
  const std::uint64_t* draws = nullptr;      ///< [request]
  const PoolRow* pools = nullptr;            ///< [state]
  const std::int64_t* active_prefill_tokens = nullptr;
  const std::int64_t* active_blocks = nullptr;
  const std::int64_t* active_requests = nullptr;
  const double* prefill_s_per_token = nullptr;
  const std::uint8_t* eligible = nullptr;  ///< [state][instance]
  const std::int32_t* overlap_blocks = nullptr;
  const std::int32_t* shared_active_blocks = nullptr;

  /// The columns request `r` sees.
  PIGOU_HD InstanceColumns columns(std::int64_t r) const {
    const std::int64_t state = static_cast<std::int64_t>(state_of[r]) * instances;
    const std::int64_t own = r * instances;
    return {instances,
            row(active_prefill_tokens, state),
            row(active_blocks, state),
            row(active_requests, state),
            row(overlap_blocks, own),
            row(shared_active_blocks, own),
            row(prefill_s_per_token, state),
            row(eligible, state)};
  }

 private:
  template <class T>
  PIGOU_HD static const T* row(const T* column, std::int64_t first) {
    return column == nullptr ? nullptr : column + first;
  }
};

}  // namespace pigou
