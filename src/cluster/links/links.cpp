// Transfers that are called off or cut short, and how those behind them move up.
#include "cluster/links/links.hpp"

#include <utility>

namespace pigou {

/// Removes the transfers to `to` that are `gone`; whether there were any.
template <class Gone>
bool Links::erase(InstanceId to, SimTime now, EventTree& events, Gone gone) {
  Queue& queue = queues_[to];
  const auto first = queue.transfers.begin() + static_cast<std::ptrdiff_t>(queue.head);
  const auto left = std::stable_partition(first, queue.transfers.end(),
                                          [&](const Transfer& t) { return !gone(t); });
  if (left == queue.transfers.end()) return false;
  for (auto t = left; t != queue.transfers.end(); ++t) {
    const std::int64_t rest = std::clamp<std::int64_t>((t->end - latency_ - now).ps, 0, t->wire.ps);
    sent_bytes_ -= static_cast<std::uint64_t>(Int128{rest} * t->bytes / t->wire.ps);
  }
  queue.transfers.erase(left, queue.transfers.end());
  if (queue.head == queue.transfers.size()) queue = {};
  arm(to, events);
  return true;
}

bool Links::withdraw(InstanceId to, CallId call, SimTime now, EventTree& events) {
  const bool waits =
      erase(to, now, events, [&](const Transfer& t) { return t.call == call && !begun(t, now); });
  if (waits) move_up(now, events);
  return waits;
}

void Links::fail(InstanceId instance, SimTime now, EventTree& events) {
  bool any = false;
  for (InstanceId to = 0; to < queues_.size(); ++to)
    any |= erase(to, now, events,
                 [&](const Transfer& t) { return to == instance || t.from == instance; });
  if (any) move_up(now, events);
}

/// The rule again, from `now` on: those that have begun keep their times, the others follow in the
/// order in which they were submitted.
void Links::move_up(SimTime now, EventTree& events) {
  std::ranges::fill(out_free_, SimTime{});
  std::ranges::fill(in_free_, SimTime{});
  std::vector<std::pair<InstanceId, Transfer*>> waiting;  // by receiver
  for (InstanceId to = 0; to < queues_.size(); ++to) {
    Queue& queue = queues_[to];
    for (std::size_t n = queue.head; n < queue.transfers.size(); ++n) {
      Transfer& t = queue.transfers[n];
      if (!begun(t, now)) {
        waiting.emplace_back(to, &t);
        continue;
      }
      const SimTime free = t.end - latency_;
      out_free_[t.from] = std::max(out_free_[t.from], free);
      in_free_[to] = std::max(in_free_[to], free);
    }
  }
  std::ranges::sort(waiting, {}, [](const auto& w) { return w.second->number; });
  for (const auto& [to, t] : waiting) {
    const SimTime start = std::max({now, out_free_[t->from], in_free_[to]});
    out_free_[t->from] = in_free_[to] = start + t->wire;
    const SimTime end = start + t->wire + latency_;
    if (end == t->end) continue;
    t->end = end;
    if (t == &queues_[to].transfers[queues_[to].head]) arm(to, events);
  }
}

}  // namespace pigou
