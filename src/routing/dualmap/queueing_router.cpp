#include "routing/dualmap/queueing_router.hpp"

#include <algorithm>

namespace pigou {
namespace {

/// The two hash functions: the same points under other names.
constexpr std::uint64_t kFirstRing = hash_name("dualmap-1");
constexpr std::uint64_t kSecondRing = hash_name("dualmap-2");

/// Of the two candidates, in place of what the view has.
constexpr ColumnRead kPending{Column::kActivePrefillTokens, "pending_tokens", "tokens",
                              "uncached prompt tokens in its queue and on it"};
constexpr ColumnRead kPerToken{Column::kPrefillSPerToken, "prefill_s_per_token", "s/token",
                               "prefill time of one prompt token there, as the router reckons"};

/// The next usable instance after `i`, going round; `i` where there is no other.
std::uint32_t next_usable(const FleetSide& side, std::uint32_t i) {
  for (std::uint32_t step = 1; step < side.count(); ++step) {
    const std::uint32_t next = (i + step) % side.count();
    if (side.usable(next)) return next;
  }
  return i;
}

}  // namespace

DualMapRouter::DualMapRouter(const DualMapRules& rules, const PolicyLayout& layout)
    : rules_(rules),
      instances_(layout.entry_count),
      split_(layout.decode_count > 0),
      stream_(layout.seed, "router"),
      rings_{HashRing(layout.entry_count, rules.virtual_nodes, kFirstRing),
             HashRing(layout.entry_count, rules.virtual_nodes, kSecondRing)},
      chain_(rules.key_block_tokens, rules.max_key_blocks),
      queues_(layout.entry_count),
      dispatched_(layout.entry_count),
      free_(layout.entry_count, true),
      slow_(layout.entry_count) {
  if (rules.table)
    table_ = HotPrefixTable(rules.window, rules.min_samples, rules.hot_share, rules.cold_share,
                            rules.max_key_blocks, rules.table_capacity);
  else
    tree_ = HotnessTree(rules.window, rules.min_samples, rules.max_key_blocks);
}

ViewNeeds DualMapRouter::needs() const {
  ViewNeeds needs;
  needs.prefix_index = true;
  needs.kv_event_latency_s = rules_.kv_event_latency_s;
  needs.first_token = needs.finish = needs.instance_change = needs.breaker_change = true;
  return needs;
}

/// The warmer candidate within its share of the target, else the least TTFT; equals by active
/// blocks.
Declaration DualMapRouter::declares() const {
  DeclaredRule rule;
  rule.candidates = Candidates::kTwoHashes;
  rule.cost = MinTtftCost{};
  rule.reads = MinTtftCost{}.reads().add(kPending).add(kPerToken).add(Column::kActiveBlocks);
  rule.choice = ChoiceRule::kAffinity;
  rule.ties = rules_.draws_ties ? Ties::kDrawn : Ties::kFirst;
  return {rule, split_ ? std::optional(least_blocks_rule(rule.ties)) : std::nullopt};
}

void DualMapRouter::decide(const Decision& decision, RouterView& view,
                           std::vector<Action>& actions) {
  switch (decision.hook) {
    case Hook::kPrefillDone:
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex,
           least_loaded_decode(view, rules_.draws_ties ? decision_draw(stream_, decision) : 0)});
      return;
    case Hook::kArrival:
      return arrive(decision, view, actions);
    case Hook::kFirstToken:
      first_token(decision);
      if (rules_.dispatches_at_prefill_end) pass(decision, view, actions);
      return;
    case Hook::kFinish:
      leave(decision);
      return pass(decision, view, actions);
    case Hook::kInstanceChange:
      fleet_changed(decision, view);
      return pass(decision, view, actions);
    case Hook::kRoomFreed:
    case Hook::kTimer:
    case Hook::kPeerPlaced:
    case Hook::kParameterChange:
    case Hook::kControlTick:
      return;  // not asked for
  }
}

void DualMapRouter::arrive(const Decision& decision, RouterView& view,
                           std::vector<Action>& actions) {
  const RequestView& asked = view.request();
  const FleetSide side = entry_side(view);
  WaitingRequest request;
  request.request = decision.request;
  request.slot = decision.slot;
  request.arrival = decision.time;
  request.input_tokens = asked.row.input_tokens;
  request.block_tokens = asked.block_tokens;
  request.path = asked.path;
  request.key = key_of(decision, view, side);
  find_candidates(side, request);
  const std::uint32_t chosen = enqueue(view, side, request, decision_draw(stream_, decision), true);
  const std::uint32_t other = request.other(chosen);
  if (overloaded(side, chosen, decision.time) && overloaded(side, other, decision.time)) {
    rebalance(view, side, chosen, decision.time);
    rebalance(view, side, other, decision.time);
    if (rules_.forgets_first_move) {
      queues_.for_each([&](std::uint32_t, WaitingRequest& waiting) {
        if (waiting.request == request.request) waiting.send_to = chosen;
      });
    }
  }
  pass(decision, view, actions);
  const bool sent = std::ranges::any_of(
      actions, [&](const Action& action) { return action.slot == decision.slot; });
  if (!sent) actions.push_back({ActionKind::kQueue, decision.slot, InstanceId{chosen}});
}

