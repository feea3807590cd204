// LoRA adapters of a trace's requests.
#pragma once

#include <cstdint>
#include <vector>

#include "trace/trace.hpp"

namespace pigou {

/// Per row the number of its LoRA adapter: the n-th word of the label `adapter` is adapter n + 1,
/// a row without a word asks the base model, 0. Empty: no row names an adapter.
std::vector<std::uint32_t> adapters_of(const Trace& trace);

/// KV of one adapter is of no use to another: blocks of rows with different adapters get different
/// ids, and a row of another adapter continues no earlier one's answer (`previous_turn`). vLLM has
/// the adapter's name in every block's hash (vllm-project/vllm vllm/v1/core/kv_cache_utils.py),
/// llm-d's router has it in the first one's (llm-d/llm-d-router@257db69a approximateprefix/
/// hashing.go). Throws UserError where ids run out.
void separate_adapters(Trace& trace);

}  // namespace pigou
