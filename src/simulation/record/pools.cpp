#include "simulation/record/pools.hpp"

#include <algorithm>

namespace pigou {
namespace {

const char* role_name(Role role) {
  switch (role) {
    case Role::kAggregated:
      return "aggregated";
    case Role::kPrefill:
      return "prefill";
    case Role::kDecode:
      return "decode";
  }
  return "";
}

PoolSummary summarise_pool(const Cluster& cluster, std::uint32_t number, const PoolSpan& span) {
  const PoolConfig& config = cluster.config().pools[number];
  PoolSummary pool;
  pool.name = config.name;
  pool.role = role_name(config.role);
  pool.instances = config.count;
  pool.kv_capacity_tokens = config.kv_blocks * config.engine.block_tokens;
  pool.provenance = config.model.provenance;
  pool.engine = config.engine.kind;
  double busy_s = 0;
  std::int64_t up_ps = 0;
  for (InstanceId n = 0; n < cluster.instances(); ++n) {
    const Instance& i = cluster.instance(n);
    if (i.pool != number) continue;
    busy_s += static_cast<double>(i.busy_ps) / 1e12;
    pool.preemptions += i.preemptions;
    pool.steps += i.steps;
    pool.evicted_blocks += i.evicted_before + i.cache.evicted_blocks();
    if (!span.up_ps.empty()) up_ps += span.up_ps[n];
    const auto blocks = static_cast<double>(config.kv_blocks);
    pool.kv_peak = std::max(pool.kv_peak, 1 - i.least_free / blocks);
  }
  // A step may outlast the last request: whoever it computed for had given up.
  const double span_s =
      to_seconds(std::max(span.last_end, span.last_step_end) - span.first_arrival);
  if (!span.up_ps.empty() && span.last_end.ps > 0)
    pool.available = to_seconds({up_ps}) / (to_seconds(span.last_end) * pool.instances);
  pool.utilisation = span_s > 0 ? busy_s / (span_s * pool.instances) : 0;
  return pool;
}

}  // namespace

std::vector<PoolSummary> summarise_pools(const Cluster& cluster, const PoolSpan& span) {
  std::vector<PoolSummary> pools;
  for (std::uint32_t p = 0; p < cluster.config().pools.size(); ++p)
    pools.push_back(summarise_pool(cluster, p, span));
  return pools;
}

}  // namespace pigou
