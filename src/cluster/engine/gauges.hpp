// What an instance shows: vLLM publishes its gauges once per step, when the step has ended
// (vllm/v1/core/sched/scheduler.py@00024d314514, make_stats in update_from_output).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/engine/state.hpp"
#include "core/ids.hpp"

namespace pigou {

/// How loaded an instance is, as its metrics endpoint would say.
struct Gauges {
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;  ///< calls whose KV is on its way among them
  std::uint32_t used_blocks = 0;
};

/// State at `time`, which no handler has passed: after all step starts before it.
Gauges gauges_at(const EngineState& state, InstanceId instance, SimTime time);

/// What instances last published. Inside a decode run that is a closed form of the steps that have
/// ended, so nothing is done per step; what somebody is about to change is held before.
///
/// Invariant: the values kept for an instance are those at the end of its step number `step`. They
/// hold until another has ended: an idle engine says how it is, and one in a run whose steps have
/// gone on since shows what they left, as nobody has come or gone without a hold().
class PublishedGauges {
 public:
  /// Nobody asks: nothing is kept.
  PublishedGauges() = default;
  explicit PublishedGauges(std::uint32_t instances) : shown_(instances) {}

  /// Whether anybody asks; nothing else may be called where nobody does.
  bool asked() const { return !shown_.empty(); }
  /// What the instance has published by `time`: its state when its last step ended. Whoever came
  /// while that step ran is not in it. An engine that computes nothing says how it is.
  Gauges gauges(const EngineState& state, InstanceId instance, SimTime time) const;
  /// AdapterBook::sets at that instant.
  std::span<const std::uint64_t> adapters(const EngineState& state, InstanceId instance,
                                          SimTime time) const;
  /// The instance is about to change at `now`: its gauges stay as they are until a step ends.
  void hold(const EngineState& state, InstanceId instance, SimTime now);
  /// The step that `began` then has ended.
  void step_ended(const EngineState& state, InstanceId instance, SimTime began);

 private:
  /// What an instance last published, and how many steps it had finished then.
  struct Shown {
    Gauges gauges;
    std::uint64_t step = 0;
  };

  void show(const EngineState& state, InstanceId instance, const Gauges& gauges,
            std::uint64_t step);

  std::vector<Shown> shown_;
  std::vector<std::uint64_t> adapters_;  ///< AdapterBook::sets, by instance; empty before the first
};

}  // namespace pigou
