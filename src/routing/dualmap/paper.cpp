// DualMap as its paper has it. Two independent hashes of a prompt's beginning give two candidates
// on two rings; how much of the beginning is hashed follows the prefix's share of recent requests.
// With
//   T(r, i) = seconds per token * (tokens in i's queue + pending on i + uncached tokens(r, i)),
// the candidate that has more of the prompt cached (equally warm: fewer active blocks, then a draw)
// takes it if T there is within affinity_share of the target, else the one with the lower T. It
// waits in the router, in the chosen instance's central queue (longest cached prefix first, then
// arrival), until the instance has no prefill pending, or one and its last one was short. Where
// both candidates are overloaded, and at every pass for every overloaded instance, waiting requests
// go to their other candidate, largest benefit first. Rings follow the fleet: instances that are
// away are skipped, so only the keys of their arcs move. A pass is made at arrivals, first tokens,
// ends and changes of the fleet. Source: arXiv 2602.06502 by reports and reviews of it
// (second-hand), and its code, ASISys/DualMap as in A-zhudong/DualMap@65f237b. Parts are in
// central_queues, hotness_tree, queueing_router and rebalancing.
#include "routing/dualmap/queueing_router.hpp"

namespace pigou {

PolicyInfo dualmap_policy() {
  return {"dualmap@2602.06502",
          "two hashed candidates per prefix of adaptive length, SLO-aware, with central queues and "
          "rebalancing",
          "paper: DualMap (arXiv 2602.06502), second-hand; where that is silent, its code",
          "KV event stream; exact local booking, first tokens and ends, age 0",
          DecodeStage::kAfterPrefill,
          true,
          dualmap_parameters(false),
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<DualMapRouter>(dualmap_rules(false, values), layout);
          },
          {},
          "estimated TTFT in seconds"};
}

}  // namespace pigou
