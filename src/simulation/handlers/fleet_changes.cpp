#include "simulation/handlers/fleet_changes.hpp"

#include <algorithm>

#include "simulation/handlers/engine_calls.hpp"
#include "simulation/handlers/leaving.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/handlers/reporting.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// Routers hear that the instance takes requests, or that it does not.
void announce(Parts& parts, InstanceId instance, bool available) {
  if (!parts.fleet.hear(instance, available)) return;
  for (ReplicaId replica = 0; replica < parts.gateway.replicas(); ++replica) {
    tell_available(parts, replica, instance);
    if (parts.view.needs().instance_change) tell_changed(parts, replica, instance);
  }
}

void come_up(Parts& parts, InstanceId instance) {
  parts.fleet.enter(instance, InstanceState::kUp, parts.loop.now);
  announce(parts, instance, true);
  parts.fleet.plan_failure(instance, parts.loop.now);
}

/// No new requests; down once the last one has left.
void drain(Parts& parts, InstanceId instance) {
  parts.fleet.enter(instance, InstanceState::kDraining, parts.loop.now);
  announce(parts, instance, false);
  finish_drains(parts);
}

/// Calls are lost at once, and so is the cache; routers go on sending until they notice.
void fail(Parts& parts, InstanceId instance) {
  const bool noticed = parts.fleet.fail(instance, parts.loop.now);
  touch(parts, instance, Phase::kTimer);
  if (noticed) announce(parts, instance, false);
  lose_all(parts, instance);
  after(parts, instance);
}

/// What makes no sense in the instance's present state is passed over.
void change_fleet(Parts& parts, const FleetDue& due) {
  const InstanceId i = due.instance;
  const InstanceState state = parts.fleet.state(i);
  using enum FleetDue::Kind;
  switch (due.kind) {
    case kJoin:
      if (state == InstanceState::kDown && parts.breakers.on())
        parts.breakers.replace(parts.loop.now, i);
      [[fallthrough]];
    case kRecover:
      if (state == InstanceState::kDown && parts.fleet.start_up(i, parts.loop.now))
        come_up(parts, i);
      break;
    case kBooted:
      come_up(parts, i);
      break;
    case kDrain:
      if (state == InstanceState::kUp) drain(parts, i);
      if (state != InstanceState::kBooting) break;
      parts.fleet.enter(i, InstanceState::kDown, parts.loop.now);
      announce(parts, i, false);  // routers may not have noticed yet that it had failed
      break;
    case kFail:
      if (state == InstanceState::kDown) break;
      fail(parts, i);
      // A failure by chance is repaired by chance, one of the scenario's by the scenario.
      if (due.epoch != FleetDue::kAnyEpoch) parts.fleet.plan_repair(i, parts.loop.now);
      break;
    case kDetected:
      announce(parts, i, false);
      break;
  }
}

}  // namespace

void start_fleet(Parts& parts) {
  const std::uint32_t instances = parts.cluster.instances();
  const std::uint32_t replicas = parts.config.gateway.replicas;
  parts.fleet =
      Fleet(parts.config.fleet, parts.cluster.entry_instances(), instances, parts.config.seed,
            parts.loop.sources.first(Source::kFleet), parts.control.ticks());
  if (!parts.fleet.changes()) return;
  if (parts.config.fleet.breaker.failures > 0)
    parts.breakers = Breakers(parts.config.fleet.breaker, replicas, instances,
                              parts.loop.sources.first(Source::kBreaker));
  for (const InstanceId instance : parts.config.fleet.start_down)
    for (ReplicaId r = 0; r < replicas; ++r) tell_available(parts, r, instance);
  parts.fleet.arm(parts.loop.events);
}

void change_by_controller(Parts& parts, InstanceId instance, bool joins) {
  FleetDue due;
  due.time = parts.loop.now;
  due.kind = joins ? FleetDue::Kind::kJoin : FleetDue::Kind::kDrain;
  due.instance = instance;
  change_fleet(parts, due);
  parts.fleet.arm(parts.loop.events);
}

void on_fleet(Parts& parts) {
  const FleetDue due = parts.fleet.take();
  // Nobody is left to serve: a fleet that goes on failing would keep the clock running for ever.
  if (parts.record.all_done()) return parts.fleet.disarm(parts.loop.events);
  if (!parts.fleet.is_void(due)) change_fleet(parts, due);
  parts.fleet.arm(parts.loop.events);
  if (parts.fleet.hopeless()) fail_held(parts);
}

void finish_drains(Parts& parts) {
  for (InstanceId i = 0; i < parts.fleet.instances(); ++i) {
    if (parts.fleet.state(i) != InstanceState::kDraining || parts.cluster.occupied(i)) continue;
    if (std::ranges::any_of(parts.requests,
                            [&](const RequestState& state) { return expects(state, i); }))
      continue;
    parts.fleet.enter(i, InstanceState::kDown, parts.loop.now);
    touch(parts, i, Phase::kTimer);
    parts.cluster.clear_cache(i, parts.loop.now);
    parts.view.after_engine(i, parts.cluster);
  }
}

void tell_available(Parts& parts, ReplicaId replica, InstanceId instance) {
  const bool available =
      parts.fleet.taken_for_up(instance) && parts.breakers.allows(replica, instance);
  if (parts.view.available(replica, instance) == available) return;
  parts.view.set_available(replica, instance, available);
  if (!available) return;
  ask_held(parts);
  room_freed(parts, replica);
}

void tell_changed(Parts& parts, ReplicaId replica, InstanceId instance) {
  Ask ask;
  ask.hook = Hook::kInstanceChange;
  ask.instance = instance;
  ask.replica = replica;
  parts.gateway.asks.push(ask);
}

}  // namespace pigou
