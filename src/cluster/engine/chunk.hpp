// What one call computes in a step: how many tokens, into which blocks.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cluster/engine/state.hpp"
#include "core/ids.hpp"

namespace pigou {

/// Tokens a call would compute next within `budget`.
inline std::uint32_t chunk_tokens(const EngineState& state, const Instance& i, const Call& call,
                                  std::uint32_t budget) {
  std::uint32_t tokens = call.tokens() - call.computed;
  const std::uint32_t threshold = state.engine(i).long_prefill_token_threshold;
  if (threshold > 0) tokens = std::min(tokens, threshold);
  return std::min(tokens, budget);
}

/// New blocks that computing `tokens` more takes; a remote call already holds its prompt's.
inline std::uint32_t chunk_blocks(const EngineState& state, const Instance& i, const Call& call,
                                  std::uint32_t tokens) {
  const std::uint32_t after = state.blocks_for(i, call.computed + tokens);
  return after > call.blocks ? after - call.blocks : 0;
}

/// Allocates and publishes what the chunk computes; it counts from this step on.
void commit_chunk(EngineState& state, Instance& i, CallId call, std::uint32_t tokens, SimTime now);

}  // namespace pigou
