// Engine vllm-v1: who gives way when blocks run out.
// Rule: vLLM V1 scheduler (vllm/v1/core/sched/scheduler.py@00024d314514).
#pragma once

#include <cstdint>

#include "cluster/engine/plan.hpp"
#include "core/ids.hpp"

namespace pigou {

/// The rule as written: in running order each call gets the blocks of its next tokens. While they
/// are not free, the call at the back of the running list is preempted; when that is the call
/// itself, the step ends there. A step that preempted anyone admits no one.
void plan_running_in_order(EngineState& state, Instance& i, Plan& plan, SimTime now);

/// A running call goes back to the front of the waiting queue. All its blocks are freed; those with
/// names, its answer's among them, can be found again until they are evicted, and what is not found
/// is computed again.
void preempt(EngineState& state, Instance& i, CallId call, SimTime now);

}  // namespace pigou
