// The state that engine rules work on, without events: what tests of single rules begin with.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cluster/engine/state.hpp"

namespace pigou {

/// Holds still, as the state looks into its segments. `instances` engines of `blocks` blocks of 16
/// tokens; a trace is set up before start().
struct RuleState {
  Trace trace;
  SegmentedTrace segments;
  EngineState state;

  RuleState(const RuleState&) = delete;
  RuleState& operator=(const RuleState&) = delete;
  RuleState() {
    trace.block_tokens = 16;
    trace.block_begin = {0};
  }
  /// A row whose full blocks have the ids `first_id`, `first_id` + 1, ...
  std::uint32_t row(std::uint32_t input, std::uint32_t output, std::uint32_t first_id) {
    trace.input_tokens.push_back(input);
    trace.output_tokens.push_back(output);
    for (std::uint32_t b = 0; b < input / 16; ++b) trace.block_ids.push_back(first_id + b);
    trace.distinct_blocks = std::max(trace.distinct_blocks, first_id + input / 16);
    trace.block_begin.push_back(trace.block_ids.size());
    return static_cast<std::uint32_t>(trace.rows() - 1);
  }
  void start(std::uint32_t blocks, std::uint32_t instances = 1) {
    segments = build_segments(trace, 16);
    PoolConfig pool;
    pool.name = "serve";
    pool.count = instances;
    pool.engine.max_num_batched_tokens = 512;
    pool.engine.max_num_seqs = 16;
    pool.kv_blocks = blocks;
    pool.model.step = constant_step_model({kPsPerMillisecond}, 512);
    ClusterConfig config;
    config.pools = {pool};
    state = EngineState(config, &segments);
  }
  /// A call of row `of`, at the back of instance 0's waiting queue.
  CallId send(std::uint32_t of) {
    const CallId id = state.calls.make();
    Call& call = state.calls[id];
    call.state = CallState::kWaiting;
    call.instance = 0;
    call.request = RequestId{of};
    call.slot = SlotId{of};
    call.row = RowId{of};
    call.input = trace.input_tokens[of];
    call.target = trace.output_tokens[of];
    state.at(0).waiting.push_back(state.calls, id);
    state.answers.note(state, id);
    return id;
  }
};

}  // namespace pigou
