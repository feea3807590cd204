#include "experiment/capacity.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/error.hpp"
#include "experiment/bootstrap.hpp"
#include "experiment/paired.hpp"
#include "experiment/parallel.hpp"
#include "experiment/workload_shelf.hpp"
#include "simulation/run.hpp"

namespace pigou {
namespace {

/// Requests per second that the clients send; in a closed loop, that they get answered.
double offered_rate(const Workload& workload, const RunSummary& run) {
  if (workload.arrival.size() < 2) return run.requests_per_s;
  const double span_s = to_seconds(workload.arrival.back() - workload.arrival.front());
  return span_s > 0 ? static_cast<double>(workload.arrival.size() - 1) / span_s
                    : run.requests_per_s;
}

/// What one run contributes to its probe.
struct Measured {
  std::vector<double> figures;         ///< by term
  std::vector<BlockInterval> windows;  ///< by term, of a probe of one random run
  double requests_per_s = 0;
  RequestCounts requests;
  bool random = false;
};

Verdict verdict_of(double low, double high, double limit, bool at_least) {
  if (at_least)
    return low >= limit ? Verdict::kMeets : high < limit ? Verdict::kFails : Verdict::kUnsure;
  return high <= limit ? Verdict::kMeets : low > limit ? Verdict::kFails : Verdict::kUnsure;
}

/// A probe under way: the arm it belongs to and its runs so far.
struct Open {
  CapacityArm* arm = nullptr;
  double load = 0;
  std::vector<Measured> runs;
  std::size_t wanted = 1;

  bool random() const { return !runs.empty() && runs.front().random; }
};

class Prober {
 public:
  Prober(CapacityTask& task, unsigned threads,
         const std::function<bool(const CapacityProgress&)>& progress)
      : task_(task), threads_(threads), progress_(progress) {
    state_.arms_total = task.arms.size();
  }

  void search() {
    std::vector<Open> open;
    for (CapacityArm& arm : task_.arms) open.push_back(next_probe(arm));
    while (true) {
      std::erase_if(open, [](const Open& probe) { return probe.arm == nullptr; });
      if (open.empty()) return;
      run_missing(open);
      for (Open& probe : open) settle(probe);
    }
  }

 private:
  Open next_probe(CapacityArm& arm) {
    const auto load = arm.search.next();
    // One run tells whether anything is drawn; after a random probe the next is likely one too.
    const bool random = !arm.probes.empty() && arm.probes.back().random;
    if (load) return {&arm, *load, {}, random ? task_.seeds : 1};
    ++state_.arms_done;
    return {};
  }

  /// Runs what the open probes still want, all of them at once.
  void run_missing(std::vector<Open>& open) {
    struct Missing {
      Open* probe;
      std::size_t seed;
    };
    std::vector<Missing> missing;
    for (Open& probe : open) {
      for (std::size_t seed = probe.runs.size(); seed < probe.wanted; ++seed)
        missing.push_back({&probe, seed});
    }
    for (Open& probe : open) probe.runs.resize(probe.wanted);
    // By seed, so that arms share a workload while it is there.
    std::ranges::stable_sort(missing, {}, &Missing::seed);
    run_parallel(missing.size(), threads_, [&](std::size_t i) {
      const Missing& run = missing[i];
      run.probe->runs[run.seed] = measure(*run.probe, run.seed);
    });
  }

  Measured measure(const Open& probe, std::size_t seed) {
    ScenarioRequest request = probe.arm->request;
    request.varied = axis_settings(task_.axis.key, probe.load);
    const Scenario scenario = resolve_scenario(request);
    SimulationConfig config = scenario.config;
    config.seed = task_.first_seed + seed;
    config.output.requests = RequestOutput::kFull;  // objectives are about every request
    report(0);
    const auto workload = shelf_.get(scenario, config.seed);
    const RunResult result =
        run_simulation(workload, config, [&](const Progress&) { return report(0); });
    Measured measured;
    measured.random = result.summary.random || workload->random;
    measured.requests_per_s = offered_rate(*workload, result.summary);
    measured.requests = result.summary;
    for (const SloTerm& term : task_.terms) {
      measured.figures.push_back(slo_figure(term, result));
      if (task_.seeds > 1 || !measured.random) continue;
      const SloSeries series = slo_series(term, result, config.slo);
      // One-sided bounds at c are the ends of a two-sided interval at 2c - 1.
      measured.windows.push_back(
          block_interval(series.values, 2 * task_.confidence - 1, config.seed));
    }
    report(1);
    return measured;
  }

