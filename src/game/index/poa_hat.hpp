// PoA-hat, the published index: cost of the placing observed over that of the best one-to-one
// placing, on a cost matrix frozen at the window's first arrival. Georgiou, "The Price of Anarchy
// in Disaggregated Inference", arXiv 2606.17081 section 6.4; the residents form as in the author's
// athrael-soju/Narwhal@cb74e11 evals/topology-walk/game3-hindsight-replay.sh, the logit form with
// the cost of Dynamo's KV router (yuekaizhang/dynamo@e3619ce0 lib/llm/src/kv_router/scheduler.rs).
// A historical index: it falls past the knee, and is below 1 where one-to-one forces worse choices.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"

namespace pigou {

/// A finished request as the residents form sees it.
struct ServedRequest {
  double arrival_s = 0;
  double ttft_s = 0;
  double prefill_s = 0;  ///< of its prompt alone, with nothing cached
  InstanceId engine;     ///< that prefilled it, below the number of engines
};

/// One window's costs in the form's own unit.
struct IndexWindow {
  double observed = 0, optimal = 0;
  double worst =
      0;  ///< each on its dearest engine: observed / optimal cannot exceed worst / optimal

  double ratio() const { return observed / optimal; }
};

/// Over windows: ratios' median, 90th percentile and maximum, and the ratio of the sums, which is
/// the published table's. NaN without windows.
struct PoaHat {
  std::uint64_t windows = 0;
  double median = 0, p90 = 0, max = 0, of_sums = 0;
  double bound = 0;  ///< sum of worst over sum of optimal
};

PoaHat summarise(std::span<const IndexWindow> windows);

/// Windows of `engines` requests each in order of arrival; `served` is sorted by it. cost(r, e) =
/// prefill_r (1 + what those resident at e still had to prefill when they came, in seconds); who
/// arrived before the window is resident until its first token. The published code counts the
/// window's own first request too, which biases it upwards; this does not. The matrix is a product
/// of one factor per request and one per engine, so that sorting finds the best.
std::vector<IndexWindow> residents_windows(std::span<const ServedRequest> served,
                                           std::uint32_t engines);

/// A window of placements with the router's books at its first: one member per engine.
struct LogitWindow {
  std::uint32_t engines = 0;
  std::vector<double> prefill_blocks;  ///< by engine: booked and not yet prefilled
  std::vector<double> decode_blocks;   ///< by engine: active
  std::vector<double> prompt_blocks;   ///< by member
  std::vector<double> cached_blocks;   ///< members x engines
  std::vector<InstanceId> chosen;      ///< by member
};

/// logit(r, e) = overlap weight x (queued + uncached blocks) + (active + new blocks).
IndexWindow logit_window(const LogitWindow& window, double overlap_weight);

/// What an estimator is that sets W requests, observed, against N engines, one each: nearly W / N
/// whatever the router does, since the observed side has W terms and the best one N.
double rectangular_ratio(std::uint32_t requests, std::uint32_t engines);

}  // namespace pigou
