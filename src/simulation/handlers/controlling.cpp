#include "simulation/handlers/controlling.hpp"

#include <string>

#include "core/error.hpp"
#include "routing/policy_table.hpp"
#include "simulation/handlers/fleet_changes.hpp"
#include "simulation/handlers/losses.hpp"
#include "simulation/parts.hpp"

namespace pigou {
namespace {

/// All replicas are told at this instant, before they are asked about anyone who comes at it.
void set_parameter(Parts& parts, std::uint32_t parameter, double value, ChangedBy by) {
  Ask ask;
  ask.hook = Hook::kParameterChange;
  ask.change = parts.control.set({parts.loop.now, parameter, value, by});
  for (ask.replica = 0; ask.replica < parts.gateway.replicas(); ++ask.replica)
    parts.gateway.asks.push(ask);
}

void open_tick(Parts& parts) {
  parts.asked.decision = {};
  parts.asked.decision.hook = Hook::kControlTick;
  parts.asked.decision.time = parts.loop.now;
  parts.asked.view_slot = kNoIndex;
  parts.asked.open = true;
}

void act(Parts& parts, const ControlAction& action) {
  if (action.kind != ControlAction::Kind::kSetParameter) {
    require(action.target < parts.cluster.instances(), "a controller's action names an instance");
    return change_by_controller(parts, InstanceId{action.target},
                                action.kind == ControlAction::Kind::kJoin);
  }
  const auto& declared = find_policy(parts.config.router.name).parameters;
  require(action.target < declared.size(), "a controller sets a parameter of the router");
  const Parameter& parameter = declared[action.target];
  require(parameter.live, "a controller sets a parameter that may change during a run");
  require(action.value >= parameter.min && action.value <= parameter.max,
          "a controller keeps to the range of a parameter");
  set_parameter(parts, action.target, action.value, ChangedBy::kController);
}

}  // namespace

void on_control(Parts& parts) {
  Control& control = parts.control;
  EventTree& events = parts.loop.events;
  if (parts.record.all_done()) return control.disarm(events);  // nobody is left to route
  while (const auto change = control.take_change(parts.loop.now))
    set_parameter(parts, change->parameter, change->value, ChangedBy::kScenario);
  if (control.take_tick(parts.loop.now)) open_tick(parts);
  control.arm(events);
}

std::vector<ParameterChangeRow> applied_changes(const Parts& parts) {
  const auto& declared = find_policy(parts.config.router.name).parameters;
  std::vector<ParameterChangeRow> rows;
  for (const AppliedChange& change : parts.control.applied())
    rows.push_back({to_seconds(change.time), std::string(declared[change.parameter].name),
                    change.value, change.by == ChangedBy::kController});
  return rows;
}

ControlReading control_reading(Parts& parts) {
  ControlReading reading;
  reading.now = parts.loop.now;
  reading.signal_age = parts.control.signal_age();
  reading.gauges = parts.view.control_gauges(parts.cluster, parts.loop.now);
  reading.fleet = &parts.view.fleet();
  reading.taken_for_up = parts.fleet.all_taken_for_up();
  reading.parameters = parts.control.values();
  reading.arrived = parts.record.counts.arrived;
  reading.ended = parts.record.counts.done;
  return reading;
}

void apply_control(Parts& parts, const std::vector<ControlAction>& actions) {
  require(parts.asked.open && parts.asked.decision.hook == Hook::kControlTick,
          "control() answers a tick");
  parts.asked.open = false;
  for (const ControlAction& action : actions) act(parts, action);
  if (!parts.control.gives_up(!actions.empty(), parts.record.counts.events,
                              parts.fleet.side_away()))
    return;
  parts.control.disarm(parts.loop.events);
  parts.fleet.leave_alone();
  if (parts.fleet.hopeless()) fail_held(parts);
}

}  // namespace pigou
