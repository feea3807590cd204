#include "view/kv_feed.hpp"

namespace pigou {

void KvFeed::collect(std::uint32_t instance, Cluster& cluster, PrefixIndex& index) {
  auto& fresh = cluster.kv_events(instance);
  if (fresh.empty()) return;
  if (latency_.ps == 0) {
    for (const KvEvent& event : fresh) index.set_held(event.segment, instance, event.held);
  } else {
    Pending& pending = pending_[instance];
    if (pending.head == pending.events.size())
      due_.push({fresh.front().time + latency_, instance});
    pending.events.insert(pending.events.end(), fresh.begin(), fresh.end());
  }
  fresh.clear();
}

void KvFeed::deliver(SimTime now, Cluster& cluster, PrefixIndex& index) {
  // A step starting exactly at `now` comes after this reader; one that started latency ago is due.
  const SimTime horizon = latency_.ps > 0 ? now - latency_ + SimTime{1} : now;
  if (cluster.entry_runs() > 0) {
    for (std::uint32_t i = 0; i < cluster.entry_instances(); ++i) {
      if (!cluster.in_run(i)) continue;
      cluster.materialise(i, horizon);
      collect(i, cluster, index);
    }
  }
  while (!due_.empty() && due_.top().time <= now) {
    const std::uint32_t instance = due_.top().instance;
    due_.pop();
    apply_due(instance, now, index);
  }
}

void KvFeed::apply_due(std::uint32_t instance, SimTime now, PrefixIndex& index) {
  Pending& pending = pending_[instance];
  while (pending.head < pending.events.size()) {
    const KvEvent& event = pending.events[pending.head];
    if (event.time + latency_ > now) {
      due_.push({event.time + latency_, instance});
      break;
    }
    index.set_held(event.segment, instance, event.held);
    ++pending.head;
  }
  if (pending.head == pending.events.size()) {
    pending.events.clear();
    pending.head = 0;
  }
}

}  // namespace pigou
