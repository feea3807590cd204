#include "cluster/engine/chunk.hpp"

namespace pigou {

void commit_chunk(EngineState& state, Instance& i, CallId call, std::uint32_t tokens, SimTime now) {
  Call& c = state.calls[call];
  if (const std::uint32_t blocks = chunk_blocks(state, i, c, tokens)) {
    i.cache.allocate(blocks, now);
    c.blocks += blocks;
  }
  if (state.engine(i).enable_prefix_caching) {
    // vLLM caches full blocks when it schedules them: a later call in the same step hits them.
    const std::uint32_t full = (c.computed + tokens) / state.engine(i).block_tokens;
    const std::uint32_t upto = std::min(full, state.prompt_blocks(c));
    if (upto > c.named) {
      if (state.answers.any())
        state.answers.name(state, i, state.path(c), c.named, upto, c.order, now);
      i.cache.publish(state.path(c), c.named, upto, call, now);
      c.named = upto;
    }
  }
  i.chunks.push_back({call, tokens});
}

}  // namespace pigou
