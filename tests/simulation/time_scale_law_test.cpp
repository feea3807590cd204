// Law 10: time has no scale, whatever the cluster and the router.
#include <gtest/gtest.h>

#include <cmath>

#include "simulation/for_scenarios.hpp"

namespace pigou {
namespace {

void double_pool(PoolConfig& pool) {
  StepModel& step = pool.model.step;
  for (std::size_t r = 0; r < 3; ++r) {
    for (auto& ps : step.token_ps[r]) ps *= 2;
    step.sequence_ps[r] *= 2;
    step.context_ps[r] *= 2;
    step.prefill_context_ps[r] *= 2;
    step.attention_fs[r] *= 2;
  }
  step.prefill_s_per_token *= 2;
  pool.model.nic_bytes_per_s /= 2;
}

void double_fleet(FleetConfig& fleet) {
  for (FleetEvent& event : fleet.events) event.at_s *= 2;
  for (double* seconds : {&fleet.mtbf_s, &fleet.mttr_s, &fleet.boot_s, &fleet.detection_s,
                          &fleet.backoff.initial_s, &fleet.backoff.max_s, &fleet.breaker.open_s})
    *seconds *= 2;
}

/// What a policy counts in seconds, or per second.
void double_router(RouterConfig& router) {
  const auto& parameters = find_policy(router.name).parameters;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    if (parameters[p].unit == "s") router.values[p] *= 2;
    if (parameters[p].unit == "tokens/s") router.values[p] /= 2;
  }
}

RandomScenario doubled(const RandomScenario& scenario) {
  RandomScenario twice = scenario;
  auto workload = std::make_shared<Workload>(*scenario.workload);
  for (SimTime& t : workload->arrival) t = t * 2;
  for (SimTime& t : workload->trace.think) t = t * 2;
  for (SimTime& t : workload->session_start) t = t * 2;
  twice.workload = workload;
  SimulationConfig& config = twice.config;
  for (PoolConfig& pool : config.cluster.pools) double_pool(pool);
  double_fleet(config.fleet);
  double_router(config.router);
  for (double* seconds :
       {&config.cluster.network.latency_s, &config.timeout_s, &config.gateway.decision_s,
        &config.gateway.network_s, &config.gateway.feedback_s, &config.gateway.sync_latency_s,
        &config.signals.kv_loss.resync_s})
    *seconds *= 2;
  if (config.signals.age_s > 0) config.signals.age_s *= 2;
  return twice;
}

/// The scenario without what has a scale of its own: retries wait whole milliseconds, which does
/// not show where waits do not grow; and a priority is seconds to Dynamo's fcfs, but a weight to
/// its wspt.
RandomScenario without_scales(const RandomScenario& scenario) {
  RandomScenario even = scenario;
  even.config.fleet.backoff.multiplier = 1;
  even.config.fleet.backoff.jitter = 0;
  auto workload = std::make_shared<Workload>(*scenario.workload);
  std::erase_if(workload->trace.labels,
                [](const LabelColumn& label) { return label.name == "priority"; });
  even.workload = workload;
  return even;
}

/// llm-d forgets pods that are gone when the clock passes a multiple of this.
constexpr double kLlmdSweepS = 120;

/// Twice as long, but for a picosecond here and there: transfers and failures round to whole ones.
void expect_doubled(const char* name, const std::vector<double>& once,
                    const std::vector<double>& twice, std::size_t r) {
  ASSERT_EQ(std::isnan(once[r]), std::isnan(twice[r])) << name << " of request " << r;
  if (!std::isnan(once[r])) {
    ASSERT_NEAR(2 * once[r], twice[r], 1e-8) << name << " of request " << r;
  }
}

TEST(TimeScaleLaw, Law10DoublingEveryDurationDoublesEveryStamp) {
  std::size_t compared = 0, decodes = 0, retried = 0;
  for_scenarios(150, [&](const RandomScenario& drawn) {
    const RandomScenario scenario = without_scales(drawn);
    const RunResult once = run_checked(scenario, 1 << 30);
    const RunResult twice = run_checked(doubled(scenario), 1 << 30);
    const bool sweeps = scenario.config.router.name.starts_with("llm-d");
    if (sweeps && twice.summary.simulated_s > kLlmdSweepS) return;
    const RequestColumns& a = once.requests;
    const RequestColumns& b = twice.requests;
    ASSERT_EQ(a.request, b.request);
    for (std::size_t r = 0; r < a.request.size(); ++r) {
      ASSERT_EQ(a.outcome[r], b.outcome[r]) << "request " << r;
      ASSERT_EQ(a.attempts[r], b.attempts[r]) << "request " << r;
      ASSERT_EQ(a.instance[r], b.instance[r]) << "request " << r;
      ASSERT_EQ(a.decode_instance[r], b.decode_instance[r]) << "request " << r;
      ASSERT_EQ(a.hit_tokens[r], b.hit_tokens[r]) << "request " << r;
      ASSERT_EQ(a.preemptions[r], b.preemptions[r]) << "request " << r;
      expect_doubled("arrival", a.arrival_s, b.arrival_s, r);
      expect_doubled("queue", a.queue_s, b.queue_s, r);
      expect_doubled("ttft", a.ttft_s, b.ttft_s, r);
      expect_doubled("tpot", a.tpot_s, b.tpot_s, r);
      expect_doubled("e2e", a.e2e_s, b.e2e_s, r);
      if (testing::Test::HasFatalFailure()) return;
      ++compared;
      decodes += a.decode_instance[r] >= 0 ? 1 : 0;
      retried += a.attempts[r] > 1 ? 1 : 0;
    }
  });
  if (!whole_search()) return;
  EXPECT_GT(compared, 10'000U);
  EXPECT_GT(decodes, 3000U);
  EXPECT_GT(retried, 300U);
}

}  // namespace
}  // namespace pigou
