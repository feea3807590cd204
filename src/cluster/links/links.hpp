// KV transfers between instances: FIFO out of the prefill side, FIFO into the decode side.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "cluster/config.hpp"
#include "core/event_tree.hpp"
#include "core/ids.hpp"

namespace pigou {

/// One transfer on its way.
struct Transfer {
  SimTime end;   ///< when it arrives
  SimTime wire;  ///< how long it holds both its links
  std::uint64_t bytes;
  std::uint64_t number;  ///< in order of submission
  InstanceId from;
  CallId call;  ///< the decode-side call that waits for it
};

/// Every instance has one link out and one in, each of bandwidth TP x NIC (or the scenario's). A
/// transfer starts when both its links have finished what was submitted before, and holds both for
/// bytes / bandwidth; it arrives `latency` later. Its times are known when it is submitted and
/// change only when one before it is called off, so that is where the work is done. The caller sees
/// submit, the receiving instance's event, `pop`, `withdraw` and `fail`, so a fair-sharing network
/// can replace this one.
class Links {
 public:
  Links() = default;
  Links(const std::vector<double>& bytes_per_s, double latency_s, std::uint32_t first_source)
      : bytes_per_s_(bytes_per_s),
        latency_(from_seconds(latency_s, "network.latency_s")),
        first_source_(first_source),
        out_free_(bytes_per_s.size()),
        in_free_(bytes_per_s.size()),
        queues_(bytes_per_s.size()) {}

  /// Sends `bytes` from instance `from` to `to` on behalf of `call`; sets `to`'s event.
  void submit(InstanceId from, InstanceId to, std::uint64_t bytes, CallId call, SimTime now,
              EventTree& events) {
    const double rate = std::min(bytes_per_s_[from], bytes_per_s_[to]);
    const double exact_ps = static_cast<double>(bytes) / rate * 1e12;
    const double wire_ps = std::min(exact_ps, static_cast<double>(kLongest.ps));
    const SimTime wire{static_cast<std::int64_t>(wire_ps) + 1};
    const SimTime start = std::max({now, out_free_[from], in_free_[to]});
    out_free_[from] = in_free_[to] = checked_add(start, wire, "a KV transfer");
    Queue& queue = queues_[to];
    queue.transfers.push_back({in_free_[to] + latency_, wire, bytes, submitted_++, from, call});
    sent_bytes_ += bytes;
    if (queue.transfers.size() - queue.head == 1) arm(to, events);
  }

  /// Call of the next transfer to arrive at `to`; kNoIndex: none is on its way.
  CallId next_call(InstanceId to) const {
    const Queue& queue = queues_[to];
    return queue.head == queue.transfers.size() ? CallId{} : queue.transfers[queue.head].call;
  }

  /// The transfer that has just arrived at `to`; arms the next one.
  Transfer pop(InstanceId to, EventTree& events) {
    Queue& queue = queues_[to];
    const Transfer done = queue.transfers[queue.head++];
    if (queue.head == queue.transfers.size()) {
      queue.transfers.clear();
      queue.head = 0;
    } else if (queue.head > 64 && 2 * queue.head > queue.transfers.size()) {
      queue.transfers.erase(queue.transfers.begin(),
                            queue.transfers.begin() + static_cast<std::ptrdiff_t>(queue.head));
      queue.head = 0;
    }
    arm(to, events);
    return done;
  }

  /// Whether a transfer holds its links, or has held them, before `now`: from then on only a
  /// failure ends it early.
  bool begun(const Transfer& transfer, SimTime now) const {
    return transfer.end - latency_ - transfer.wire < now;
  }
  /// Calls off the transfer that `call` waits for at `to`, and those behind it move up. False, and
  /// nothing happens, when it has begun.
  bool withdraw(InstanceId to, CallId call, SimTime now, EventTree& events);
  /// `instance` has failed: what was on its way to it or from it is gone, and the links at both
  /// ends are free for those behind. What becomes of the calls is for the caller to see to.
  void fail(InstanceId instance, SimTime now, EventTree& events);

  /// Bytes of all transfers so far, less what those called off or cut short have not sent.
  std::uint64_t sent_bytes() const { return sent_bytes_; }
  /// visit(to, transfer) for everything on its way.
  template <class Visit>
  void for_each(Visit visit) const {
    for (InstanceId to = 0; to < queues_.size(); ++to)
      for (std::size_t n = queues_[to].head; n < queues_[to].transfers.size(); ++n)
        visit(to, queues_[to].transfers[n]);
  }

 private:
  struct Queue {
    std::vector<Transfer> transfers;  ///< in order of arrival: the link in is FIFO
    std::size_t head = 0;
  };

  void arm(InstanceId to, EventTree& events) {
    const Queue& queue = queues_[to];
    if (queue.head == queue.transfers.size())
      events.cancel(first_source_ + to);
    else
      events.set(first_source_ + to, queue.transfers[queue.head].end, Phase::kTransferEnd);
  }
  template <class Gone>
  bool erase(InstanceId to, SimTime now, EventTree& events, Gone gone);
  void move_up(SimTime now, EventTree& events);

  std::vector<double> bytes_per_s_;
  SimTime latency_;
  std::uint32_t first_source_ = 0;
  std::vector<SimTime> out_free_;
  std::vector<SimTime> in_free_;
  std::vector<Queue> queues_;
  std::uint64_t submitted_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace pigou
