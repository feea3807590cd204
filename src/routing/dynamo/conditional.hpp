// Dynamo's conditional disaggregation: when a request skips the prefill pool and is prefilled where
// it will be decoded. Source: ai-dynamo/dynamo
// lib/kv-router/src/conditional_disagg.rs@088ca50b5d9c.
#pragma once

#include <cstdint>

namespace pigou {

struct DynamoConditional {
  enum class Policy { kOff, kIslBounding, kPrefillLoad, kIslOrLoad };

  Policy policy = Policy::kOff;
  double eff_isl_threshold = 2048;  ///< tokens
  double eff_isl_ratio_threshold = 0.7;
  double prefill_busy_threshold = 0;  ///< times what one step takes; 0: never busy
  double decode_busy_threshold = 0;   ///< share of KV blocks; 0: no veto

  bool on() const { return policy != Policy::kOff; }
  /// Few tokens beyond what the decode worker holds, and few of the prompt's: both strictly.
  bool short_enough(std::int64_t prompt_tokens, std::int64_t decode_cached_tokens) const {
    const std::int64_t left = prompt_tokens - decode_cached_tokens;
    const auto eff = static_cast<double>(left > 0 ? left : 0);
    return eff < eff_isl_threshold &&
           eff / static_cast<double>(prompt_tokens) < eff_isl_ratio_threshold;
  }
  bool prefill_busy(std::int64_t active_prefill_tokens, std::int64_t max_batched_tokens) const {
    return prefill_busy_threshold > 0 &&
           static_cast<double>(active_prefill_tokens) >
               prefill_busy_threshold * static_cast<double>(max_batched_tokens);
  }
  bool decode_busy(std::int64_t active_blocks, double kv_blocks) const {
    return decode_busy_threshold > 0 &&
           static_cast<double>(active_blocks) > decode_busy_threshold * kv_blocks;
  }
  bool asks_for_length() const { return policy != Policy::kOff && policy != Policy::kPrefillLoad; }
  bool asks_for_load() const { return policy >= Policy::kPrefillLoad; }
};

}  // namespace pigou