/// The key's length is looked up first and learns from the request afterwards. A prompt without
/// block ids shares its prefix with nobody.
std::uint64_t DualMapRouter::key_of(const Decision& decision, const RouterView& view,
                                    const FleetSide& side) {
  chain_.read(view.request());
  if (chain_.depth() == 0) return mix64(~std::uint64_t{decision.request});
  std::uint32_t depth = 0;
  if (rules_.table) {
    depth = table_.key_depth(chain_);
    table_.observe(chain_, depth);
  } else {
    depth = tree_.key_depth(chain_);
    tree_.observe(chain_, depth, std::max(1U, usable_count(side)));
  }
  return chain_.hash(depth);
}

/// Skipping instances that take no requests moves the keys of their arcs and no other, as taking
/// their points off the ring would.
void DualMapRouter::find_candidates(const FleetSide& side, WaitingRequest& request) const {
  const auto usable = [&](std::uint32_t i) { return side.usable(i); };
  request.first = rings_[0].walk(request.key, usable);
  if (request.first == kNoIndex) request.first = 0;  // nobody is there, and somebody is named
  request.second = rings_[1].walk(request.key, usable);
  if (request.second == kNoIndex || request.second == request.first)
    request.second = next_usable(side, request.first);
}

DualMapRouter::Candidate DualMapRouter::candidate(RouterView& view, const FleetSide& side,
                                                  const WaitingRequest& request, std::uint32_t i,
                                                  bool open) const {
  Candidate there{.instance = InstanceId{i}};
  there.overlap_blocks =
      open ? view.overlap_on(there.instance) : view.overlap_of(request.path, there.instance);
  there.pending_tokens = pending_tokens(side, i);
  there.prefill_s_per_token = per_token_s(side, i);
  there.cached_tokens =
      std::min(std::int64_t{there.overlap_blocks} * request.block_tokens, request.input_tokens - 1);
  InstanceColumns columns;
  columns.count = 1;
  columns.active_prefill_tokens = &there.pending_tokens;
  columns.overlap_blocks = &there.overlap_blocks;
  columns.prefill_s_per_token = &there.prefill_s_per_token;
  const MinTtftCost cost{request.block_tokens};
  there.ttft_s = cost({request.input_tokens, 0}, columns, PoolRow{}, 0);
  return there;
}

void DualMapRouter::note_columns(RouterView& view, const FleetSide& side,
                                 const Candidate& candidate) {
  if (view.note() == nullptr) return;
  note_candidate(view, side, candidate.instance, candidate.ttft_s);
  note_column(view, kPending, static_cast<double>(candidate.pending_tokens));
  note_column(view, words_of(Column::kOverlapBlocks), candidate.overlap_blocks);
  note_column(view, kPerToken, candidate.prefill_s_per_token);
  note_column(view, words_of(Column::kActiveBlocks),
              static_cast<double>(side.columns.active_blocks[candidate.instance]));
}

/// Puts the request into the queue of the candidate it prefers and says which that is. `open`: it
/// is the request the decision is about.
std::uint32_t DualMapRouter::enqueue(RouterView& view, const FleetSide& side,
                                     WaitingRequest request, std::uint64_t draw, bool open) {
  const Candidate first = candidate(view, side, request, request.first, open);
  const Candidate second = candidate(view, side, request, request.second, open);
  const Candidate& chosen = prefer(view, side, first, second, draw, open);
  request.cached_tokens = chosen.cached_tokens;
  request.send_to = chosen.instance;
  queues_.push(chosen.instance, request);
  return chosen.instance;
}

