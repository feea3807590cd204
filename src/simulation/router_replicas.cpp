#include "simulation/router_replicas.hpp"

#include <utility>

#include "core/error.hpp"

namespace pigou {

PolicyLayout layout_of(const ClusterConfig& cluster, std::uint64_t seed) {
  PolicyLayout layout;
  layout.seed = seed;
  for (const PoolConfig& pool : cluster.pools)
    (pool.role == Role::kDecode ? layout.decode_count : layout.entry_count) += pool.count;
  return layout;
}

RouterReplicas::RouterReplicas(const SimulationConfig& config,
                               std::unique_ptr<Controller> controller)
    : controller_(std::move(controller)) {
  require((config.control.period_s > 0) == (controller_ != nullptr),
          "a controller ticks, and who ticks is a controller");
  const PolicyInfo& info = find_policy(config.router.name);
  PolicyLayout layout = layout_of(config.cluster, config.seed);
  layout.replicas = config.gateway.replicas;
  layout.file = config.router.file;
  for (; layout.replica < layout.replicas; ++layout.replica)
    policies_.push_back(make_policy(info, config.router.values, layout));
  // Another value may let the seed decide what these do not.
  random_ = info.random && (policies_[0]->draws() || config.control.on());
}

RouterReplicas::RouterReplicas(const RouterReplicas& other) : random_(other.random_) {
  for (const auto& policy : other.policies_) policies_.push_back(policy->clone());
  if (other.controller_) controller_ = other.controller_->clone();
}

void RouterReplicas::answer(const Decision& decision, Simulation& simulation) {
  if (decision.hook == Hook::kControlTick) {
    control_actions_.clear();
    controller_->tick(simulation.reading(), control_actions_);
    return simulation.control(control_actions_);
  }
  actions_.clear();
  if (decision.hook == Hook::kParameterChange) {
    Policy& policy = *policies_[decision.replica];
    policy.set(decision.parameter, decision.value);
    simulation.follow(policy.needs());
    return simulation.apply(actions_);
  }
  policies_[decision.replica]->decide(decision, simulation.view(), actions_);
  simulation.apply(actions_);
}

}  // namespace pigou
