// Dynamo's queue in front of its selector: when a request waits there, in which class and order.
// Source: ai-dynamo/dynamo lib/kv-router/src/scheduling/{queue.rs@00067c31af57, policy.rs@01690d42,
// policy_queue.rs@0bebf6de3d18, policy_config.rs@0111b619348a}; routers.md section 2.4.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/random.hpp"
#include "core/time.hpp"
#include "routing/side.hpp"

namespace pigou {

/// Two families, `default` and `batch`, each with a class for requests with little to compute and
/// one for the others: family * 2 + long.
inline constexpr std::uint32_t kDynamoClasses = 4;

struct DynamoQueueRule {
  /// fcfs, lcfs: by arrival at the router; wspt: fewest tokens not cached anywhere first.
  enum class Order { kFcfs, kWspt, kLcfs };
  static constexpr std::int64_t kNoLimit = -1;

  double threshold = 0;          ///< of what one step takes; 0: none
  double threshold_tokens = 0;   ///< prefill tokens; 0: none
  double busy_worker_ratio = 0;  ///< share of workers; 0: all
  Order order = Order::kFcfs;
  std::int64_t long_from = 0;  ///< uncached tokens of the long classes; 0: no such classes
  double batch_share = 0;      ///< of conversations in the family `batch`
  std::array<std::int64_t, kDynamoClasses> quantum{1, 1, 1, 1};  ///< tokens a round
  // Per usable worker and class.
  std::int64_t request_limit = kNoLimit;
  std::int64_t input_token_limit = kNoLimit;
  std::int64_t cached_token_limit = kNoLimit;
};

/// What the queue knows of a request, from the moment it was classified.
struct DynamoTicket {
  std::uint32_t slot = kNoIndex;
  std::uint32_t request = kNoIndex;  ///< number in the workload
  std::uint32_t cls = 0;
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0;  ///< on the worker that has most, of those it may go to
  SimTime since;                   ///< when it came
  RequestView view;

  std::int64_t uncached() const { return input_tokens - cached_tokens; }
  /// What it costs its class: a request with nothing to compute is not free.
  std::int64_t cost() const { return uncached() > 1 ? uncached() : 1; }
};

/// A request waits while the workers it may go to hold too many prefill tokens, and while others of
/// its class wait: nobody overtakes the queue. A worker is busy above either threshold, the fleet
/// when all are, or the share `busy_worker_ratio`. Classes take turns by deficit round robin over
/// uncached tokens; within one, a higher strict priority goes first, then by `order`, in which a
/// priority of p counts as p seconds of waiting, for wspt as a weight of 1 + p; then who came
/// first. A class that holds its limit refuses more. Off without a threshold.
class DynamoQueue {
 public:
  DynamoQueue(const DynamoQueueRule& rule, std::uint64_t seed)
      : rule_(rule), families_(seed, "policy-class") {}

  bool on() const { return rule_.threshold > 0 || rule_.threshold_tokens > 0; }
  /// Whether classify() reads the side's overlap.
  bool needs_overlap() const;
  /// Class of the open request, which has `cached_tokens`.
  DynamoTicket classify(const Decision& decision, const RequestView& request,
                        std::int64_t cached_tokens) const;

  bool backlog(std::uint32_t cls) const { return classes_[cls].requests > 0; }
  /// Whether there is no room: `pinned` is the only worker asked, kNoIndex for all usable ones. A
  /// fleet without a usable worker is not busy.
  bool busy(const RouterView& view, const Side& side, std::uint32_t pinned) const;
  /// Whether the class refuses more; what is to come is not counted, as in Dynamo.
  bool full(std::uint32_t cls, std::uint32_t workers) const;
  /// Puts it into its class. Returns Action::order: its place among all, were there one class.
  std::int64_t enter(const DynamoTicket& ticket);
  /// Given up by its client; nothing where it does not wait.
  void leave(std::uint32_t slot);
  /// Takes out whom to place next; `fits` says whether a class's first may go. Slot kNoIndex:
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
  struct Class {
    std::vector<Entry> heap;  ///< may hold some that have left
    std::int64_t requests = 0, input_tokens = 0, cached_tokens = 0;
    std::int64_t deficit = 0;
  };
  static bool later(const Entry& a, const Entry& b);
  bool waits(const Entry& entry) const { return number_of_[entry.ticket.slot] == entry.number; }
  const Entry* first(std::uint32_t cls);
  DynamoTicket take(std::uint32_t cls);
  void count_out(const DynamoTicket& ticket);
  std::uint32_t affordable() const;
  void grant_rounds();

  DynamoQueueRule rule_;
  RandomStream families_;
  std::array<Class, kDynamoClasses> classes_;
  std::array<std::int64_t, kDynamoClasses> cost_{};  ///< of each class's first; 0: may not go
  std::vector<std::uint64_t> number_of_;             ///< by slot; 0: does not wait
  std::vector<DynamoTicket> ticket_of_;              ///< by slot
  std::uint64_t entered_ = 0;
  std::uint32_t turn_ = 0;           ///< class at which the next round begins
  std::uint32_t served_ = kNoIndex;  ///< class served last, if it has credit left
};

template <class Fits>
DynamoTicket DynamoQueue::next(Fits fits) {
  for (std::uint32_t cls = 0; cls < kDynamoClasses; ++cls) {
    const Entry* entry = first(cls);
    if (entry == nullptr) classes_[cls].deficit = 0;
    cost_[cls] = entry != nullptr && fits(entry->ticket) ? entry->ticket.cost() : 0;
  }
  const std::uint32_t carried = served_;
  served_ = kNoIndex;
  if (carried != kNoIndex && cost_[carried] > 0 && cost_[carried] <= classes_[carried].deficit)
    return take(carried);
  for (std::uint32_t k = 0; k < kDynamoClasses; ++k) {
    const std::uint32_t cls = (turn_ + k) % kDynamoClasses;
    if (cost_[cls] == 0) continue;
    if (cost_[cls] > classes_[cls].deficit) classes_[cls].deficit += rule_.quantum[cls];
    if (cost_[cls] <= classes_[cls].deficit) return take(cls);
  }
  grant_rounds();
  const std::uint32_t cls = affordable();
  return cls == kNoIndex ? DynamoTicket{} : take(cls);
}

}  // namespace pigou
