// The blocks that a decode run takes: its cache hears of them late, when somebody looks.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cluster/engine/instance.hpp"

namespace pigou {

/// Blocks that run steps [popped, steps_started) allocate.
std::uint32_t pending_pops(const Instance& i, std::uint64_t steps_started);

/// Performs the allocations of the run's first `until` steps.
void materialise_steps(Instance& i, std::uint64_t until, SimTime time);

/// Performs the block allocations of steps started before `time` inside a run.
inline void materialise_run(Instance& i, SimTime time) {
  if (i.activity != Activity::kRun) return;
  materialise_steps(i, std::min(i.run.steps_started(time), i.run.steps), time);
}

/// Steps of a run whose events have left before `time`.
inline std::uint64_t steps_told(const Instance& i, SimTime time) {
  if (i.activity != Activity::kRun) return 0;
  if (i.tells_after_step) return i.run.steps_ended(time);
  return std::min(i.run.steps_started(time), i.run.steps);
}

/// When step `s` of a run tells what it evicts.
inline SimTime told_at(const Instance& i, std::uint64_t s) {
  return i.run.boundary(s + (i.tells_after_step ? 1 : 0));
}

/// When an engine tells of what happens between two steps at `now`: with the step under way.
SimTime told_with_step(const Instance& i, SimTime now);

/// Before when the run's first step, of those the cache has not seen, tells that it took a block
/// with a name; kNever if none does.
SimTime next_eviction(const Instance& i);

}  // namespace pigou
