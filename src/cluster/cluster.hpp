// The truth: all instances, their calls and the engine rules that move them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "cluster/config.hpp"
#include "cluster/engine/adapter_book.hpp"
#include "cluster/engine/instance.hpp"
#include "cluster/latency_histogram.hpp"
#include "core/due_table.hpp"
#include "core/event_tree.hpp"
#include "core/load_ahead.hpp"
#include "workload/segments.hpp"

namespace pigou {

/// What the engine tells the simulation, in order, drained after every engine call.
struct Notice {
  enum class Kind : std::uint8_t {
    kAdmitted,  ///< first time on a seat (or its blocks reserved); value: hit tokens
    kToken,     ///< emitted its first token on this engine, or its first since it was resumed
    kFinished,  ///< emitted its last token; a prefill call is pinned now, others are gone
    kPreempted,
    kTransferWanted,  ///< decode blocks are reserved; value: prompt tokens to move
    kAborted,         ///< left because its client gave up
    kLost,            ///< its instance failed; value: tokens generated so far
    kDeparted,        ///< left to go on elsewhere; value as above
  };
  Kind kind;
  std::uint32_t call;
  std::uint64_t value;
};

/// How loaded an instance is, as its metrics endpoint would say.
struct Gauges {
  std::uint32_t running = 0;
  std::uint32_t waiting = 0;  ///< calls whose KV is on its way among them
  std::uint32_t used_blocks = 0;
};

/// Instances 0..n-1 are the event sources `first_source`.. of the caller's tree. Prefill and
/// aggregated pools come first, decode pools after them.
class Cluster {
 public:
  Cluster() = default;
  Cluster(const ClusterConfig& config, const SegmentedTrace* segments, std::uint32_t first_source);

  std::uint32_t instances() const { return static_cast<std::uint32_t>(instances_.size()); }
  /// Instances [0, entry_instances()) take arrivals; the rest are decode instances.
  std::uint32_t entry_instances() const { return entry_instances_; }
  const PoolConfig& pool_of(std::uint32_t instance) const {
    return config_.pools[instances_[instance].pool];
  }
  const ClusterConfig& config() const { return config_; }
  /// LoRA adapters in use by instance; off where the trace has none.
  const AdapterBook& adapters() const { return adapters_; }
  /// Adapters one step of `instance` may mix.
  std::uint32_t max_loras(std::uint32_t instance) const {
    const std::uint32_t limit = pool_of(instance).engine.max_loras;
    return limit > 0 ? limit : adapters_.adapters();
  }
  const Instance& instance(std::uint32_t i) const { return instances_[i]; }

  CallArena calls;
  std::vector<Notice> notices;
  LatencyHistogram inter_token;

  /// Why a request of this size can never be served by `pool`; null when it can.
  static const char* rejects(const PoolConfig& pool, std::uint32_t input, std::uint32_t output);

  /// Puts a prepared call (input, target, row, ... filled in) at the back of the waiting queue.
  void enqueue(std::uint32_t instance, std::uint32_t call, SimTime now, EventTree& events);
  /// Starts loading the state of `instance`: with thousands of them, memory is what events wait
  /// for.
  void prefetch(std::uint32_t instance) const {
    const auto* line = reinterpret_cast<const char*>(&instances_[instance]);
    for (std::size_t at = 0; at < kHotBytes; at += 64) load_ahead(line + at);
  }
  /// What materialise() of a run reads.
  void prefetch_run(std::uint32_t instance) const {
    const Instance& i = instances_[instance];
    const auto* line = reinterpret_cast<const char*>(&i.run);
    load_ahead(&i);
    load_ahead(line);
    load_ahead(&i.phase);
    line = reinterpret_cast<const char*>(&i.cache);
    for (std::size_t at = 0; at < sizeof i.cache; at += 64) load_ahead(line + at);
  }
  /// Starts loading what the state of `instance` points to; prefetch() has run a while before.
  void prefetch_further(std::uint32_t instance) const;
  void prefetch_call(std::uint32_t call) const {
    if (call == kNoIndex) return;
    const auto* line = reinterpret_cast<const char*>(&calls[call]);
    load_ahead(line);
    load_ahead(line + 64);
  }
  /// Handlers of the instance's own events.
  void start_step(std::uint32_t instance, SimTime now, EventTree& events);
  void end_step(std::uint32_t instance, SimTime now, EventTree& events);
  /// The KV of a loading call has arrived.
  void finish_loading(std::uint32_t call, SimTime now, EventTree& events);
  /// The KV of a loading call will never come: it lets go of its blocks at once (kAborted).
  void stop_loading(std::uint32_t call, SimTime now, EventTree& events);
  /// Frees the blocks of a pinned prefill call and drops it.
  void unpin(std::uint32_t call, SimTime now, EventTree& events);
  /// The client gave up. The call leaves at the engine's next step boundary (loading: on arrival).
  void abort(std::uint32_t call, SimTime now, EventTree& events);

