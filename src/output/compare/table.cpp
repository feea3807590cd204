#include <algorithm>
#include <cmath>

#include "output/compare/metrics.hpp"
#include "output/compare/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/seed_note.hpp"
#include "output/text/table.hpp"

namespace pigou {
namespace {

constexpr std::size_t kPage = 100;

/// Goodput figures say something only where targets are set.
bool shown(const Comparison& comparison, const Figure& metric) {
  return !metric.key.starts_with("goodput.") || has_targets(comparison);
}

/// A table of figures as rows and routers as columns, from router `first` on.
template <class Cell>
std::string rows_of(const Comparison& comparison, const std::string& title,
                    const std::vector<const Figure*>& metrics, std::size_t first,
                    std::size_t narrowest, Cell cell) {
  using Side = TableColumn::Side;
  std::vector<TableColumn> columns = {{"", "", Side::kLeft, 16}};
  for (std::size_t arm = first; arm < comparison.arms.size(); ++arm)
    columns.push_back({comparison.arms[arm].label, "", Side::kRight, narrowest});
  TextTable table(columns);
  for (const Figure* metric : metrics) {
    std::vector<std::string> cells = {metric->heading()};
    for (std::size_t arm = first; arm < comparison.arms.size(); ++arm)
      cells.push_back(cell(*metric, arm));
    table.row(cells);
  }
  return title + "\n" + table.text(kPage);
}

std::vector<const Figure*> shown_metrics(const Comparison& comparison) {
  std::vector<const Figure*> metrics;
  for (const Figure* metric : compared_figures())
    if (shown(comparison, *metric)) metrics.push_back(metric);
  return metrics;
}

RequestCounts counts_of(const CompareArm& arm) {
  RequestCounts counts;
  for (const RunSummary& run : arm.runs) counts += run;
  return counts;
}

bool all_plain(const Comparison& comparison) {
  return std::ranges::all_of(comparison.arms, [](const CompareArm& arm) {
    const RequestCounts counts = counts_of(arm);
    return counts.all_finished() && counts.retries == 0;
  });
}

/// Where every request finished at its first attempt there is nothing to count; else all that is
/// not zero everywhere.
std::vector<const Figure*> shown_counts(const Comparison& comparison) {
  std::vector<const Figure*> metrics;
  if (all_plain(comparison)) return metrics;
  for (const Figure* metric : compared_counts()) {
    const bool some = std::ranges::any_of(comparison.arms, [&](const CompareArm& arm) {
      return std::ranges::any_of(arm.runs, [&](const auto& run) { return metric->value(run) > 0; });
    });
    if (some) metrics.push_back(metric);
  }
  return metrics;
}

std::string count_text(double mean) {
  return mean == std::floor(mean) ? grouped(static_cast<std::uint64_t>(mean))
                                  : significant(mean, 4);
}

std::string figure_rows(const Comparison& comparison) {
  const std::size_t seeds = comparison.seeds.size();
  const std::string title = seeds == 1 ? "figures of one run of each router"
                                       : "figures, mean over " + std::to_string(seeds) + " seeds";
  std::vector<const Figure*> metrics = shown_counts(comparison);
  for (const Figure* metric : shown_metrics(comparison)) metrics.push_back(metric);
  const auto cell = [&](const Figure& metric, std::size_t arm) {
    const double mean = mean_of(comparison.values(arm, metric));
    return metric.key.starts_with("requests.") ? count_text(mean)
                                               : significant(mean * metric.shown.scale, 4);
  };
  return rows_of(comparison, title, metrics, 0, 12, cell);
}

std::string signed_number(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  std::string text = value > 0 ? "+" : "";
  return text.append(significant(value, digits));
}

/// "+1.23" for facts and single seeds, "+1.23 ± 0.30" for samples.
std::string difference_text(const Comparison& comparison, const Figure& metric, std::size_t arm) {
  const PairedDifference difference = arm_difference(comparison, metric, 0, arm);
  std::string text = signed_number(difference.mean * metric.shown.scale, 3);
  const bool same = difference.half_width == 0;
  if (same || is_fact(comparison, metric, 0, arm) || !std::isfinite(difference.half_width))
    return text;
  return text.append(" ± ").append(significant(difference.half_width * metric.shown.scale, 2));
}

std::string difference_rows(const Comparison& comparison) {
  std::string title = "difference from " + comparison.arms.front().label;
  if (comparison.deterministic)
    title += ", exact";
  else if (comparison.seeds.size() == 1)
    title += ", one seed, so no interval";
  else
    title += " ± 95 % interval, " + std::to_string(comparison.seeds.size()) +
             " paired seeds (no ±: the same under every seed)";
  const auto cell = [&](const Figure& metric, std::size_t arm) {
    return difference_text(comparison, metric, arm);
  };
  return rows_of(comparison, title, shown_metrics(comparison), 1, 20, cell);
}

/// All routers by the deciding figure, the best first.
std::string ranking_text(const Comparison& comparison) {
  const Figure& metric = deciding_figure(comparison);
  std::string text = "by " + metric.heading() + ": ";
  for (const std::size_t arm : comparison_ranking(comparison))
    text.append(text.ends_with(": ") ? "" : ", ")
        .append(comparison.arms[arm].label)
        .append(" ")
        .append(significant(mean_of(comparison.values(arm, metric)) * metric.shown.scale, 4));
  return text;
}

/// What the seeds changed: nothing anywhere, or under which routers.
std::string draws_text(const Comparison& comparison) {
  if (comparison.deterministic)
    return "nothing is drawn under any router: one run of each, deterministic";
  if (comparison.seeds.size() == 1) return "one seed, so nothing is known of the next";
  std::string none, same;
  const auto add = [](std::string& list, const std::string& label) {
    list += (list.empty() ? "" : ", ") + label;
  };
  for (std::size_t arm = 0; arm < comparison.arms.size(); ++arm) {
    if (!comparison.arms[arm].runs.front().random)
      add(none, comparison.arms[arm].label);
    else if (!any_varies(comparison, arm))
      add(same, comparison.arms[arm].label);
  }
  std::string text = "each draws anew (jitter, ties, samples, phases)";
  if (!none.empty()) text += "; nothing is drawn under " + none + ": one run, exact";
  if (!same.empty()) text += "; the draws changed no figure under " + same;
  return text;
}

/// Requests that did not finish are in no latency figure, so they are named beside them.
std::string latencies_text(const Comparison& comparison) {
  const std::string tpot = "; TPOT over those of them with 2 tokens and more";
  const bool all = std::ranges::all_of(
      comparison.arms, [](const CompareArm& arm) { return counts_of(arm).all_finished(); });
  if (all)
    return "over finished requests: all " + grouped(comparison.arms.front().runs.front().arrived) +
           " of every run" + tpot;
  std::string text = "over finished requests: ";
  for (const CompareArm& arm : comparison.arms) {
    const RequestCounts counts = counts_of(arm);
    text.append(text.ends_with(": ") ? "" : ", ")
        .append(arm.label)
        .append(" ")
        .append(grouped(counts.finished))
        .append(" of ")
        .append(grouped(counts.arrived));
  }
  return text + (comparison.seeds.size() > 1 ? " over all seeds" : "") + tpot;
}

/// What the intervals of the table promise together.
std::string intervals_text(const Comparison& comparison) {
  const std::uint64_t count = shown_metrics(comparison).size() * (comparison.arms.size() - 1);
  std::string text = "Student's t over the seeds, each ± at 95 % by itself: of " + grouped(count) +
                     " such intervals about " + significant(static_cast<double>(count) * 0.05, 2) +
                     " leave out the truth";
  if (comparison.arms.size() > 2)
    text += "; those of the answer are corrected for the " +
            std::to_string(pairs_of_arms(comparison)) + " pairs of routers (Bonferroni)";
  return text;
}

std::string seeds_text(const Comparison& comparison) {
  const auto& seeds = comparison.seeds;
  if (seeds.size() == 1) return "seed " + std::to_string(seeds.front());
  return "seeds " + std::to_string(seeds.front()) + " to " + std::to_string(seeds.back());
}

}  // namespace

std::string comparison_assumptions(const Comparison& comparison) {
  RunSummary any = comparison.arms.front().runs.front();
  any.random = !comparison.deterministic;
  std::vector<RouterUse> routers;
  for (const CompareArm& arm : comparison.arms)
    routers.push_back({arm.scenario.config.router.name, arm.label, arm.runs.front().unused});
  std::vector<std::string> clauses = assumptions(comparison.arms.front().scenario, any, routers);
  const std::string note = seed_note(comparison.seeds.size(), !comparison.deterministic);
  if (!note.empty()) clauses.push_back(note);
  return joined(clauses);
}

std::string comparison_table(const Comparison& comparison, const RunTimes& times,
                             const std::string& result_file) {
  const Scenario& scenario = comparison.arms.front().scenario;
  const RunSummary& run = comparison.arms.front().runs.front();
  std::size_t runs = 0;
  for (const auto& arm : comparison.arms) runs += arm.runs.size();
  std::string text = "scenario " + scenario.name + ", " + grouped(run.arrived) + " requests, " +
                     grouped(comparison.arms.size()) + " routers, " + seeds_text(comparison) +
                     ", " + build_text() + "\n\n";
  text += paragraph("", comparison_verdict(comparison), 0) + "\n";
  text += figure_rows(comparison) + "\n" + difference_rows(comparison) + "\n";
  if (comparison.arms.size() > 3) text += paragraph("ranking", ranking_text(comparison));
  text += paragraph("figures",
                    "TTFT: time to first token; TPOT: time per further token; E2E: whole request; "
                    "imbalance: how unevenly prompts still to compute lie on the instances "
                    "(standard deviation over mean)");
  text += paragraph("latencies", latencies_text(comparison));
  if (has_targets(comparison)) text += paragraph("SLO", slo_text(scenario.config.slo));
  text += paragraph("seeds", draws_text(comparison));
  if (comparison.seeds.size() > 1) text += paragraph("intervals", intervals_text(comparison));
  const std::string windows = comparison_windows(comparison);
  if (!windows.empty()) text += paragraph("windows", windows);
  text += model_lines(run);
  text += paragraph("assumed", comparison_assumptions(comparison));
  text += paragraph("wall", significant(times.process_s, 3) + " s for " + grouped(runs) + " runs");
  text += paragraph("results",
                    result_file.empty() ? "not kept; add -o FILE.h5 or --json" : result_file);
  return text;
}

}  // namespace pigou
