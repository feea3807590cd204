// How a call leaves: out of its list, and what becomes of its blocks.
#pragma once

#include <cstdint>

#include "cluster/engine/state.hpp"
#include "core/ids.hpp"

namespace pigou {

/// Frees everything the call holds. With `keep_generated`, the blocks it generated stay matchable:
/// by its next turn, or by itself after a preemption. vLLM names them as they fill; here they get
/// their names now, or when somebody may look for them (answers.hpp).
void release_blocks(EngineState& state, Instance& i, Call& c, bool keep_generated, SimTime now);

/// Out of whichever list holds it, with explicit counts again.
void leave_lists(EngineState& state, Instance& i, CallId call);

/// At a step's boundary: calls whose client gave up leave, and those that go on elsewhere.
void drop_aborted(EngineState& state, Instance& i, SimTime now);

}  // namespace pigou
