#include "view/kv_feed.hpp"

namespace pigou {
namespace {

constexpr std::size_t kPrefetchFrom = 256;  // instances; beliefs about fewer fit into the caches
constexpr std::size_t kCompactFrom = 1024;  // events

}  // namespace

void KvFeed::apply(const KvEvent& event, std::uint32_t instance, std::vector<Belief>& beliefs) {
  if (loss_.active()) [[unlikely]]
    return loss_.apply(event, instance, beliefs);
  for (Belief& belief : beliefs) {
    if (event.segment == kNoIndex) [[unlikely]] {
      belief.index.forget(instance);
      if (belief.separable.active()) belief.separable.touch_all(instance, belief.index);
      continue;
    }
    belief.index.set_held(event.segment, instance, event.held);
    if (belief.separable.active()) belief.separable.touch(event.segment, instance, belief.index);
    if (belief.logs) belief.log.push_back({instance, event.segment, event.held});
  }
}

void KvFeed::collect(std::uint32_t instance, Cluster& cluster, std::vector<Belief>& beliefs) {
  auto& fresh = cluster.kv_events(instance);
  if (fresh.empty()) return;
  if (latency_.ps == 0) {
    for (const KvEvent& event : fresh) apply(event, instance, beliefs);
  } else {
    Pending& pending = pending_[instance];
    if (pending.head == pending.events.size()) due_.push({fresh.front().time + latency_, instance});
    // They are applied a while later, in a large fleet to rows nobody has looked at for long.
    if (pending_.size() >= kPrefetchFrom)
      for (const KvEvent& event : fresh) beliefs[0].index.prefetch(event.segment);
    pending.events.insert(pending.events.end(), fresh.begin(), fresh.end());
  }
  fresh.clear();
}

void KvFeed::deliver(SimTime now, Cluster& cluster, std::vector<Belief>& beliefs) {
  // A step starting exactly at `now` comes after this reader; one that started latency ago is due.
  const SimTime horizon = latency_.ps > 0 ? now - latency_ + SimTime{1} : now;
  if (cluster.publisher_runs() > 0) {
    for (std::uint32_t i = 0; i < cluster.publishers(); ++i) {
      if (!cluster.in_run(i)) continue;
      cluster.materialise(i, horizon);
      auto& fresh = cluster.kv_events(i);
      if (fresh.empty()) continue;
      if (latency_.ps == 0 || fresh.back().time + latency_ > now) {
        collect(i, cluster, beliefs);
        continue;
      }
      // What comes to light only now is due already, and with it all that waits before it.
      apply_due(i, now, beliefs);
      for (const KvEvent& event : fresh) apply(event, i, beliefs);
      fresh.clear();
    }
  }
  while (!due_.empty() && due_.top().time <= now) {
    const std::uint32_t instance = due_.top().instance;
    due_.pop();
    apply_due(instance, now, beliefs);
  }
  if (loss_.active()) loss_.catch_up(now, beliefs);
}

void KvFeed::apply_due(std::uint32_t instance, SimTime now, std::vector<Belief>& beliefs) {
  Pending& pending = pending_[instance];
  while (pending.head < pending.events.size()) {
    const KvEvent& event = pending.events[pending.head];
    if (event.time + latency_ > now) {
      due_.push({event.time + latency_, instance});
      break;
    }
    apply(event, instance, beliefs);
    ++pending.head;
  }
  if (pending.head == pending.events.size()) {
    pending.events.clear();
    pending.head = 0;
  } else if (pending.head >= kCompactFrom && 2 * pending.head >= pending.events.size()) {
    // A long latency never empties it, and memory would grow with the trace.
    const auto begin = pending.events.begin();
    pending.events.erase(begin, begin + static_cast<std::ptrdiff_t>(pending.head));
    pending.head = 0;
  }
}

}  // namespace pigou
