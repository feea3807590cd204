#include "study/poa/poa.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"
#include "study/executor/shared_workloads.hpp"
#include "study/statistics/paired_differences.hpp"

namespace pigou {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
/// Candidates that decisions are recorded of, at most: what memory is spent on them.
constexpr std::uint64_t kMostCandidates = 2'000'000;

class Pricing {
 public:
  Pricing(PoaTask& task, const std::function<bool(const PoaProgress&)>& progress)
      : task_(task), progress_(progress) {}

  void run(unsigned threads) {
    const std::size_t per_load = task_.routers.size() * task_.seeds;
    progress_now_.total = task_.loads.size() * per_load;
    task_.at.assign(task_.loads.size(), {});
    bounds_.resize(task_.loads.size() * task_.seeds);
    for (std::size_t l = 0; l < task_.at.size(); ++l) {
      task_.at[l].load = task_.loads[l];
      task_.at[l].runs.resize(task_.routers.size());
      for (PoaRuns& runs : task_.at[l].runs) runs.cost_s.assign(task_.seeds, kNone);
    }
    refuse_closed_loop();
    // Runs of one load and seed stand side by side and share its workload.
    run_parallel(progress_now_.total, threads, [&](std::size_t i) {
      run(i / per_load, i % task_.routers.size(), i % per_load / task_.routers.size());
    });
    for (std::size_t l = 0; l < task_.at.size(); ++l)
      for (std::size_t seed = 0; seed < task_.seeds; ++seed)
        task_.at[l].bounds.push_back(bounds_[l * task_.seeds + seed][locally_ ? 1 : 0]);
    task_.runs = progress_now_.total;
  }

 private:
  Scenario resolve(std::size_t router, double load) const {
    ScenarioRequest request = task_.routers[router].request;
    request.varied.push_back("workload.load=" + shortest_text(load));
    return resolve_scenario(request);
  }

  void refuse_closed_loop() {
    const Scenario scenario = resolve(0, task_.loads.front());
    if (!shelf_.get(scenario, task_.first_seed)->arrival.empty()) return;
    throw UserError("no price of anarchy for a closed loop",
                    "its arrivals follow the answers, so a slow router is asked less",
                    "replay a trace with arrival times, or see pigou knee for its limit");
  }

  SimulationConfig config_of(const Scenario& scenario, bool decides, std::uint64_t seed) const {
    SimulationConfig config = scenario.config;
    config.seed = seed;
    config.output.requests = RequestOutput::kFull;
    config.output.decisions = {};
    if (!decides) return config;
    const std::size_t candidates = std::max<std::size_t>(1, entry_pools(config.cluster).size());
    config.output.decisions = {DecisionOutput::Mode::kFirst, kMostCandidates / candidates};
    return config;
  }

  void run(std::size_t l, std::size_t router, std::size_t seed) {
    const Scenario scenario = resolve(router, task_.loads[l]);
    const bool asked = router == 0;
    const SimulationConfig config =
        config_of(scenario, asked && seed == 0, task_.first_seed + seed);
    const auto workload = shelf_.get(scenario, config.seed);
    RunResult result = run_simulation(workload, config, [&](const Progress&) { return report(0); });
    const bool ttft = task_.cost == SocialCost::kTtft;
    const auto entries = static_cast<std::int32_t>(entry_pools(config.cluster).size());
    const bool locally =
        std::ranges::any_of(result.requests.instance, [&](std::int32_t i) { return i >= entries; });
    if (asked) set_bounds(l, seed, *workload, config.cluster);
    if (asked && seed == 0) set_games(task_.at[l], result, config.cluster);
    const std::lock_guard lock(mutex_);
    PoaLoad& at = task_.at[l];
    at.requests_per_s = workload->nominal.requests_per_s;
    PoaRuns& runs = at.runs[router];
    runs.cost_s[seed] = ttft ? result.summary.ttft.mean : result.summary.e2e.mean;
    runs.requests += result.summary;
    locally_ = locally_ || locally;
    task_.random = task_.random || workload->random || result.summary.random;
    if (asked && seed == 0 && l == 0) task_.lowest = std::move(result.summary);
    report_locked(1);
  }

  /// With and without prompts on decode instances: which it was is known when all have run.
  void set_bounds(std::size_t l, std::size_t seed, const Workload& workload,
                  const ClusterConfig& cluster) {
    for (const bool locally : {false, true})
      bounds_[l * task_.seeds + seed][locally ? 1 : 0] =
          lower_bound(workload, cluster, task_.cost, locally);
  }

  void set_games(PoaLoad& at, const RunResult& result, const ClusterConfig& cluster) const {
    at.residents = residents_hat(result.requests, cluster);
    at.logit = logit_hat(result.decisions, cluster);
    at.windows =
        window_prices(decided_windows(result.decisions, cluster, task_.window, kMostWindows));
  }

  bool report(std::size_t done) {
    const std::lock_guard lock(mutex_);
    return report_locked(done);
  }
  bool report_locked(std::size_t done) {
    progress_now_.done += done;
    return progress_(progress_now_);
  }

  PoaTask& task_;
  const std::function<bool(const PoaProgress&)>& progress_;
  SharedWorkloads shelf_;
  std::mutex mutex_;
  PoaProgress progress_now_;
  std::vector<std::array<LowerBound, 2>> bounds_;  ///< by (load, seed)
  bool locally_ = false;  ///< some router computed prompts on decode instances
};

}  // namespace

double PoaRuns::mean_s() const { return all_finished() ? mean_of(cost_s) : kNone; }

double PoaLoad::bound_s() const {
  std::vector<double> costs;
  for (const LowerBound& bound : bounds) costs.push_back(bound.cost_s());
  return mean_of(costs);
}

std::optional<std::size_t> PoaLoad::best() const {
  std::optional<std::size_t> best;
  for (std::size_t r = 0; r < runs.size(); ++r)
    if (runs[r].all_finished() && (!best || runs[r].mean_s() < runs[*best].mean_s())) best = r;
  return best;
}

double PoaLoad::over_best() const {
  const auto least = best();
  return least ? runs.front().mean_s() / runs[*least].mean_s() : kNone;
}

double PoaLoad::over_best_half() const {
  const auto least = best();
  if (!least || !runs.front().all_finished()) return kNone;
  std::vector<double> ratios;
  for (std::size_t seed = 0; seed < runs.front().cost_s.size(); ++seed)
    ratios.push_back(runs.front().cost_s[seed] / runs[*least].cost_s[seed]);
  return mean_interval(ratios).half_width;
}

void find_prices(PoaTask& task, unsigned threads,
                 const std::function<bool(const PoaProgress&)>& progress) {
  require(!task.routers.empty() && !task.loads.empty() && task.seeds > 0,
          "a price is of a router under a load");
  Pricing(task, progress).run(threads);
}

}  // namespace pigou
