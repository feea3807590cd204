// llm-d's filters: each may take candidates away before any is scored.
#pragma once

#include "routing/llm_d/pods.hpp"
#include "routing/llm_d/settings.hpp"

namespace pigou {

/// Keeps the pods that hold `threshold` of the prompt, unless none does, exploration says
/// otherwise, or the best of them is predicted to answer max_ttft_penalty_s later than the best
/// other pod. `draw` is uniform in [0, 1).
void epp_filter_affinity(const EppAffinitySettings& settings, const EppPods& pods, double draw);

/// Keeps the pods predicted to meet the targets, or, with probability `explore`, those predicted to
/// miss them; if only one kind is there, that.
void epp_filter_headroom(const EppPods& pods, double explore, double draw);

/// Takes away pods at or above the detector's limits. By utilization, if none is left, all stay; by
/// concurrency none may be left.
void epp_filter_saturated(const EppSaturationSettings& settings, const EppPods& pods);

}  // namespace pigou
