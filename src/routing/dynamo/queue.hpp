// Dynamo's queue in front of its selector: when a request waits there, in which class and order.
// Source: ai-dynamo/dynamo lib/kv-router/src/scheduling/{queue.rs@00067c31af57, policy.rs@01690d42,
// policy_queue.rs@0bebf6de3d18, policy_config.rs@0111b619348a}.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "routing/dynamo/profile.hpp"
#include "routing/parts/fleet_side.hpp"

namespace pigou {

/// What the queue knows of a request, from the moment it was classified.
struct DynamoTicket {
  SlotId slot = kNoIndex;
  RequestId request = kNoIndex;     ///< number in the workload
  std::uint32_t cls = 0;            ///< of the profile
  std::uint32_t pinned = kNoIndex;  ///< the only worker it may go to; kNoIndex: any
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0;  ///< on the worker that has most, of those it may go to
  SimTime since;                   ///< when it came
  RequestView view;

  std::int64_t uncached() const { return input_tokens - cached_tokens; }
  /// What it costs its class: a request with nothing to compute is not free.
  std::int64_t cost() const { return uncached() > 1 ? uncached() : 1; }
};

/// A request waits while the workers it may go to hold too many prefill tokens by its class's
/// thresholds, and while others of its class wait: nobody overtakes the queue. Classes take turns
/// by deficit round robin over uncached tokens; within one, a higher strict priority goes first,
/// then by the class's order, in which a priority of p counts as p seconds of waiting, for wspt as
/// a weight of 1 + p; then who came first. Requests that must go to one worker stand in a lane of
/// their own, so that a busy worker holds up nobody else's. A class that holds its limit refuses
/// more; one without a threshold lets nobody wait.
class DynamoQueue {
 public:
  using Order = DynamoClass::Order;
  explicit DynamoQueue(DynamoProfile profile);

  bool on() const { return on_; }
  /// Whether a request's own word decides on its class.
  bool has_families() const { return !profile_.families.empty(); }
  /// Whether classify() reads the side's overlap.
  bool needs_overlap() const { return needs_overlap_; }
  const DynamoClass& rule(std::uint32_t cls) const { return profile_.classes[cls]; }

  /// The open request as one of its class, with `cached_tokens` cached and only `pinned` to go to.
  DynamoTicket classify(const Decision& decision, const RequestView& request,
                        std::int64_t cached_tokens, std::uint32_t pinned) const;

  bool backlog(std::uint32_t cls) const { return classes_[cls].requests > 0; }
  /// Whether the workers the ticket may go to have no room for its class. A fleet without a usable
  /// worker is not busy.
  bool busy(const RouterView& view, const FleetSide& side, const DynamoTicket& ticket) const;
  /// Whether the class refuses more; what is to come is not counted, as in Dynamo.
  bool full(std::uint32_t cls, std::uint32_t workers) const;
  /// Puts it into its class. Returns Action::order: its place among all, were there one class.
  std::int64_t enter(const DynamoTicket& ticket);
  /// Given up by its client; nothing where it does not wait.
  void leave(SlotId slot);
  /// Takes out whom to place next; `fits` says whether a first of its lane may go. Slot kNoIndex:
  /// nobody.
  template <class Fits>
  DynamoTicket next(Fits fits);

 private:
  struct Entry {
    std::uint32_t strict = 0;
    double score = 0;  ///< larger leaves first
    std::uint64_t number = 0;
    DynamoTicket ticket;
  };
  struct Lane {
    std::uint32_t pinned = kNoIndex;
    std::vector<Entry> heap;  ///< may hold some that have left
  };
  struct Class {
    std::vector<Lane> lanes;  ///< the first is everybody's who is not pinned
    std::int64_t requests = 0, input_tokens = 0, cached_tokens = 0;
    std::int64_t deficit = 0;
    std::int64_t cost = 0;  ///< of who may go next; 0: nobody may
    std::size_t from = 0;   ///< lane in which that one stands
  };
  static bool later(const Entry& a, const Entry& b);
  bool waits(const Entry& entry) const { return number_of_[entry.ticket.slot] == entry.number; }
  Lane& lane_of(Class& c, std::uint32_t pinned);
  const Entry* first(Lane& lane);
  template <class Fits>
  void look(std::uint32_t cls, Fits fits);
  DynamoTicket take(std::uint32_t cls);
  void count_out(const DynamoTicket& ticket);
  std::uint32_t affordable() const;
  void grant_rounds();
  std::uint32_t count() const { return static_cast<std::uint32_t>(classes_.size()); }

  DynamoProfile profile_;
  bool on_;
  bool needs_overlap_;
  std::vector<Class> classes_;
  std::vector<std::uint64_t> number_of_;  ///< by slot; 0: does not wait
  std::vector<DynamoTicket> ticket_of_;   ///< by slot
  std::uint64_t entered_ = 0;
  std::uint32_t turn_ = 0;           ///< class at which the next round begins
  std::uint32_t served_ = kNoIndex;  ///< class served last, if it has credit left
};

/// Who of the class may go next: the first of the firsts of its lanes that fit.
template <class Fits>
void DynamoQueue::look(std::uint32_t cls, Fits fits) {
  Class& c = classes_[cls];
  c.cost = 0;
  if (c.requests == 0) return;
  const Entry* best = nullptr;
  for (std::size_t lane = 0; lane < c.lanes.size(); ++lane) {
    const Entry* entry = first(c.lanes[lane]);
    if (entry == nullptr || (best != nullptr && later(*entry, *best)) || !fits(entry->ticket))
      continue;
    best = entry;
    c.from = lane;
    c.cost = entry->ticket.cost();
  }
}

template <class Fits>
DynamoTicket DynamoQueue::next(Fits fits) {
  const std::uint32_t carried = std::exchange(served_, kNoIndex);
  if (carried != kNoIndex) {
    look(carried, fits);
    const Class& c = classes_[carried];
    if (c.cost > 0 && c.cost <= c.deficit) return take(carried);
  }
  for (std::uint32_t k = 0; k < count(); ++k) {
    const std::uint32_t cls = (turn_ + k) % count();
    if (cls != carried) look(cls, fits);
    Class& c = classes_[cls];
    if (c.cost == 0) continue;
    if (c.cost > c.deficit) c.deficit += rule(cls).quantum;
    if (c.cost <= c.deficit) return take(cls);
  }
  grant_rounds();
  const std::uint32_t cls = affordable();
  return cls == kNoIndex ? DynamoTicket{} : take(cls);
}

}  // namespace pigou