  bool report(std::uint64_t runs) {
    const std::lock_guard lock(mutex_);
    state_.runs_done += runs;
    if (!progress_(state_)) throw Interrupted{};
    return true;
  }

  /// Judges a probe with all runs it wanted; asks for more, or hands over to the arm's next one.
  void settle(Open& probe) {
    if (!probe.random()) probe.runs.resize(1);
    if (probe.random() && probe.runs.size() < task_.seeds) {
      probe.wanted = task_.seeds;
      return;
    }
    CapacityProbe judged = judge(probe);
    const std::size_t more = std::min(2 * probe.runs.size(), task_.most_seeds);
    const bool worth = probe.random() && task_.seeds > 1 && more > probe.runs.size();
    if (judged.verdict == Verdict::kUnsure && worth) {
      probe.wanted = more;
      return;
    }
    CapacityArm& arm = *probe.arm;
    arm.runs += probe.runs.size();
    arm.search.add(probe.load, judged.verdict);
    arm.probes.push_back(std::move(judged));
    probe = next_probe(arm);
  }

  CapacityProbe judge(const Open& probe) const {
    CapacityProbe judged;
    judged.load = probe.load;
    judged.random = probe.random();
    for (const Measured& run : probe.runs) {
      judged.requests_per_s += run.requests_per_s / static_cast<double>(probe.runs.size());
      judged.requests += run.requests;
    }
    judged.verdict = Verdict::kMeets;
    for (std::size_t t = 0; t < task_.terms.size(); ++t) {
      judged.terms.push_back(judge_term(probe, t));
      judged.verdict = std::max(judged.verdict, judged.terms.back().verdict);
    }
    return judged;
  }

  TermProbe judge_term(const Open& probe, std::size_t t) const {
    const SloTerm& term = task_.terms[t];
    TermProbe result;
    for (const Measured& run : probe.runs) result.values.push_back(run.figures[t]);
    const MeanInterval mean = mean_interval(result.values, 2 * task_.confidence - 1);
    result.mean = result.low = result.high = mean.mean;
    if (std::isnan(mean.mean)) return result;
    if (!std::isfinite(mean.mean)) {  // a run in which too many requests never finished
      result.verdict = Verdict::kFails;
      return result;
    }
    double limit = term.limit;
    bool at_least = term.at_least();
    if (probe.random() && probe.runs.size() > 1) {
      result.low = mean.mean - mean.half_width;
      result.high = mean.mean + mean.half_width;
    } else if (probe.random()) {
      const BlockInterval& window = probe.runs.front().windows[t];
      result.low = window.low;
      result.high = window.high;
      result.of_share = term.quantile > 0 && !at_least;
      if (result.of_share) limit = term.quantile, at_least = true;
    }
    result.verdict = verdict_of(result.low, result.high, limit, at_least);
    return result;
  }

  CapacityTask& task_;
  unsigned threads_;
  const std::function<bool(const CapacityProgress&)>& progress_;
  WorkloadShelf shelf_;
  std::mutex mutex_;
  CapacityProgress state_;
};

}  // namespace

const CapacityProbe* CapacityArm::at(std::optional<double> load) const {
  if (!load) return nullptr;
  const auto found = std::ranges::find(probes, *load, &CapacityProbe::load);
  return found == probes.end() ? nullptr : &*found;
}

void find_capacities(CapacityTask& task, unsigned threads,
                     const std::function<bool(const CapacityProgress&)>& progress) {
  require(!task.arms.empty() && !task.terms.empty(), "a capacity is some router's under a target");
  Prober(task, threads, progress).search();
}

}  // namespace pigou
