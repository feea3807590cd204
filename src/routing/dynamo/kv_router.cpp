#include "routing/dynamo/kv_router.hpp"

#include <algorithm>
#include <cmath>

#include "routing/dynamo/affinity.hpp"
#include "routing/dynamo/beliefs.hpp"
#include "routing/dynamo/books.hpp"
#include "routing/dynamo/queue.hpp"
#include "routing/dynamo/settings.hpp"

namespace pigou {
namespace {

class DynamoRouter final : public Policy {
 public:
  DynamoRouter(const ParameterValues& values, const PolicyLayout& layout, DynamoForm form)
      : DynamoRouter(values, layout, DynamoSettings(values, layout, form), form,
                     layout.entry_count + layout.decode_count) {}
  DynamoRouter(const ParameterValues& values, const PolicyLayout& layout,
               const DynamoSettings& settings, DynamoForm form, std::uint32_t instances)
      : values_(values),
        output_(settings.output),
        form_(form),
        lower_tiers_(layout.lower_tiers),
        stream_(layout.seed, "router"),
        choice_(settings.costing, DynamoTiers(values[kDynamoHost], values[kDynamoDisk],
                                              values[kDynamoShared], layout.lower_tiers)),
        books_(values[kDynamoTrackBlocks] != 0, values[kDynamoTrackPrefill] != 0,
               values[kDynamoPrefillModel] != 0, instances),
        beliefs_(DynamoApproximateIndex(instances,
                                        from_seconds(values[kDynamoTtl], "router.router_ttl_s"),
                                        static_cast<std::int64_t>(values[kDynamoTreeSize]),
                                        values[kDynamoPruneTarget]),
                 DynamoLruIndex(instances), values[kDynamoRetention] != 0),
        conditional_(settings.conditional),
        queue_(settings.profile),
        overload_(settings.thresholds),
        entry_sessions_(from_seconds(values[kDynamoAffinityTtl], "router.session_affinity_ttl_s")),
        decode_sessions_(entry_sessions_),
        hears_events_(values[kDynamoEvents] != 0),
        split_(layout.decode_count > 0),
        plain_(books_.plain()),
        whole_(hears_events_ && !overload_.on() && plain_ && output_ == OutputBlocks::kNone) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = hears_events();
    needs.kv_event_latency_s = hears_events() ? values_[kDynamoLatency] : 0;
    needs.shared_active = values_[kDynamoReuse] != 0 && books_.counts_blocks();
    needs.whole_blocks = true;
    needs.room_freed = queue_.on();
    needs.first_token = books_.fades();
    needs.finish = queue_.on() || entry_sessions_.on() || books_.fades() || leases();
    needs.instance_change = !hears_events();
    needs.labels = labels();
    needs.output_blocks = output_;
    needs.snapshot_period_s = values_[kDynamoBusyBlocks] > 0 ? values_[kDynamoMetricsPeriod] : 0;
    needs.decode_index = hears_events() && conditional_.on();
    if (whole() && !needs.decode_index && !choice_.tiers().on())
      needs.separable = choice_.separable();
    return needs;
  }
  Declaration declares() const override {
    return choice_.declares(books_, split_, hears_events_, conditional_.on());
  }
  void set(std::size_t parameter, double value) override {
    values_[parameter] = value;
    choice_.set(costing_of(values_, lower_tiers_, form_));
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    switch (decision.hook) {
      case Hook::kFinish:
        queue_.leave(decision.slot);
        books_.prefilled(decision.slot, decision.time);
        beliefs_.left(decision.slot);
        entry_sessions_.answered(view.request().session, decision.time);
        decode_sessions_.answered(view.request().session, decision.time);
        return;
      case Hook::kFirstToken:
        return books_.prefilled(decision.slot, decision.time);
      case Hook::kInstanceChange:
        if (!view.available(decision.instance)) beliefs_.forget(decision.instance);
        return;
      case Hook::kPrefillDone:
        beliefs_.left(decision.slot);  // the prefill side's router is done with it
        return place_decode(decision, view, actions);
      case Hook::kRoomFreed:
        return place_next(decision, view, actions);
      default:
        return arrive(decision, view, actions);
    }
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<DynamoRouter>(*this); }

