// What one router replica keeps beside its load columns.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ids.hpp"
#include "view/beliefs/prefix_index.hpp"
#include "view/beliefs/separable.hpp"

namespace pigou {

/// A KV event as the router has it: `instance` holds the first `held` blocks of `segment`.
struct SeenKvEvent {
  InstanceId instance;
  SegmentId segment;
  std::uint32_t held;
};

/// Believed caches and shared blocks, and the trees over the replica's own bookings. Replicas hear
/// the same KV events but send different requests, so each has its own.
struct Belief {
  PrefixIndex index;
  SeparableChoice separable;
  bool logs = false;  ///< events are kept in `log` as they are applied, for a router elsewhere
  std::vector<SeenKvEvent> log;
};

}  // namespace pigou
