#include "experiment/compare.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "experiment/trace_source.hpp"
#include "simulation/run.hpp"

namespace pigou {
namespace {

using SharedWorkload = std::shared_ptr<const Workload>;

/// One workload per seed, built by whoever needs it first and dropped after its last run.
class WorkloadShelf {
 public:
  WorkloadShelf(Trace trace, const Scenario& scenario)
      : trace_(std::move(trace)), scenario_(scenario) {}

  SharedWorkload get(std::uint64_t seed) {
    Slot* slot = nullptr;
    {
      const std::lock_guard lock(mutex_);
      slot = &slots_[seed];
    }
    const std::lock_guard lock(slot->mutex);
    if (auto kept = slot->workload.lock()) return kept;
    auto made = make_workload(trace_, scenario_, seed);
    slot->workload = made;
    return made;
  }

 private:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<const Workload> workload;
  };

  const Trace trace_;
  const Scenario& scenario_;
  std::mutex mutex_;
  std::map<std::uint64_t, Slot> slots_;
};

struct Task {
  std::size_t arm = 0;
  std::size_t seed = 0;
};

/// Calls `work(i)` for i in 0..count-1 on `threads` threads; the first exception stops the rest.
void run_parallel(std::size_t count, unsigned threads,
                  const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr fault;
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault) fault = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> pool;
  const std::size_t workers = std::min<std::size_t>(std::max(1u, threads), count);
  for (std::size_t i = 1; i < workers; ++i) pool.emplace_back(loop);
  loop();
  pool.clear();
  if (fault) std::rethrow_exception(fault);
}

class Comparing {
 public:
  Comparing(Comparison& comparison, Trace trace, unsigned threads,
            const std::function<bool(const CompareProgress&)>& progress)
      : comparison_(comparison),
        shelf_(std::move(trace), comparison.arms.front().scenario),
        threads_(threads),
        progress_(progress) {}

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
    const SharedWorkload workload = shelf_.get(config.seed);
    RunResult result = run_simulation(workload, config, [&](const Progress&) { return report(0); });
    result.summary.random = result.summary.random || workload->random;
    arm.runs[task.seed] = std::move(result.summary);
    report(1);
  }

  bool report(std::size_t done) {
    const std::lock_guard lock(mutex_);
    progress_state_.done += done;
    return progress_(progress_state_);
  }

  Comparison& comparison_;
  WorkloadShelf shelf_;
  unsigned threads_;
  const std::function<bool(const CompareProgress&)>& progress_;
  std::mutex mutex_;
  CompareProgress progress_state_;
};

}  // namespace

std::vector<double> Comparison::values(std::size_t arm, double (*figure)(const RunSummary&)) const {
  const auto& runs = arms[arm].runs;
  std::vector<double> all;
  for (std::size_t i = 0; i < seeds.size(); ++i)
    all.push_back(figure(runs.size() == 1 ? runs.front() : runs[i]));
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
  Comparing comparing(comparison, load_trace(comparison.arms.front().scenario), threads, progress);
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
