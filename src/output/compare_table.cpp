#include <algorithm>
#include <cmath>

#include "core/version.hpp"
#include "output/compare_metrics.hpp"
#include "output/compare_report.hpp"
#include "output/number_text.hpp"

namespace pigou {
namespace {

constexpr std::size_t kColumn = 12;
constexpr std::size_t kWide = 22;

std::size_t label_width(const Comparison& comparison) {
  std::size_t width = 8;
  for (const auto& arm : comparison.arms) width = std::max(width, arm.label.size() + 2);
  return width;
}

/// Without targets goodput is throughput, and a second column of it says nothing.
bool shown(const Comparison& comparison, const CompareMetric& metric) {
  return metric.key != "goodput.requests_per_s" || &metric == &deciding_metric(comparison);
}

std::string figure_rows(const Comparison& comparison, std::size_t width) {
  std::string rows = left("router", width);
  for (const auto& metric : compare_metrics())
    if (shown(comparison, metric)) rows += right(metric.title, kColumn);
  rows += '\n';
  for (std::size_t arm = 0; arm < comparison.arms.size(); ++arm) {
    rows += left(comparison.arms[arm].label, width);
    for (const auto& metric : compare_metrics()) {
      const double mean = mean_of(comparison.values(arm, metric.figure));
      if (shown(comparison, metric)) rows += right(significant(mean * metric.scale, 4), kColumn);
    }
    rows += '\n';
  }
  return rows;
}

std::string signed_number(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  std::string text = value > 0 ? "+" : "";
  return text.append(significant(value, digits));
}

/// "+1.23" for facts and single seeds, "+1.23 ± 0.30" for samples.
std::string difference_text(const Comparison& comparison, const CompareMetric& metric,
                            std::size_t arm) {
  const PairedDifference difference = arm_difference(comparison, metric, 0, arm);
  std::string text = signed_number(difference.mean * metric.scale, 3);
  if (is_fact(comparison, metric, 0, arm) || !std::isfinite(difference.half_width)) return text;
  return text.append(" ± ").append(significant(difference.half_width * metric.scale, 2));
}

/// Figures as rows here: a difference with its interval is too wide for a column of the table
/// above.
std::string difference_rows(const Comparison& comparison) {
  std::string rows = "difference from " + comparison.arms.front().label;
  if (comparison.deterministic)
    rows += ", deterministic: no draw could matter\n";
  else if (comparison.seeds.size() == 1)
    rows += ", one seed, so no interval\n";
  else
    rows += ", 95 % intervals over " + std::to_string(comparison.seeds.size()) +
            " paired seeds (no ±: the same under every seed)\n";
  rows += left("", kColumn);
  for (std::size_t arm = 1; arm < comparison.arms.size(); ++arm)
    rows +=
        right(comparison.arms[arm].label, std::max(kWide, comparison.arms[arm].label.size() + 2));
  rows += '\n';
  for (const auto& metric : compare_metrics()) {
    if (!shown(comparison, metric)) continue;
    rows += left(metric.title, kColumn);
    for (std::size_t arm = 1; arm < comparison.arms.size(); ++arm)
      rows += right(difference_text(comparison, metric, arm),
                    std::max(kWide, comparison.arms[arm].label.size() + 2));
    rows += '\n';
  }
  return rows;
}

/// Requests that did not finish are in no latency figure, so they are named beside them.
std::string unfinished_rows(const Comparison& comparison) {
  std::string rows;
  for (const auto& arm : comparison.arms) {
    const RunSummary& run = arm.runs.front();
    if (run.finished == run.arrived) continue;
    rows += arm.label + ": " + grouped(run.arrived - run.finished) + " of " + grouped(run.arrived) +
            " requests did not finish (" + grouped(run.rejected) + " rejected, " +
            grouped(run.timed_out) + " timed out) and are in no latency figure\n";
  }
  return rows;
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
  return assumptions_text(comparison.arms.front().scenario, any);
}

std::string comparison_verdict(const Comparison& comparison) {
  const auto& arms = comparison.arms;
  const CompareMetric& metric = deciding_metric(comparison);
  std::vector<std::size_t> order(arms.size());
  std::vector<double> means;
  for (std::size_t arm = 0; arm < arms.size(); ++arm) {
    order[arm] = arm;
    means.push_back(mean_of(comparison.values(arm, metric.figure)));
  }
  const auto better = [&](std::size_t a, std::size_t b) {
    if (!std::isfinite(means[b])) return std::isfinite(means[a]);
    return metric.lower_is_better ? means[a] < means[b] : means[a] > means[b];
  };
  std::ranges::stable_sort(order, better);
  const std::size_t best = order[0];
  const std::size_t second = order.size() > 1 ? order[1] : order[0];
  const std::string what(metric.lower_is_better ? "mean end-to-end latency" : "goodput");
  const std::string unit = metric.lower_is_better ? " s" : " requests/s";
  const auto shown = [&](double value) { return significant(value, 4) + unit; };
  if (best == second || means[best] == means[second])
    return "No router won: the best two have the same " + what + ", " + shown(means[best]) + ".";
  const PairedDifference difference = arm_difference(comparison, metric, second, best);
  const std::string gap = shown(std::abs(difference.mean)) + " (" +
                          percent(std::abs(difference.mean / means[second])) + ")";
  const std::string names = arms[best].label + " over " + arms[second].label;
  const std::string size =
      what + " " + shown(means[best]) + ", " + gap + (metric.lower_is_better ? " less" : " more");
  if (is_fact(comparison, metric, best, second))
    return arms[best].label + " won: " + size + " than " + arms[second].label +
           "; every seed gives the same, so this is exact.";
  if (comparison.seeds.size() == 1)
    return arms[best].label + " did better on this one seed: " + size + " than " +
           arms[second].label + "; add --seeds to know how sure that is.";
  const std::string interval = "the 95 % interval of the difference is " +
                               signed_number(difference.low(), 4) + " to " +
                               signed_number(difference.high(), 4) + unit + " over " +
                               std::to_string(comparison.seeds.size()) + " paired seeds";
  if (difference.excludes_zero())
    return arms[best].label + " won: " + size + " than " + arms[second].label + "; " + interval +
           ".";
  return "No router won for sure: " + names + " by " + gap + " in " + what + ", but " + interval +
         " and holds zero.";
}

std::string comparison_table(const Comparison& comparison, const RunTimes& times,
                             const std::string& result_file) {
  const Scenario& scenario = comparison.arms.front().scenario;
  const BuildFacts facts = build_facts();
  const std::size_t width = label_width(comparison);
  std::string text = "scenario " + scenario.name + ", " + grouped(comparison.arms.size()) +
                     " routers, " + seeds_text(comparison) + ", backend cpu, pigou " +
                     std::string(facts.version) + " " + std::string(facts.revision) + "\n\n";
  text += figure_rows(comparison, width) + "\n";
  if (comparison.arms.size() > 1) text += difference_rows(comparison) + "\n";
  text += unfinished_rows(comparison);
  const RunSummary& run = comparison.arms.front().runs.front();
  text += model_lines(run);
  text += "assumed     " + comparison_assumptions(comparison) + "\n";
  text += "wall        " + significant(times.process_s, 3) + " s\n";
  text += "results     " +
          (result_file.empty() ? "not kept; add -o FILE.h5 or --json" : result_file) + "\n\n";
  return text + comparison_verdict(comparison) + "\n";
}

}  // namespace pigou