  /// The instance dies: every call on it is lost, its cache is gone. In order of requests.
  void fail(std::uint32_t instance, SimTime now, EventTree& events);
  /// Nothing is on the instance: its cache is given up.
  void clear_cache(std::uint32_t instance, SimTime now);
  /// Takes a call that was never admitted out of its waiting queue; false if it is not there.
  bool withdraw(std::uint32_t call, SimTime now, EventTree& events);
  /// A running or waiting call leaves at its engine's next boundary (kDeparted); with `keep_kv` it
  /// stays pinned there until pulled.
  void depart(std::uint32_t call, bool keep_kv, SimTime now, EventTree& events);
  /// A call that was to depart stays after all.
  void stay(std::uint32_t call);
  /// Whether any call is on `instance`.
  bool occupied(std::uint32_t instance) const;

  /// Tokens after the prompt that `call` has emitted by `time`, all step ends up to which have been
  /// handled, and no later one.
  std::uint32_t generated(std::uint32_t call, SimTime time) const;
  /// State at `time`, which no handler has passed: after all step starts before it.
  Gauges state(std::uint32_t instance, SimTime time) const;
  /// From now on gauges() is asked.
  void publish_gauges() { shown_.resize(instances_.size()); }
  /// What the instance has published by `time`: its state when its last step ended. Whoever came
  /// while that step ran is not in it. An engine that computes nothing says how it is.
  Gauges gauges(std::uint32_t instance, SimTime time) const;
  /// AdapterBook::sets at that instant.
  std::span<const std::uint64_t> adapter_gauges(std::uint32_t instance, SimTime time) const;
  /// The instance is about to change at `now`: its gauges stay as they are until a step ends.
  void hold_gauges(std::uint32_t instance, SimTime now);
  /// Performs the block allocations of steps started before `time` inside a run.
  void materialise(std::uint32_t instance, SimTime time);
  /// Leading blocks of `path`, at most `limit`, that a call scheduled at `now` would find.
  std::uint32_t cached_blocks(std::uint32_t instance, const PathView& path, std::uint32_t limit,
                              SimTime now) const;
  std::vector<KvEvent>& kv_events(std::uint32_t instance) {
    return instances_[instance].cache.events();
  }
  /// The first `count` instances, entry ones first, record them from now on.
  void record_kv_events(std::uint32_t count) {
    publishers_ = count;
    evictions_ = DueTable(count);
    for (std::uint32_t i = 0; i < count; ++i) instances_[i].cache.record_events(true);
  }
  std::uint32_t publishers() const { return publishers_; }
  /// Materialises, up to `time`, every publisher whose run has evicted something since it was last
  /// looked at, after before(instance). Returns who they are, in order; valid until the next call.
  template <class Before>
  const std::vector<std::uint32_t>& take_evictions(SimTime time, Before before) {
    evicting_.clear();
    evictions_.take_due(time - SimTime{1}, evicting_);
    constexpr std::size_t kAhead = 8;
    for (std::size_t k = 0; k < evicting_.size(); ++k) {
      if (k + kAhead < evicting_.size()) prefetch_run(evicting_[k + kAhead]);
      if (k + kAhead / 2 < evicting_.size())
        instances_[evicting_[k + kAhead / 2]].cache.prefetch_oldest();
      const std::uint32_t instance = evicting_[k];
      before(instance);
      Instance& i = instances_[instance];
      const std::uint64_t told = steps_told(i, time);
      materialise_steps(i, told, time);
      // Of few instances each has stepped since the last decision: no need to know when it evicts.
      if (publishers_ < kFewPublishers || i.run.popped > told)
        expect_evictions(instance);
      else
        evictions_.set(instance, next_eviction(i));
    }
    return evicting_;
  }
  /// Counts blocks and seats of every instance against its calls; throws InternalError.
  void check_laws() const;

