// DualMap whole: key, two rings, SLO-aware choice, central queues, rebalancing, scaling.
#pragma once

#include <vector>

#include "core/ids.hpp"
#include "routing/dualmap/central_queues.hpp"
#include "routing/dualmap/hot_prefix_table.hpp"
#include "routing/dualmap/hotness_tree.hpp"
#include "routing/dualmap/rules.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/parts/hash_ring.hpp"
#include "routing/parts/prefix_chain.hpp"
#include "routing/policy.hpp"

namespace pigou {

/// One router replica. The decode side of a split cluster goes to the fewest active blocks after
/// prefill (the paper has no split).
class DualMapRouter final : public Policy {
 public:
  DualMapRouter(const DualMapRules& rules, const PolicyLayout& layout);

  ViewNeeds needs() const override;
  Declaration declares() const override;
  bool draws() const override { return rules_.draws_ties; }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override;
  std::unique_ptr<Policy> clone() const override { return std::make_unique<DualMapRouter>(*this); }

 private:
  /// What an instance has been sent and has not answered with a first token.
  struct Dispatched {
    std::uint32_t pending = 0;
    double last_prefill_s = -1;  ///< from dispatch to first token; below 0: there was none
  };
  /// A request on its way to its first token, by slot.
  struct Flight {
    RequestId request = kNoIndex;
    InstanceId instance = kNoIndex;
    SimTime since;
  };
  struct Candidate {
    InstanceId instance = kNoIndex;
    std::int64_t cached_tokens = 0;
    double ttft_s = 0;
    // What ttft_s was computed from.
    std::int64_t pending_tokens = 0;
    std::int32_t overlap_blocks = 0;
    double prefill_s_per_token = 0;
  };

  // dualmap_router.cpp: what happens at each hook.
  void arrive(const Decision& decision, RouterView& view, std::vector<Action>& actions);
  void first_token(const Decision& decision);
  void leave(const Decision& decision);
  void fleet_changed(const Decision& decision, RouterView& view);
  std::uint64_t key_of(const Decision& decision, const RouterView& view, const FleetSide& side);
  static void note_columns(RouterView& view, const FleetSide& side, const Candidate& candidate);
  void find_candidates(const FleetSide& side, WaitingRequest& request) const;
  Candidate candidate(RouterView& view, const FleetSide& side, const WaitingRequest& request,
                      std::uint32_t i, bool open) const;
  std::uint32_t enqueue(RouterView& view, const FleetSide& side, WaitingRequest request,
                        std::uint64_t draw, bool open);
  const Candidate& prefer(RouterView& view, const FleetSide& side, const Candidate& a,
                          const Candidate& b, std::uint64_t draw, bool open) const;
  void pass(const Decision& decision, RouterView& view, std::vector<Action>& actions);
  bool may_send(std::uint32_t i) const;
  void count_sent(std::uint32_t i, int change);
  void dispatch(const Decision& decision, RouterView& view, const FleetSide& side,
                std::uint32_t from, std::vector<Action>& actions);

  // dualmap_rebalance.cpp: from one queue to another.
  /// A move and what it saves; to kNoIndex: there is none.
  struct Move {
    std::size_t place = 0;
    std::uint32_t to = kNoIndex;
    double benefit_s = 0;
    std::int64_t uncached_there = 0;
  };
  double per_token_s(const FleetSide& side, std::uint32_t i) const;
  std::int64_t pending_tokens(const FleetSide& side, std::uint32_t i) const;
  double pending_s(const FleetSide& side, std::uint32_t i) const;
  bool overloaded(const FleetSide& side, std::uint32_t i, SimTime now) const;
  bool waited_too_long(std::uint32_t i, SimTime now) const;
  bool was_slow(std::uint32_t i);
  bool anybody_takes(const FleetSide& side, std::uint32_t from) const;
  Candidate taker(RouterView& view, const FleetSide& side, const WaitingRequest& request,
                  std::uint32_t i);
  Candidate target(RouterView& view, const FleetSide& side, const WaitingRequest& request,
                   std::uint32_t from);
  Move move_of(RouterView& view, const FleetSide& side, std::uint32_t from, std::size_t place);
  void rebalance(RouterView& view, const FleetSide& side, std::uint32_t from, SimTime now);
  void rebalance_all(RouterView& view, const FleetSide& side, SimTime now);
  void expect_rebalance(const FleetSide& side);

  DualMapRules rules_;
  std::uint32_t instances_;
  bool split_;
  RandomStream stream_;
  HashRing rings_[2];
  PrefixChain chain_;
  HotnessTree tree_;
  HotPrefixTable table_;
  CentralQueues queues_;
  std::vector<Dispatched> dispatched_;  ///< by instance
  InstanceBits free_;                   ///< instances that may_send() says yes of
  std::vector<Flight> flights_;         ///< by slot
  /// Whether an instance's queue had waited too long as a rebalancing began, looked up once in
  /// each.
  struct Slow {
    std::uint64_t round = 0;
    bool slow = false;
  };
  std::vector<Slow> slow_;
  std::uint64_t round_ = 0;  ///< of rebalancing
  std::uint64_t moves_ = 0;
  std::vector<std::uint32_t> hot_;  ///< scratch: queues found overloaded
  SimTime round_began_;
};

}  // namespace pigou
