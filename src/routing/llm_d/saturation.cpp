#include "routing/llm_d/saturation.hpp"

namespace pigou {
namespace {

/// Sums over the candidates of all sides.
struct Load {
  double pods = 0;
  double utilization = 0;
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
};

void add_utilization(const EppSaturationSettings& settings, const EppPods& pods, Load& load) {
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    if (!pods.kept(i)) continue;
    const double queue = static_cast<double>(pods.waiting[i]) / settings.queue_depth;
    const double kv = pods.kv_usage[i] / settings.kv_usage;
    load.utilization += pods.tick[i] < 0 ? 1.0 : std::max(queue, kv);
  }
}

void add_concurrency(const EppPods& pods, Load& load) {
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    load.requests += pods.kept(i) ? pods.requests[i] : 0;
    load.tokens += pods.kept(i) ? pods.tokens[i] : 0;
  }
}

}  // namespace

double epp_saturation(const EppSaturationSettings& settings, std::span<const EppPods> sides) {
  const bool by_utilization = settings.detector == EppDetector::kUtilization;
  Load load;
  for (const EppPods& pods : sides) {
    load.pods += pods.kept_count();
    if (by_utilization)
      add_utilization(settings, pods, load);
    else
      add_concurrency(pods, load);
  }
  if (load.pods == 0) return 1;
  if (by_utilization) return load.utilization / load.pods;
  const double requests =
      static_cast<double>(load.requests) / (static_cast<double>(settings.max_requests) * load.pods);
  const double tokens =
      static_cast<double>(load.tokens) / (static_cast<double>(settings.max_tokens) * load.pods);
  switch (settings.mode) {
    case EppConcurrency::kRequests:
      return requests;
    case EppConcurrency::kTokens:
      return tokens;
    case EppConcurrency::kHybrid:
      break;
  }
  return std::max(requests, tokens);
}

}  // namespace pigou
