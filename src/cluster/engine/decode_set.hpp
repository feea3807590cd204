// The decode set: running calls that advance by one token every step, kept as counts.
#pragma once

#include <cstdint>

#include "cluster/engine/state.hpp"
#include "core/ids.hpp"

namespace pigou {

/// `call` decodes from the boundary before step `i.step` on: from now on its tokens are a base plus
/// the steps of `i`, and the set's size, context and block phases count it.
void join_decode_set(EngineState& state, Instance& i, CallId call);

/// Back to explicit counts, as of the boundary before step `i.step`.
void leave_decode_set(EngineState& state, Instance& i, CallId call);

/// Whether a heap entry speaks of a call that has left the set of `i` since, or joined it anew.
inline bool is_stale(const EngineState& state, const Instance& i, const FinishEntry& entry) {
  const Call& c = state.calls[entry.call];
  return !c.decoding || c.order != entry.order || c.finish_step != entry.step || !state.is_on(c, i);
}

/// Steps until the first finish or the first block that cannot be had; the set has somebody in it.
/// Takes stale entries off the heap.
std::uint64_t run_length(const EngineState& state, Instance& i);

}  // namespace pigou
