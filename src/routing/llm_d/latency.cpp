#include "routing/llm_d/latency.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "routing/llm_d/scorers.hpp"

namespace pigou {
namespace {

constexpr double kEqual = 1e-9;  // spans below this are none
constexpr double kSteps = 100;   // scores are whole hundredths

/// Least and most |headroom| of the pods in one bucket.
struct Span {
  double least = std::numeric_limits<double>::max();
  double most = -std::numeric_limits<double>::max();
  void add(double headroom) {
    least = std::min(least, std::abs(headroom));
    most = std::max(most, std::abs(headroom));
  }
  double width() const { return most - least; }
  double place(double headroom) const {
    return width() > kEqual ? (std::abs(headroom) - least) / width() : 0.5;
  }
};

/// How badly a pod is predicted to miss its targets; the first group that has pods is scored.
enum Group { kMeets, kIdle, kMissesTpot, kMissesTtft, kMissesBoth, kGroups };

Group group_of(const EppPods& pods, std::uint32_t i) {
  const bool ttft = pods.ttft_headroom_s[i] < 0;
  const bool tpot = pods.tpot_headroom_s[i] < 0;
  if (!ttft && !tpot) return kMeets;
  if (pods.requests[i] == 0) return kIdle;
  if (ttft && tpot) return kMissesBoth;
  return ttft ? kMissesTtft : kMissesTpot;
}

void score_group(const EppLatencySettings& settings, const EppPods& pods, Group group,
                 std::vector<double>& out) {
  Span ttft, tpot;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    if (!pods.kept(i) || group_of(pods, i) != group) continue;
    ttft.add(pods.ttft_headroom_s[i]);
    tpot.add(pods.tpot_headroom_s[i]);
  }
  const double sum = settings.ttft_weight + settings.tpot_weight;
  double alpha = sum > 0 ? settings.ttft_weight / sum : 1;
  double beta = sum > 0 ? settings.tpot_weight / sum : 0;
  const bool only_tpot = ttft.width() <= kEqual && tpot.width() > kEqual;
  const bool only_ttft = tpot.width() <= kEqual && ttft.width() > kEqual;
  if (only_tpot || only_ttft) {
    alpha = only_ttft ? 1 : 0;
    beta = 1 - alpha;
  }
  const bool most = settings.most_headroom && group == kMeets;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    if (!pods.kept(i) || group_of(pods, i) != group) continue;
    const double place =
        alpha * ttft.place(pods.ttft_headroom_s[i]) + beta * tpot.place(pods.tpot_headroom_s[i]);
    out[i] = (std::floor((most ? place : 1 - place) * kSteps) + 1) / kSteps;
  }
}

/// No prediction: KV usage, queue and prefix in equal parts, in whole hundredths.
void score_composite(const EppPods& pods, std::vector<double>& out) {
  std::uint32_t most = 0;
  for (std::uint32_t i = 0; i < pods.count; ++i)
    most = pods.kept(i) ? std::max(most, pods.waiting[i]) : most;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    const double queue =
        most == 0
            ? 1
            : (static_cast<double>(most) - static_cast<double>(std::min(most, pods.waiting[i]))) /
                  static_cast<double>(most);
    const double all = (1 - pods.kv_usage[i]) / 3 + queue / 3 + pods.hit_ratio(i) / 3;
    out[i] = std::round(all * kSteps) / kSteps;
  }
}

}  // namespace

void epp_score_latency(const EppLatencySettings& settings, const EppPods& pods,
                       std::vector<double>& out) {
  if (!settings.predicts) return score_composite(pods, out);
  std::fill(out.begin(), out.end(), 0.0);
  Group best = kGroups;
  for (std::uint32_t i = 0; i < pods.count; ++i)
    if (pods.kept(i)) best = std::min(best, group_of(pods, i));
  if (best != kGroups) score_group(settings, pods, best, out);
}

void EppPredictor::predict(EppPods& pods, const double* prefill_s_per_token) {
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    const auto tokens = static_cast<double>(pods.tokens[i] + pods.uncached_tokens(i));
    const double tpot_s =
        settings_.tpot_base_s + settings_.tpot_per_request_s * static_cast<double>(pods.running[i]);
    ttft_s_[i] = prefill_s_per_token[i] * tokens;
    ttft_headroom_s_[i] = settings_.ttft_slo_s - ttft_s_[i];
    tpot_headroom_s_[i] = pods.prefills_only ? 0.0 : settings_.tpot_slo_s - tpot_s;
  }
  pods.predicted_ttft_s = ttft_s_.data();
  pods.ttft_headroom_s = ttft_headroom_s_.data();
  pods.tpot_headroom_s = tpot_headroom_s_.data();
}

}  // namespace pigou
