// Dynamo's credits for KV below GPU memory. Source: ai-dynamo/dynamo
// lib/kv-router/src/scheduling/{selector/default.rs@07a6c9ce3bb0, overlap.rs@13a4eeab3ff9}.
#pragma once

#include <vector>

#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// Credit per block in host memory, on disk, and in a cache that all workers share. A block counts
/// where it is nearest: host and disk count behind the GPU's prefix, as does the shared cache,
/// whatever host and disk hold. Neither the credit on the GPU's own blocks nor its decay touches
/// these. Off where the fleet has nothing below GPU memory.
class DynamoTiers {
 public:
  DynamoTiers() = default;
  DynamoTiers(double host, double disk, double shared, bool present)
      : host_(host), disk_(disk), shared_(shared), present_(present) {}

  bool on() const { return present_; }
  /// Puts the credit, in blocks, into the side's own_values, until the next call. Only where on().
  void credit(RouterView& view, FleetSide& side);
  /// Blocks of the open request that count as cached on instance `i`: the GPU's, and host's and
  /// disk's by their weights. The side's overlap has been measured.
  double cached_blocks(RouterView& view, const FleetSide& side, std::uint32_t i) const;

 private:
  double host_ = 0, disk_ = 0, shared_ = 0;
  bool present_ = false;
  std::vector<double> credit_;
};

}  // namespace pigou
