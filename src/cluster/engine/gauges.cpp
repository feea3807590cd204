// What an instance shows: vLLM publishes its gauges once per step, when the step has ended
// (vllm/v1/core/sched/scheduler.py@00024d314514, make_stats in update_from_output).
#include <algorithm>

#include "cluster/cluster.hpp"

namespace pigou {

Gauges Cluster::state(std::uint32_t instance, SimTime time) const {
  const Instance& i = instances_[instance];
  Gauges gauges = present(i);
  if (i.activity == Activity::kRun)
    gauges.used_blocks += pending_pops(i, std::min(i.run.steps_started(time), i.run.steps));
  return gauges;
}

/// As the lists and the cache say.
Gauges Cluster::present(const Instance& i) const {
  const auto total = static_cast<std::uint32_t>(config_.pools[i.pool].kv_blocks);
  return {i.running.count, i.waiting.count + i.ready.count + i.loading,
          total - i.cache.free_blocks()};
}

/// Blocks in use when `run_steps` steps of the run have ended. The cache may have seen one more,
/// the step under way.
std::uint32_t Cluster::used_after(const Instance& i, std::uint64_t run_steps) const {
  std::uint32_t used = present(i).used_blocks + pending_pops(i, run_steps);
  for (std::uint64_t s = run_steps; s < i.run.popped; ++s) used -= i.phase[i.phase_of(s)];
  return used;
}

/// Waiting calls that came after `time`: an engine takes them in when its step is over. They stand
/// last; those sent back to the queue stand first.
std::uint32_t Cluster::came_after(const Instance& i, SimTime time) const {
  std::uint32_t count = 0;
  for (std::uint32_t call = i.waiting.tail; call != kNoIndex; call = calls[call].prev) {
    if (calls[call].enqueued <= time) break;
    ++count;
  }
  return count;
}

/// At the end of step `run_steps` - 1 of a run, if nothing has changed since.
Gauges Cluster::at_boundary(const Instance& i, std::uint64_t run_steps) const {
  Gauges gauges = present(i);
  gauges.used_blocks = used_after(i, run_steps);
  gauges.waiting -= came_after(i, i.run.boundary(run_steps - 1));
  return gauges;
}

Gauges Cluster::gauges(std::uint32_t instance, SimTime time) const {
  const Instance& i = instances_[instance];
  if (i.activity == Activity::kIdle) return present(i);
  const Shown& shown = shown_[instance];
  if (i.activity != Activity::kRun) return shown.gauges;
  const std::uint64_t ended = i.run.steps_ended(time);
  return i.step + ended == shown.step ? shown.gauges : at_boundary(i, ended);
}

std::span<const std::uint64_t> Cluster::adapter_gauges(std::uint32_t instance, SimTime time) const {
  const Instance& i = instances_[instance];
  const std::size_t words = 2 * std::size_t{adapters_.words()};
  const bool held =
      i.activity != Activity::kIdle &&
      (i.activity != Activity::kRun || i.step + i.run.steps_ended(time) == shown_[instance].step);
  // Nobody has changed since the run began: the book is as it was.
  if (!held || shown_adapters_.empty()) return adapters_.sets(instance);
  return {shown_adapters_.data() + instance * words, words};
}

void Cluster::hold_gauges(std::uint32_t instance, SimTime now) {
  const Instance& i = instances_[instance];
  if (i.activity == Activity::kIdle) return show(instance, present(i), i.step);
  if (i.activity != Activity::kRun) return;
  const std::uint64_t ended = i.run.steps_ended(now);
  if (i.step + ended != shown_[instance].step)
    show(instance, at_boundary(i, ended), i.step + ended);
}

void Cluster::show(std::uint32_t instance, const Gauges& gauges, std::uint64_t step) {
  shown_[instance] = {gauges, step};
  if (!adapters_.on()) return;
  const std::size_t words = 2 * std::size_t{adapters_.words()};
  shown_adapters_.resize(words * instances_.size());
  std::ranges::copy(adapters_.sets(instance),
                    shown_adapters_.begin() + static_cast<std::ptrdiff_t>(instance * words));
}

}  // namespace pigou
