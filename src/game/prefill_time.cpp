#include "game/prefill_time.hpp"

#include <algorithm>

namespace pigou {

double prefill_alone_s(const PoolConfig& pool, std::int64_t input, std::int64_t cached) {
  const StepModel& row = pool.model.step;
  std::int64_t largest = pool.engine.max_num_batched_tokens;
  if (const std::int64_t threshold = pool.engine.long_prefill_token_threshold; threshold > 0)
    largest = std::min(largest, threshold);
  SimTime time;
  for (std::int64_t done = std::min(cached, input - 1); done < input;) {
    const std::int64_t chunk = std::min(largest, input - done);
    time += row.step(Regime::kPrefill, {chunk, 1, 0, done, chunk * (2 * done + chunk)});
    done += chunk;
  }
  return to_seconds(time);
}

}  // namespace pigou
