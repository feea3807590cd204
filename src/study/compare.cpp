#include "study/compare.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "core/error.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"
#include "study/executor/shared_workloads.hpp"
#include "study/slo_terms.hpp"

namespace pigou {
namespace {

struct Task {
  std::size_t arm = 0;
  std::size_t seed = 0;
};

/// Longer runs would cost more memory than the line they are for is worth.
constexpr std::size_t kMostAlong = 2'000'000;

AlongTrace along_trace(const RunResult& result, const SimulationConfig& config) {
  AlongTrace along;
  if (config.output.requests != RequestOutput::kFull || result.requests.request.size() > kMostAlong)
    return along;
  along.e2e_s = result.requests.e2e_s;
  const SloTerm attainment{SloTerm::Kind::kAttainment, 0, 1, ""};
  for (const double met : slo_series(attainment, result, config.slo).values)
    along.attained.push_back(met > 0 ? 1 : 0);
  return along;
}

class Comparing {
 public:
  Comparing(Comparison& comparison, unsigned threads,
            const std::function<bool(const CompareProgress&)>& progress)
      : comparison_(comparison), threads_(threads), progress_(progress) {}

  /// Runs `tasks` in order of seed, so that runs of one seed share its workload.
  void run(const std::vector<Task>& tasks) {
    progress_state_.total += tasks.size();
    run_parallel(tasks.size(), threads_, [&](std::size_t i) { run(tasks[i]); });
  }

 private:
  void run(const Task& task) {
    CompareArm& arm = comparison_.arms[task.arm];
    SimulationConfig config = arm.scenario.config;
    config.seed = comparison_.seeds[task.seed];
    const auto workload = shelf_.get(arm.scenario, config.seed);
    RunResult result = run_simulation(workload, config, [&](const Progress&) { return report(0); });
    result.summary.random = result.summary.random || workload->random;
    if (task.seed == 0) arm.along = along_trace(result, config);
    arm.runs[task.seed] = std::move(result.summary);
    report(1);
  }

  bool report(std::size_t done) {
    const std::lock_guard lock(mutex_);
    progress_state_.done += done;
    return progress_(progress_state_);
  }

  Comparison& comparison_;
  SharedWorkloads shelf_;
  unsigned threads_;
  const std::function<bool(const CompareProgress&)>& progress_;
  std::mutex mutex_;
  CompareProgress progress_state_;
};

}  // namespace

std::vector<double> Comparison::values(std::size_t arm, const Figure& figure) const {
  const auto& runs = arms[arm].runs;
  std::vector<double> all;
  for (std::size_t i = 0; i < seeds.size(); ++i)
    all.push_back(figure.value(runs.size() == 1 ? runs.front() : runs[i]));
  return all;
}

Comparison compare_routers(std::vector<CompareArm> arms, std::uint64_t first_seed,
                           std::size_t seed_count, unsigned threads,
                           const std::function<bool(const CompareProgress&)>& progress) {
  require(!arms.empty() && seed_count > 0, "compare_routers needs arms and seeds");
  Comparison comparison;
  comparison.arms = std::move(arms);
  comparison.seeds = {first_seed};
  for (auto& arm : comparison.arms) arm.runs.resize(1);
  Comparing comparing(comparison, threads, progress);
  std::vector<Task> tasks;
  for (std::size_t arm = 0; arm < comparison.arms.size(); ++arm) tasks.push_back({arm, 0});
  comparing.run(tasks);
  // Only an arm that some draw can change is worth a second seed.
  const auto drawn = [](const CompareArm& arm) { return arm.runs.front().random; };
  comparison.deterministic = std::ranges::none_of(comparison.arms, drawn);
  if (comparison.deterministic || seed_count == 1) return comparison;
  for (std::size_t i = 1; i < seed_count; ++i) comparison.seeds.push_back(first_seed + i);
  tasks.clear();
  for (std::size_t seed = 1; seed < seed_count; ++seed)
    for (std::size_t arm = 0; arm < comparison.arms.size(); ++arm)
      if (drawn(comparison.arms[arm])) tasks.push_back({arm, seed});
  for (const auto& task : tasks) comparison.arms[task.arm].runs.resize(seed_count);
  comparing.run(tasks);
  return comparison;
}

}  // namespace pigou
