// Engine vllm-v1: what a step leaves behind when it ends: tokens, and calls that have their last.
#pragma once

#include "cluster/engine/state.hpp"

namespace pigou {

/// The steps of the run count as done.
void finish_run(EngineState& state, Instance& i);

/// The one step under way counts as done.
void finish_single_step(EngineState& state, Instance& i);

/// The step is done. Whoever has computed all its tokens emits one; whoever ends with it leaves,
/// and frees its blocks, in running order.
void finish_chunks(EngineState& state, Instance& i, SimTime now);

}  // namespace pigou
