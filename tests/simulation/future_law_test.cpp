// Law 4: what comes later changes nothing that came before, whatever the cluster and the router.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "simulation/for_scenarios.hpp"

namespace pigou {
namespace {

RunResult run_noted(const RandomScenario& scenario) {
  RandomScenario noted = scenario;
  noted.config.output.decisions = {DecisionOutput::Mode::kAll, 0};
  return run_checked(noted, 1 << 30);
}

/// The scenario where every row whose requests all arrive at `moment_s` or later makes fewer
/// tokens: one, or half of them.
RandomScenario changed_from(const RandomScenario& scenario, const RequestColumns& ran,
                            double moment_s) {
  const Workload& workload = *scenario.workload;
  std::vector<bool> early(workload.trace.rows(), false);
  for (std::size_t r = 0; r < ran.request.size(); ++r)
    if (ran.arrival_s[r] < moment_s) early[workload.row[ran.request[r]]] = true;
  auto changed = std::make_shared<Workload>(workload);
  for (std::size_t row = 0; row < early.size(); ++row) {
    std::uint32_t& tokens = changed->trace.output_tokens[row];
    if (!early[row]) tokens = mix64(row) % 2 == 0 ? 1 : tokens / 2;
  }
  RandomScenario other = scenario;
  other.workload = changed;
  return other;
}

/// What was decided before the moment.
struct Met {
  std::size_t entries = 0, decodes = 0, ends = 0;
};

void compare_decisions(const DecisionColumns& a, const DecisionColumns& b, double moment_s,
                       Met& met) {
  const auto before = [moment_s](const DecisionColumns& c) {
    return std::lower_bound(c.time_s.begin(), c.time_s.end(), moment_s) - c.time_s.begin();
  };
  ASSERT_EQ(before(a), before(b)) << "decisions before " << moment_s << " s";
  for (std::size_t row = 0; row < static_cast<std::size_t>(before(a)); ++row) {
    ASSERT_EQ(a.request[row], b.request[row]) << "decision " << row;
    ASSERT_EQ(a.time_s[row], b.time_s[row]) << "decision " << row;
    ASSERT_EQ(a.action[row], b.action[row]) << "decision " << row;
    ASSERT_EQ(a.replica[row], b.replica[row]) << "decision " << row;
    ASSERT_EQ(a.instance[row], b.instance[row]) << "decision " << row;
    ASSERT_EQ(a.decode_instance[row], b.decode_instance[row]) << "decision " << row;
    met.entries += a.instance[row] >= 0 ? 1 : 0;
    met.decodes += a.decode_instance[row] >= 0 ? 1 : 0;
  }
}

/// Requests that ended before the moment, and parts of those that did not.
void compare_rows(const RequestColumns& a, const RequestColumns& b, double moment_s, Met& met) {
  ASSERT_EQ(a.request, b.request);
  for (std::size_t r = 0; r < a.request.size(); ++r) {
    const auto passed = [&](double after_s) { return a.arrival_s[r] + after_s < moment_s; };
    if (!passed(0)) continue;
    ASSERT_EQ(a.arrival_s[r], b.arrival_s[r]) << "request " << r;
    if (a.attempts[r] > 1 || b.attempts[r] > 1) continue;  // of its last attempt, maybe later
    if (passed(a.queue_s[r])) {
      ASSERT_EQ(a.queue_s[r], b.queue_s[r]) << "request " << r;
      ASSERT_EQ(a.instance[r], b.instance[r]) << "request " << r;
      ASSERT_EQ(a.hit_tokens[r], b.hit_tokens[r]) << "request " << r;
    }
    if (passed(a.ttft_s[r])) {
      ASSERT_EQ(a.ttft_s[r], b.ttft_s[r]) << "request " << r;
    }
    if (!passed(a.e2e_s[r])) continue;
    ASSERT_EQ(a.e2e_s[r], b.e2e_s[r]) << "request " << r;
    ASSERT_EQ(a.decode_instance[r], b.decode_instance[r]) << "request " << r;
    ASSERT_EQ(a.preemptions[r], b.preemptions[r]) << "request " << r;
    ++met.ends;
  }
}

TEST(FutureLaw, Law04OutputLengthsOfLaterRequestsChangeNothingThatHappenedBefore) {
  Met met;
  for_scenarios(100, [&](const RandomScenario& scenario) {
    const RunResult run = run_noted(scenario);
    std::vector<double> arrivals = run.requests.arrival_s;
    std::sort(arrivals.begin(), arrivals.end());
    for (const std::size_t third : {1U, 2U, 3U}) {
      const double moment_s = arrivals[(arrivals.size() - 1) * third / 3];
      const RunResult other = run_noted(changed_from(scenario, run.requests, moment_s));
      compare_decisions(run.decisions, other.decisions, moment_s, met);
      compare_rows(run.requests, other.requests, moment_s, met);
      if (testing::Test::HasFatalFailure()) return;
    }
  });
  if (!whole_search()) return;
  EXPECT_GT(met.entries, 10'000U);
  EXPECT_GT(met.decodes, 2000U);
  EXPECT_GT(met.ends, 5000U);
}

}  // namespace
}  // namespace pigou
