// What events of an instance read, loaded ahead: with thousands of them, memory is what they wait
// for.
#pragma once

#include <cstddef>

#include "cluster/engine/instance.hpp"
#include "core/ids.hpp"
#include "core/load_ahead.hpp"

namespace pigou {

/// What every event of `i` reads.
inline void prefetch_hot(const Instance& i) {
  constexpr std::size_t kHotBytes = sizeof(Instance) - sizeof(Instance::phase);
  const auto* line = reinterpret_cast<const char*>(&i);
  for (std::size_t at = 0; at < kHotBytes; at += 64) load_ahead(line + at);
}

/// What materialise_run() reads.
inline void prefetch_run(const Instance& i) {
  const auto* line = reinterpret_cast<const char*>(&i.run);
  load_ahead(&i);
  load_ahead(line);
  load_ahead(&i.phase);
  line = reinterpret_cast<const char*>(&i.cache);
  for (std::size_t at = 0; at < sizeof i.cache; at += 64) load_ahead(line + at);
}

inline void prefetch_call(const CallArena& calls, CallId call) {
  if (call == kNoIndex) return;
  const auto* line = reinterpret_cast<const char*>(&calls[call]);
  load_ahead(line);
  load_ahead(line + 64);
}

/// What the state of `i` points to; prefetch_hot() has run a while before.
inline void prefetch_further(const Instance& i, const CallArena& calls) {
  if (!i.finishes.empty()) {
    load_ahead(i.finishes.data());
    prefetch_call(calls, i.finishes.front().call);
  }
  for (const Chunk& chunk : i.chunks) prefetch_call(calls, chunk.call);
  i.cache.prefetch_oldest();
}

}  // namespace pigou
