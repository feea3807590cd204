// What no router can beat: lower bounds on the mean latency of an open loop.
#pragma once

#include <cstdint>

#include "cluster/config.hpp"
#include "game/social_cost.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// Seconds, means over all requests. Holds for any router, cache and signal under which every
/// request finishes, on the instances there are.
struct LowerBound {
  /// Every request waits at least for the steps its own tokens take.
  double service_s = 0;
  /// All work on one server of the instances' summed speed, the shortest remaining first; for E2E
  /// with each request's decode steps behind it, or on aggregated instances as part of the work,
  /// whichever is more.
  double pooling_s = 0;
  std::int64_t prefill_tokens = 0;  ///< that somebody computes
  bool regular_rows = true;         ///< StepFloor::regular
  std::uint32_t prefill_instances = 0;

  double cost_s() const { return service_s > pooling_s ? service_s : pooling_s; }
  const char* kind() const { return service_s > pooling_s ? "service" : "pooling"; }
};

/// `decode_prefills`: instances of decode pools may compute prompts too. Transfers and the decode
/// steps of first tokens are left out, since there are settings that skip them. Throws UserError
/// for a closed loop, whose arrivals follow the answers, and for odd step rows.
LowerBound lower_bound(const Workload& workload, const ClusterConfig& cluster, SocialCost cost,
                       bool decode_prefills);

}  // namespace pigou