 private:
  LabelSet labels() const {
    LabelSet labels;
    labels.add(RequestLabel::kSession, entry_sessions_.on());
    labels.add(RequestLabel::kPolicyClass, queue_.on() && queue_.has_families());
    if (queue_.on()) labels.add({RequestLabel::kPriority, RequestLabel::kStrictPriority});
    if (values_[kDynamoOverride] != 0)
      labels.add({RequestLabel::kOverlapCredit, RequestLabel::kTemperature});
    return labels;
  }
  bool hears_events() const { return hears_events_; }
  bool leases() const { return !hears_events() && beliefs_.by_lru(); }
  /// Sides are the view's own: nobody hidden, no belief or load replaced.
  bool whole() const { return whole_; }
  bool hard() const { return values_[kDynamoAffinityMode] == 0; }

  void arrive(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    if (conditional_.on() && view.split()) {
      const std::uint32_t local = local_decode(decision, view);
      if (local != kNoIndex) return prefill_locally(decision, view, local, actions);
      if (DecisionNote* note = view.note()) note->candidates.clear();  // decides anew
    }
    FleetSide side = prefill_side(view, decision.time);
    const std::uint32_t bound = entry_sessions_.bound(view.request().session, side, decision.time);
    if (queue_.on() && waits(decision, view, side, bound, actions)) return;
    place_entry(decision, view, side, bound, actions);
  }

  /// Room was freed while some wait: whoever's turn it is goes, if there is room for it.
  void place_next(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    FleetSide side = entry_side(view);
    books_.apply(side, decision.time);
    const DynamoTicket ticket =
        queue_.next([&](const DynamoTicket& first) { return !queue_.busy(view, side, first); });
    if (ticket.slot == kNoIndex) return;
    if (ticket.slot != decision.slot) view.turn_to(ticket.view);
    Decision about = decision;
    about.slot = ticket.slot;
    about.request = ticket.request;
    side = prefill_side(view, decision.time);
    const std::uint32_t bound = entry_sessions_.bound(ticket.view.session, side, decision.time);
    place_entry(about, view, side, bound, actions);
  }

  void place_entry(const Decision& decision, RouterView& view, FleetSide& side, std::uint32_t bound,
                   std::vector<Action>& actions) {
    const std::uint32_t chosen = choose(view, side, bound, [&](const FleetSide& free) {
      return choice_.entry(view, free, books_, whole(), decision_draw(stream_, decision));
    });
    if (chosen == kNoIndex) return refuse(decision, actions);
    entry_sessions_.bind(view.request().session, chosen, decision.time);
    Action action{ActionKind::kPlace, decision.slot, side.id(chosen)};
    if (!hears_events() || choice_.tiers().on()) {
      if (side.columns.overlap_blocks == nullptr) believe(view, side, decision.time);
      action.believed_tokens = cached_tokens(view, side, chosen);
      note_belief(view, side, [&](std::uint32_t i) { return cached_tokens(view, side, i); });
    }
    sent(decision, view, side.id(chosen), action.believed_tokens);
    actions.push_back(action);
  }

  void place_decode(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    FleetSide side = counted_decode(view, decision.time);
    const std::uint64_t session = view.request().session;
    const std::uint32_t bound = decode_sessions_.bound(session, side, decision.time);
    const std::uint32_t chosen = pick_decode(decision, view, side, bound);
    if (chosen == kNoIndex) return refuse(decision, actions);
    decode_sessions_.bind(session, chosen, decision.time);
    believe_sent(decision, view, side.id(chosen));
    actions.push_back({ActionKind::kPlaceDecode, decision.slot, kNoIndex, side.id(chosen)});
  }

  /// Nobody is left: all are above a busy threshold, where there is one.
  void refuse(const Decision& decision, std::vector<Action>& actions,
              Refusal refusal = Refusal::kOverloaded) const {
    if (refusal == Refusal::kOverloaded && !overload_.on()) refusal = Refusal::kUnsaid;
    actions.push_back({ActionKind::kReject, decision.slot});
    actions.back().refusal = refusal;
  }

