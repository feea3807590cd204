// DualMap as its published code has it (its fork's shared pool and priorities left out). The rule
// of dualmap@2602.06502 but for: affinity up to half of the target; a lazy table of hot prefixes
// with fixed shares (0.0612 and 0.02 of 200 observations) instead of 2 / n and 1 / n; scheduling
// passes at arrivals and ends of requests only, so a queue is not looked at when a prefill ends;
// one pending prefill per instance at most; ties to the first candidate (random.seed(42) before
// every draw); the benefit of a move counts the tokens ahead, not the whole queue; where the other
// candidate is overloaded a neighbour of the source may take the request; and a request moved while
// it arrives is dispatched from its new queue to the instance it was first put on. Taken over as
// found: A-zhudong/DualMap@65f237b, a fork of ASISys/DualMap. Not modelled:
// virtual ring points by MD5, estimates rounded to 0.1 ms, output lengths in the count of running
// blocks.
#include "routing/dualmap/queueing_router.hpp"

namespace pigou {

PolicyInfo dualmap_asisys_code_policy() {
  return {"dualmap@asisys-code",
          "DualMap with the constants, passes and quirks of its published code",
          "source: A-zhudong/DualMap@65f237b (fork of ASISys/DualMap), "
          "double_hash_global_scheduler_utils.py, lazy_prefix_table.py, start_up.py",
          "KV event stream; exact local booking, first tokens and ends, age 0",
          DecodeStage::kAfterPrefill,
          true,
          dualmap_parameters(true),
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<DualMapRouter>(dualmap_rules(true, values), layout);
          },
          {},
          "estimated TTFT in seconds"};
}

}  // namespace pigou
