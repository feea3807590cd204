// Softmax weights as integers, from one polynomial: sums of integers do not depend on their order,
// so a choice drawn from them is the same in a loop, in vectors and on a GPU.
#pragma once

#include "kernels/host_device.hpp"

namespace pigou {

/// Weight of the best candidate. Up to 2^23 candidates sum without overflow.
inline constexpr std::uint64_t kSoftmaxOne = std::uint64_t{1} << 40;
inline constexpr double kLog2E = 1.4426950408889634;

/// 2^-y in units of 2^-40, for y >= 0; exactly kSoftmaxOne at y = 0, 0 from y = 42 on. Interpolates
/// 2^-f at Chebyshev nodes of [-1/2, 1/2]: relative error below 1e-15 before it is made an integer.
PIGOU_HD std::uint64_t softmax_weight(double y) {
  const double bounded = y < 60.0 ? y : 60.0;
  const std::int64_t whole = rounded_integer(bounded);
  const double f = bounded - exact_double(whole);
  double p = 0x1.e5879411bfcb0p-28;
  p = p * f + -0x1.b657f92171af0p-24;
  p = p * f + 0x1.62c018ba26e0ep-20;
  p = p * f + -0x1.ffcb75c17a5f6p-17;
  p = p * f + 0x1.430912ef098c1p-13;
  p = p * f + -0x1.5d87fe90d4aacp-10;
  p = p * f + 0x1.3b2ab6fbaa85ep-7;
  p = p * f + -0x1.c6b08d7043d3fp-5;
  p = p * f + 0x1.ebfbdff82c55ap-3;
  p = p * f + -0x1.62e42fefa39f8p-1;
  p = p * f + 1.0;
  const auto scaled = static_cast<std::uint64_t>(rounded_integer(p * 0x1p40));
  return scaled >> static_cast<std::uint64_t>(whole);
}

/// Factor from (cost - lowest) to the y above: weights exp(-(cost - lowest) / ((highest - lowest) *
/// T)). Temperature is relative to the spread of the costs; without a spread all weights are equal.
PIGOU_HD double softmax_scale(double lowest, double highest, double temperature) {
  const double spread = (highest - lowest) * temperature;
  if (!(spread > 0)) return 0;
  const double scale = kLog2E / spread;
  return scale < 0x1p1000 ? scale : 0x1p1000;  // finite, so that 0 * scale stays 0
}

// Of many candidates a few are tried at random before all are weighed: an exact softmax draw whose
// price is the costs', not that of as many exponentials. Trial k takes a candidate, each with the
// same chance, and keeps it with the probability of its weight over the best one's. When none of
// the trials keeps its own, which happens where one is much better than the rest, all are weighed
// and drawn from: trials are independent, so nothing is biased. Trials depend on keys alone.

/// Fewer candidates than this are weighed at once.
inline constexpr std::int64_t kTrialsFrom = 256;
inline constexpr std::uint64_t kSoftmaxTrials = 64;

/// The k-th of independent words drawn from one: the finaliser of SplitMix64 over a Weyl sequence
/// (Steele, Lea, Flood, OOPSLA 2014).
PIGOU_HD std::uint64_t softmax_word(std::uint64_t draw, std::uint64_t k) {
  std::uint64_t word = draw + (k + 1) * 0x9e3779b97f4a7c15ULL;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
  return word ^ (word >> 31);
}

/// One trial: the integer part of u * count is the candidate, the rest of it the bar to pass.
struct SoftmaxTrial {
  std::int64_t candidate;
  std::uint64_t bar;  ///< below kSoftmaxOne
  PIGOU_HD bool keeps(std::uint64_t weight) const { return weight > bar; }
};

PIGOU_HD SoftmaxTrial softmax_trial(std::uint64_t draw, std::uint64_t k, std::int64_t count) {
  const std::uint64_t word = softmax_word(draw, k);
  const auto n = static_cast<std::uint64_t>(count);
  return {static_cast<std::int64_t>(multiply_high(word, n)), (word * n) >> 24};
}

/// The draw left for the weights of all, after the trials that `count` candidates take.
PIGOU_HD std::uint64_t softmax_rest(std::uint64_t draw, std::int64_t count) {
  return count < kTrialsFrom ? draw : softmax_word(draw, kSoftmaxTrials);
}

}  // namespace pigou
