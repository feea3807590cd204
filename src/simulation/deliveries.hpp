// Calls on their way from the gateway to engines.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "core/event_tree.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace pigou {

/// A call on its way.
struct Delivery {
  SimTime time;
  std::uint64_t number = 0;  ///< of the delivery: sends of one instant arrive in order
  SlotId slot;
  std::uint32_t attempt = 0;
  bool decode = false;
  bool operator>(const Delivery& other) const {
    return time != other.time ? time > other.time : number > other.number;
  }
};
/// All of them. The next arrival is an event of the source given.
class Deliveries {
 public:
  Deliveries() = default;
  explicit Deliveries(std::uint32_t source) : source_(source) {}

  void send(SimTime at, SlotId slot, std::uint32_t attempt, bool decode, EventTree& events) {
    on_way_.push({at, next_number_++, slot, attempt, decode});
    arm(events);
  }
  /// The one that has just arrived.
  Delivery take(EventTree& events) {
    const Delivery due = on_way_.top();
    on_way_.pop();
    arm(events);
    return due;
  }

 private:
  void arm(EventTree& events) const {
    if (on_way_.empty())
      events.cancel(source_);
    else
      events.set(source_, on_way_.top().time, Phase::kFollowUp);
  }

  std::priority_queue<Delivery, std::vector<Delivery>, std::greater<>> on_way_;
  std::uint64_t next_number_ = 0;
  std::uint32_t source_ = 0;
};

}  // namespace pigou
