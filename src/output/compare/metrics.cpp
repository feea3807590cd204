#include "output/compare/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace pigou {
namespace {

constexpr std::string_view kCompared[] = {"ttft_s.p50",
                                          "ttft_s.p90",
                                          "ttft_s.p99",
                                          "tpot_s.p50",
                                          "e2e_s.mean",
                                          "e2e_s.p50",
                                          "goodput.attained_fraction",
                                          "throughput.requests_per_s",
                                          "goodput.requests_per_s",
                                          "cache.hit_ratio",
                                          "balance.cv_pending_prefill_tokens"};

bool latency_wanders(const AlongTrace& along) {
  std::vector<double> latencies;
  for (const double e2e_s : along.e2e_s)
    if (!std::isnan(e2e_s)) latencies.push_back(e2e_s);
  return wanders(latencies);
}

}  // namespace

std::vector<const Figure*> compared_figures() { return figures_called(kCompared); }
std::vector<const Figure*> compared_counts() { return figures_called(kRequestCounts); }

bool has_targets(const Comparison& comparison) {
  const SloConfig& slo = comparison.arms.front().scenario.config.slo;
  return slo.ttft_s > 0 || slo.tpot_s > 0 || slo.e2e_s > 0;
}

const Figure& deciding_figure(const Comparison& comparison) {
  const Figure& attained = figure_called("goodput.attained_fraction");
  const auto first = comparison.values(0, attained);
  bool equal = true;
  for (std::size_t arm = 1; arm < comparison.arms.size(); ++arm)
    equal = equal && mean_of(comparison.values(arm, attained)) == mean_of(first);
  return has_targets(comparison) && !equal ? attained : figure_called("e2e_s.mean");
}

PairedDifference arm_difference(const Comparison& comparison, const Figure& figure,
                                std::size_t reference, std::size_t arm, double confidence) {
  return paired_difference(comparison.values(reference, figure), comparison.values(arm, figure),
                           confidence);
}

std::size_t pairs_of_arms(const Comparison& comparison) {
  return comparison.arms.size() * (comparison.arms.size() - 1) / 2;
}

double simultaneous_confidence(const Comparison& comparison) {
  return 1 - 0.05 / static_cast<double>(pairs_of_arms(comparison));
}

AlongInterval along_difference(const Comparison& comparison, std::size_t reference,
                               std::size_t arm) {
  const AlongTrace& a = comparison.arms[reference].along;
  const AlongTrace& b = comparison.arms[arm].along;
  const bool latency = deciding_figure(comparison).lower_is_better();
  std::vector<double> differences;
  for (std::size_t r = 0; r < std::min(a.e2e_s.size(), b.e2e_s.size()); ++r) {
    const double difference =
        latency ? b.e2e_s[r] - a.e2e_s[r] : double{0} + b.attained[r] - a.attained[r];
    if (!std::isnan(difference)) differences.push_back(difference);
  }
  AlongInterval lead = difference_along(differences, 0.95);
  if (latency_wanders(a) && latency_wanders(b)) lead.low = lead.high = NAN;
  return lead;
}

bool varies(const Comparison& comparison, const Figure& figure, std::size_t arm) {
  const auto values = comparison.values(arm, figure);
  const auto same = [&](double value) {
    return value == values.front() || (std::isnan(value) && std::isnan(values.front()));
  };
  const bool one_sample = comparison.arms[arm].runs.front().random && values.size() == 1;
  return one_sample || !std::ranges::all_of(values, same);
}

bool any_varies(const Comparison& comparison, std::size_t arm) {
  return std::ranges::any_of(
      compared_figures(), [&](const Figure* figure) { return varies(comparison, *figure, arm); });
}

bool is_fact(const Comparison& comparison, const Figure& figure, std::size_t a, std::size_t b) {
  return !varies(comparison, figure, a) && !varies(comparison, figure, b);
}

}  // namespace pigou
