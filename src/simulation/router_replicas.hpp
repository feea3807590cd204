// The router of a run: one policy object per replica, asked by whoever drives a simulation.
#pragma once

#include <memory>
#include <vector>

#include "control/controller.hpp"
#include "routing/policy.hpp"
#include "simulation/config.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

/// The fleet as policies are told of it.
PolicyLayout layout_of(const ClusterConfig& cluster, std::uint64_t seed);

/// All replicas of the configured policy. A copy goes on by itself, as a copied simulation does.
class RouterReplicas {
 public:
  /// `controller`: who ticks every ControlConfig::period_s; needed where that is set.
  explicit RouterReplicas(const SimulationConfig& config,
                          std::unique_ptr<Controller> controller = nullptr);
  RouterReplicas(const RouterReplicas& other);
  RouterReplicas& operator=(const RouterReplicas&) = delete;

  ViewNeeds needs() const { return policies_[0]->needs(); }
  /// Whether the seed can change what it does.
  bool random() const { return random_; }
  /// Answers the open decision of `simulation`.
  void answer(const Decision& decision, Simulation& simulation);

 private:
  std::vector<std::unique_ptr<Policy>> policies_;
  std::unique_ptr<Controller> controller_;
  std::vector<Action> actions_;
  std::vector<ControlAction> control_actions_;
  bool random_ = false;
};

/// Advances `simulation` to its end under `router`, or until `after`, called after every decision,
/// says no. True at the end.
template <class After>
bool drive(Simulation& simulation, RouterReplicas& router, After after) {
  while (const Decision* decision = simulation.advance()) {
    router.answer(*decision, simulation);
    if (!after()) return false;
  }
  return true;
}

}  // namespace pigou
