#include "simulation/control.hpp"

#include <algorithm>
#include <utility>

namespace pigou {
namespace {

/// A controller may wait long before it lets somebody join; a run with nobody to serve must end.
constexpr std::uint32_t kPatienceTicks = 1000;

}  // namespace

Control::Control(const ControlConfig& config, ParameterValues values, std::uint32_t source)
    : source_(source),
      period_(from_seconds(config.period_s, "control.period_s")),
      age_(from_seconds(config.signal_age_s, "control.signal_age_s")),
      next_tick_(period_),
      values_(std::move(values)) {
  for (const ParameterChange& change : config.changes)
    changes_.push_back({from_seconds(change.at_s, "control.changes"), change});
  std::ranges::stable_sort(changes_, {}, &Planned::time);
}

SimTime Control::next() const {
  const SimTime tick = ticks() ? next_tick_ : kNever;
  return changed_ == changes_.size() ? tick : std::min(tick, changes_[changed_].time);
}

void Control::arm(EventTree& events) const {
  if (!on()) return;
  if (next() == kNever)
    events.cancel(source_);
  else
    events.set(source_, next(), Phase::kTimer);
}

std::optional<ParameterChange> Control::take_change(SimTime now) {
  if (changed_ == changes_.size() || changes_[changed_].time > now) return {};
  return changes_[changed_++].change;
}

bool Control::take_tick(SimTime now) {
  if (!ticks() || next_tick_ > now) return false;
  next_tick_ = now + period_;
  return true;
}

std::uint32_t Control::set(const AppliedChange& change) {
  values_[change.parameter] = change.value;
  applied_.push_back(change);
  return static_cast<std::uint32_t>(applied_.size()) - 1;
}

bool Control::gives_up(bool acted, std::uint64_t events, bool closed) {
  const bool idle = !acted && (closed || events == events_ + 1);
  events_ = events;
  idle_ticks_ = idle ? idle_ticks_ + 1 : 0;
  return idle_ticks_ > kPatienceTicks;
}

}  // namespace pigou
