// Whether intervals cover as often as they say, counted over draws whose truth is known.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "depth.hpp"

namespace pigou {

/// How many of some draws' intervals held the truth.
struct Coverage {
  std::uint32_t draws = 0;
  std::uint32_t covered = 0;

  void add(bool covers) {
    ++draws;
    covered += covers ? 1 : 0;
  }
  void add(double low, double high, double truth) { add(low <= truth && truth <= high); }
};

/// Draws of a coverage test at this depth, noted: for the head of a loop, which asks once.
inline std::uint32_t coverage_draws() { return draws(300, "intervals"); }

/// Of 300 intervals at 95 %, 274 to 295 cover: 285 and what chance adds to or takes from it once in
/// 300 tests. Intervals of requests that depend on each other are approximate: of many more draws,
/// 2.5 points are theirs and chance adds to that, up to the same share as of 300.
inline double coverage_tolerance(double draws, double deviations) {
  constexpr double kApproximate = 0.025;
  const auto by_chance = [deviations](double n) { return deviations * std::sqrt(0.95 * 0.05 / n); };
  if (draws <= 300) return by_chance(draws);
  return std::min(by_chance(300), kApproximate + by_chance(draws));
}

inline void expect_coverage(const Coverage& seen, const std::string& what) {
  const double draws = seen.draws;
  EXPECT_GE(seen.covered, std::ceil(draws * (0.95 - coverage_tolerance(draws, 2.95))))
      << what << ": too narrow";
  EXPECT_LE(seen.covered, std::floor(draws * (0.95 + coverage_tolerance(draws, 2.65))))
      << what << ": too wide";
}

}  // namespace pigou
