#include "simulation/record/run_record.hpp"

#include <limits>

#include "simulation/record/pools.hpp"

namespace pigou {
namespace {

double rate_or_nan(double rate) {
  return rate > 0 ? rate : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

RunRecord::RunRecord(const SimulationConfig& config, std::shared_ptr<const Workload> workload,
                     std::shared_ptr<const RecordedPlacement> placement,
                     std::uint32_t entry_instances, std::uint32_t instances)
    : timeline(timeline_period(config.output, *workload, instances), entry_instances),
      decisions(config.output.decisions, config.output.sample, workload->size()),
      workload_(std::move(workload)),
      requests_(workload_->size()),
      recorder_(config.output, config.slo, requests_),
      truth_(workload_, std::move(placement), config.output.requests == RequestOutput::kFull) {}

RunResult RunRecord::finish(const RunEnd& end) {
  RunResult result;
  RunSummary& s = result.summary;
  counts.finish(s);
  s.trace_rows = workload_->trace.rows();
  s.nominal_requests_per_s = rate_or_nan(workload_->nominal.requests_per_s);
  s.nominal_sessions_per_s = rate_or_nan(workload_->nominal.sessions_per_s);
  s.inferred_turns = workload_->inferred_turns;
  s.adapters = workload_->segments.adapters;
  s.unused = end.unused;
  s.parameter_changes = end.changes;
  recorder_.finish(s, result.requests);
  truth_.finish(s, result.requests);
  s.itl = summarise_bins(end.cluster->inter_token);
  hits.finish(s);
  s.kv_messages_lost = end.kv_loss->lost_messages();
  s.kv_resyncs = end.kv_loss->resyncs();
  s.cv_pending_prefill_tokens = timeline.mean_imbalance();
  s.transferred_bytes = end.transferred_bytes;
  s.pools = summarise_pools(
      *end.cluster, {counts.first_arrival, counts.last_end, counts.last_step_end, end.up_ps});
  for (const PoolSummary& pool : s.pools) s.engine_steps += pool.steps;
  result.timeline = std::move(timeline.columns());
  result.decisions = std::move(decisions.columns());
  return result;
}

}  // namespace pigou
