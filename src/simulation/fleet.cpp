// Instances join, drain, fail and recover, and what that does to requests. docs/fleet.md.
#include <algorithm>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "simulation/simulation.hpp"

namespace pigou {
namespace {

FleetDue::Kind kind_of(FleetAction action) {
  switch (action) {
    case FleetAction::kJoin:
      return FleetDue::Kind::kJoin;
    case FleetAction::kDrain:
      return FleetDue::Kind::kDrain;
    case FleetAction::kFail:
      return FleetDue::Kind::kFail;
    case FleetAction::kRecover:
      break;
  }
  return FleetDue::Kind::kRecover;
}

}  // namespace

void Simulation::init_fleet() {
  const FleetConfig& config = config_.fleet;
  if (config.events.empty() && config.start_down.empty() && config.mtbf_s <= 0) return;
  const std::uint32_t instances = cluster_.instances();
  fleet_.state.assign(instances, InstanceState::kUp);
  fleet_.epoch.assign(instances, 0);
  fleet_.times_up.assign(instances, 0);
  fleet_.changed.assign(instances, SimTime{});
  fleet_.up_ps.assign(instances, 0);
  fleet_.draws.assign(instances, 0);
  fleet_.taken_for_up.assign(instances, 1);
  if (config.breaker.failures > 0)
    breakers_ = Breakers(config.breaker, config_.gateway.replicas, instances);
  for (const std::uint32_t instance : config.start_down) {
    require(instance < instances, "start_down names an instance");
    fleet_.state[instance] = InstanceState::kDown;
    if (fleet_.taken_for_up[instance] == 0) continue;
    fleet_.taken_for_up[instance] = 0;
    ++fleet_.missed[side_of(instance)];
    for (std::uint32_t r = 0; r < servers_.size(); ++r) tell_available(r, instance);
  }
  for (const FleetEvent& event : config.events) {
    require(event.instance < instances, "a fleet event names an instance");
    plan({from_seconds(event.at_s, "fleet.events"), 0, kind_of(event.action), event.instance});
  }
  for (std::uint32_t i = 0; i < instances; ++i)
    if (fleet_.state[i] == InstanceState::kUp) plan_failure(i);
  arm_fleet();
}

void Simulation::plan(FleetDue due) {
  due.number = fleet_.next_number++;
  if (due.starts()) ++fleet_.coming[side_of(due.instance)];
  fleet_.due.push(due);
}

void Simulation::arm_fleet() {
  if (fleet_.due.empty())
    events_.cancel(sources_.fleet);
  else
    events_.set(sources_.fleet, fleet_.due.top().time, Phase::kTimer);
}

/// Draws of instance i come one after the other: failure, repair, failure ...
SimTime Simulation::drawn_span(std::uint32_t instance, double mean_s) {
  const RandomStream stream(config_.seed, "failure");
  const double span_s = mean_s * stream.exponential(instance, fleet_.draws[instance]++);
  return from_seconds(std::min(span_s, 4e6), "fleet.mtbf_s");
}

void Simulation::plan_failure(std::uint32_t instance) {
  if (config_.fleet.mtbf_s <= 0) return;
  const SimTime at = now_ + drawn_span(instance, config_.fleet.mtbf_s);
  plan({at, 0, FleetDue::Kind::kFail, instance, fleet_.epoch[instance]});
}

void Simulation::on_fleet() {
  const FleetDue due = fleet_.due.top();
  fleet_.due.pop();
  if (due.starts()) --fleet_.coming[side_of(due.instance)];
  // Nobody is left to serve: a fleet that goes on failing would keep the clock running for ever.
  if (record_.all_done()) return events_.cancel(sources_.fleet);
  const auto& known = due.kind == FleetDue::Kind::kDetected ? fleet_.times_up : fleet_.epoch;
  if (due.epoch == FleetDue::kAnyEpoch || due.epoch == known[due.instance]) change_fleet(due);
  arm_fleet();
  if (hopeless()) fail_held();
}

/// What makes no sense in the instance's present state is passed over.
void Simulation::change_fleet(const FleetDue& due) {
  const std::uint32_t i = due.instance;
  const InstanceState state = fleet_.state[i];
  using enum FleetDue::Kind;
  switch (due.kind) {
    case kJoin:
      if (state == InstanceState::kDown && breakers_.on()) breakers_.replace(now_, i);
      [[fallthrough]];
    case kRecover:
      if (state == InstanceState::kDown) start_up(i);
      break;
    case kBooted:
      enter(i, InstanceState::kUp);
      announce(i, true);
      plan_failure(i);
      break;
    case kDrain:
      if (state == InstanceState::kUp) drain(i);
      if (state != InstanceState::kBooting) break;
      enter(i, InstanceState::kDown);
      announce(i, false);  // routers may not have noticed yet that it had failed
      break;
    case kFail:
      if (state == InstanceState::kDown) break;
      fail(i);
      // A failure by chance is repaired by chance, one of the scenario's by the scenario.
      if (due.epoch != FleetDue::kAnyEpoch)
        plan({now_ + drawn_span(i, config_.fleet.mttr_s), 0, kRecover, i, fleet_.epoch[i]});
      break;
    case kDetected:
      announce(i, false);
      break;
  }
}

void Simulation::enter(std::uint32_t instance, InstanceState state) {
  const bool was_up = fleet_.state[instance] == InstanceState::kUp;
  if (was_up) fleet_.up_ps[instance] += now_.ps - fleet_.changed[instance].ps;
  fleet_.changed[instance] = now_;
  if (fleet_.state[instance] == InstanceState::kDraining) --fleet_.draining;
  if (state == InstanceState::kDraining) ++fleet_.draining;
  fleet_.state[instance] = state;
  ++fleet_.epoch[instance];
  if (state == InstanceState::kUp) ++fleet_.times_up[instance];
}

void Simulation::start_up(std::uint32_t instance) {
  enter(instance, InstanceState::kBooting);
  const SimTime boot = from_seconds(config_.fleet.boot_s, "fleet.boot_s");
  const FleetDue booted{now_ + boot, 0, FleetDue::Kind::kBooted, instance, fleet_.epoch[instance]};
  boot.ps == 0 ? change_fleet(booted) : plan(booted);
}

/// No new requests; down once the last one has left.
void Simulation::drain(std::uint32_t instance) {
  enter(instance, InstanceState::kDraining);
  announce(instance, false);
  finish_drains();
}

void Simulation::finish_drains() {
  for (std::uint32_t i = 0; i < fleet_.state.size(); ++i) {
    if (fleet_.state[i] != InstanceState::kDraining || cluster_.occupied(i)) continue;
    if (std::ranges::any_of(requests_,
                            [&](const RequestState& state) { return expects(state, i); }))
      continue;
    enter(i, InstanceState::kDown);
    touch(i, Phase::kTimer);
    cluster_.clear_cache(i, now_);
    view_.after_engine(i, cluster_);
  }
}

/// Calls are lost at once, and so is the cache; routers go on sending until they notice.
void Simulation::fail(std::uint32_t instance) {
  enter(instance, InstanceState::kDown);
  touch(instance, Phase::kTimer);
  const SimTime detection = from_seconds(config_.fleet.detection_s, "fleet.detection_s");
  if (detection.ps == 0)
    announce(instance, false);
  else
    plan({now_ + detection, 0, FleetDue::Kind::kDetected, instance, fleet_.times_up[instance]});
  lose_all(instance);
  after(instance);
}

/// Routers hear that the instance takes requests, or that it does not.
void Simulation::announce(std::uint32_t instance, bool available) {
  if ((fleet_.taken_for_up[instance] != 0) == available) return;
  fleet_.taken_for_up[instance] = available ? 1 : 0;
  fleet_.missed[side_of(instance)] += available ? UINT32_MAX : 1;
  for (std::uint32_t replica = 0; replica < servers_.size(); ++replica) {
    tell_available(replica, instance);
    if (view_.needs().instance_change) tell_changed(replica, instance);
  }
}

/// What `replica` may send to: the instances it takes for up whose breakers are not open.
void Simulation::tell_available(std::uint32_t replica, std::uint32_t instance) {
  const bool available = fleet_.taken_for_up[instance] != 0 && breakers_.allows(replica, instance);
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
  asks_.push(ask);
}

}  // namespace pigou
