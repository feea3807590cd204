#include "view/beliefs/kv_loss.hpp"

#include <algorithm>

namespace pigou {
namespace {

void believe(Belief& belief, SegmentId segment, InstanceId instance, std::uint32_t held) {
  belief.index.set_held(segment, instance, held);
  if (belief.separable.active()) belief.separable.touch(segment, instance, belief.index);
  if (belief.logs) belief.log.push_back({instance, segment, held});
}

}  // namespace

KvLoss::KvLoss(const KvLossConfig& config, std::uint32_t instances, std::size_t replicas,
               SimTime latency, std::uint64_t seed)
    : probability_(config.probability),
      mode_(config.resync),
      resync_time_(from_seconds(config.resync_s, "signals.kv_resync_s")),
      latency_(latency),
      replicas_(replicas),
      draws_(seed, "kv-event-loss"),
      told_(instances),
      streams_(instances),
      wires_(instances * replicas) {
  const RandomStream phases(seed, "kv-resync-phase");
  for (std::uint32_t i = 0; i < instances; ++i)
    streams_[i].phase = {
        static_cast<std::int64_t>(phases.uniform(i) * static_cast<double>(resync_time_.ps))};
}

void KvLoss::apply(const KvEvent& event, InstanceId instance, std::vector<Belief>& beliefs) {
  const SimTime due = event.time + latency_;
  // A state that arrives with a message comes after it, as the state holds it already; without
  // latency a message is seen from the next instant on, and the state comes first.
  const SimTime states_until = latency_.ps > 0 ? due - SimTime{1} : due;
  for (std::size_t r = 0; r < replicas_; ++r)
    if (wire(instance, r).resync <= states_until) resync(instance, r, beliefs[r]);
  if (event.segment == kNoIndex) return forget(instance, beliefs);
  const std::uint32_t before = told_.held(event.segment, instance);
  if (before == event.held) return;
  told_.set_held(event.segment, instance, event.held);
  if (event.time != streams_[instance].message) next_message(event.time, instance);
  for (std::size_t r = 0; r < replicas_; ++r) {
    Wire& to = wire(instance, r);
    if (to.losing) {
      if (mode_ != KvResync::kNone) to.wrong.push_back(event.segment);
      continue;
    }
    const std::uint32_t believed = beliefs[r].index.held(event.segment, instance);
    std::uint32_t now = std::min(believed, event.held);
    if (event.held > before) now = believed >= before ? std::max(believed, event.held) : believed;
    if (now != believed) believe(beliefs[r], event.segment, instance, now);
  }
}

/// Draws who loses it; a replica that gets it sees whether it lost one before.
void KvLoss::next_message(SimTime time, InstanceId instance) {
  Stream& stream = streams_[instance];
  stream.message = time;
  const std::uint64_t entity = (std::uint64_t{instance} << 32) | stream.number++;
  for (std::size_t r = 0; r < replicas_; ++r) {
    Wire& to = wire(instance, r);
    to.losing = draws_.uniform(entity, static_cast<std::uint32_t>(r)) < probability_;
    if (to.losing) {
      ++lost_;
      to.gap = true;
      if (mode_ == KvResync::kPeriodic) plan(instance, r, next_state(stream, time) + latency_);
    } else if (to.gap && mode_ == KvResync::kOnGap) {
      plan(instance, r, time + latency_ + resync_time_);
    }
  }
}

void KvLoss::plan(InstanceId instance, std::size_t replica, SimTime at) {
  Wire& to = wire(instance, replica);
  if (to.resync != kNever) return;
  to.resync = at;
  due_.push({at, instance, ReplicaId{static_cast<std::uint32_t>(replica)}});
}

/// The first state an instance sends after an instant.
SimTime KvLoss::next_state(const Stream& stream, SimTime after) const {
  if (after < stream.phase) return stream.phase;
  const std::int64_t rounds = (after.ps - stream.phase.ps) / resync_time_.ps + 1;
  return {stream.phase.ps + rounds * resync_time_.ps};
}

void KvLoss::catch_up(SimTime now, std::vector<Belief>& beliefs) {
  while (!due_.empty() && due_.top().time <= now) {
    const Due due = due_.top();
    due_.pop();
    // Else it came with a later event of its instance, or the instance was lost.
    if (wire(due.instance, due.replica).resync == due.time)
      resync(due.instance, due.replica, beliefs[due.replica]);
  }
}

void KvLoss::resync(InstanceId instance, std::size_t replica, Belief& belief) {
  Wire& to = wire(instance, replica);
  for (const SegmentId segment : to.wrong) {
    const std::uint32_t held = told_.held(segment, instance);
    if (belief.index.held(segment, instance) != held) believe(belief, segment, instance, held);
  }
  to.wrong.clear();
  to.gap = false;
  to.resync = kNever;
  ++resyncs_;
}

void KvLoss::forget(InstanceId instance, std::vector<Belief>& beliefs) {
  told_.forget(instance);
  for (std::size_t r = 0; r < replicas_; ++r) {
    Wire& to = wire(instance, r);
    to.wrong.clear();
    to.gap = false;
    to.resync = kNever;
    beliefs[r].index.forget(instance);
    if (beliefs[r].separable.active()) beliefs[r].separable.touch_all(instance, beliefs[r].index);
  }
}

}  // namespace pigou
