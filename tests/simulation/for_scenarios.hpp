// Runs a check over many random scenarios and names the seed of the one that breaks it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "random_scenario.hpp"

namespace pigou {

/// PIGOU_SCENARIOS scenarios from PIGOU_FIRST_SEED on; a failure names its seed.
inline std::uint64_t setting(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

template <class Check>
void for_scenarios(std::uint64_t count, Check check) {
  const std::uint64_t first = setting("PIGOU_FIRST_SEED", 1);
  count = setting("PIGOU_SCENARIOS", count);
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const RandomScenario scenario = draw_scenario(seed);
    SCOPED_TRACE(scenario.words);
    try {
      check(scenario);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    if (testing::Test::HasFailure()) {
      std::cout << "reproduce with PIGOU_FIRST_SEED=" << seed << " PIGOU_SCENARIOS=1\n";
      return;
    }
  }
}

}  // namespace pigou
