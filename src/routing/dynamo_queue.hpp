// Dynamo's queue in front of its selector: when a request waits there, and in which order.
// Source: ai-dynamo/dynamo lib/kv-router/src/scheduling/{queue.rs@00067c31af57,
// policy.rs@01690d42}; routers.md section 2.4.
#pragma once

#include <algorithm>
#include <vector>

#include "core/time.hpp"
#include "routing/side.hpp"

namespace pigou {

/// A request waits while every worker it may go to holds more prefill tokens than `threshold` times
/// what one step takes, and while others wait: nobody overtakes the queue. Off at threshold 0.
class DynamoQueue {
 public:
  /// fcfs, lcfs: by arrival at the router; wspt: fewest tokens not cached anywhere first.
  enum class Order { kFcfs, kWspt, kLcfs };

  DynamoQueue(double threshold, Order order) : threshold_(threshold), order_(order) {}

  bool on() const { return threshold_ > 0; }
  bool backlog() const { return waiting_ > 0; }
  /// Whether nobody has room: `pinned` is the only worker asked, kNoIndex for all usable ones. A
  /// fleet without a usable worker is not busy.
  bool busy(const RouterView& view, const Side& side, std::uint32_t pinned) const;
  /// Action::order of a request that enters now and may go to `pinned` alone, kNoIndex: to all. The
  /// side's overlap has been measured if needs_overlap(). Requests carry no priorities, so Dynamo's
  /// jumps and classes have no part.
  std::int64_t order(const RequestView& request, const Side& side, std::uint32_t pinned,
                     SimTime now) const;
  bool needs_overlap() const { return order_ == Order::kWspt; }

  void enter(std::uint32_t slot);
  /// Placed, rejected, or given up by its client; nothing where it did not wait.
  void leave(std::uint32_t slot);

 private:
  double threshold_;
  Order order_;
  std::uint32_t waiting_ = 0;
  std::vector<std::uint8_t> waits_;  ///< by slot
};

}  // namespace pigou
