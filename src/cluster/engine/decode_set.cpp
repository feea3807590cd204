#include "cluster/engine/decode_set.hpp"

#include <algorithm>
#include <functional>

namespace pigou {

void join_decode_set(EngineState& state, Instance& i, CallId call) {
  Call& c = state.calls[call];
  const auto step = static_cast<std::int64_t>(i.step);
  const auto period = static_cast<std::int64_t>(i.block_tokens);
  c.decoding = true;
  c.computed_base = static_cast<std::int64_t>(c.computed) - step;
  c.generated_base = static_cast<std::int64_t>(c.generated) - step;
  c.finish_step = i.step + (c.target - c.generated) - 1;
  i.decode_context += c.computed;
  ++i.decode_count;
  ++i.phase[static_cast<std::size_t>(((-c.computed_base) % period + period) % period)];
  i.finishes.push_back({c.finish_step, c.order, call});
  std::push_heap(i.finishes.begin(), i.finishes.end(), std::greater<>{});
}

void leave_decode_set(EngineState& state, Instance& i, CallId call) {
  Call& c = state.calls[call];
  const auto step = static_cast<std::int64_t>(i.step);
  const auto period = static_cast<std::int64_t>(i.block_tokens);
  c.decoding = false;
  c.computed = static_cast<std::uint32_t>(c.computed_base + step);
  c.generated = static_cast<std::uint32_t>(c.generated_base + step);
  c.blocks = state.blocks_for(i, c.computed);
  i.decode_context -= c.computed;
  --i.decode_count;
  --i.phase[static_cast<std::size_t>(((-c.computed_base) % period + period) % period)];
}

std::uint64_t run_length(const EngineState& state, Instance& i) {
  auto& finishes = i.finishes;
  while (is_stale(state, i, finishes.front())) {
    std::pop_heap(finishes.begin(), finishes.end(), std::greater<>{});
    finishes.pop_back();
  }
  const std::uint64_t to_finish = finishes.front().step - i.step + 1;
  // Later steps pop phase[(step + s) % period] blocks each, decode_count in a whole period.
  const std::uint64_t period = i.block_tokens;
  std::uint64_t free = i.cache.free_blocks();
  std::uint64_t steps = 1 + free / i.decode_count * period;
  if (steps >= to_finish) return to_finish;
  free %= i.decode_count;
  while (steps < to_finish) {
    const std::uint32_t need = i.phase[(i.step + steps) % period];
    if (need > free) break;
    free -= need;
    ++steps;
  }
  return steps;
}

}  // namespace pigou
