// How far random searches go. One factor for all of them: PIGOU_DEPTH, 1 in continuous integration,
// a tenth under sanitizers, 25 in scripts/test long, whose table of results/depth.md is made from
// what PIGOU_DEPTH_LOG says was drawn.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

namespace pigou {

inline double depth() {
  const char* const factor = std::getenv("PIGOU_DEPTH");
  return factor == nullptr || *factor == '\0' ? 1 : std::strtod(factor, nullptr);
}

/// The seed a search begins with: PIGOU_FIRST_SEED, or `usual`.
inline std::uint64_t first_seed(std::uint64_t usual = 1) {
  const char* const seed = std::getenv("PIGOU_FIRST_SEED");
  return seed == nullptr || *seed == '\0' ? usual : std::strtoull(seed, nullptr, 10);
}

/// Whether a search draws at least what continuous integration does, so that "something of
/// everything was met" can be asked of it.
inline bool whole_search() { return depth() >= 1 && std::getenv("PIGOU_FIRST_SEED") == nullptr; }

/// `count` draws at this depth, at least one (so PIGOU_DEPTH=0 is one alone).
inline std::uint32_t at_depth(std::uint32_t count) {
  return static_cast<std::uint32_t>(std::max(1.0, std::round(count * depth())));
}

/// The same, noted in PIGOU_DEPTH_LOG under the running test's name: so many `what` are drawn. For
/// the head of a loop, which asks once.
inline std::uint32_t draws(std::uint32_t count, const std::string& what) {
  const std::uint32_t drawn = at_depth(count);
  const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  if (const char* const log = std::getenv("PIGOU_DEPTH_LOG"); log != nullptr && test != nullptr) {
    // One short write to a file opened to append: tests that run side by side do not mix.
    std::ofstream(log, std::ios::app) << std::string(test->test_suite_name()) + "." + test->name() +
                                             "\t" + what + "\t" + std::to_string(drawn) + "\n";
  }
  return drawn;
}

}  // namespace pigou
