#include "simulation/router_replicas.hpp"

namespace pigou {

PolicyLayout layout_of(const ClusterConfig& cluster, std::uint64_t seed) {
  PolicyLayout layout;
  layout.seed = seed;
  for (const PoolConfig& pool : cluster.pools)
    (pool.role == Role::kDecode ? layout.decode_count : layout.entry_count) += pool.count;
  return layout;
}

RouterReplicas::RouterReplicas(const SimulationConfig& config) {
  const PolicyInfo& info = find_policy(config.router.name);
  PolicyLayout layout = layout_of(config.cluster, config.seed);
  layout.replicas = config.gateway.replicas;
  layout.classes = config.router.classes;
  for (; layout.replica < layout.replicas; ++layout.replica)
    policies_.push_back(make_policy(info, config.router.values, layout));
  random_ = info.random && policies_[0]->draws();
}

RouterReplicas::RouterReplicas(const RouterReplicas& other) : random_(other.random_) {
  for (const auto& policy : other.policies_) policies_.push_back(policy->clone());
}

void RouterReplicas::answer(const Decision& decision, Simulation& simulation) {
  actions_.clear();
  policies_[decision.replica]->decide(decision, simulation.view(), actions_);
  simulation.apply(actions_);
}

}  // namespace pigou
