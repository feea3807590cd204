// llm-d's saturation detector and the odds of shedding that follow from it.
#pragma once

#include <algorithm>
#include <span>

#include "routing/llm_d/pods.hpp"
#include "routing/llm_d/settings.hpp"

namespace pigou {

/// How full the pods are; 1 is full, an empty pool is 1. By utilization the mean over pods of
/// max(waiting / queue_depth, KV usage / kv_usage), a pod never scraped being 1; by concurrency
/// requests (tokens, the fuller of both) in flight over capacity. The pool is both sides of a split
/// cluster together.
double epp_saturation(const EppSaturationSettings& settings, std::span<const EppPods> sides);

/// Probability that a sheddable request is rejected at this saturation.
inline double epp_reject_probability(double saturation) {
  double power = 1;
  for (int k = 0; k < 5; ++k) power *= saturation;
  return std::min(1.0, 300 * power);
}

}  // namespace pigou