  std::uint32_t pick_decode(const Decision& decision, RouterView& view, FleetSide& side,
                            std::uint32_t bound) {
    if (conditional_.on()) believe(view, side, decision.time);
    const std::uint64_t draw =
        stream_.bits(decision.request, static_cast<std::uint32_t>(Hook::kPrefillDone));
    return choose(view, side, bound, [&](const FleetSide& free) {
      return choice_.decode(view, free, books_, decode_whole(), conditional_.on(), draw);
    });
  }

  /// The decode worker the request would be prefilled on as well; kNoIndex: it goes the usual way.
  /// Only looks: nothing is booked or bound yet.
  std::uint32_t local_decode(const Decision& decision, RouterView& view) {
    FleetSide side = counted_decode(view, decision.time);
    const std::uint64_t session = view.request().session;
    const std::uint32_t chosen =
        pick_decode(decision, view, side, decode_sessions_.bound(session, side, decision.time));
    if (chosen == kNoIndex) return kNoIndex;
    const std::int64_t booked = side.columns.active_blocks[chosen];
    if (conditional_.decode_busy(booked, view.kv_blocks(side.id(chosen)))) return kNoIndex;
    if (conditional_.asks_for_length() &&
        conditional_.short_enough(view.request().row.input_tokens,
                                  cached_tokens(view, side, chosen))) {
      note_rule(view, "prefilled locally: little to compute there");
      return chosen;
    }
    if (!conditional_.asks_for_load() || !prefill_worker_busy(decision, view)) return kNoIndex;
    note_rule(view, "prefilled locally: the prefill worker is busy");
    return chosen;
  }

  bool prefill_worker_busy(const Decision& decision, RouterView& view) {
    FleetSide side = prefill_side(view, decision.time);
    if (!overload_.hide(view, side)) return false;
    const std::uint32_t would =
        choice_.entry(view, side, books_, false, decision_draw(stream_, decision));
    return conditional_.prefill_busy(side.columns.active_prefill_tokens[would],
                                     view.max_batched_tokens(side.id(would)));
  }

  void prefill_locally(const Decision& decision, RouterView& view, std::uint32_t chosen,
                       std::vector<Action>& actions) {
    FleetSide side = counted_decode(view, decision.time);
    decode_sessions_.bind(view.request().session, chosen, decision.time);
    Action action{ActionKind::kPrefillLocally, decision.slot};
    action.decode_instance = side.id(chosen);
    if (!hears_events() || choice_.tiers().on()) {
      believe(view, side, decision.time);
      action.believed_tokens = cached_tokens(view, side, chosen);
    }
    believe_sent(decision, view, action.decode_instance);
    actions.push_back(action);
  }

  std::int64_t cached_tokens(RouterView& view, const FleetSide& side, std::uint32_t i) const {
    const double blocks = choice_.tiers().cached_blocks(view, side, i);
    return std::llround(blocks * view.request().block_tokens);
  }
  /// The open request sets out; `believed` tokens of it are cached, -1: as events say.
  void sent(const Decision& decision, RouterView& view, InstanceId instance,
            std::int64_t believed) {
    if (books_.fades()) {
      const RequestView& request = view.request();
      const std::int64_t cached =
          believed >= 0 ? believed : std::int64_t{view.overlap_on(instance)} * request.block_tokens;
      books_.sent(decision.slot, instance, request.row.input_tokens - cached,
                  view.entry().prefill_s_per_token[instance], decision.time);
    }
    believe_sent(decision, view, instance);
  }
  void believe_sent(const Decision& decision, const RouterView& view, InstanceId instance) {
    if (hears_events()) return;
    beliefs_.sent(decision.slot, view.request(), instance, view.kv_blocks(instance), decision.time);
  }

