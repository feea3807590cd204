#include "routing/llm_d/filters.hpp"

#include <algorithm>
#include <limits>

namespace pigou {
namespace {

/// Keeps the candidates for which keeps(i) says so.
template <class Keeps>
void keep_only(const EppPods& pods, Keeps keeps) {
  for (std::uint32_t i = 0; i < pods.count; ++i) pods.keep[i] = pods.kept(i) && keeps(i) ? 1 : 0;
}

template <class Keeps>
std::uint32_t count_kept(const EppPods& pods, Keeps keeps) {
  std::uint32_t n = 0;
  for (std::uint32_t i = 0; i < pods.count; ++i) n += pods.kept(i) && keeps(i) ? 1U : 0U;
  return n;
}

}  // namespace

void epp_filter_affinity(const EppAffinitySettings& settings, const EppPods& pods, double draw) {
  const std::uint32_t candidates = pods.kept_count();
  if (candidates <= 1 || settings.threshold <= 0 || draw < settings.exploration) return;
  const auto sticky = [&](std::uint32_t i) { return pods.hit_ratio(i) >= settings.threshold; };
  const std::uint32_t stuck = count_kept(pods, sticky);
  if (stuck == 0) return;
  if (settings.max_ttft_penalty_s > 0 && stuck < candidates) {
    double best[2] = {std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
    for (std::uint32_t i = 0; i < pods.count; ++i) {
      if (!pods.kept(i)) continue;
      const double ttft_s = settings.by_predictor ? pods.predicted_ttft_s[i]
                                                  : static_cast<double>(pods.tokens[i]) /
                                                        settings.peak_prefill_tokens_per_s;
      double& least = best[sticky(i) ? 0 : 1];
      least = std::min(least, ttft_s);
    }
    if (best[0] - best[1] > settings.max_ttft_penalty_s) return;
  }
  keep_only(pods, sticky);
}

void epp_filter_headroom(const EppPods& pods, double explore, double draw) {
  const std::uint32_t candidates = pods.kept_count();
  const auto meets = [&](std::uint32_t i) {
    return pods.ttft_headroom_s[i] >= 0 && pods.tpot_headroom_s[i] >= 0;
  };
  const std::uint32_t good = count_kept(pods, meets);
  if (candidates <= 1 || good == 0 || good == candidates) return;
  const bool negative = draw < explore;
  keep_only(pods, [&](std::uint32_t i) { return meets(i) != negative; });
}

void epp_filter_saturated(const EppSaturationSettings& settings, const EppPods& pods) {
  const double room = 1.0 + settings.headroom;
  if (settings.detector == EppDetector::kUtilization) {
    const auto free = [&](std::uint32_t i) {
      return pods.tick[i] >= 0 &&
             static_cast<double>(pods.waiting[i]) < settings.queue_depth * room &&
             pods.kv_usage[i] < settings.kv_usage * room;
    };
    if (count_kept(pods, free) > 0) keep_only(pods, free);
    return;
  }
  const auto requests =
      static_cast<std::int64_t>(static_cast<double>(settings.max_requests) * room);
  const auto tokens = static_cast<std::int64_t>(static_cast<double>(settings.max_tokens) * room);
  keep_only(pods, [&](std::uint32_t i) {
    const bool by_tokens = settings.mode != EppConcurrency::kRequests;
    const bool by_requests = settings.mode != EppConcurrency::kTokens;
    return !(by_requests && pods.requests[i] >= requests) &&
           !(by_tokens && pods.tokens[i] >= tokens);
  });
}

}  // namespace pigou
