// The figures a comparison shows, and what it says of them.
#pragma once

#include <string>
#include <vector>

#include "study/compare.hpp"
#include "study/figures.hpp"
#include "study/statistics/batch_means.hpp"
#include "study/statistics/paired_differences.hpp"

namespace pigou {

/// The figures a comparison shows and takes differences of, in order.
std::vector<const Figure*> compared_figures();

/// What became of the requests, and retries.
std::vector<const Figure*> compared_counts();

/// Whether the scenario sets a latency target.
bool has_targets(const Comparison& comparison);

/// What decides: the share of requests that met every target, if there are targets and the routers
/// meet them differently often; mean end-to-end latency otherwise.
const Figure& deciding_figure(const Comparison& comparison);

/// All arms, the best in the deciding figure first.
std::vector<std::size_t> comparison_ranking(const Comparison& comparison);

/// Difference of `arm` from `reference` in one figure, over the seeds.
PairedDifference arm_difference(const Comparison& comparison, const Figure& figure,
                                std::size_t reference, std::size_t arm, double confidence = 0.95);

/// Two routers out of all: what an interval about the winner is corrected for (Bonferroni).
std::size_t pairs_of_arms(const Comparison& comparison);

/// Confidence each pair needs so that all pairs together hold with 95 %.
double simultaneous_confidence(const Comparison& comparison);

/// Difference of `arm` from `reference` in the deciding figure along the first seed's trace, with a
/// 95 % interval by batch means; its mean is NaN where the runs kept no rows, its bounds where
/// there are too few or latency wanders along both runs.
AlongInterval along_difference(const Comparison& comparison, std::size_t reference,
                               std::size_t arm);

/// Whether a figure of an arm differs between seeds, or could: one seed of a random arm.
bool varies(const Comparison& comparison, const Figure& figure, std::size_t arm);

/// Whether a draw changed any figure of an arm from seed to seed.
bool any_varies(const Comparison& comparison, std::size_t arm);

/// Whether a difference between two arms is the same under every seed: a fact and not a sample.
bool is_fact(const Comparison& comparison, const Figure& figure, std::size_t a, std::size_t b);

}  // namespace pigou