  /// What is left once the overloaded are hidden: the bound worker, or the one `pick` takes; nobody
  /// where a session insists on an overloaded worker or all are.
  template <class Pick>
  std::uint32_t choose(RouterView& view, FleetSide& side, std::uint32_t bound, Pick pick) {
    const bool some = overload_.hide(view, side);
    if (!some || (bound != kNoIndex && hard() && !side.usable(bound))) {
      note_rule(view, some ? "rejected: the session's worker is overloaded"
                           : "rejected: every worker is overloaded");
      return kNoIndex;
    }
    if (bound == kNoIndex || !side.usable(bound)) return pick(side);
    note_rule(view, "session: where it is");
    note_candidate(view, side, bound, 0);
    return bound;
  }

  /// The entry side as this router sees it: its loads, and without events its beliefs.
  FleetSide prefill_side(RouterView& view, SimTime now) {
    FleetSide side = entry_side(view);
    if (!plain_) books_.apply(side, now);
    if (!hears_events()) believe(view, side, now);
    return side;
  }
  FleetSide counted_decode(RouterView& view, SimTime now) {
    FleetSide side = decode_side(view);
    if (!plain_) books_.apply(side, now);
    return side;
  }
  bool decode_whole() const {
    return !overload_.on() && books_.counts_blocks() && output_ == OutputBlocks::kNone;
  }

  /// Fills the side's overlap: from KV events, or else with what was sent where.
  void believe(RouterView& view, FleetSide& side, SimTime now) {
    view.measure_overlap();
    const FleetSide seen = side.first == 0 ? entry_side(view) : decode_side(view);
    side.columns.shared_active_blocks = seen.columns.shared_active_blocks;
    side.columns.overlap_blocks = hears_events()
                                      ? seen.columns.overlap_blocks
                                      : beliefs_.overlap(view.request().path, now) + side.first;
  }

  /// Tokens of the open request that are cached where most are, of the workers it may go to.
  std::int64_t most_cached(RouterView& view, const FleetSide& side, std::uint32_t pinned) const {
    std::int64_t most = 0;
    for (std::uint32_t i = 0; i < side.count(); ++i)
      if (side.usable(i) && (pinned == kNoIndex || i == pinned))
        most = std::max(most, cached_tokens(view, side, i));
    return most;
  }

  /// Whether the request waits, or is refused because its class's queue is full: then answered.
  bool waits(const Decision& decision, RouterView& view, FleetSide& side, std::uint32_t bound,
             std::vector<Action>& actions) {
    const std::uint32_t pinned = hard() ? bound : kNoIndex;
    std::int64_t cached = 0;
    if (queue_.needs_overlap()) {
      believe(view, side, decision.time);
      cached = most_cached(view, side, pinned);
    }
    const DynamoTicket ticket = queue_.classify(decision, view.request(), cached, pinned);
    const bool backlog = queue_.backlog(ticket.cls);
    if (!backlog && !queue_.busy(view, side, ticket)) return false;
    if (queue_.full(ticket.cls, usable_count(side))) {
      note_rule(view, "rejected: its class's queue is full");
      refuse(decision, actions, Refusal::kQueueFull);
      return true;
    }
    note_rule(view, backlog ? "queue: others wait" : "queue: every worker is busy");
    Action action{ActionKind::kQueue, decision.slot};
    action.order = queue_.enter(ticket);
    actions.push_back(action);
    return true;
  }

  ParameterValues values_;
  OutputBlocks output_;
  DynamoForm form_;
  bool lower_tiers_;
  RandomStream stream_;
  DynamoChoice choice_;
  DynamoBooks books_;
  DynamoBeliefs beliefs_;
  DynamoConditional conditional_;
  DynamoQueue queue_;
  DynamoOverload overload_;
  DynamoAffinity entry_sessions_;
  DynamoAffinity decode_sessions_;
  bool hears_events_;
  bool split_;
  bool plain_;  ///< the view's load columns are this router's
  bool whole_;
};

}  // namespace

std::unique_ptr<Policy> make_dynamo_router(const ParameterValues& values,
                                           const PolicyLayout& layout, DynamoForm form) {
  return std::make_unique<DynamoRouter>(values, layout, form);
}

}  // namespace pigou