 private:
  struct Plan {
    std::uint32_t budget = 0;
    bool preempted = false;
    bool early_turn = false;  ///< one that was looked up finds more with every block of an answer
  };

  static constexpr std::uint32_t kFewPublishers = 32;
  static constexpr std::size_t kHotBytes = sizeof(Instance) - sizeof(Instance::phase);

  const EngineConfig& engine(const Instance& i) const { return config_.pools[i.pool].engine; }
  std::uint32_t blocks_for(const Instance& i, std::uint32_t tokens) const {
    const std::uint32_t block = engine(i).block_tokens;
    return (tokens + block - 1) / block;
  }
  PathView path(const Call& call) const;
  std::uint32_t prompt_blocks(const Call& call) const;
  /// Whether a next turn can ask for what it generates.
  bool answers(const Call& call) const { return !segments_->output_path(call.row).empty(); }
  /// Books a change of the call's state under its adapter, if the trace has adapters.
  void count_adapter(const Call& call, AdapterBook::Use from, AdapterBook::Use to) {
    if (adapters_.on()) adapters_.move(call.instance, segments_->adapter[call.row], from, to);
  }
  /// Whether waiting calls may be passed over for their adapters.
  bool limits_adapters(std::uint32_t instance) const {
    return adapters_.on() && max_loras(instance) < adapters_.adapters();
  }
  bool adapter_fits(const Call& call) const;
  void check_adapters() const;
  bool fits_alone(const Instance& i) const;
  std::uint32_t blocks_held(const Instance& i, const Call& call) const;

  // engine_plan.cpp: what the next step holds.
  Plan plan_step(Instance& i, SimTime now);
  bool plan_running(Instance& i, Plan& plan, SimTime now);
  void plan_running_in_order(Instance& i, Plan& plan, SimTime now);
  void plan_waiting(Instance& i, Plan& plan, SimTime now);
  bool admit(Instance& i, std::uint32_t call, Plan& plan, SimTime now);
  bool reserve_remote(Instance& i, std::uint32_t call, Plan& plan, SimTime now);
  void take_seat(Instance& i, std::uint32_t call);
  void commit_chunk(Instance& i, std::uint32_t call, std::uint32_t tokens, SimTime now);
  std::uint32_t chunk_tokens(const Instance& i, const Call& call, std::uint32_t budget) const;
  std::uint32_t chunk_blocks(const Instance& i, const Call& call, std::uint32_t tokens) const;
  void preempt(Instance& i, std::uint32_t call, SimTime now);
  void drop_aborted(Instance& i, SimTime now);
  void leave_lists(Instance& i, std::uint32_t call);

  // engine_answers.cpp: blocks that answers fill, named when somebody may look for them.
  template <class Visit>
  void for_answering(const Instance& i, std::uint32_t segment, std::uint32_t offset,
                     Visit visit) const;
  void note_answering(std::uint32_t call);
  void look_for_answers(Instance& i, const Call& call, Plan& plan, SimTime now);
  bool name_answers(Instance& i, const PathView& path, std::uint32_t from, std::uint32_t to,
                    std::uint64_t before, SimTime now);
  void name_answer(Instance& i, std::uint32_t call, std::int64_t tokens, SimTime now);
  void tell_answer(Instance& i, Call& call, SimTime now);
  std::int64_t filled_tokens(const Instance& i, std::uint32_t call, std::uint64_t before,
                             SimTime now) const;
  std::uint32_t filled_blocks(const Instance& i, const Call& call, std::int64_t tokens) const;

