// Instances join, drain, fail and recover, and what that does to requests. docs/fleet.md.
#include <algorithm>

#include "core/error.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

/// Routers know from the start who is not there.
void Simulation::init_fleet() {
  const std::uint32_t instances = cluster_.instances();
  const std::uint32_t replicas = config_.gateway.replicas;
  fleet_ =
      Fleet(config_.fleet, cluster_.entry_instances(), instances, config_.seed, sources_.fleet);
  if (!fleet_.changes()) return;
  if (config_.fleet.breaker.failures > 0)
    breakers_ = Breakers(config_.fleet.breaker, replicas, instances, sources_.breakers);
  for (const std::uint32_t instance : config_.fleet.start_down)
    for (std::uint32_t r = 0; r < replicas; ++r) tell_available(r, instance);
  fleet_.arm(events_);
}

void Simulation::on_fleet() {
  const FleetDue due = fleet_.take();
  // Nobody is left to serve: a fleet that goes on failing would keep the clock running for ever.
  if (record_.all_done()) return events_.cancel(sources_.fleet);
  if (!fleet_.is_void(due)) change_fleet(due);
  fleet_.arm(events_);
  if (fleet_.hopeless()) fail_held();
}

/// What makes no sense in the instance's present state is passed over.
void Simulation::change_fleet(const FleetDue& due) {
  const std::uint32_t i = due.instance;
  const InstanceState state = fleet_.state(i);
  using enum FleetDue::Kind;
  switch (due.kind) {
    case kJoin:
      if (state == InstanceState::kDown && breakers_.on()) breakers_.replace(now_, i);
      [[fallthrough]];
    case kRecover:
      if (state == InstanceState::kDown && fleet_.start_up(i, now_)) come_up(i);
      break;
    case kBooted:
      come_up(i);
      break;
    case kDrain:
      if (state == InstanceState::kUp) drain(i);
      if (state != InstanceState::kBooting) break;
      fleet_.enter(i, InstanceState::kDown, now_);
      announce(i, false);  // routers may not have noticed yet that it had failed
      break;
    case kFail:
      if (state == InstanceState::kDown) break;
      fail(i);
      // A failure by chance is repaired by chance, one of the scenario's by the scenario.
      if (due.epoch != FleetDue::kAnyEpoch) fleet_.plan_repair(i, now_);
      break;
    case kDetected:
      announce(i, false);
      break;
  }
}

void Simulation::come_up(std::uint32_t instance) {
  fleet_.enter(instance, InstanceState::kUp, now_);
  announce(instance, true);
  fleet_.plan_failure(instance, now_);
}

/// No new requests; down once the last one has left.
void Simulation::drain(std::uint32_t instance) {
  fleet_.enter(instance, InstanceState::kDraining, now_);
  announce(instance, false);
  finish_drains();
}

void Simulation::finish_drains() {
  for (std::uint32_t i = 0; i < fleet_.instances(); ++i) {
    if (fleet_.state(i) != InstanceState::kDraining || cluster_.occupied(i)) continue;
    if (std::ranges::any_of(requests_,
                            [&](const RequestState& state) { return expects(state, i); }))
      continue;
    fleet_.enter(i, InstanceState::kDown, now_);
    touch(i, Phase::kTimer);
    cluster_.clear_cache(i, now_);
    view_.after_engine(i, cluster_);
  }
}

/// Calls are lost at once, and so is the cache; routers go on sending until they notice.
void Simulation::fail(std::uint32_t instance) {
  const bool noticed = fleet_.fail(instance, now_);
  touch(instance, Phase::kTimer);
  if (noticed) announce(instance, false);
  lose_all(instance);
  after(instance);
}

/// Routers hear that the instance takes requests, or that it does not.
void Simulation::announce(std::uint32_t instance, bool available) {
  if (!fleet_.hear(instance, available)) return;
  for (std::uint32_t replica = 0; replica < gateway_.replicas(); ++replica) {
    tell_available(replica, instance);
    if (view_.needs().instance_change) tell_changed(replica, instance);
  }
}

/// What `replica` may send to: the instances it takes for up whose breakers are not open.
void Simulation::tell_available(std::uint32_t replica, std::uint32_t instance) {
  const bool available = fleet_.taken_for_up(instance) && breakers_.allows(replica, instance);
  if (view_.available(replica, instance) == available) return;
  view_.set_available(replica, instance, available);
  if (!available) return;
  ask_held();
  room_freed(replica);
}

void Simulation::tell_changed(std::uint32_t replica, std::uint32_t instance) {
  Ask ask;
  ask.hook = Hook::kInstanceChange;
  ask.instance = instance;
  ask.replica = replica;
  gateway_.asks.push(ask);
}

}  // namespace pigou
