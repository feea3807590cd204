// A cluster driven by hand, event by event, as the simulation's loop does it.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "cluster/cluster.hpp"
#include "view/view.hpp"

namespace pigou {

/// Instances with steps of 1 ms. Requests are declared first, then sent at their times.
class SmallCluster {
 public:
  std::uint32_t instances = 1;
  std::uint64_t kv_blocks = 100;
  std::uint32_t seats = 8;
  std::uint32_t max_loras = 0;
  std::vector<std::uint32_t> adapter;  ///< by request; empty: no LoRA
  bool fast_forward = true;
  KvEventTime kv_events = KvEventTime::kAfterStep;
  /// Called before an instance changes at a key, and after its engine has run.
  std::function<void(InstanceId, const EventKey&)> before = [](auto, const auto&) {};
  std::function<void(InstanceId)> after = [](auto) {};

  SmallCluster() {
    trace_.block_tokens = 16;
    trace_.block_begin = {0};
  }

  /// A request whose prompt has the ids first_id, first_id + 1, ... 16 tokens each.
  std::uint32_t request(std::uint32_t blocks, std::uint32_t output, std::uint32_t first_id) {
    trace_.input_tokens.push_back(blocks * 16);
    trace_.output_tokens.push_back(output);
    for (std::uint32_t b = 0; b < blocks; ++b) trace_.block_ids.push_back(first_id + b);
    trace_.distinct_blocks = std::max(trace_.distinct_blocks, first_id + blocks);
    trace_.block_begin.push_back(trace_.block_ids.size());
    return static_cast<std::uint32_t>(trace_.rows() - 1);
  }

  void start() {
    segments_ = build_segments(trace_, 16);
    segments_.adapter = adapter;
    if (!adapter.empty()) segments_.adapters = std::ranges::max(adapter);
    PoolConfig pool;
    pool.name = "serve";
    pool.count = instances;
    pool.kv_blocks = kv_blocks;
    pool.engine.max_num_seqs = seats;
    pool.engine.max_loras = max_loras;
    pool.engine.kv_events = kv_events;
    pool.engine.max_num_batched_tokens = 512;
    pool.model.step = constant_step_model({kPsPerMillisecond}, 512);
    ClusterConfig config;
    config.pools = {pool};
    config.fast_forward = fast_forward;
    cluster = Cluster(config, &segments_, 0);
    events_.resize(instances);
  }

  /// Everything up to arrivals at `time` has happened.
  void run_to(SimTime time) {
    while (events_.top().time != kNever && events_.top() < EventKey{time, Phase::kArrival, 0}) {
      const EventKey key = events_.top();
      before(InstanceId{key.source}, key);
      if (key.phase == Phase::kStepEnd)
        cluster.end_step(InstanceId{key.source}, key.time, events_);
      else
        cluster.start_step(InstanceId{key.source}, key.time, events_);
      after(InstanceId{key.source});
      cluster.notices.clear();
    }
  }

  void send(std::uint32_t row, InstanceId instance, SimTime time) {
    run_to(time);
    before(instance, {time, Phase::kArrival, 0});
    const CallId id = cluster.calls.make();
    Call& call = cluster.calls[id];
    call.request = RequestId{row};
    call.slot = SlotId{row};
    call.input = trace_.input_tokens[row];
    call.target = trace_.output_tokens[row];
    call.row = RowId{row};
    cluster.enqueue(instance, id, time, events_);
    after(instance);
  }

  RequestView view_of(std::uint32_t row) const {
    RequestView view;
    view.row = {trace_.input_tokens[row], trace_.input_tokens[row] / 16};
    view.trace_blocks = trace_.blocks(row);
    view.trace_block_tokens = 16;
    view.path.prompt = segments_.path(row);
    view.path.blocks_of = segments_.segment_blocks.data();
    return view;
  }

  Cluster cluster;

 private:
  Trace trace_;
  SegmentedTrace segments_;
  EventTree events_;
};

inline SimTime ms(double milliseconds) {
  return {static_cast<std::int64_t>(milliseconds * static_cast<double>(kPsPerMillisecond))};
}

}  // namespace pigou
