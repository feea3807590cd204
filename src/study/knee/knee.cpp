#include "study/knee/knee.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "game/knee/drift.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"
#include "study/executor/shared_workloads.hpp"
#include "study/knee/stays.hpp"
#include "study/statistics/paired_differences.hpp"
#include "workload/transform.hpp"

namespace pigou {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Throws unless loads have a rate. `scenario` is at load 1.
void check_rate(const Workload& workload) {
  if (workload.nominal.per_s() > 0) return;
  if (workload.trace.closed_loop())
    throw UserError("sessions have no rate", "they start together",
                    "set workload.sessions.start to recorded, or to poisson with sessions.rate");
  throw UserError("requests have no rate", "they wait for answers, or come at one instant",
                  "remove workload.concurrency, or set workload.arrivals");
}

class Measuring {
 public:
  Measuring(KneeTask& task, unsigned threads,
            const std::function<bool(const KneeProgress&)>& progress)
      : task_(task), threads_(threads), progress_(progress) {}

  void run() {
    KneeCell& first = task_.cells.front();
    check_and_note(first);
    find_reference(first);
    // Chains of one part share its workloads, so they stand together; the whole comes first.
    const std::size_t cells = task_.cells.size();
    for (KneeCell& cell : task_.cells) cell.parts.resize(task_.parts);
    state_.chains_total = cells * (task_.parts + 1);
    run_parallel(state_.chains_total, threads_,
                 [&](std::size_t i) { run_chain(task_.cells[i % cells], i / cells); });
    task_.runs = state_.runs_done;
  }

 private:
  void check_and_note(const KneeCell& cell) {
    Scenario scenario = resolve(cell, 0, 1);
    const auto workload = shelf_.get(scenario, scenario.config.seed);
    check_rate(*workload);
    task_.sessions = workload->nominal.of_sessions();
  }

  void find_reference(KneeCell& cell) {
    if (!task_.loads.grid.empty()) return;
    double rate = 0;
    const auto reference = low_reference([&](double load) { return measure(cell, 0, load, rate); });
    if (!reference)
      throw UserError("no limit was found",
                      "from a 10,000th to 100,000 times the trace's load its backlog never turns "
                      "from steady to growing",
                      "give --load FIRST:LAST:STEP, or a trace of more requests");
    task_.loads.grid = geometric_loads(*reference);
  }

  /// Chain 0 of a cell is the whole trace, the others its parts.
  void run_chain(KneeCell& cell, std::size_t part) {
    KneeChain& chain = part == 0 ? cell.whole : cell.parts[part - 1];
    double rate = 0;
    chain = climb(task_.loads, [&](double load) { return measure(cell, part, load, rate); });
    chain.rate_per_s = rate;
    report(0, 1);
  }

  static Scenario resolve_at(const KneeCell& cell, std::size_t part, std::size_t parts,
                             double load) {
    ScenarioRequest request = cell.request;
    request.varied.push_back("workload.load=" + shortest_text(load));
    if (part > 0)
      request.varied.push_back("workload.part=\"" + std::to_string(part) + "/" +
                               std::to_string(parts) + "\"");
    return resolve_scenario(request);
  }
  Scenario resolve(const KneeCell& cell, std::size_t part, double load) const {
    return resolve_at(cell, part, task_.parts, load);
  }

