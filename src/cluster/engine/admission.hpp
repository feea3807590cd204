// Engine vllm-v1: who of those that wait gets a seat in the next step.
// Rule: vLLM V1 scheduler (vllm/v1/core/sched/scheduler.py@00024d314514); routers.md section 12.1.
#pragma once

#include "cluster/engine/plan.hpp"

namespace pigou {

/// Waiting calls, head of line: the first that does not fit stops the rest. Those whose adapter
/// would be one too many in the batch keep their place and are passed over. Calls whose KV has
/// arrived come first.
void plan_waiting(EngineState& state, Instance& i, Plan& plan, SimTime now);

}  // namespace pigou
