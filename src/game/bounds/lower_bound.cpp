#include "game/bounds/lower_bound.hpp"

#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "game/bounds/pooled_srpt.hpp"
#include "game/bounds/request_work.hpp"
#include "game/bounds/step_floor.hpp"

namespace pigou {
namespace {

/// A hair below, for what sums of doubles lose.
constexpr double kBelow = 1 - 1e-9;

std::vector<PoolConfig> pools_that(const ClusterConfig& cluster, bool prefill, bool both) {
  std::vector<PoolConfig> pools;
  for (const PoolConfig& pool : cluster.pools)
    if (both || pool.role == Role::kAggregated || (pool.role == Role::kPrefill) == prefill)
      pools.push_back(pool);
  return pools;
}

struct Parts {
  double prefill_wait_ps = 0, decode_wait_ps = 0;
  std::vector<PooledJob> prefills;  ///< until first tokens
  std::vector<PooledJob> whole;     ///< with the decode steps, which the same instances take
};

Parts parts_of(const Workload& workload, const std::vector<RequestWork>& work,
               const StepFloor& prefill, const StepFloor& decode) {
  Parts parts;
  for (std::size_t r = 0; r < workload.size(); ++r) {
    const std::uint32_t row = workload.row[r];
    const std::int64_t tokens =
        work[r].tokens - (prefill.single_tokens_free() ? work[r].single_tokens : 0);
    const std::int64_t context = workload.trace.input_tokens[row];
    const std::int64_t later = std::max<std::int64_t>(workload.trace.output_tokens[row], 1) - 1;
    const double attention = prefill.attention_ps(work[r].pairs2, work[r].tokens);
    const double job = prefill.prefill_work_ps(tokens) + attention;
    parts.prefill_wait_ps += prefill.prefill_wait_ps(tokens) + attention;
    parts.decode_wait_ps += decode.decode_wait_ps(later, context);
    parts.prefills.push_back({workload.arrival[r], job});
    parts.whole.push_back({workload.arrival[r], job + decode.decode_work_ps(later, context)});
  }
  return parts;
}

}  // namespace

LowerBound lower_bound(const Workload& workload, const ClusterConfig& cluster, SocialCost cost,
                       bool decode_prefills) {
  if (workload.arrival.empty())
    throw UserError("no lower bound for a closed loop",
                    "its arrivals follow the answers, so a slow router is asked less",
                    "replay open loop arrivals, as workload.arrivals or a trace with times has");
  const bool split =
      std::ranges::any_of(cluster.pools, [](const auto& p) { return p.role == Role::kDecode; });
  const auto prefill_pools = pools_that(cluster, true, decode_prefills);
  const StepFloor prefill(prefill_pools), decode(pools_that(cluster, false, false));
  const auto cached = [](const PoolConfig& p) { return p.engine.enable_prefix_caching; };
  const auto work = request_work(workload, std::ranges::any_of(prefill_pools, cached));
  LowerBound bound;
  bound.regular_rows = prefill.regular();
  for (const PoolConfig& pool : prefill_pools) bound.prefill_instances += pool.count;
  for (const RequestWork& each : work) bound.prefill_tokens += each.tokens;
  const Parts parts = parts_of(workload, work, prefill, decode);
  bound.service_s = parts.prefill_wait_ps;
  bound.pooling_s = pooled_flow_ps(parts.prefills, bound.prefill_instances);
  if (cost == SocialCost::kE2e) {
    bound.service_s += parts.decode_wait_ps;
    bound.pooling_s += parts.decode_wait_ps;
    if (!split)
      bound.pooling_s =
          std::max(bound.pooling_s, pooled_flow_ps(parts.whole, bound.prefill_instances));
  }
  const double per_request = kBelow / 1e12 / static_cast<double>(workload.size());
  bound.service_s *= per_request;
  bound.pooling_s *= per_request;
  return bound;
}

}  // namespace pigou
