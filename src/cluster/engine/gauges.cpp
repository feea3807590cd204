#include "cluster/engine/gauges.hpp"

#include <algorithm>

#include "cluster/engine/run_blocks.hpp"

namespace pigou {
namespace {

/// As the lists and the cache say.
Gauges present(const EngineState& state, const Instance& i) {
  const auto total = static_cast<std::uint32_t>(state.pool(i).kv_blocks);
  return {i.running.count, i.waiting.count + i.ready.count + i.loading,
          total - i.cache.free_blocks()};
}

/// Blocks in use when `run_steps` steps of the run have ended. The cache may have seen one more,
/// the step under way.
std::uint32_t used_after(const EngineState& state, const Instance& i, std::uint64_t run_steps) {
  std::uint32_t used = present(state, i).used_blocks + pending_pops(i, run_steps);
  for (std::uint64_t s = run_steps; s < i.run.popped; ++s) used -= i.phase[i.phase_of(s)];
  return used;
}

/// Waiting calls that came after `time`: an engine takes them in when its step is over. They stand
/// last; those sent back to the queue stand first.
std::uint32_t came_after(const EngineState& state, const Instance& i, SimTime time) {
  std::uint32_t count = 0;
  for (CallId call = i.waiting.tail; call != kNoIndex; call = state.calls[call].prev) {
    if (state.calls[call].enqueued <= time) break;
    ++count;
  }
  return count;
}

/// At the end of step `run_steps` - 1 of a run, if nothing has changed since.
Gauges at_boundary(const EngineState& state, const Instance& i, std::uint64_t run_steps) {
  Gauges gauges = present(state, i);
  gauges.used_blocks = used_after(state, i, run_steps);
  gauges.waiting -= came_after(state, i, i.run.boundary(run_steps - 1));
  return gauges;
}

}  // namespace

Gauges gauges_at(const EngineState& state, InstanceId instance, SimTime time) {
  const Instance& i = state.at(instance);
  Gauges gauges = present(state, i);
  if (i.activity == Activity::kRun)
    gauges.used_blocks += pending_pops(i, std::min(i.run.steps_started(time), i.run.steps));
  return gauges;
}

Gauges PublishedGauges::gauges(const EngineState& state, InstanceId instance, SimTime time) const {
  const Instance& i = state.at(instance);
  if (i.activity == Activity::kIdle) return present(state, i);
  const Shown& shown = shown_[instance];
  if (i.activity != Activity::kRun) return shown.gauges;
  const std::uint64_t ended = i.run.steps_ended(time);
  return i.step + ended == shown.step ? shown.gauges : at_boundary(state, i, ended);
}

std::span<const std::uint64_t> PublishedGauges::adapters(const EngineState& state,
                                                         InstanceId instance, SimTime time) const {
  const Instance& i = state.at(instance);
  const std::size_t words = 2 * std::size_t{state.adapters().words()};
  const bool held =
      i.activity != Activity::kIdle &&
      (i.activity != Activity::kRun || i.step + i.run.steps_ended(time) == shown_[instance].step);
  // Nobody has changed since the run began: the book is as it was.
  if (!held || adapters_.empty()) return state.adapters().sets(instance);
  return {adapters_.data() + instance * words, words};
}

void PublishedGauges::hold(const EngineState& state, InstanceId instance, SimTime now) {
  const Instance& i = state.at(instance);
  if (i.activity == Activity::kIdle) return show(state, instance, present(state, i), i.step);
  if (i.activity != Activity::kRun) return;
  const std::uint64_t ended = i.run.steps_ended(now);
  if (i.step + ended != shown_[instance].step)
    show(state, instance, at_boundary(state, i, ended), i.step + ended);
}

void PublishedGauges::step_ended(const EngineState& state, InstanceId instance, SimTime began) {
  const Instance& i = state.at(instance);
  Gauges gauges = present(state, i);
  gauges.waiting -= came_after(state, i, began);
  show(state, instance, gauges, i.step);
}

void PublishedGauges::show(const EngineState& state, InstanceId instance, const Gauges& gauges,
                           std::uint64_t step) {
  shown_[instance] = {gauges, step};
  if (!state.adapters().on()) return;
  const std::size_t words = 2 * std::size_t{state.adapters().words()};
  adapters_.resize(words * state.instances());
  std::ranges::copy(state.adapters().sets(instance),
                    adapters_.begin() + static_cast<std::ptrdiff_t>(instance * words));
}

}  // namespace pigou
