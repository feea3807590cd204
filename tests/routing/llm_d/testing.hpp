// One side of a fleet as llm-d's filters and scorers see it, made of plain vectors.
#pragma once

#include <cstdint>
#include <vector>

#include "routing/llm_d/pods.hpp"
#include "routing/llm_d/settings.hpp"

namespace pigou {

struct FakePods {
  explicit FakePods(std::uint32_t count)
      : keep(count, 1),
        running(count),
        waiting(count),
        kv_usage(count),
        tick(count),
        requests(count),
        tokens(count),
        matched(count),
        ttft_headroom(count),
        tpot_headroom(count),
        ttft(count) {}

  std::vector<std::uint8_t> keep;
  std::vector<std::uint32_t> running, waiting;
  std::vector<double> kv_usage;
  std::vector<std::int64_t> tick, requests, tokens;
  std::vector<std::int32_t> matched;
  std::vector<double> ttft_headroom, tpot_headroom, ttft;
  std::vector<std::uint64_t> adapter_sets;  ///< per pod: running, waiting; empty: no LoRA
  std::vector<std::uint32_t> adapters_named, max_loras;
  std::uint32_t asked_adapter = 0;
  std::int64_t blocks = 10, block_tokens = 64, input_tokens = 640;

  EppPods pods() {
    EppPods p;
    p.count = static_cast<std::uint32_t>(keep.size());
    p.keep = keep.data();
    p.running = running.data();
    p.waiting = waiting.data();
    p.kv_usage = kv_usage.data();
    p.tick = tick.data();
    if (!adapter_sets.empty())
      p.adapters = {adapter_sets.data(), adapters_named.data(), max_loras.data(), 1};
    p.request_adapter = asked_adapter;
    p.requests = requests.data();
    p.tokens = tokens.data();
    p.matched = matched.data();
    p.prompt_blocks = blocks;
    p.block_tokens = block_tokens;
    p.input_tokens = input_tokens;
    p.ttft_headroom_s = ttft_headroom.data();
    p.tpot_headroom_s = tpot_headroom.data();
    p.predicted_ttft_s = ttft.data();
    return p;
  }
};

/// llm-d's defaults.
inline EppSettings epp_defaults() { return epp_settings(default_values(epp_parameters())); }

}  // namespace pigou