  /// Chain 0 of a cell alone writes what the cell keeps of its runs.
  LoadPoint measure(KneeCell& cell, std::size_t part, double load, double& rate_per_s) {
    const Scenario scenario = resolve(cell, part, load);
    SimulationConfig config = scenario.config;
    config.output.requests = RequestOutput::kFull;
    config.output.decisions = {};
    LoadPoint point;
    point.load = load;
    std::shared_ptr<const Workload> workload;
    try {
      workload = shelf_.get(scenario, config.seed);
    } catch (const NoRequestLeft&) {
      if (load >= 1 && part == 0) throw;
      throw UserError("the trace is too short for its knee",
                      "at load " + shortest_text(load) +
                          (part > 0 ? " a part of it has no request" : " it has no request"),
                      "use a longer one, or --load with a higher first load");
    }
    rate_per_s = workload->nominal.per_s() / load;
    const RunResult result =
        run_simulation(workload, config, [&](const Progress&) { return report(0, 0); });
    point.ttft_s = result.summary.ttft.mean;
    point.e2e_s = result.summary.e2e.mean;
    point.cost_s = task_.cost == SocialCost::kTtft ? point.ttft_s : point.e2e_s;
    point.hit_ratio = result.summary.hit_ratio;
    point.requests += result.summary;
    const std::vector<Stay> stays = stays_of(*workload, result.requests);
    point.drift = drift_of(stays, first_begin_s(stays), workload->nominal.length_s);
    if (part == 0 && (cell.lowest_load == 0 || load < cell.lowest_load)) {
      cell.lowest = result.summary;
      cell.lowest_load = load;
    }
    report(1, 0);
    return point;
  }

  bool report(std::uint64_t runs, std::size_t chains) {
    const std::lock_guard lock(mutex_);
    state_.runs_done += runs;
    state_.chains_done += chains;
    if (!progress_(state_)) throw Interrupted{};
    return true;
  }

  KneeTask& task_;
  unsigned threads_;
  const std::function<bool(const KneeProgress&)>& progress_;
  SharedWorkloads shelf_;
  std::mutex mutex_;
  KneeProgress state_;
};

/// A part's load is relative to that part as recorded: where a stretch has fewer but longer
/// requests (the conversation trace), loads agree and rates per second do not.
KneeEstimate estimate(const KneeCell& cell, std::optional<double> KneeChain::*found,
                      double confidence) {
  KneeEstimate estimate;
  estimate.load = cell.whole.*found;
  std::vector<double> known;
  for (const KneeChain& part : cell.parts) {
    const auto& load = part.*found;
    estimate.by_part.push_back(load.value_or(kNaN));
    if (load) known.push_back(estimate.by_part.back());
  }
  const bool enough = estimate.load && known.size() >= kLeastParts;
  const double half = enough ? mean_interval(known, confidence).half_width : kNaN;
  estimate.low = enough ? std::max(0.0, *estimate.load - half) : kNaN;
  estimate.high = enough ? *estimate.load + half : kNaN;
  return estimate;
}

}  // namespace

std::vector<KneeCell> knee_cells(const ScenarioRequest& request,
                                 const std::vector<std::string>& routers,
                                 const std::vector<Axis>& axes) {
  std::vector<KneeCell> cells;
  const std::size_t points = axes.empty() ? 1 : grid_points(axes);
  const auto add = [&](const std::optional<std::string>& router, std::size_t point) {
    KneeCell cell;
    cell.request = request;
    cell.request.router = router;
    if (!axes.empty()) cell.settings = grid_settings(axes, point);
    for (const Setting& setting : cell.settings)
      cell.request.varied.push_back(setting.key + "=" + setting.value);
    cell.scenario = resolve_scenario(cell.request);
    cell.label = cell.scenario.config.router.name;
    if (router && router->find(':') != std::string::npos)
      cell.label += router->substr(router->find(':'));
    cells.push_back(std::move(cell));
  };
  for (std::size_t point = 0; routers.empty() && point < points; ++point) add({}, point);
  for (const std::string& router : routers)
    for (std::size_t point = 0; point < points; ++point) add(router, point);
  return cells;
}

void find_knees(KneeTask& task, unsigned threads,
                const std::function<bool(const KneeProgress&)>& progress) {
  require(!task.cells.empty() && task.parts >= kLeastParts, "a knee has routers and parts");
  Measuring(task, threads, progress).run();
  for (KneeCell& cell : task.cells) {
    cell.onset = estimate(cell, &KneeChain::onset, task.confidence);
    cell.limit = estimate(cell, &KneeChain::limit, task.confidence);
  }
}

}  // namespace pigou
