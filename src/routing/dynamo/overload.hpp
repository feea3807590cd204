// Dynamo's busy thresholds: workers above one take no requests. Source: ai-dynamo/dynamo
// lib/llm/src/discovery/worker_monitor.rs, as read in August 2026.
#pragma once

#include <vector>

#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// Each threshold is off at 0. A worker above any of them is overloaded.
struct DynamoThresholds {
  double active_decode_blocks = 0;        ///< share of its KV blocks, booked or reported in use
  double active_prefill_tokens = 0;       ///< tokens
  double active_prefill_tokens_frac = 0;  ///< times what one step takes
  bool reported = false;                  ///< workers report the KV they use
};

class DynamoOverload {
 public:
  explicit DynamoOverload(const DynamoThresholds& thresholds) : thresholds_(thresholds) {}

  bool on() const {
    return thresholds_.active_decode_blocks > 0 || thresholds_.active_prefill_tokens > 0 ||
           thresholds_.active_prefill_tokens_frac > 0;
  }
  /// Whether instance `i` of the side is above a threshold.
  bool overloaded(RouterView& view, const FleetSide& side, std::uint32_t i) const;
  /// Hides the overloaded from the side, until the next call. False when nobody is left.
  bool hide(RouterView& view, FleetSide& side);

 private:
  DynamoThresholds thresholds_;
  std::vector<std::uint8_t> free_;
};

}  // namespace pigou
