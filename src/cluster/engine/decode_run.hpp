// A decode run: many engine steps that are one event.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.hpp"

namespace pigou {

/// A decode run: `steps` steps from `start`, the i-th lasting first_ps + i * growth_ps. All that is
/// asked of it is exact integer arithmetic, so one event gives the bytes of one event a step.
/// Invariants: first_ps > 0, growth_ps >= 0; popped <= steps.
struct DecodeRun {
  SimTime start;
  std::int64_t first_ps = 0;
  std::int64_t growth_ps = 0;
  std::uint64_t steps = 0;
  std::uint64_t popped = 0;  ///< steps whose block allocations the cache has already seen

  /// Start of step i, or end of step i - 1.
  SimTime boundary(std::uint64_t i) const {
    const auto n = static_cast<std::int64_t>(i);
    return {start.ps + n * first_ps + growth_ps * (n * (n - 1) / 2)};
  }
  /// Where the whole run ends, or just past the end of simulated time if that comes first.
  SimTime end() const {
    const auto n = static_cast<Int128>(steps);
    const Int128 ps = start.ps + n * first_ps + growth_ps * (n * (n - 1) / 2);
    return {static_cast<std::int64_t>(std::min<Int128>(ps, Int128{kLongest.ps} + 1))};
  }
  /// Smallest i with boundary(i) >= time: a square root, corrected by the exact integer sum.
  std::uint64_t steps_started(SimTime time) const;
  /// Steps that have ended by `time`.
  std::uint64_t steps_ended(SimTime time) const {
    if (time < start) return 0;
    return std::min(steps, steps_started(time + SimTime{1}) - 1);
  }
};

}  // namespace pigou
