// Runs one workload through one cluster under one policy, from first event to finished summary.
#pragma once

#include <functional>
#include <memory>

#include "control/controller.hpp"
#include "core/stop.hpp"
#include "simulation/config.hpp"
#include "simulation/record/result.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// Progress of a run, called at most every few thousand events. Return false to stop early
/// (Ctrl-C); the run then throws Interrupted.
struct Progress {
  double simulated_s = 0;
  std::uint64_t requests_done = 0;  ///< finished, rejected or timed out
  std::uint64_t requests_total = 0;
};
using ProgressCallback = std::function<bool(const Progress&)>;

/// The whole run. Deterministic in (workload, config). Throws UserError for impossible scenarios.
/// `controller` ticks where ControlConfig::period_s is set.
RunResult run_simulation(std::shared_ptr<const Workload> workload, const SimulationConfig& config,
                         const ProgressCallback& progress = {},
                         std::unique_ptr<Controller> controller = nullptr);

}  // namespace pigou
