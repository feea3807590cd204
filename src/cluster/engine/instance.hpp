// One engine instance: its lists, its decode set, its run, its cache.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cache/of_instance.hpp"
#include "cluster/engine/call.hpp"
#include "cluster/engine/decode_run.hpp"
#include "cluster/engine/phase_counts.hpp"
#include "core/ids.hpp"
#include "core/short_list.hpp"

namespace pigou {

enum class Activity : std::uint8_t {
  kIdle,      ///< nothing scheduled; wakes on arrival, on KV or on freed blocks
  kStarting,  ///< a step start is pending at this instant
  kStep,      ///< one step that holds at least one chunk
  kRun,       ///< decode steps in a row, one event
};

/// A decoding call will emit its last token at the end of `step`. Stale entries stay in the heap
/// and are recognised by (step, order) no longer matching the call.
struct FinishEntry {
  std::uint64_t step;
  std::uint64_t order;
  CallId call;
  friend bool operator>(const FinishEntry& a, const FinishEntry& b) {
    return a.step != b.step ? a.step > b.step : a.order > b.order;
  }
};

/// Tokens one call computes in the current step, outside the decode set.
struct Chunk {
  CallId call;
  std::uint32_t tokens;
};

/// KV block sizes an engine may have: vLLM's are 16, 32, 64 and 128.
inline constexpr std::uint32_t kMaxBlockTokens = 128;

/// Engine state. The decode set is the running calls that advance by one token every step; it is
/// kept as counts (size, context sum, block phase), so a step costs nothing per sequence. What
/// every event reads comes first: with thousands of instances, cache lines are the cost.
struct alignas(64) Instance {
  Activity activity = Activity::kIdle;
  bool tells_after_step = false;  ///< KV events leave with the end of their step
  std::uint32_t pool = 0;
  std::uint32_t block_tokens = 16;
  std::uint32_t decode_count = 0;
  std::int64_t decode_context = 0;  ///< sum of computed tokens over the decode set
  std::uint64_t step = 0;           ///< steps finished so far
  CallList running;
  CallList waiting;
  CallList ready;
  std::uint32_t loading = 0;     ///< calls whose KV is on its way
  std::uint32_t least_free = 0;  ///< lowest number of free blocks seen
  std::uint64_t next_order = 0;
  DecodeRun run;
  std::int64_t step_ps = 0;
  std::int64_t busy_ps = 0;
  ShortList<CallId, 4> partials;      ///< running but not in the decode set, in running order
  ShortList<Chunk, 4> chunks;         ///< of the current step
  std::vector<FinishEntry> finishes;  ///< min-heap
  std::vector<CallId> aborts;         ///< leave at the next boundary, aborted or departing
  InstanceCache cache;
  std::uint64_t steps = 0;
  PhaseCounts phase;  ///< decode calls needing a block at steps s = p mod block_tokens
  std::uint64_t preemptions = 0;
  std::uint64_t evicted_before = 0;  ///< by caches it has lost since

  bool queue_empty() const { return waiting.count == 0 && ready.count == 0; }
  /// Place in the block of the tokens that step `s` of the run adds; that of the step after.
  std::uint32_t phase_of(std::uint64_t s) const {
    return static_cast<std::uint32_t>((step + s) % block_tokens);
  }
  std::uint32_t next_phase(std::uint32_t at) const { return at + 1 == block_tokens ? 0 : at + 1; }
};

}  // namespace pigou
