// Engine vllm-v1, first half: which tokens the next step schedules.
// Rule: vLLM V1 scheduler (vllm/v1/core/sched/scheduler.py@00024d314514); routers.md section 12.1.
#pragma once

#include <cstdint>

#include "cluster/engine/state.hpp"

namespace pigou {

/// What planning a step has come to. What the step holds stands in the instance: its decode set and
/// its chunks.
struct Plan {
  std::uint32_t budget = 0;  ///< tokens the step has left
  bool preempted = false;    ///< somebody was, so nobody is admitted
  bool early_turn = false;   ///< one that was looked up finds more with every block of an answer
};

/// Plans the next step of `i`: running calls first (preemption.hpp has the rule in full), then, if
/// all of those got what they want, waiting ones (admission.hpp).
Plan plan_step(EngineState& state, Instance& i, SimTime now);

}  // namespace pigou
