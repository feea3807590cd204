#include "output/compare/metrics.hpp"

#include <algorithm>
#include <cmath>

namespace pigou {
namespace {

constexpr CompareMetric kMetrics[] = {
    {"ttft_s.p50", "TTFT p50 s", 1, true, [](const RunSummary& s) { return s.ttft.p50; }},
    {"ttft_s.p90", "TTFT p90 s", 1, true, [](const RunSummary& s) { return s.ttft.p90; }},
    {"ttft_s.p99", "TTFT p99 s", 1, true, [](const RunSummary& s) { return s.ttft.p99; }},
    {"tpot_s.p50", "TPOT p50 ms", 1e3, true, [](const RunSummary& s) { return s.tpot.p50; }},
    {"e2e_s.mean", "E2E mean s", 1, true, [](const RunSummary& s) { return s.e2e.mean; }},
    {"e2e_s.p50", "E2E p50 s", 1, true, [](const RunSummary& s) { return s.e2e.p50; }},
    {"goodput.attained_fraction", "SLO met %", 100, false,
     [](const RunSummary& s) { return s.slo_attained_fraction; }},
    {"throughput.requests_per_s", "requests/s", 1, false,
     [](const RunSummary& s) { return s.requests_per_s; }},
    {"goodput.requests_per_s", "goodput req/s", 1, false,
     [](const RunSummary& s) { return s.goodput_requests_per_s; }},
    {"cache.hit_ratio", "cache hit %", 100, false, [](const RunSummary& s) { return s.hit_ratio; }},
    {"balance.cv_pending_prefill_tokens", "imbalance x mean", 1, true,
     [](const RunSummary& s) { return s.cv_pending_prefill_tokens; }},
};

template <std::uint64_t RequestCounts::*kCount>
double count_of(const RunSummary& summary) {
  return static_cast<double>(summary.*kCount);
}

constexpr CompareMetric kCounts[] = {
    {"requests.arrived", "arrived req", 1, false, count_of<&RequestCounts::arrived>},
    {"requests.finished", "finished req", 1, false, count_of<&RequestCounts::finished>},
    {"requests.rejected", "rejected req", 1, true, count_of<&RequestCounts::rejected>},
    {"requests.timed_out", "timed out req", 1, true, count_of<&RequestCounts::timed_out>},
    {"requests.failed", "failed req", 1, true, count_of<&RequestCounts::failed>},
    {"requests.in_flight", "in flight req", 1, true, count_of<&RequestCounts::in_flight>},
    {"requests.retries", "retries", 1, true, count_of<&RequestCounts::retries>},
};

const CompareMetric& metric_called(std::string_view key) {
  for (const auto& metric : kMetrics)
    if (metric.key == key) return metric;
  return kMetrics[0];
}

bool latency_wanders(const AlongTrace& along) {
  std::vector<double> latencies;
  for (const double e2e_s : along.e2e_s)
    if (!std::isnan(e2e_s)) latencies.push_back(e2e_s);
  return wanders(latencies);
}

}  // namespace

std::span<const CompareMetric> compare_metrics() { return kMetrics; }
std::span<const CompareMetric> compare_counts() { return kCounts; }

bool has_targets(const Comparison& comparison) {
  const SloConfig& slo = comparison.arms.front().scenario.config.slo;
  return slo.ttft_s > 0 || slo.tpot_s > 0 || slo.e2e_s > 0;
}

const CompareMetric& deciding_metric(const Comparison& comparison) {
  const CompareMetric& attained = metric_called("goodput.attained_fraction");
  const auto first = comparison.values(0, attained.figure);
  bool equal = true;
  for (std::size_t arm = 1; arm < comparison.arms.size(); ++arm)
    equal = equal && mean_of(comparison.values(arm, attained.figure)) == mean_of(first);
  return has_targets(comparison) && !equal ? attained : metric_called("e2e_s.mean");
}

PairedDifference arm_difference(const Comparison& comparison, const CompareMetric& metric,
                                std::size_t reference, std::size_t arm, double confidence) {
  return paired_difference(comparison.values(reference, metric.figure),
                           comparison.values(arm, metric.figure), confidence);
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
  const bool latency = deciding_metric(comparison).lower_is_better;
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

bool varies(const Comparison& comparison, const CompareMetric& metric, std::size_t arm) {
  const auto values = comparison.values(arm, metric.figure);
  const auto same = [&](double value) {
    return value == values.front() || (std::isnan(value) && std::isnan(values.front()));
  };
  const bool one_sample = comparison.arms[arm].runs.front().random && values.size() == 1;
  return one_sample || !std::ranges::all_of(values, same);
}

bool any_varies(const Comparison& comparison, std::size_t arm) {
  return std::ranges::any_of(compare_metrics(), [&](const CompareMetric& metric) {
    return varies(comparison, metric, arm);
  });
}

bool is_fact(const Comparison& comparison, const CompareMetric& metric, std::size_t a,
             std::size_t b) {
  return !varies(comparison, metric, a) && !varies(comparison, metric, b);
}

}  // namespace pigou
