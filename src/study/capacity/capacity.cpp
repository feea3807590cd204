#include "study/capacity/capacity.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/error.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"
#include "study/executor/shared_workloads.hpp"
#include "study/statistics/batch_means.hpp"
#include "study/statistics/paired_differences.hpp"
#include "workload/transform.hpp"

namespace pigou {
namespace {

/// Requests per second that the clients send by plan; in a closed loop, that they get answered.
double offered_rate(const Workload& workload, const RunSummary& run) {
  const double nominal = workload.nominal.requests_per_s;
  return nominal > 0 ? nominal : run.requests_per_s;
}

/// What one run contributes to its probe.
struct Measured {
  std::vector<double> figures;         ///< by term
  std::vector<AlongInterval> windows;  ///< by term, of a probe of one random run
  double requests_per_s = 0;
  RequestCounts requests;  ///< none arrived: the draw left none, so there are no figures
  bool random = false;
};

/// A term's interval along one run.
AlongInterval window_of(const SloTerm& term, const RunResult& result, const SloConfig& slo,
                        double confidence) {
  const SloSeries series = slo_series(term, result, slo);
  return series.at_least ? share_along(series.values, series.latencies, confidence)
                         : latency_along(series.values, confidence);
}

/// Looks that a probe may be taken at: with its first seeds, and whenever they are doubled.
double most_looks(const CapacityTask& task) {
  double looks = 1;
  for (std::size_t seeds = task.seeds; task.seeds > 1 && seeds < task.most_seeds; seeds *= 2)
    ++looks;
  return looks;
}

/// What each look is judged at so that all of them together keep the confidence: one level for all
/// (Pocock 1977). The power fits samples that double, between independent looks (1) and one (0).
double confidence_of_look(const CapacityTask& task) {
  return 1 - (1 - task.confidence) * std::pow(most_looks(task), -0.8);
}

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
    confidence_ = confidence_of_look(task);
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
    Measured measured;
    const auto workload = workload_of(scenario, config.seed);
    if (workload == nullptr) {
      measured.random = true;
      report(1);
      return measured;
    }
    const RunResult result =
        run_simulation(workload, config, [&](const Progress&) { return report(0); });
    measured.random = result.summary.random || workload->random;
    measured.requests_per_s = offered_rate(*workload, result.summary);
    measured.requests = static_cast<const RequestCounts&>(result.summary);
    for (const SloTerm& term : task_.terms) {
      measured.figures.push_back(slo_figure(term, result));
      if (task_.seeds > 1 || !measured.random) continue;
      measured.windows.push_back(window_of(term, result, config.slo, confidence_));
    }
    report(1);
    return measured;
  }

  /// Null where the draw of a thinned load left no request of the trace: a small one has few to
  /// keep. Such a run says nothing; other seeds and loads may.
  std::shared_ptr<const Workload> workload_of(const Scenario& scenario, std::uint64_t seed) {
    try {
      return shelf_.get(scenario, seed);
    } catch (const NoRequestLeft&) {
      if (!scenario.workload.prepared_by_seed() && scenario.workload.load >= 1) throw;
      return nullptr;
    }
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
      judged.empty_runs += run.requests.arrived == 0 ? 1 : 0;
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
    std::size_t requests = 0;
    for (const Measured& run : probe.runs) {
      if (run.requests.arrived > 0) result.values.push_back(run.figures[t]);
      requests += run.requests.arrived;
    }
    const MeanInterval mean = mean_interval(result.values, confidence_);
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
      // All met or none: that seeds agree says little of the next when there were few requests.
      if (at_least && (mean.mean == 0 || mean.mean == 1)) {
        const AlongInterval share = share_of(mean.mean, requests, confidence_);
        result.low = share.low;
        result.high = share.high;
      }
    } else if (probe.random()) {
      const AlongInterval& window = probe.runs.front().windows[t];
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
  double confidence_ = 0;  ///< of each look at a probe
  SharedWorkloads shelf_;
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
