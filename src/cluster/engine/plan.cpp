#include "cluster/engine/plan.hpp"

#include "cluster/engine/admission.hpp"
#include "cluster/engine/chunk.hpp"
#include "cluster/engine/preemption.hpp"

namespace pigou {
namespace {

/// Running calls first, when it is plain that all get what they want: then order does not matter.
/// Returns false, with nothing changed, when it does.
bool plan_running(EngineState& state, Instance& i, Plan& plan, SimTime now) {
  // Two calls computing prompts compete for tokens.
  if (i.partials.size() > 1) return false;
  const std::uint32_t popped = i.phase[i.step % i.block_tokens];
  const std::uint32_t left = plan.budget - i.decode_count;
  std::uint32_t blocks = popped;
  std::uint32_t chunk = 0;
  if (!i.partials.empty()) {
    const Call& partial = state.calls[*i.partials.begin()];
    chunk = chunk_tokens(state, i, partial, left);
    // It runs last unless a threshold cut it short before; whoever runs after it may starve.
    if (chunk == left && i.running.tail != *i.partials.begin()) return false;
    blocks += chunk_blocks(state, i, partial, chunk);
  }
  if (blocks > i.cache.free_blocks()) return false;
  if (popped > 0) i.cache.allocate(popped, now);
  if (chunk > 0) commit_chunk(state, i, *i.partials.begin(), chunk, now);
  plan.budget = left - chunk;
  return true;
}

}  // namespace

Plan plan_step(EngineState& state, Instance& i, SimTime now) {
  Plan plan{state.engine(i).max_num_batched_tokens, false};
  if (!plan_running(state, i, plan, now)) plan_running_in_order(state, i, plan, now);
  if (!plan.preempted) plan_waiting(state, i, plan, now);
  return plan;
}

}  // namespace pigou
