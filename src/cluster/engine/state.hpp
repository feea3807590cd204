// What the rules of an engine read and write: the instances and the calls on them.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/config.hpp"
#include "cluster/engine/adapter_book.hpp"
#include "cluster/engine/answers.hpp"
#include "cluster/engine/instance.hpp"
#include "cluster/engine/notice.hpp"
#include "cluster/latency_histogram.hpp"
#include "core/ids.hpp"
#include "workload/segments.hpp"

namespace pigou {

/// The instances of a cluster and all calls on them. It has no events and no time of its own: a
/// rule (plan, preemption, admission, leaving, finish, loss) is a function of it, in the file of
/// that name. Copying it copies everything; the segments belong to the workload and outlive it.
///
/// Invariants, counted again by check_laws() in laws.cpp: a call is in one list of its instance,
/// the one its CallState names; every block is free, or has a name, or is owned by one call; the
/// adapter book counts every running and waiting call once; no instance is idle that has work it
/// could admit.
class EngineState {
 public:
  EngineState() = default;
  /// Entry pools come first, whatever their order in `config`. Throws UserError where the rules
  /// could not work with an engine's settings.
  EngineState(const ClusterConfig& config, const SegmentedTrace* segments);

  std::uint32_t instances() const { return static_cast<std::uint32_t>(instances_.size()); }
  /// Instances [0, entry_instances()) take arrivals; the rest are decode instances.
  std::uint32_t entry_instances() const { return entry_instances_; }
  const PoolConfig& pool_of(InstanceId instance) const { return pool(instances_[instance]); }
  const ClusterConfig& config() const { return config_; }
  const SegmentedTrace& segments() const { return *segments_; }
  /// LoRA adapters in use by instance; off where the trace has none.
  const AdapterBook& adapters() const { return adapters_; }
  /// Adapters one step of `instance` may mix.
  std::uint32_t max_loras(InstanceId instance) const {
    const std::uint32_t limit = pool_of(instance).engine.max_loras;
    return limit > 0 ? limit : adapters_.adapters();
  }

  const Instance& at(InstanceId instance) const { return instances_[instance]; }
  Instance& at(InstanceId instance) { return instances_[instance]; }
  bool is_on(const Call& call, const Instance& i) const { return &instances_[call.instance] == &i; }
  const PoolConfig& pool(const Instance& i) const { return config_.pools[i.pool]; }
  const EngineConfig& engine(const Instance& i) const { return pool(i).engine; }
  std::uint32_t blocks_for(const Instance& i, std::uint32_t tokens) const {
    const std::uint32_t block = engine(i).block_tokens;
    return (tokens + block - 1) / block;
  }
  PathView path(const Call& call) const;
  std::uint32_t prompt_blocks(const Call& call) const { return segments_->named_blocks(call.row); }
  /// Whether a next turn can ask for what it generates.
  bool answers_known(const Call& call) const { return !segments_->output_path(call.row).empty(); }
  /// Tokens after the prompt that `call` has emitted by `time`, all step ends up to which have been
  /// handled, and no later one.
  std::uint32_t generated(CallId call, SimTime time) const;
  /// Whether any call is on `instance`.
  bool occupied(InstanceId instance) const;

  /// Books a change of the call's state under its adapter, if the trace has adapters.
  void count_adapter(const Call& call, AdapterBook::Use from, AdapterBook::Use to) {
    if (adapters_.on()) adapters_.move(call.instance, segments_->adapter[call.row], from, to);
  }
  /// Whether waiting calls may be passed over for their adapters.
  bool limits_adapters(InstanceId instance) const {
    return adapters_.on() && max_loras(instance) < adapters_.adapters();
  }

  /// Counts blocks and seats of every instance against its calls; throws InternalError.
  void check_laws() const;

  CallArena calls;
  std::vector<Notice> notices;
  LatencyHistogram inter_token;
  Answers answers;
  std::vector<std::uint32_t> scratch;  ///< one warm buffer, lent to the caches

 private:
  std::uint32_t blocks_held(const Instance& i, const Call& call) const;
  bool fits_alone(const Instance& i) const;
  void check_adapters() const;

  ClusterConfig config_;
  const SegmentedTrace* segments_ = nullptr;
  std::uint32_t entry_instances_ = 0;
  AdapterBook adapters_;
  std::vector<Instance> instances_;
};

}  // namespace pigou
