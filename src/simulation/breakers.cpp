// A breaker counts losses and first tokens as SMG's does: runs of them, whatever lies between.
// SMG's window_duration is configured, validated and never read. docs/fleet.md.
#include "simulation/breakers.hpp"

namespace pigou {

Breakers::Breakers(const BreakerRule& rule, std::uint32_t replicas, std::uint32_t instances,
                   std::uint32_t source)
    : rule_(rule),
      open_time_(from_seconds(rule.open_s, "fleet.breaker_open_s")),
      instances_(instances),
      source_(source) {
  all_.resize(static_cast<std::size_t>(replicas) * instances);
}

void Breakers::count_successes(SimTime until) {
  while (!successes_.empty() && successes_.front().time <= until) {
    const Due heard = successes_.pop();
    Breaker& breaker = all_[at(heard.replica, heard.instance)];
    breaker.failures = 0;
    if (breaker.state != State::kHalfOpen) continue;
    if (++breaker.successes >= rule_.successes) breaker.state = State::kClosed;
  }
}

bool Breakers::fails(SimTime now, ReplicaId replica, InstanceId instance) {
  count_successes(now);
  Breaker& breaker = all_[at(replica, instance)];
  ++breaker.failures;
  if (breaker.state == State::kOpen) return false;
  if (breaker.state == State::kClosed && breaker.failures < rule_.failures) return false;
  breaker.state = State::kOpen;
  breaker.opened = now;
  ends_.push({now + open_time_, replica, instance});
  return true;
}

std::optional<Breakers::Due> Breakers::end_next() {
  const Due due = ends_.pop();
  count_successes(due.time);
  Breaker& breaker = all_[at(due.replica, due.instance)];
  if (breaker.state != State::kOpen || breaker.opened + open_time_ != due.time) return {};
  breaker = {State::kHalfOpen, 0, 0, breaker.opened};
  return due;
}

void Breakers::replace(SimTime now, InstanceId instance) {
  count_successes(now);
  for (std::size_t at = instance; at < all_.size(); at += instances_) all_[at] = {};
}

}  // namespace pigou
