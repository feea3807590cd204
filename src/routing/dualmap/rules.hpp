// What tells DualMap's paper and its published code apart, as one record.
#pragma once

#include <cstdint>

#include "core/parameter.hpp"

namespace pigou {

/// Constants and choices of the rule (arXiv 2602.06502). The code was read in its fork
/// A-zhudong/DualMap@65f237b (double_hash_global_scheduler_utils.py and start_up.py).
struct DualMapRules {
  double slo_s = 5;              ///< TTFT target; also the estimate above which one is overloaded
  double affinity_share = 1;     ///< of slo_s: up to there the warmer candidate keeps the request
  double seconds_per_token = 0;  ///< 0: the catalogue's
  double overloaded_wait_s = 3;  ///< of the oldest in a queue
  double busy_prefill_s = 2;     ///< a prefill shorter than this lets a second one follow
  std::uint32_t virtual_nodes = 40;
  double kv_event_latency_s = 0;

  std::uint32_t window = 200, min_samples = 20, key_block_tokens = 512, max_key_blocks = 64;
  bool rebalances = true;  ///< hotspot rebalancing between central queues

  // The published code's own ways.
  bool table = false;  ///< lazy prefix table instead of the hotness tree
  double hot_share = 0.0612, cold_share = 0.02;
  std::uint32_t table_capacity = 10'000;  ///< per level
  bool draws_ties = true;                 ///< else the first candidate (random.seed(42) each time)
  bool dispatches_at_prefill_end = true;  ///< else at arrivals and ends of requests only
  bool second_prefill = true;             ///< else one pending prefill per instance at most
  bool benefit_by_place = false;          ///< tokens ahead in the queue, not the whole queue
  bool neighbours = false;                ///< where the alternate is overloaded try the next one
  bool forgets_first_move = false;        ///< moved while it arrives, yet sent where it was put
};

/// Parameters that both tags have, in the order rules_of() reads them; `code` sets the defaults.
std::vector<Parameter> dualmap_parameters(bool code);
/// The rules of the paper (or the code) with `values`.
DualMapRules dualmap_rules(bool code, const ParameterValues& values);

}  // namespace pigou
