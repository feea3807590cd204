// Runs a check over many random scenarios and names the seed of the one that breaks it.
#pragma once

#include <gtest/gtest.h>

#include <iostream>

#include "depth.hpp"
#include "simulation/random_scenario.hpp"

namespace pigou {

/// `count` scenarios, times the depth, from seed 1 (or PIGOU_FIRST_SEED) on.
template <class Check>
void for_scenarios(std::uint32_t count, Check check) {
  const std::uint64_t first = first_seed();
  const std::uint64_t end = first + draws(count, "scenarios");
  for (std::uint64_t seed = first; seed < end; ++seed) {
    const RandomScenario scenario = draw_scenario(seed);
    SCOPED_TRACE(scenario.words);
    try {
      check(scenario);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    if (testing::Test::HasFailure()) {
      std::cout << "reproduce with PIGOU_FIRST_SEED=" << seed << " PIGOU_DEPTH=0\n";
      return;
    }
  }
}

}  // namespace pigou
