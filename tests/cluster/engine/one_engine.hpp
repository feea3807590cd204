// One engine that tests drive step by step.
#pragma once

#include <algorithm>
#include <string>

#include "cluster/cluster.hpp"

namespace pigou {

/// One instance with steps of 1 ms; prompts with the same name share their block ids.
class Engine {
 public:
  Engine(std::uint32_t budget, std::uint32_t blocks, std::uint32_t seats = 16) {
    pool_.name = "serve";
    pool_.engine.max_num_batched_tokens = budget;
    pool_.engine.max_num_seqs = seats;
    pool_.kv_blocks = blocks;
    pool_.model.step = constant_step_model({kPsPerMillisecond}, budget);
    trace_.block_tokens = 16;
    trace_.block_begin = {0};
  }

  /// A request: input tokens, tokens to make, and whether its prompt's blocks have ids, counted
  /// from `first_id`.
  std::uint32_t request(std::uint32_t input, std::uint32_t output, bool ids = false,
                        std::uint32_t first_id = 0) {
    trace_.input_tokens.push_back(input);
    trace_.output_tokens.push_back(output);
    for (std::uint32_t b = 0; ids && b < input / 16; ++b) {
      trace_.block_ids.push_back(first_id + b);
      trace_.distinct_blocks = std::max(trace_.distinct_blocks, first_id + b + 1);
    }
    trace_.block_begin.push_back(trace_.block_ids.size());
    return static_cast<std::uint32_t>(trace_.rows() - 1);
  }

  /// The last request asks for this LoRA adapter.
  void with_adapter(std::uint32_t adapter) {
    adapter_.resize(trace_.rows(), 0);
    adapter_.back() = adapter;
  }
  void max_loras(std::uint32_t adapters) { pool_.engine.max_loras = adapters; }

  /// enable_chunked_prefill=false, which needs a step as long as the longest request.
  void whole_prompts() {
    pool_.engine.enable_chunked_prefill = false;
    pool_.engine.max_model_len = pool_.engine.max_num_batched_tokens;
  }

  /// Decode runs are one event; otherwise every step can be looked at.
  void fast_forward() { fast_forward_ = true; }

  void start() {
    segments_ = build_segments(trace_, 16);
    if (!adapter_.empty()) {
      adapter_.resize(trace_.rows(), 0);
      segments_.adapter = adapter_;
      segments_.adapters = std::ranges::max(adapter_);
    }
    ClusterConfig config;
    config.pools = {pool_};
    config.fast_forward = fast_forward_;
    cluster_ = Cluster(config, &segments_, 0);
    events_.resize(1);
  }

  void send(std::uint32_t row) {
    const CallId id = cluster_.calls.make();
    Call& call = cluster_.calls[id];
    call.request = RequestId{row};
    call.slot = SlotId{row};
    call.input = trace_.input_tokens[row];
    call.target = trace_.output_tokens[row];
    call.row = RowId{row};
    cluster_.enqueue(0, id, now_, events_);
  }

  /// Ends the step under way, if any, and says what the next one schedules.
  std::string step() {
    while (true) {
      const EventKey next = events_.top();
      if (next.time == kNever) return "idle";
      now_ = next.time;
      if (next.phase == Phase::kStepEnd) {
        cluster_.end_step(0, now_, events_);
        for (const Notice& notice : cluster_.notices)
          if (notice.kind == Notice::Kind::kFinished) cluster_.calls.drop(notice.call);
        cluster_.notices.clear();
        cluster_.check_laws();
      } else {
        cluster_.start_step(0, now_, events_);
        return scheduled();
      }
    }
  }
  /// Simulated time goes on, to no event.
  void wait(SimTime time) { now_ = now_ + time; }
  const Instance& instance() const { return cluster_.instance(0); }
  Cluster& cluster() { return cluster_; }
  EventTree& events() { return events_; }
  SimTime now() const { return now_; }
  std::uint32_t free_blocks() const { return instance().cache.free_blocks(); }

 private:
  std::string scheduled() const {
    std::string text;
    const Instance& i = instance();
    for (CallId c = i.running.head; c != kNoIndex; c = cluster_.calls[c].next) {
      std::uint32_t tokens = cluster_.calls[c].decoding ? 1 : 0;
      for (const Chunk& chunk : i.chunks)
        if (chunk.call == c) tokens = chunk.tokens;
      if (tokens == 0) continue;
      if (!text.empty()) text += ' ';
      text += static_cast<char>('a' + cluster_.calls[c].row);
      text += ':' + std::to_string(tokens);
    }
    return text.empty() ? "idle" : text;
  }

  bool fast_forward_ = false;
  PoolConfig pool_;
  Trace trace_;
  std::vector<std::uint32_t> adapter_;
  SegmentedTrace segments_;
  Cluster cluster_;
  EventTree events_;
  SimTime now_;
};

}  // namespace pigou
