#include "study/sweep.hpp"

#include <map>
#include <mutex>

#include "core/error.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"
#include "study/executor/shared_workloads.hpp"

namespace pigou {
namespace {

/// Tasks are numbered point * seeds + seed.
class Sweeping {
 public:
  Sweeping(const SweepPlan& plan, SweepSink& sink,
           const std::function<bool(const SweepProgress&)>& progress)
      : plan_(plan), sink_(sink), progress_(progress) {}

  void run(unsigned threads) {
    const std::size_t seeds = plan_.seeds.size();
    std::vector<std::size_t> tasks;
    state_.points_total = plan_.points;
    for (std::size_t point = 0; point < plan_.points; ++point) {
      const std::size_t before = tasks.size();
      if (!sink_.has(point, 0))
        tasks.push_back(point * seeds);
      else
        add_other_seeds(point, tasks);
      if (tasks.size() == before) ++state_.points_found;
    }
    state_.points_done = state_.points_found;
    left_.assign(plan_.points, 0);
    for (const std::size_t task : tasks) ++left_[task / seeds];
    state_.runs_left = static_cast<double>(tasks.size());
    run_growing(tasks, threads, [this](std::size_t task) { return run(task); });
  }

 private:
  void add_other_seeds(std::size_t point, std::vector<std::size_t>& tasks) const {
    if (!sink_.random(point)) return;
    const std::size_t seeds = plan_.seeds.size();
    for (std::size_t seed = 1; seed < seeds; ++seed)
      if (!sink_.has(point, seed)) tasks.push_back(point * seeds + seed);
  }

  std::vector<std::size_t> run(std::size_t task) {
    const std::size_t point = task / plan_.seeds.size();
    const std::size_t seed = task % plan_.seeds.size();
    const Scenario scenario = plan_.resolve(point);
    SimulationConfig config = scenario.config;
    config.seed = plan_.seeds[seed];
    report(task, 0);
    const auto workload = shelf_.get(scenario, config.seed);
    RunSummary run = run_simulation(workload, config, [&](const Progress& now) {
                       return report(task, static_cast<double>(now.requests_done) /
                                               static_cast<double>(now.requests_total));
                     }).summary;
    run.random = run.random || workload->random;
    return finish(point, seed, scenario, run);
  }

  std::vector<std::size_t> finish(std::size_t point, std::size_t seed, const Scenario& scenario,
                                  const RunSummary& run) {
    const std::lock_guard lock(mutex_);
    under_way_.erase(point * plan_.seeds.size() + seed);
    sink_.put(point, seed, scenario, run);
    std::vector<std::size_t> more;
    if (seed == 0) add_other_seeds(point, more);
    left_[point] += more.size();
    finished_ += 1;
    state_.runs_left += static_cast<double>(more.size()) - 1;
    if (--left_[point] == 0) ++state_.points_done;
    tell();
    return more;
  }

  bool report(std::size_t task, double share) {
    const std::lock_guard lock(mutex_);
    under_way_[task] = share;
    if (!tell()) throw Interrupted{};
    return true;
  }

  bool tell() {
    SweepProgress now = state_;
    now.runs_done = finished_;
    for (const auto& [task, share] : under_way_) {
      now.runs_done += share;
      now.runs_left -= share;
    }
    return progress_(now);
  }

  const SweepPlan& plan_;
  SweepSink& sink_;
  const std::function<bool(const SweepProgress&)>& progress_;
  SharedWorkloads shelf_;
  std::mutex mutex_;
  SweepProgress state_;
  double finished_ = 0;
  std::map<std::size_t, double> under_way_;  ///< task to its finished share
  std::vector<std::size_t> left_;            ///< runs each point still waits for, as far as known
};

}  // namespace

Scenario SweepPlan::resolve(std::size_t point) const {
  ScenarioRequest varied = request;
  for (const auto& [key, value] : grid_settings(axes, point)) {
    // A router takes its place before any key is set, as --router does: parameters of another one
    // do not outlive it.
    if (key == "router" || key == "router.name")
      varied.router = value;
    else
      varied.varied.push_back(key + "=" + value);
  }
  return resolve_scenario(varied);
}

SweepPlan plan_sweep(const ScenarioRequest& request, std::vector<Axis> axes, std::size_t seed_count,
                     unsigned threads, const std::function<bool()>& keep_going) {
  require(seed_count > 0, "a sweep has seeds");
  SweepPlan plan;
  plan.request = request;
  plan.axes = std::move(axes);
  plan.points = grid_points(plan.axes);
  plan.base = resolve_scenario(request);
  for (std::size_t i = 0; i < seed_count; ++i) plan.seeds.push_back(plan.base.config.seed + i);
  plan.hashes.resize(plan.points);
  plan.input_of.resize(plan.points);
  std::mutex mutex;
  std::map<std::vector<std::filesystem::path>, std::uint32_t> known;
  run_parallel(plan.points, threads, [&](std::size_t point) {
    if (!keep_going()) throw Interrupted{};
    const Scenario scenario = plan.resolve(point);
    plan.hashes[point] = scenario.hash;
    const auto files = input_files(scenario);
    const std::lock_guard lock(mutex);
    const auto [place, added] = known.emplace(files, static_cast<std::uint32_t>(known.size()));
    if (added) plan.inputs.push_back(input_identity(files));
    plan.input_of[point] = place->second;
  });
  return plan;
}

void run_sweep(const SweepPlan& plan, SweepSink& sink, unsigned threads,
               const std::function<bool(const SweepProgress&)>& progress) {
  Sweeping(plan, sink, progress).run(threads);
}

}  // namespace pigou
