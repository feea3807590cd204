// Requests that wait in the router for one instance each: DualMap's central queues.
#pragma once

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "core/ids.hpp"
#include "core/load_ahead.hpp"
#include "core/time.hpp"
#include "routing/parts/instance_bits.hpp"
#include "view/router_view.hpp"

namespace pigou {

/// A request in a central queue. Trivially copyable.
struct WaitingRequest {
  RequestId request = kNoIndex;
  SlotId slot = kNoIndex;
  SimTime arrival;
  std::int64_t input_tokens = 0;
  std::int64_t cached_tokens = 0;  ///< believed on the queue's instance when it joined the queue
  std::uint64_t key = 0;           ///< what is hashed onto the rings
  std::uint32_t first = kNoIndex;  ///< its two candidates
  std::uint32_t second = kNoIndex;
  std::uint32_t send_to = kNoIndex;  ///< instance it is dispatched to, as a rule the queue's
  bool moved = false;                ///< from another queue, by rebalancing
  std::uint32_t block_tokens = 16;
  PathView path;

  std::int64_t uncached_tokens() const { return input_tokens - cached_tokens; }
  std::uint32_t other(std::uint32_t instance) const { return instance == first ? second : first; }
  /// Leaves before `that`: the longer cached prefix, then the earlier arrival.
  bool before(const WaitingRequest& that) const { return before(that, that.cached_tokens); }
  /// The same, were `cached` tokens of that one cached.
  bool before(const WaitingRequest& that, std::int64_t cached) const {
    return std::tuple(-cached_tokens, arrival, request) <
           std::tuple(-cached, that.arrival, that.request);
  }
};

/// One queue per instance, in the order in which requests leave. Memory is kept, so nothing is
/// allocated once the queues have had their longest.
class CentralQueues {
 public:
  explicit CentralQueues(std::uint32_t instances)
      : queues_(instances), loads_(instances), waiting_(instances), longer_(instances) {}

  /// The first queue from `i` on that is not empty; kNoIndex where there is none. Few are: nobody
  /// walks over all.
  std::uint32_t next_waiting(std::uint32_t i) const { return waiting_.next(i); }
  /// The same of the instances in `among`.
  std::uint32_t next_waiting(std::uint32_t i, const InstanceBits& among) const {
    return waiting_.next(i, among);
  }
  /// The first queue from `i` on in which more than one request waits.
  std::uint32_t next_longer(std::uint32_t i) const { return longer_.next(i); }
  bool empty(std::uint32_t i) const { return queues_[i].empty(); }
  std::size_t size(std::uint32_t i) const { return queues_[i].size(); }
  /// The n-th of queue i in the order of leaving.
  const WaitingRequest& at(std::uint32_t i, std::size_t n) const {
    return queues_[i][queues_[i].size() - 1 - n];
  }
  /// Says that queue i will be looked at, and a while later that its requests will be.
  void prefetch(std::uint32_t i) const {
    load_ahead(&queues_[i]);
    load_ahead(&loads_[i]);
  }
  void prefetch_requests(std::uint32_t i) const {
    for (const WaitingRequest& request : queues_[i]) {
      load_ahead(&request);
      load_ahead(&request.path);
    }
  }
  /// Tokens of queue i that were not cached when their requests joined it.
  std::int64_t uncached_tokens(std::uint32_t i) const { return loads_[i].uncached; }

  void push(std::uint32_t i, const WaitingRequest& request) {
    std::vector<WaitingRequest>& queue = queues_[i];
    const auto place = std::lower_bound(queue.begin(), queue.end(), request,
                                        [](const auto& a, const auto& b) { return b.before(a); });
    queue.insert(place, request);
    loads_[i].uncached += request.uncached_tokens();
    loads_[i].oldest = std::min(loads_[i].oldest, request.arrival);
    waiting_.set(i, true);
    if (queue.size() > 1) longer_.set(i, true);
  }
  WaitingRequest take(std::uint32_t i, std::size_t n) {
    std::vector<WaitingRequest>& queue = queues_[i];
    const auto place = queue.end() - 1 - static_cast<std::ptrdiff_t>(n);
    const WaitingRequest taken = *place;
    queue.erase(place);
    loads_[i].uncached -= taken.uncached_tokens();
    if (taken.arrival == loads_[i].oldest) loads_[i].oldest = least_arrival(queue);
    if (queue.size() <= 1) longer_.set(i, false);
    if (queue.empty()) waiting_.set(i, false);
    return taken;
  }
  WaitingRequest pop(std::uint32_t i) { return take(i, 0); }

  /// Arrival of the request that has waited longest in queue i; kNever in an empty one.
  SimTime oldest(std::uint32_t i) const { return loads_[i].oldest; }

  /// Uncached tokens of queue i that would leave before `request`, which may itself be in it, if it
  /// joined with `cached` tokens cached.
  std::int64_t tokens_ahead(std::uint32_t i, const WaitingRequest& request,
                            std::int64_t cached) const {
    std::int64_t tokens = 0;
    for (std::size_t n = 0; n < size(i); ++n) {
      const WaitingRequest& waiting = at(i, n);
      if (waiting.request == request.request || !waiting.before(request, cached)) break;
      tokens += waiting.uncached_tokens();
    }
    return tokens;
  }

  /// Takes `request` out of whichever queue it is in; false if it is in none.
  bool remove(RequestId request) {
    for (std::uint32_t i = next_waiting(0); i != kNoIndex; i = next_waiting(i + 1)) {
      for (std::size_t n = 0; n < size(i); ++n) {
        if (at(i, n).request != request) continue;
        take(i, n);
        return true;
      }
    }
    return false;
  }

  /// Calls visit(instance, request) for every waiting request, which may be changed in anything but
  /// its order and its tokens.
  template <class Visit>
  void for_each(Visit visit) {
    for (std::uint32_t i = next_waiting(0); i != kNoIndex; i = next_waiting(i + 1))
      for (WaitingRequest& request : queues_[i]) visit(i, request);
  }

 private:
  /// What is asked of a queue far more often than its requests are.
  struct Load {
    std::int64_t uncached = 0;
    SimTime oldest = kNever;
  };
  static SimTime least_arrival(const std::vector<WaitingRequest>& queue) {
    SimTime least = kNever;
    for (const WaitingRequest& request : queue) least = std::min(least, request.arrival);
    return least;
  }

  std::vector<std::vector<WaitingRequest>> queues_;  ///< last one leaves first
  std::vector<Load> loads_;
  InstanceBits waiting_, longer_;  ///< queues with one request or more, with two or more
};

}  // namespace pigou
