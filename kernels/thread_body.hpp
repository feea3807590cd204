// What one thread does of a choice: its run of candidates, and its trial. `key(i)` is candidate
// i's.
#pragma once

#include "kernels/batch_body.hpp"

namespace pigou {

/// Candidates first..last-1.
struct CandidateRun {
  std::int64_t first, last;
};

/// The run of `thread` when `threads` share `count` candidates in order.
PIGOU_HD CandidateRun run_of(std::int64_t count, std::int64_t threads, std::int64_t thread) {
  const std::int64_t run = (count + threads - 1) / threads;
  const std::int64_t first = run * thread < count ? run * thread : count;
  return {first, first + run < count ? first + run : count};
}

/// Lowest key of a run, and the highest of who is eligible there.
struct KeyBounds {
  long long lowest = kNotEligibleKey, highest = INT64_MIN;
};

template <class Key>
PIGOU_HD KeyBounds bounds_of_run(const Key& key, CandidateRun run) {
  KeyBounds bounds;
  for (std::int64_t i = run.first; i < run.last; ++i) {
    const long long k = key(i);
    bounds.lowest = k < bounds.lowest ? k : bounds.lowest;
    bounds.highest = k != kNotEligibleKey && k > bounds.highest ? k : bounds.highest;
  }
  return bounds;
}

template <class Key, class Weight>
PIGOU_HD std::uint64_t weight_of_run(const Key& key, const Weight& weight, CandidateRun run) {
  std::uint64_t sum = 0;
  for (std::int64_t i = run.first; i < run.last; ++i) sum += weight(key(i));
  return sum;
}

/// The first candidate from `first` on at which the running sum of weights passes `share`.
template <class Key, class Weight>
PIGOU_HD std::uint32_t find_in_run(const Key& key, const Weight& weight, std::int64_t first,
                                   std::uint64_t share) {
  for (std::int64_t i = first;; ++i) {
    const std::uint64_t own = weight(key(i));
    if (share < own) return static_cast<std::uint32_t>(i);
    share -= own;
  }
}

/// Whether trial `k` of the choice keeps its candidate, which it says: softmax_body.hpp.
template <class Key, class Weight>
PIGOU_HD bool trial_keeps(const Key& key, const Weight& weight, std::uint64_t draw, std::uint64_t k,
                          std::int64_t count, std::uint32_t& candidate) {
  if (k >= kSoftmaxTrials) return false;
  const SoftmaxTrial trial = softmax_trial(draw, k, count);
  candidate = static_cast<std::uint32_t>(trial.candidate);
  return trial.keeps(weight(key(trial.candidate)));
}

}  // namespace pigou
