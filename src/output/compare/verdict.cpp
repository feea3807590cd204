#include <algorithm>
#include <cmath>

#include "output/compare/metrics.hpp"
#include "output/compare/report.hpp"
#include "output/text/numbers.hpp"

namespace pigou {
namespace {

/// How amounts of the deciding figure are written: seconds, or shares in percent and points.
struct Wording {
  const Comparison& comparison;
  const Figure& metric;
  bool latency = metric.lower_is_better();

  std::string value(double mean) const {
    if (latency) return "mean end-to-end latency " + significant(mean, 4) + " s";
    const SloConfig& slo = comparison.arms.front().scenario.config.slo;
    return significant(mean * 100, 4) + " % of requests met the targets (" + slo_text(slo) + ")";
  }

  std::string amount(double difference) const {
    return significant(difference * metric.shown.scale, 3) + (latency ? " s" : " points");
  }

  /// "0.337 s (3.3 %) less than b, 95 % interval 0.293 to 0.381 s over 5 paired seeds"
  std::string gap(std::size_t best, std::size_t other, double other_mean) const {
    const PairedDifference difference =
        arm_difference(comparison, metric, other, best, simultaneous_confidence(comparison));
    std::string text = amount(std::abs(difference.mean));
    if (latency) text += " (" + percent(std::abs(difference.mean / other_mean)) + ")";
    text += (latency ? " less than " : " more than ") + comparison.arms[other].label;
    if (is_fact(comparison, metric, best, other)) return text + ", the same under every seed";
    if (comparison.seeds.size() == 1) return text + " on this one seed";
    const double low = latency ? -difference.high() : difference.low();
    const double high = latency ? -difference.low() : difference.high();
    text += ", 95 % interval " + significant(low * metric.shown.scale, 3) + " to " + amount(high) +
            " over " + std::to_string(comparison.seeds.size()) + " paired seeds";
    if (comparison.arms.size() > 2)
      text += ", for all " + std::to_string(pairs_of_arms(comparison)) + " pairs at once";
    return text;
  }
};

std::vector<double> deciding_means(const Comparison& comparison) {
  std::vector<double> means;
  for (std::size_t arm = 0; arm < comparison.arms.size(); ++arm)
    means.push_back(mean_of(comparison.values(arm, deciding_figure(comparison))));
  return means;
}

}  // namespace

std::vector<std::size_t> comparison_ranking(const Comparison& comparison) {
  const std::vector<double> means = deciding_means(comparison);
  const bool lower = deciding_figure(comparison).lower_is_better();
  std::vector<std::size_t> order(means.size());
  for (std::size_t arm = 0; arm < means.size(); ++arm) order[arm] = arm;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    if (!std::isfinite(means[a]) || !std::isfinite(means[b]))
      return std::isfinite(means[a]) > std::isfinite(means[b]);
    return lower ? means[a] < means[b] : means[a] > means[b];
  });
  return order;
}

std::string comparison_windows(const Comparison& comparison) {
  const Figure& metric = deciding_figure(comparison);
  const auto order = comparison_ranking(comparison);
  const AlongInterval lead = along_difference(comparison, order[1], order[0]);
  if (!std::isfinite(lead.mean)) return "";
  const Wording words{comparison, metric};
  const bool latency = metric.lower_is_better();
  std::string text = "along the run of seed " + std::to_string(comparison.seeds.front()) + ", " +
                     comparison.arms[order[0]].label + " leads " + comparison.arms[order[1]].label +
                     " by " + words.amount(latency ? 0 - lead.mean : lead.mean);
  if (std::isnan(lead.low))
    return text + (lead.blocks < 2 ? ", by one request, so without an interval"
                                   : ", without an interval: latency wanders along both runs, as "
                                     "it does past saturation, so no stretch of them stands for "
                                     "another");
  // 0 - x, as -x of nothing is written -0.
  const double low = latency ? 0 - lead.high : lead.low, high = latency ? 0 - lead.low : lead.high;
  return text + ", 95 % interval " + significant(low * metric.shown.scale, 3) + " to " +
         words.amount(high) + " by batch means (" + grouped(lead.blocks) + " blocks of " +
         grouped(lead.block) + (lead.block == 1 ? " request" : " requests") +
         "): how far the lead depends on the stretch of trace that was replayed" +
         (comparison.seeds.size() == 1 ? ", and nothing about other seeds" : "");
}

std::string comparison_verdict(const Comparison& comparison) {
  const auto& arms = comparison.arms;
  const Figure& metric = deciding_figure(comparison);
  const Wording words{comparison, metric};
  const std::vector<double> means = deciding_means(comparison);
  const auto order = comparison_ranking(comparison);
  const std::size_t best = order.front();
  const std::size_t second = order[1];
  if (!std::isfinite(means[best])) return "No router won: no request finished under any of them.";
  if (!std::isfinite(means[second]))
    return arms[best].label + " won: no request finished under the others.";
  if (means[best] == means[second])
    return "No router won: under the best two " + words.value(means[best]) + ".";
  const bool fact = is_fact(comparison, metric, best, second);
  const bool one_seed = !fact && comparison.seeds.size() == 1;
  const bool sure =
      fact || arm_difference(comparison, metric, second, best, simultaneous_confidence(comparison))
                  .excludes_zero();
  std::string text = arms[best].label;
  text += one_seed ? " did better" : sure ? " won" : " was ahead, but not surely";
  text += ": " + words.value(means[best]) + ", " + words.gap(best, second, means[second]);
  if (!sure && !one_seed) text += ", which holds zero";
  if (best != 0 && second != 0 && std::isfinite(means[0]))
    text += "; " + words.gap(best, 0, means[0]);
  if (one_seed) return text + ". Add --seeds to know how sure that is.";
  return text + (sure ? "." : ". Add --seeds to tell the first two apart.");
}

}  // namespace pigou
