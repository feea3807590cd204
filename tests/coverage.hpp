// Whether intervals cover as often as they say, counted over draws whose truth is known.
#pragma once

#include <gtest/gtest.h>

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

/// Draws of a coverage test at this depth.
inline std::uint32_t coverage_draws() { return draws(300, "intervals"); }

/// Of 300 intervals at 95 %, 274 to 295 cover: 285 and what chance adds to or takes from it once in
/// 300 tests.
inline void expect_coverage(const Coverage& seen, const std::string& what) {
  const double expected = 0.95 * seen.draws, deviation = std::sqrt(0.95 * 0.05 * seen.draws);
  EXPECT_GE(seen.covered, std::ceil(expected - 2.95 * deviation)) << what << ": too narrow";
  EXPECT_LE(seen.covered, std::floor(expected + 2.65 * deviation)) << what << ": too wide";
}

}  // namespace pigou
