#include "simulation/run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "simulation/router_replicas.hpp"
#include "simulation/unused_labels.hpp"

namespace pigou {
namespace {

/// Time mean of the balance measure over timeline rows with any pending prefill.
double mean_of_positive(const std::vector<double>& column) {
  double sum = 0;
  std::size_t count = 0;
  for (const double value : column) {
    if (value <= 0) continue;
    sum += value;
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

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

bool random_signals(const SignalsConfig& signals, const ViewNeeds& needs) {
  return needs.prefix_index && signals.kv_loss.probability > 0;
}

/// By-chance failures, and the jitter of those requests that a failure of the scenario loses.
bool random_fleet(const FleetConfig& fleet) {
  const bool waits = fleet.retries > 0 && fleet.backoff.initial_s > 0 && fleet.backoff.jitter > 0;
  return fleet.mtbf_s > 0 || (waits && !(fleet.events.empty() && fleet.start_down.empty()));
}

bool random_gateway(const GatewayConfig& gateway) {
  return gateway.replicas > 1 && gateway.replica_choice == ReplicaChoice::kRandom;
}

}  // namespace

RunResult Simulation::finish() {
  RunResult result;
  RunSummary& s = result.summary;
  s.arrived = arrived_;
  s.simulated_s = arrived_ == 0 ? 0 : to_seconds(last_end_ - first_arrival_);
  s.rejected_by = rejected_by_;
  s.zero_output_requests = zero_outputs_;
  s.trace_rows = workload_->trace.rows();
  s.inferred_turns = workload_->inferred_turns;
  s.adapters = workload_->segments.adapters;
  s.unused = unused_labels(workload_->trace, view_.needs().labels, config_.gateway);
  recorder_.finish(s, result.requests);
  truth_.finish(s, result.requests);
  s.itl = summarise_bins(cluster_.inter_token);
  s.hit_tokens = hit_tokens_;
  s.hit_ratio = admitted_tokens_ == 0
                    ? 0
                    : static_cast<double>(hit_tokens_) / static_cast<double>(admitted_tokens_);
  s.phantom_hit_tokens = phantom_tokens_;
  s.missed_hit_tokens = missed_tokens_;
  s.kv_messages_lost = view_.kv_loss().lost_messages();
  s.kv_resyncs = view_.kv_loss().resyncs();
  s.cv_pending_prefill_tokens = mean_of_positive(timeline_.cv_pending_prefill_tokens);
  s.transferred_bytes = links_.sent_bytes();
  s.events = event_count_;
  s.retries = retries_;
  s.breakers_opened = breakers_opened_;
  s.moved = moved_;
  s.migrated = migrated_;
  s.decisions = decision_count_;
  s.decision_wait = summarise_bins(decision_wait_);
  summarise_pools(s);
  result.timeline = std::move(timeline_);
  result.decisions = std::move(decisions_.columns());
  return result;
}

/// Time in which the instance took requests, in ps.
std::int64_t Simulation::time_up(std::uint32_t instance) const {
  if (!fleet_.changes()) return last_end_.ps;
  const bool up = fleet_.state[instance] == InstanceState::kUp;
  return fleet_.up_ps[instance] + (up ? last_end_.ps - fleet_.changed[instance].ps : 0);
}

void Simulation::summarise_pools(RunSummary& s) const {
  const auto& pools = cluster_.config().pools;
  for (std::uint32_t p = 0; p < pools.size(); ++p) {
    PoolSummary pool;
    pool.name = pools[p].name;
    pool.role = role_name(pools[p].role);
    pool.instances = pools[p].count;
    pool.kv_capacity_tokens = pools[p].kv_blocks * pools[p].engine.block_tokens;
    pool.provenance = pools[p].model.provenance;
    pool.engine = pools[p].engine.kind;
    double busy_s = 0;
    std::int64_t up_ps = 0;
    for (std::uint32_t n = 0; n < cluster_.instances(); ++n) {
      const Instance& i = cluster_.instance(n);
      if (i.pool != p) continue;
      busy_s += static_cast<double>(i.busy_ps) / 1e12;
      pool.preemptions += i.preemptions;
      pool.steps += i.steps;
      pool.evicted_blocks += i.evicted_before + i.cache.evicted_blocks();
      up_ps += time_up(n);
      const auto blocks = static_cast<double>(pools[p].kv_blocks);
      pool.kv_peak = std::max(pool.kv_peak, 1 - i.least_free / blocks);
    }
    // A step may outlast the last request: whoever it computed for had given up.
    const double span_s = to_seconds(std::max(last_end_, last_step_end_) - first_arrival_);
    if (fleet_.changes() && last_end_.ps > 0)
      pool.available = to_seconds({up_ps}) / (to_seconds(last_end_) * pool.instances);
    pool.utilisation = span_s > 0 ? busy_s / (span_s * pool.instances) : 0;
    s.engine_steps += pool.steps;
    s.pools.push_back(std::move(pool));
  }
}

RunResult run_simulation(std::shared_ptr<const Workload> workload, const SimulationConfig& config,
                         const ProgressCallback& progress) {
  RouterReplicas router(config);
  const std::uint64_t total = workload->size();
  const bool random = workload->random || router.random() || random_gateway(config.gateway) ||
                      random_signals(config.signals, router.needs()) || random_fleet(config.fleet);
  Simulation simulation(std::move(workload), config, router.needs());
  std::uint64_t decisions = 0;
  const bool whole = drive(simulation, router, [&] {
    if (++decisions % 4096 != 0 || !progress) return true;
    return progress({to_seconds(simulation.now()), simulation.done(), total});
  });
  if (!whole) throw Interrupted{};
  RunResult result = simulation.finish();
  result.summary.random = random;
  return result;
}

}  // namespace pigou
