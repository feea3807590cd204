#include "view/beliefs/kv_feed.hpp"

#include <algorithm>

namespace pigou {
namespace {

constexpr std::size_t kPrefetchFrom = 256;  // instances; beliefs about fewer fit into the caches
constexpr std::size_t kCompactFrom = 1024;  // events

/// Events of one instance, in order, as one replica comes to know of them.
void believe(std::span<const KvEvent> events, InstanceId instance, Belief& belief) {
  const bool separable = belief.separable.active();
  for (const KvEvent& event : events) {
    if (event.segment == kNoIndex) [[unlikely]] {
      belief.index.forget(instance);
      if (separable) belief.separable.touch_all(instance, belief.index);
      continue;
    }
    belief.index.set_held(event.segment, instance, event.held);
    if (separable) belief.separable.touch(event.segment, instance, belief.index);
    if (belief.logs) belief.log.push_back({instance, event.segment, event.held});
  }
}

}  // namespace

KvFeed::KvFeed(std::uint32_t instances, SimTime latency)
    : active_(true), latency_(latency), waiting_(instances), due_(instances) {}

void KvFeed::apply(std::span<const KvEvent> events, InstanceId instance,
                   std::vector<Belief>& beliefs) {
  if (loss_.active()) [[unlikely]] {
    for (const KvEvent& event : events) loss_.apply(event, instance, beliefs);
    return;
  }
  for (Belief& belief : beliefs) believe(events, instance, belief);
}

void KvFeed::collect(InstanceId instance, Cluster& cluster, std::vector<Belief>& beliefs,
                     SimTime now) {
  std::vector<KvEvent>& log = cluster.kv_events(instance);
  if (log.empty()) return;
  if (latency_.ps == 0) {
    if (log.front().time <= now) apply_at_once(instance, now, log, beliefs);
    return;
  }
  const bool prefetches = waiting_.size() >= kPrefetchFrom;
  // Whoever is lost leaves without what it would have told next.
  const bool lost = log.back().segment == kNoIndex;
  const bool waits = due_.due(instance) != kNever && !lost;
  if (waits && !prefetches) return;  // nothing new about the next one
  Waiting& waiting = waiting_[instance];
  if (!waits) due_.set(instance, log[waiting.head].time + latency_);
  waiting.known = std::min(waiting.known, log.size());
  // They are applied a while later, in a large fleet to rows nobody has looked at for long.
  for (; prefetches && waiting.known < log.size(); ++waiting.known)
    beliefs[0].index.prefetch(log[waiting.known].segment);
}

/// Without latency: what the step under way will tell stays in the log until it has ended.
void KvFeed::apply_at_once(InstanceId instance, SimTime now, std::vector<KvEvent>& log,
                           std::vector<Belief>& beliefs) {
  if (log.back().time <= now) {
    apply(log, instance, beliefs);
    log.clear();
    return;
  }
  const auto later = std::ranges::upper_bound(log, now, {}, &KvEvent::time);
  apply({log.begin(), later}, instance, beliefs);
  log.erase(log.begin(), later);
}

/// The logs of `instances` hold evictions that nobody has collected.
void KvFeed::came_to_light(std::span<const std::uint32_t> instances, SimTime now, Cluster& cluster,
                           std::vector<Belief>& beliefs) {
  const bool prefetches = waiting_.size() >= kPrefetchFrom;
  for (std::size_t k = 0; prefetches && k < instances.size(); ++k) {
    const std::vector<KvEvent>& log = cluster.kv_events(InstanceId{instances[k]});
    if (!log.empty()) beliefs[0].index.prefetch(log.back().segment);
  }
  for (const std::uint32_t i : instances) {
    const InstanceId instance{i};
    std::vector<KvEvent>& log = cluster.kv_events(instance);
    if (log.empty()) continue;
    // What came to light only now is due already, and with it all that waited before it.
    if (latency_.ps > 0 && log[waiting_[instance].head].time + latency_ <= now)
      apply_due(instance, now, log, beliefs);
    else
      collect(instance, cluster, beliefs, now);
  }
}

void KvFeed::apply_all_due(SimTime now, Cluster& cluster, std::vector<Belief>& beliefs) {
  due_now_.clear();
  due_.take_due(now, due_now_);
  for (const std::uint32_t i : due_now_)
    apply_due(InstanceId{i}, now, cluster.kv_events(InstanceId{i}), beliefs);
}

void KvFeed::apply_due(InstanceId instance, SimTime now, std::vector<KvEvent>& log,
                       std::vector<Belief>& beliefs) {
  Waiting& waiting = waiting_[instance];
  const SimTime horizon = now - latency_;
  std::size_t end = waiting.head;
  while (end < log.size() && log[end].time <= horizon) ++end;
  apply(std::span(log).subspan(waiting.head, end - waiting.head), instance, beliefs);
  waiting.head = end;
  if (end == log.size()) {
    log.clear();
    waiting = {};
    due_.set(instance, kNever);
    return;
  }
  due_.set(instance, log[end].time + latency_);
  if (end < kCompactFrom || 2 * end < log.size()) return;
  // A long latency never empties it, and memory would grow with the trace.
  log.erase(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(end));
  waiting.known -= std::min(waiting.known, end);
  waiting.head = 0;
}

}  // namespace pigou
