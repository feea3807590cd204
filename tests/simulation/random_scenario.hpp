// A whole scenario from one seed: cluster, trace and router, hot more often than not.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "routing/policy.hpp"
#include "simulation/run.hpp"

namespace pigou {

struct RandomScenario {
  std::shared_ptr<const Workload> workload;
  SimulationConfig config;
  std::string words;  ///< what was drawn, printed before anything runs
};

/// The scenario of `seed`: 1-6 entry instances, maybe decode instances, small KV caches (so that
/// they fill), shared prefixes, timeouts and closed loops now and then. Under `router`, or any.
RandomScenario draw_scenario(std::uint64_t seed, std::string_view router = {});

/// Everything in the two results that must be equal, byte for byte; empty when it is.
std::string first_difference(const RunResult& a, const RunResult& b);

/// A run whose conservation laws are checked at every `every`-th decision and at the end.
RunResult run_checked(const RandomScenario& scenario, int every);

}  // namespace pigou
