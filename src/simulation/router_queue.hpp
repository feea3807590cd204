// The routers' own queues: requests that a policy keeps until it has room for them.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "core/ids.hpp"
#include "simulation/requests.hpp"

namespace pigou {

/// One queue per replica, by (order, request). A request's state says whether and where it waits
/// (`queued`, `replica`, `queue_order`), and agrees with the queue at all times.
class RouterQueue {
 public:
  RouterQueue() = default;
  explicit RouterQueue(std::uint32_t replicas) : counts_(replicas, 0) {}

  bool empty() const { return slots_.empty(); }
  std::size_t size() const { return slots_.size(); }
  std::uint32_t size(ReplicaId replica) const { return counts_[replica]; }
  /// Slot of the first that waits at `replica`; kNoIndex: nobody.
  SlotId first(ReplicaId replica) const {
    const auto head = slots_.lower_bound({replica, INT64_MIN, RequestId{0}});
    const bool waits = head != slots_.end() && std::get<0>(head->first) == replica;
    return waits ? head->second : SlotId{};
  }
  /// Slot of the first at any replica, of a queue that is not empty.
  SlotId first() const { return slots_.begin()->second; }
  void add(SlotId slot, std::int64_t order, RequestState& state) {
    state.queued = true;
    state.queue_order = order;
    slots_[{state.replica, order, state.request}] = slot;
    ++counts_[state.replica];
  }
  void remove(RequestState& state) {
    slots_.erase({state.replica, state.queue_order, state.request});
    state.queued = false;
    --counts_[state.replica];
  }

 private:
  std::map<std::tuple<ReplicaId, std::int64_t, RequestId>, SlotId> slots_;
  std::vector<std::uint32_t> counts_;
};

}  // namespace pigou
