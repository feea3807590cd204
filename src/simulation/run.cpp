#include "simulation/run.hpp"

#include "core/error.hpp"
#include "simulation/router_replicas.hpp"

namespace pigou {
namespace {

bool random_signals(const SignalsConfig& signals, const ViewNeeds& needs) {
  return needs.prefix_index && signals.kv_loss.probability > 0;
}

/// By-chance failures, and the jitter of those requests that a failure of the scenario loses.
bool random_fleet(const FleetConfig& fleet) {
  const bool waits = fleet.retries > 0 && fleet.backoff.initial_s > 0 && fleet.backoff.jitter > 0;
  return fleet.mtbf_s > 0 || (waits && !(fleet.events.empty() && fleet.start_down.empty()));
}

bool random_gateway(const GatewayConfig& gateway) {
  return gateway.replicas > 1 && gateway.replica_choice == ReplicaChoice::kRandom;
}

}  // namespace

RunResult run_simulation(std::shared_ptr<const Workload> workload, const SimulationConfig& config,
                         const ProgressCallback& progress, std::unique_ptr<Controller> controller) {
  RouterReplicas router(config, std::move(controller));
  const std::uint64_t total = workload->size();
  const bool random = workload->random || router.random() || random_gateway(config.gateway) ||
                      random_signals(config.signals, router.needs()) || random_fleet(config.fleet);
  Simulation simulation(std::move(workload), config, router.needs());
  std::uint64_t decisions = 0;
  const bool whole = drive(simulation, router, [&] {
    if (++decisions % 4096 != 0 || !progress) return true;
    return progress({to_seconds(simulation.now()), simulation.done(), total});
  });
  if (!whole) throw Interrupted{};
  RunResult result = simulation.finish();
  result.summary.random = random;
  return result;
}

}  // namespace pigou
