#include "cluster/engine/run_blocks.hpp"

#include <algorithm>

namespace pigou {

std::uint32_t pending_pops(const Instance& i, std::uint64_t steps_started) {
  if (steps_started <= i.run.popped) return 0;
  const std::uint64_t steps = steps_started - i.run.popped;
  const std::uint64_t period = i.block_tokens;
  std::uint64_t blocks = steps / period * i.decode_count;
  std::uint32_t phase = i.phase_of(i.run.popped);
  for (std::uint64_t s = 0; s < steps % period; ++s, phase = i.next_phase(phase))
    blocks += i.phase[phase];
  return static_cast<std::uint32_t>(blocks);
}

void materialise_steps(Instance& i, std::uint64_t until, SimTime time) {
  if (i.activity != Activity::kRun || until <= i.run.popped) return;
  if (i.cache.records_events()) {
    // Evictions reach routers with the time of the step that caused them.
    std::uint32_t phase = i.phase_of(i.run.popped);
    for (std::uint64_t s = i.run.popped; s < until; ++s, phase = i.next_phase(phase))
      if (const std::uint32_t blocks = i.phase[phase]) i.cache.allocate(blocks, told_at(i, s));
  } else if (const std::uint32_t blocks = pending_pops(i, until)) {
    i.cache.allocate(blocks, time);
  }
  i.run.popped = until;
  i.least_free = std::min(i.least_free, i.cache.free_blocks());
}

SimTime next_eviction(const Instance& i) {
  if (i.activity != Activity::kRun) return kNever;
  // Whole periods of blocks without one pass at once.
  std::uint32_t left = i.cache.nameless_head();
  std::uint64_t s = i.run.popped;
  if (left >= i.decode_count) {
    s += std::uint64_t{left / i.decode_count} * i.block_tokens;
    left %= i.decode_count;
  }
  if (s >= i.run.steps) return kNever;
  const SimTime early{i.tells_after_step ? 1 : 0};
  for (std::uint32_t phase = i.phase_of(s); s < i.run.steps; ++s, phase = i.next_phase(phase)) {
    if (i.phase[phase] > left) return told_at(i, s) - early;
    left -= i.phase[phase];
  }
  return kNever;
}

SimTime told_with_step(const Instance& i, SimTime now) {
  if (!i.cache.records_events() || !i.tells_after_step) return now;
  if (i.activity == Activity::kRun) return i.run.boundary(i.run.steps_started(now));
  return i.activity == Activity::kStep ? i.run.start + SimTime{i.step_ps} : now;
}

}  // namespace pigou
