// The truth: all instances, their calls and the engine rules that move them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/engine/evictions.hpp"
#include "cluster/engine/gauges.hpp"
#include "cluster/engine/prefetch.hpp"
#include "cluster/engine/state.hpp"
#include "core/event_tree.hpp"
#include "core/ids.hpp"

namespace pigou {

/// Instances 0..n-1 are the event sources `first_source`.. of the caller's tree. Prefill and
/// aggregated pools come first, decode pools after them.
///
/// What is asked of a cluster, by call (cluster.cpp) and by step (engine/step.cpp). The state and
/// the rules that move it stand below it in engine/; what it adds is when: which events an instance
/// waits for, whose gauges are held, and whose evictions are due.
///
/// Invariant: an idle instance has no event; a starting one has its step start at this instant, one
/// in a step or a run has the end of that.
class Cluster : private EngineState {
 public:
  Cluster() = default;
  Cluster(const ClusterConfig& config, const SegmentedTrace* segments, std::uint32_t first_source)
      : EngineState(config, segments), first_source_(first_source) {}

  using EngineState::adapters;
  using EngineState::config;
  using EngineState::entry_instances;
  using EngineState::instances;
  using EngineState::max_loras;
  using EngineState::pool_of;
  const Instance& instance(InstanceId i) const { return at(i); }

  using EngineState::calls;
  using EngineState::inter_token;
  using EngineState::notices;

  /// Why a request of this size can never be served by `pool`; null when it can.
  static const char* rejects(const PoolConfig& pool, std::uint32_t input, std::uint32_t output);

  /// Puts a prepared call (input, target, row, ... filled in) at the back of the waiting queue.
  void enqueue(InstanceId instance, CallId call, SimTime now, EventTree& events);
  /// Starts loading the state of `instance`: with thousands of them, memory is what events wait
  /// for.
  void prefetch(InstanceId instance) const { prefetch_hot(at(instance)); }
  /// What materialise() of a run reads.
  void prefetch_run(InstanceId instance) const { pigou::prefetch_run(at(instance)); }
  /// Starts loading what the state of `instance` points to; prefetch() has run a while before.
  void prefetch_further(InstanceId instance) const { pigou::prefetch_further(at(instance), calls); }
  void prefetch_call(CallId call) const { pigou::prefetch_call(calls, call); }
  /// Handlers of the instance's own events.
  void start_step(InstanceId instance, SimTime now, EventTree& events);
  void end_step(InstanceId instance, SimTime now, EventTree& events);
  /// The KV of a loading call has arrived.
  void finish_loading(CallId call, SimTime now, EventTree& events);
  /// The KV of a loading call will never come: it lets go of its blocks at once (kAborted).
  void stop_loading(CallId call, SimTime now, EventTree& events);
  /// Frees the blocks of a pinned prefill call and drops it.
  void unpin(CallId call, SimTime now, EventTree& events);
  /// The client gave up. The call leaves at the engine's next step boundary (loading: on arrival).
  void abort(CallId call, SimTime now, EventTree& events);

  /// The instance dies: every call on it is lost, its cache is gone. In order of requests.
  void fail(InstanceId instance, SimTime now, EventTree& events);
  /// Nothing is on the instance: its cache is given up.
  void clear_cache(InstanceId instance, SimTime now);
  /// Takes a call that was never admitted out of its waiting queue; false if it is not there.
  bool withdraw(CallId call, SimTime now, EventTree& events);
  /// A running or waiting call leaves at its engine's next boundary (kDeparted); with `keep_kv` it
  /// stays pinned there until pulled.
  void depart(CallId call, bool keep_kv, SimTime now, EventTree& events);
  /// A call that was to depart stays after all.
  void stay(CallId call);

  using EngineState::generated;
  using EngineState::occupied;
  /// State at `time`, which no handler has passed: after all step starts before it.
  Gauges state(InstanceId instance, SimTime time) const { return gauges_at(*this, instance, time); }
  /// From now on gauges() is asked.
  void publish_gauges() { gauges_ = PublishedGauges(instances()); }
  /// What the instance has published by `time` (PublishedGauges).
  Gauges gauges(InstanceId instance, SimTime time) const {
    return gauges_.gauges(*this, instance, time);
  }
  /// AdapterBook::sets at that instant.
  std::span<const std::uint64_t> adapter_gauges(InstanceId instance, SimTime time) const {
    return gauges_.adapters(*this, instance, time);
  }
  /// The instance is about to change at `now`: its gauges stay as they are until a step ends.
  void hold_gauges(InstanceId instance, SimTime now) { gauges_.hold(*this, instance, now); }
  /// Performs the block allocations of steps started before `time` inside a run.
  void materialise(InstanceId instance, SimTime time) { materialise_run(at(instance), time); }
  /// Leading blocks of `path`, at most `limit`, that a call scheduled at `now` would find.
  std::uint32_t cached_blocks(InstanceId instance, const PathView& path, std::uint32_t limit,
                              SimTime now) const {
    return answers.cached_blocks(*this, instance, path, limit, now);
  }
  std::vector<KvEvent>& kv_events(InstanceId instance) { return at(instance).cache.events(); }
  /// The first `count` instances, entry ones first, record them from now on.
  void record_kv_events(std::uint32_t count) {
    evictions_ = RunEvictions(count);
    for (InstanceId i = 0; i < count; ++i) at(i).cache.record_events(true);
  }
  /// Materialises, up to `time`, every publisher whose run has evicted something since it was last
  /// looked at, after before(instance). Returns who they are, in order; valid until the next call.
  template <class Before>
  const std::vector<std::uint32_t>& take_evictions(SimTime time, Before before) {
    return evictions_.take(*this, time, before);
  }
  /// Counts blocks and seats of every instance against its calls; throws InternalError.
  using EngineState::check_laws;

 private:
  void begin_run(InstanceId instance, bool one_step, SimTime now, EventTree& events);
  void begin_step(InstanceId instance, SimTime now, EventTree& events);
  void interrupt(InstanceId instance, SimTime now, EventTree& events);
  void plan_again(InstanceId instance, SimTime now, EventTree& events);
  /// There is something to do: an idle instance starts a step.
  void wake(InstanceId instance, SimTime now, EventTree& events) {
    Instance& i = at(instance);
    if (i.activity != Activity::kIdle) return;
    i.activity = Activity::kStarting;
    events.set(first_source_ + instance, now, Phase::kStepStart);
  }

  std::uint32_t first_source_ = 0;
  RunEvictions evictions_;
  PublishedGauges gauges_;
};

}  // namespace pigou