const DualMapRouter::Candidate& DualMapRouter::prefer(RouterView& view, const FleetSide& side,
                                                      const Candidate& a, const Candidate& b,
                                                      std::uint64_t draw, bool open) const {
  const auto says = [&](std::string_view rule) {
    if (open) note_rule(view, rule);
  };
  if (open) note_columns(view, side, a);
  if (a.instance == b.instance) {
    says("the only instance there is");
    return a;
  }
  if (open) note_columns(view, side, b);
  const std::int64_t* blocks = side.columns.active_blocks;
  const bool tied = blocks[a.instance] == blocks[b.instance];
  const Candidate& drawn = !rules_.draws_ties || drawn_share(draw, 2) == 0 ? a : b;
  const Candidate& lighter = tied ? drawn : blocks[a.instance] < blocks[b.instance] ? a : b;
  const bool alike = a.cached_tokens == b.cached_tokens;
  const Candidate& warmer = alike ? lighter : a.cached_tokens > b.cached_tokens ? a : b;
  if (warmer.ttft_s <= rules_.affinity_share * rules_.slo_s) {
    if (!alike)
      says("affinity: the warmer candidate is within its share of the target");
    else if (!tied)
      says("affinity: equally warm, fewer active blocks");
    else
      says("affinity: equally warm and loaded");
    return warmer;
  }
  if (a.ttft_s != b.ttft_s) {
    says("load: the lower estimated TTFT");
    return a.ttft_s < b.ttft_s ? a : b;
  }
  if (tied)
    says("load: equal estimates and blocks");
  else
    says("load: equal estimates, fewer active blocks");
  return lighter;
}

/// One scheduling pass: overloaded queues are eased, then instances get what they have room for.
void DualMapRouter::pass(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
  const FleetSide side = entry_side(view);
  if (rules_.rebalances) rebalance_all(view, side, decision.time);
  const auto next = [&](std::uint32_t i) { return queues_.next_waiting(i, free_); };
  for (std::uint32_t i = next(0); i != kNoIndex; i = next(i + 1)) {
    if (!side.usable(i)) continue;
    dispatch(decision, view, side, i, actions);
    if (rules_.second_prefill && !queues_.empty(i) && may_send(i))
      dispatch(decision, view, side, i, actions);
  }
}

/// Nothing pending there, or one prefill after a short one. The published code has the second
/// clause too, but lets 1 - pending requests go: never a second one.
bool DualMapRouter::may_send(std::uint32_t i) const {
  const Dispatched& there = dispatched_[i];
  if (there.pending == 0) return true;
  return rules_.second_prefill && there.pending == 1 && there.last_prefill_s >= 0 &&
         there.last_prefill_s < rules_.busy_prefill_s;
}

void DualMapRouter::count_sent(std::uint32_t i, int change) {
  dispatched_[i].pending += static_cast<std::uint32_t>(change);
  free_.set(i, may_send(i));
}

void DualMapRouter::dispatch(const Decision& decision, RouterView& view, const FleetSide& side,
                             std::uint32_t from, std::vector<Action>& actions) {
  const WaitingRequest request = queues_.pop(from);
  const InstanceId to{side.usable(request.send_to) ? request.send_to : from};
  count_sent(to, 1);
  if (flights_.size() <= request.slot) flights_.resize(request.slot + 1);
  flights_[request.slot] = {request.request, to, decision.time};
  actions.push_back({ActionKind::kPlace, request.slot, to});
  if (request.slot == decision.slot && decision.hook == Hook::kArrival && !request.moved)
    return;  // noted as its candidates were compared
  if (DecisionNote* note = note_about(view, request.slot)) {
    const double own_s = per_token_s(side, to) * static_cast<double>(request.uncached_tokens());
    note->candidates.push_back({to, pending_s(side, to) + own_s});
    note->rule = request.moved
                     ? "dispatch: its turn in the queue of the one instance it was moved to"
                     : "dispatch: its turn in the queue of the one instance chosen when it came";
  }
}

void DualMapRouter::first_token(const Decision& decision) {
  if (decision.slot >= flights_.size()) return;
  Flight& flight = flights_[decision.slot];
  if (flight.request != decision.request) return;
  dispatched_[flight.instance].last_prefill_s = to_seconds(decision.time - flight.since);
  count_sent(flight.instance, -1);
  flight = {};
}

/// Gone without a first token, from its instance or from a queue.
void DualMapRouter::leave(const Decision& decision) {
  if (decision.slot < flights_.size() && flights_[decision.slot].request == decision.request) {
    count_sent(flights_[decision.slot].instance, -1);
    flights_[decision.slot] = {};
  } else if (decision.instance == kNoIndex) {
    queues_.remove(decision.request);
  }
}

/// The rings follow the fleet: who waits for an instance that has gone is put elsewhere, and
/// everybody's candidates are those of the new rings.
void DualMapRouter::fleet_changed(const Decision& decision, RouterView& view) {
  const FleetSide side = entry_side(view);
  if (usable_count(side) == 0) return;  // they wait until somebody comes back
  queues_.for_each([&](std::uint32_t, WaitingRequest& waiting) { find_candidates(side, waiting); });
  for (std::uint32_t i = 0; i < instances_; ++i) {
    while (!side.usable(i) && !queues_.empty(i)) {
      const WaitingRequest request = queues_.pop(i);
      const auto hook = static_cast<std::uint32_t>(decision.hook);
      enqueue(view, side, request, stream_.bits(request.request, hook), false);
    }
  }
}

}  // namespace pigou
