// What each pool of the cluster did over a run.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/cluster.hpp"
#include "core/time.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// The time that figures of pools are shares of. `up_ps` is by instance the time in which it took
/// requests; empty: always.
struct PoolSpan {
  SimTime first_arrival, last_end, last_step_end;
  std::vector<std::int64_t> up_ps;
};

std::vector<PoolSummary> summarise_pools(const Cluster& cluster, const PoolSpan& span);

}  // namespace pigou
