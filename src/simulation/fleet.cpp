#include "simulation/fleet.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/random_stream.hpp"

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

Fleet::Fleet(const FleetConfig& config, std::uint32_t entries, std::uint32_t instances,
             std::uint64_t seed, std::uint32_t source, bool controlled)
    : config_(config), seed_(seed), entries_(entries), source_(source), controlled_(controlled) {
  const bool changes = !config.events.empty() || !config.start_down.empty() || config.mtbf_s > 0;
  if (!changes && !controlled) return;
  members_.resize(instances);
  for (const InstanceId instance : config.start_down) {
    require(instance < instances, "start_down names an instance");
    members_[instance].state = InstanceState::kDown;
    hear(instance, false);
  }
  for (const FleetEvent& event : config.events) {
    require(event.instance < instances, "a fleet event names an instance");
    plan({from_seconds(event.at_s, "fleet.events"), 0, kind_of(event.action), event.instance});
  }
  for (InstanceId i = 0; i < instances; ++i)
    if (state(i) == InstanceState::kUp) plan_failure(i, SimTime{});
}

void Fleet::plan(FleetDue due) {
  due.number = next_number_++;
  if (due.starts()) ++coming_[side_of(due.instance)];
  due_.push(due);
}

void Fleet::arm(EventTree& events) const {
  if (due_.empty())
    events.cancel(source_);
  else
    events.set(source_, due_.top().time, Phase::kTimer);
}

FleetDue Fleet::take() {
  const FleetDue due = due_.top();
  due_.pop();
  if (due.starts()) --coming_[side_of(due.instance)];
  return due;
}

bool Fleet::is_void(const FleetDue& due) const {
  const Member& member = members_[due.instance];
  const bool detected = due.kind == FleetDue::Kind::kDetected;
  const std::uint32_t known = detected ? member.times_up : member.epoch;
  return due.epoch != FleetDue::kAnyEpoch && due.epoch != known;
}

/// Draws of instance i come one after the other: failure, repair, failure ...
SimTime Fleet::drawn_span(InstanceId instance, double mean_s) {
  const RandomStream stream(seed_, "failure");
  const double span_s = mean_s * stream.exponential(instance, members_[instance].draws++);
  return from_seconds(std::min(span_s, 4e6), "fleet.mtbf_s");
}

void Fleet::plan_failure(InstanceId instance, SimTime now) {
  if (config_.mtbf_s <= 0) return;
  const SimTime at = now + drawn_span(instance, config_.mtbf_s);
  plan({at, 0, FleetDue::Kind::kFail, instance, members_[instance].epoch});
}

void Fleet::plan_repair(InstanceId instance, SimTime now) {
  const SimTime at = now + drawn_span(instance, config_.mttr_s);
  plan({at, 0, FleetDue::Kind::kRecover, instance, members_[instance].epoch});
}

void Fleet::enter(InstanceId instance, InstanceState state, SimTime now) {
  Member& member = members_[instance];
  if (member.state == InstanceState::kUp) member.up_ps += now.ps - member.changed.ps;
  member.changed = now;
  if (member.state == InstanceState::kDraining) --draining_;
  if (state == InstanceState::kDraining) ++draining_;
  member.state = state;
  ++member.epoch;
  if (state == InstanceState::kUp) ++member.times_up;
}

bool Fleet::start_up(InstanceId instance, SimTime now) {
  enter(instance, InstanceState::kBooting, now);
  const SimTime boot = from_seconds(config_.boot_s, "fleet.boot_s");
  if (boot.ps == 0) return true;
  plan({now + boot, 0, FleetDue::Kind::kBooted, instance, members_[instance].epoch});
  return false;
}

bool Fleet::fail(InstanceId instance, SimTime now) {
  enter(instance, InstanceState::kDown, now);
  const SimTime detection = from_seconds(config_.detection_s, "fleet.detection_s");
  if (detection.ps == 0) return true;
  plan({now + detection, 0, FleetDue::Kind::kDetected, instance, members_[instance].times_up});
  return false;
}

bool Fleet::hear(InstanceId instance, bool available) {
  Member& member = members_[instance];
  if (member.taken_for_up == available) return false;
  member.taken_for_up = available;
  missed_[side_of(instance)] += available ? UINT32_MAX : 1;
  return true;
}

std::vector<std::uint8_t> Fleet::all_taken_for_up() const {
  std::vector<std::uint8_t> up;
  for (const Member& member : members_) up.push_back(member.taken_for_up ? 1 : 0);
  return up;
}

bool Fleet::away(std::uint32_t side) const {
  const std::uint32_t size = side == 0 ? entries_ : instances() - entries_;
  return size > 0 && missed_[side] == size;
}

bool Fleet::hopeless() const {
  const auto lost = [&](std::uint32_t side) { return away(side) && coming_[side] == 0; };
  return !controlled_ && (lost(0) || lost(1));
}

std::vector<std::int64_t> Fleet::up_ps(SimTime end) const {
  std::vector<std::int64_t> spans;
  for (const Member& member : members_) {
    const bool up = member.state == InstanceState::kUp;
    spans.push_back(member.up_ps + (up ? end.ps - member.changed.ps : 0));
  }
  return spans;
}

}  // namespace pigou
