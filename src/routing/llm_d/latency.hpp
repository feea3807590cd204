// What llm-d's latency predictor is replaced by here.
#pragma once

#include <vector>

#include "routing/llm_d/pods.hpp"
#include "routing/llm_d/settings.hpp"

namespace pigou {

/// Predicts, for every pod of a side,
///   TTFT = seconds per prompt token of its engine x (tokens in flight there + the request's
///   uncached tokens)
///   TPOT = predicted_tpot_base_s + predicted_tpot_per_request_s x scraped running requests
/// and the headroom to the targets. The real one is a regression trained as requests finish, in a
/// sidecar, on KV usage, queue, running requests, prompt length, prefix hit and tokens in flight;
/// its weights are a deployment's own. A pod that only prefills has TPOT headroom 0, as in llm-d.
class EppPredictor {
 public:
  EppPredictor(const EppLatencySettings& settings, std::uint32_t pods)
      : settings_(settings),
        ttft_s_(pods, 0),
        ttft_headroom_s_(pods, 0),
        tpot_headroom_s_(pods, 0) {}

  /// Fills the predicted columns of `pods`; needs matched, tokens, running.
  void predict(EppPods& pods, const double* prefill_s_per_token);

 private:
  EppLatencySettings settings_;
  std::vector<double> ttft_s_, ttft_headroom_s_, tpot_headroom_s_;
};

}  // namespace pigou