  // engine_gauges.cpp
  Gauges present(const Instance& i) const;
  std::uint32_t used_after(const Instance& i, std::uint64_t run_steps) const;
  std::uint32_t came_after(const Instance& i, SimTime time) const;
  Gauges at_boundary(const Instance& i, std::uint64_t run_steps) const;
  void show(std::uint32_t instance, const Gauges& gauges, std::uint64_t step);

  // engine_fail.cpp: what is lost with an instance.
  SimTime settle_unfinished(std::uint32_t instance, SimTime now);

  // engine_step.cpp: time, decode set, tokens.
  void begin_run(std::uint32_t instance, bool one_step, SimTime now, EventTree& events);
  void begin_step(std::uint32_t instance, SimTime now, EventTree& events);
  std::uint64_t run_length(Instance& i) const;
  void finish_run(Instance& i);
  void finish_chunks(Instance& i, SimTime now);
  void finish_chunk(Instance& i, const Chunk& chunk, SimTime now);
  void finish_decodes(Instance& i, std::uint64_t before, SimTime now);
  void join_decode_set(Instance& i, std::uint32_t call);
  void leave_decode_set(Instance& i, std::uint32_t call);
  void finish_call(Instance& i, std::uint32_t call, SimTime now);
  void release_blocks(Instance& i, Call& call, bool keep_generated, SimTime now);
  void interrupt(std::uint32_t instance, SimTime now, EventTree& events);
  void plan_again(std::uint32_t instance, SimTime now, EventTree& events);
  void wake(std::uint32_t instance, SimTime now, EventTree& events);
  std::uint32_t pending_pops(const Instance& i, std::uint64_t steps_started) const;
  SimTime next_eviction(const Instance& i) const;
  void materialise_steps(Instance& i, std::uint64_t until, SimTime time);
  /// Steps of a run whose events have left before `time`.
  std::uint64_t steps_told(const Instance& i, SimTime time) const {
    if (i.activity != Activity::kRun) return 0;
    if (i.tells_after_step) return i.run.steps_ended(time);
    return std::min(i.run.steps_started(time), i.run.steps);
  }
  /// When step `s` of a run tells what it evicts.
  SimTime told_at(const Instance& i, std::uint64_t s) const {
    return i.run.boundary(s + (i.tells_after_step ? 1 : 0));
  }
  void tell_after_step(Instance& i, std::size_t first_event);
  SimTime told_with_step(const Instance& i, SimTime now) const;
  /// The cache of a publisher has changed, or its run has begun or ended. In a run that tells after
  /// its steps, the one under way has taken its blocks and not told of them yet; the instant before
  /// its end comes before whoever looks then.
  void expect_evictions(std::uint32_t instance) {
    if (instance >= publishers_) return;
    const Instance& i = instances_[instance];
    const bool pops = i.activity == Activity::kRun && i.run.popped < i.run.steps;
    const SimTime early{i.tells_after_step ? 1 : 0};
    evictions_.set(instance, pops ? i.run.boundary(i.run.popped) - early : kNever);
  }

  ClusterConfig config_;
  const SegmentedTrace* segments_ = nullptr;
  std::uint32_t first_source_ = 0;
  std::uint32_t entry_instances_ = 0;
  std::uint32_t publishers_ = 0;
  AdapterBook adapters_;
  DueTable evictions_;  ///< by publisher: none of its run's evictions is told of earlier
  std::vector<std::uint32_t> evicting_;
  std::vector<Instance> instances_;
  std::vector<std::uint32_t> scratch_;
  std::vector<std::uint32_t> answering_;  ///< call that generates, by workload copy and row
  std::vector<std::tuple<std::int64_t, std::uint64_t, std::uint32_t>> answerers_;
  /// What an instance last published, and how many steps it had finished then.
  struct Shown {
    Gauges gauges;
    std::uint64_t step = 0;
  };
  std::vector<Shown> shown_;                   ///< empty: nobody asks
  std::vector<std::uint64_t> shown_adapters_;  ///< AdapterBook::sets, by instance
};

}  // namespace pigou
