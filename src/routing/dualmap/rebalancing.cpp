// Hotspot rebalancing: requests that wait in an overloaded queue go where their TTFT is shorter.
// Source: ASISys/DualMap as in A-zhudong/DualMap@65f237b, and reports of arXiv 2602.06502.
#include <algorithm>

#include "core/load_ahead.hpp"
#include "routing/dualmap/queueing_router.hpp"

namespace pigou {
namespace {

/// A request costs about as much to look at as this many instances.
constexpr std::size_t kLongQueue = 16;

}  // namespace

double DualMapRouter::per_token_s(const FleetSide& side, std::uint32_t i) const {
  return rules_.seconds_per_token > 0 ? rules_.seconds_per_token
                                      : side.columns.prefill_s_per_token[i];
}

/// Prompt tokens that instance `i` has still to compute: in its queue and on the instance.
std::int64_t DualMapRouter::pending_tokens(const FleetSide& side, std::uint32_t i) const {
  return queues_.uncached_tokens(i) + side.columns.active_prefill_tokens[i];
}

double DualMapRouter::pending_s(const FleetSide& side, std::uint32_t i) const {
  return per_token_s(side, i) * static_cast<double>(pending_tokens(side, i));
}

/// An empty queue's oldest is yet to come.
bool DualMapRouter::waited_too_long(std::uint32_t i, SimTime now) const {
  return to_seconds(now - queues_.oldest(i)) >= rules_.overloaded_wait_s;
}

bool DualMapRouter::overloaded(const FleetSide& side, std::uint32_t i, SimTime now) const {
  return pending_s(side, i) > rules_.slo_s || waited_too_long(i, now);
}

/// As it was when the rebalancing began: an instance is asked about before it is sent anything.
bool DualMapRouter::was_slow(std::uint32_t i) {
  if (slow_[i].round != round_) slow_[i] = {round_, waited_too_long(i, round_began_)};
  return slow_[i].slow;
}

/// Whether anybody but `from` is within the target. Who is not takes nothing, and moves out of
/// `from` bring nobody back: without anybody the whole queue need not be gone through.
bool DualMapRouter::anybody_takes(const FleetSide& side, std::uint32_t from) const {
  for (std::uint32_t i = 0; i < instances_; ++i)
    if (i != from && side.usable(i) && pending_s(side, i) <= rules_.slo_s) return true;
  return false;
}

/// The request on `i` behind all it has, if that is within the target; else nobody.
DualMapRouter::Candidate DualMapRouter::taker(RouterView& view, const FleetSide& side,
                                              const WaitingRequest& request, std::uint32_t i) {
  if (!side.usable(i) || pending_s(side, i) > rules_.slo_s) return {};
  if (rules_.neighbours && was_slow(i)) return {};
  const Candidate there = candidate(view, side, request, i, false);
  const bool takes = rules_.neighbours ? there.ttft_s <= rules_.slo_s : there.ttft_s < rules_.slo_s;
  return takes ? there : Candidate{};
}

/// Where a request of queue `from` may go: its other candidate, and in the published code the next
/// instance after `from`, or else after that candidate, where the candidate is overloaded.
DualMapRouter::Candidate DualMapRouter::target(RouterView& view, const FleetSide& side,
                                               const WaitingRequest& request, std::uint32_t from) {
  const std::uint32_t other = request.other(from);
  if (other != from) {
    const Candidate there = taker(view, side, request, other);
    if (there.instance != kNoIndex || !rules_.neighbours) return there;
  }
  if (!rules_.neighbours) return {};
  std::uint32_t next = (from + 1) % instances_;
  if (next == from || next == other) next = (other + 1) % instances_;
  if (next == from || next == other) return {};
  return taker(view, side, request, next);
}

DualMapRouter::Move DualMapRouter::move_of(RouterView& view, const FleetSide& side,
                                           std::uint32_t from, std::size_t place) {
  const WaitingRequest& request = queues_.at(from, place);
  const Candidate there = target(view, side, request, from);
  const std::uint32_t to = there.instance;
  if (to == kNoIndex) return {};
  const std::int64_t uncached = request.input_tokens - there.cached_tokens;
  if (!rules_.benefit_by_place) return {place, to, pending_s(side, from) - there.ttft_s, uncached};
  // What is ahead of it in either queue, not the whole of it.
  const auto ttft_s = [&](std::uint32_t i, std::int64_t cached) {
    const std::int64_t tokens = side.columns.active_prefill_tokens[i] +
                                queues_.tokens_ahead(i, request, cached) + request.input_tokens -
                                cached;
    return per_token_s(side, i) * static_cast<double>(tokens);
  };
  const Candidate here = candidate(view, side, request, from, false);
  const double benefit_s = ttft_s(from, here.cached_tokens) - ttft_s(to, there.cached_tokens);
  return {place, to, benefit_s, uncached};
}

/// One round: the largest benefit first, until as many tokens have gone as were above the target,
/// or nobody gains. A queue that is overloaded by its waits alone moves whoever gains.
void DualMapRouter::rebalance(RouterView& view, const FleetSide& side, std::uint32_t from,
                              SimTime now) {
  if (!rules_.rebalances || queues_.size(from) <= 1) return;
  if (kLongQueue * queues_.size(from) > instances_ && !anybody_takes(side, from)) return;
  ++round_;
  round_began_ = now;
  const double above =
      static_cast<double>(pending_tokens(side, from)) - rules_.slo_s / per_token_s(side, from);
  std::int64_t gone = 0;
  while (!queues_.empty(from) && (above <= 0 || static_cast<double>(gone) < above)) {
    Move best;
    for (std::size_t place = 0; place < queues_.size(from); ++place) {
      const Move move = move_of(view, side, from, place);
      if (move.to != kNoIndex && move.benefit_s > best.benefit_s) best = move;
    }
    if (best.to == kNoIndex) return;
    WaitingRequest request = queues_.take(from, best.place);
    gone += request.input_tokens - candidate(view, side, request, from, false).cached_tokens;
    request.cached_tokens = request.input_tokens - best.uncached_there;
    request.send_to = best.to;
    request.moved = true;
    queues_.push(best.to, request);
    ++moves_;
  }
}

/// Asks for what rebalancing the queues in hot_ will read of those to which their requests may go.
void DualMapRouter::expect_rebalance(const FleetSide& side) {
  for (const std::uint32_t i : hot_) queues_.prefetch_requests(i);
  for (const std::uint32_t from : hot_) {
    for (std::size_t place = 0; place < queues_.size(from); ++place) {
      const std::uint32_t other = queues_.at(from, place).other(from);
      queues_.prefetch(other);
      load_ahead(&slow_[other]);
      load_ahead(&side.columns.active_prefill_tokens[other]);
    }
  }
}

/// Every overloaded queue in turn. Few are, and few of those move anything: as long as none does,
/// which they are can be found first, and what the rounds will read be asked for together.
void DualMapRouter::rebalance_all(RouterView& view, const FleetSide& side, SimTime now) {
  const auto next_hot = [&](std::uint32_t from) {
    std::uint32_t i = queues_.next_longer(from);
    while (i != kNoIndex && !(side.usable(i) && overloaded(side, i, now)))
      i = queues_.next_longer(i + 1);
    return i;
  };
  hot_.clear();
  for (std::uint32_t i = next_hot(0); i != kNoIndex; i = next_hot(i + 1)) hot_.push_back(i);
  expect_rebalance(side);
  const std::uint64_t moves = moves_;
  for (const std::uint32_t hot : hot_) {
    rebalance(view, side, hot, now);
    if (moves_ == moves) continue;
    for (std::uint32_t i = next_hot(hot + 1); i != kNoIndex; i = next_hot(i + 1))
      rebalance(view, side, i, now);
    return;
  }
}

}  // namespace pigou
