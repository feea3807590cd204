#include <algorithm>
#include <cmath>

#include "output/capacity/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/request_counts.hpp"
#include "output/text/seed_note.hpp"
#include "output/text/setting_unit.hpp"
#include "output/text/table.hpp"

namespace pigou {
namespace {

std::string confidence_text(const CapacityTask& task) {
  return significant(task.confidence * 100, 3) + " % confidence";
}

std::string terms_text(const CapacityTask& task) {
  std::string text;
  for (const SloTerm& term : task.terms) text += (text.empty() ? "" : " and ") + term.text;
  return text;
}

std::string load_text(const CapacityTask& task, double load) {
  const std::string& key = task.axis.key;
  if (key == "load") return significant(load, 4) + "x";
  const std::string unit = setting_unit(key, task.arms.front().scenario);
  return significant(load, 4) + (unit == "1" ? "" : " " + unit);
}

std::string rate_text(const CapacityProbe& probe) {
  return significant(probe.requests_per_s, 4) + " requests/s";
}

const char* verdict_text(Verdict verdict) {
  return verdict == Verdict::kMeets ? "meets" : verdict == Verdict::kFails ? "fails" : "unsure";
}

/// A figure in the term's own unit.
std::string figure_text(const SloTerm& term, double value) {
  if (std::isinf(value)) return "never";
  if (term.at_least()) return percent(value);
  return term.text.ends_with("ms") ? significant(value * 1000, 3) + " ms"
                                   : significant(value, 3) + " s";
}

/// "3.21 s (3.05 to 3.37)": the mean over the seeds and the bounds the verdict was made with.
std::string term_text(const SloTerm& term, const TermProbe& probe, bool random) {
  std::string text = figure_text(term, probe.mean);
  if (!random || std::isinf(probe.mean)) return text;
  if (probe.of_share)
    return text + " (" + percent(probe.low) + " to " + percent(probe.high) + " within)";
  return text + " (" + figure_text(term, probe.low) + " to " + figure_text(term, probe.high) + ")";
}

std::string probe_rows(const CapacityTask& task, const CapacityArm& arm) {
  std::vector<const CapacityProbe*> probes;
  for (const auto& probe : arm.probes) probes.push_back(&probe);
  std::ranges::sort(probes, {}, [](const CapacityProbe* probe) { return probe->load; });
  using Side = TableColumn::Side;
  std::vector<TableColumn> columns = {{task.axis.key, "", Side::kRight, 12},
                                      {"requests/s"},
                                      {"seeds"},
                                      {"finished req", "", Side::kRight, 17},
                                      {"verdict", "", Side::kLeft}};
  for (const SloTerm& term : task.terms) columns.push_back({term.text, "", Side::kLeft, 30});
  TextTable table(columns);
  for (const CapacityProbe* probe : probes) {
    std::vector<std::string> cells = {load_text(task, probe->load),
                                      significant(probe->requests_per_s, 4),
                                      std::to_string(probe->terms.front().values.size()),
                                      share_text(probe->requests.finished, probe->requests.arrived),
                                      verdict_text(probe->verdict)};
    for (std::size_t t = 0; t < task.terms.size(); ++t)
      cells.push_back(term_text(task.terms[t], probe->terms[t], probe->random));
    table.row(cells);
  }
  return "probes of " + arm.label + "\n" + table.text();
}

std::string axis_text(const CapacityTask& task) {
  if (task.axis.key == "load")
    return "load: copies of the trace laid over each other, the last one in part (workload.load), "
           "so that times between turns stay; requests/s are nominal";
  if (task.axis.key == "workload.rate_scale")
    return "workload.rate_scale: arrival and think times divided, so that think times shrink too";
  return task.axis.key;
}

}  // namespace

std::string capacity_verdict(const CapacityTask& task, const CapacityArm& arm) {
  const CapacityProbe* meets = arm.at(arm.search.meets());
  const CapacityProbe* fails = arm.at(arm.search.fails());
  const auto sure = [&](const CapacityProbe& probe) {
    return probe.random ? " with " + confidence_text(task) : std::string(", exactly");
  };
  std::string text = arm.label + ": ";
  if (meets == nullptr) {
    if (arm.probes.empty()) return text + "nothing was tried.";
    const auto least = std::ranges::min_element(arm.probes, {}, &CapacityProbe::load);
    text += "no load was shown to meet " + terms_text(task) + "; the lowest tried, " +
            load_text(task, least->load) + " (" + rate_text(*least) + "), " +
            (least->verdict == Verdict::kFails ? "fails" + sure(*least) : "is unsure");
    const std::size_t runs = least->terms.front().values.size() + least->empty_runs;
    if (least->empty_runs > 0)
      text += ": of " + std::to_string(runs) + (runs == 1 ? " run " : " runs ") +
              std::to_string(least->empty_runs) + " kept no request of the trace";
    return text + ".";
  }
  text += "capacity " + rate_text(*meets) + " at " + load_text(task, meets->load) +
          ", which meets " + terms_text(task) + sure(*meets);
  if (fails == nullptr)
    return text + "; the highest load tried was not shown to fail: raise --high to find its end.";
  text += "; " + load_text(task, fails->load) + " (" + rate_text(*fails) + ") fails" +
          sure(*fails) + ", so the capacity lies from " + significant(meets->requests_per_s, 4) +
          " to " + rate_text(*fails);
  return text + ".";
}

std::string capacity_assumptions(const CapacityTask& task) {
  bool drawn = false;
  for (const CapacityArm& arm : task.arms)
    drawn = drawn || std::ranges::any_of(arm.probes, &CapacityProbe::random);
  return seed_note(task.seeds, drawn);
}

std::string capacity_table(const CapacityTask& task, const RunTimes& times) {
  const Scenario& scenario = task.arms.front().scenario;
  std::uint64_t runs = 0;
  std::string text =
      "capacity of " + scenario.name + " under " + terms_text(task) + ", " + build_text() + "\n\n";
  for (const CapacityArm& arm : task.arms) text += paragraph("", capacity_verdict(task, arm), 0);
  text += "\n";
  RequestCounts counts;
  for (const CapacityArm& arm : task.arms) {
    text += probe_rows(task, arm) + "\n";
    runs += arm.runs;
    for (const CapacityProbe& probe : arm.probes) counts += probe.requests;
  }
  text += paragraph("requests", counts_text(counts) + retries_text(counts) + ", in all runs");
  text += paragraph("latencies",
                    "over all requests that arrived: one that did not finish is infinitely late "
                    "(ITL: over the gaps there are)");
  text += paragraph("axis", axis_text(task));
  text += paragraph(
      "seeds", std::to_string(task.seeds) + " from " + std::to_string(task.first_seed) +
                   ", the same at every load and for every router; an unsure probe gets up to " +
                   std::to_string(task.most_seeds));
  text += paragraph("verdicts",
                    "each by the interval of its own load, in parentheses, at " +
                        confidence_text(task) + ": " +
                        (task.seeds > 1 ? "Student's t over the seeds, corrected for judging anew "
                                          "whenever they are doubled (Pocock)"
                                        : "batch means along the one run") +
                        "; not corrected for the number of loads tried");
  const std::string assumed = capacity_assumptions(task);
  if (!assumed.empty()) text += paragraph("assumed", assumed);
  const SloConfig& slo = scenario.config.slo;
  const std::string targets = slo_text(slo);
  if (!targets.empty()) text += paragraph("SLO", targets + ", for attainment");
  text += paragraph("wall", significant(times.process_s, 3) + " s for " + grouped(runs) + " runs");
  return text;
}

}  // namespace pigou
