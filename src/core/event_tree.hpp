// The pending events: a winner tree over sources, each with at most one event.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace pigou {

/// Order of events at one instant. Each phase sees everything an earlier one did.
enum class Phase : std::uint8_t {
  kStepEnd = 0,      ///< finished steps first: whatever happens at t sees every boundary <= t
  kTransferEnd = 1,  ///< KV that has arrived at t is there for every decision taken at t
  kTimer = 2,        ///< signals publish, clients give up: after the truth of t, before its readers
  kFollowUp = 3,     ///< hand-offs and closed-loop turns that a finish at t caused
  kArrival = 4,      ///< open-loop arrivals, after the follow-ups they may meet
  kStepStart = 5,    ///< engines schedule last, so a step starting at t holds all that came by t
};

/// Total order of events: (time, phase, source id), never insertion order.
struct EventKey {
  SimTime time = kNever;
  Phase phase = Phase::kStepEnd;
  std::uint32_t source = kNoIndex;

  constexpr auto operator<=>(const EventKey&) const = default;
};

/// Winner tree: `top` is O(1), `set` and `cancel` climb log2(sources) levels and stop as soon as
/// nothing above can change. Trivially copyable inside (two flat arrays).
class EventTree {
 public:
  EventTree() = default;
  explicit EventTree(std::uint32_t sources) { resize(sources); }

  void resize(std::uint32_t sources) {
    capacity_ = 1;
    while (capacity_ < sources) capacity_ *= 2;
    pending_.assign(capacity_, Pending{});
    winner_.resize(capacity_);
    for (std::uint32_t node = capacity_ - 1; node >= 1; --node) winner_[node] = better(node);
  }

  /// Sets or moves the one pending event of `source`.
  void set(std::uint32_t source, SimTime time, Phase phase) {
    pending_[source] = {time, phase};
    climb(source);
  }
  void cancel(std::uint32_t source) { set(source, kNever, Phase::kStepEnd); }

  EventKey top() const {
    const std::uint32_t source = capacity_ > 1 ? winner_[1] : 0;
    return {pending_[source].time, pending_[source].phase, source};
  }
  /// Source of the first event in share `n` of kContenders equal shares of the sources: the next
  /// top is one of these, unless something new comes first. For prefetching.
  static constexpr std::uint32_t kContenders = 8;
  std::uint32_t contender(std::uint32_t n) const { return child(kContenders + n); }
  bool has_contenders() const { return capacity_ >= kContenders; }

 private:
  struct Pending {
    SimTime time = kNever;
    Phase phase = Phase::kStepEnd;
  };

  std::uint32_t child(std::uint32_t node) const {
    return node >= capacity_ ? node - capacity_ : winner_[node];
  }
  std::uint32_t better(std::uint32_t node) const {
    const std::uint32_t left = child(2 * node);
    const std::uint32_t right = child(2 * node + 1);
    const Pending& a = pending_[left];
    const Pending& b = pending_[right];
    // The left child has the smaller source id, so it wins ties.
    if (a.time != b.time) return a.time < b.time ? left : right;
    return a.phase <= b.phase ? left : right;
  }
  void climb(std::uint32_t source) {
    for (std::uint32_t node = (capacity_ + source) / 2; node >= 1; node /= 2) {
      const std::uint32_t winner = better(node);
      if (winner == winner_[node] && winner != source) return;
      winner_[node] = winner;
    }
  }

  std::uint32_t capacity_ = 1;
  std::vector<Pending> pending_ = std::vector<Pending>(1);
  std::vector<std::uint32_t> winner_ = std::vector<std::uint32_t>(1);
};

}  // namespace pigou
