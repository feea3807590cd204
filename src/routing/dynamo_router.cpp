#include "routing/dynamo_router.hpp"

#include "routing/dynamo_affinity.hpp"
#include "routing/dynamo_approximate_index.hpp"
#include "routing/dynamo_conditional.hpp"
#include "routing/dynamo_overload.hpp"
#include "routing/dynamo_parameters.hpp"
#include "routing/dynamo_queue.hpp"

namespace pigou {
namespace {

DynamoTerms terms_of(const ParameterValues& values) {
  DynamoTerms terms;
  terms.overlap_score_credit = values[kDynamoCredit];
  terms.overlap_score_credit_decay = values[kDynamoDecay];
  terms.prefill_load_scale = values[kDynamoScale];
  terms.decode_active_request_weight = values[kDynamoActive];
  return terms;
}

DynamoThresholds thresholds_of(const ParameterValues& values) {
  return {values[kDynamoBusyBlocks], values[kDynamoBusyPrefill], values[kDynamoBusyPrefillFrac],
          values[kDynamoMetricsPeriod] > 0};
}

DynamoConditional conditional_of(const ParameterValues& values) {
  DynamoConditional rule;
  rule.policy = static_cast<DynamoConditional::Policy>(values[kDynamoConditional]);
  rule.eff_isl_threshold = values[kDynamoEffIsl];
  rule.eff_isl_ratio_threshold = values[kDynamoEffIslRatio];
  const double busy = values[kDynamoPrefillBusy];
  rule.prefill_busy_threshold = busy > 0 ? busy : values[kDynamoQueue];
  rule.decode_busy_threshold = values[kDynamoDecodeBusy];
  return rule;
}

class DynamoRouter final : public Policy {
 public:
  DynamoRouter(const ParameterValues& values, const PolicyLayout& layout, DynamoForm form)
      : values_(values),
        stream_(layout.seed, "router"),
        choice_(terms_of(values), values[kDynamoTemperature], form),
        approximate_(layout.entry_count + layout.decode_count,
                     from_seconds(values[kDynamoTtl], "router.router_ttl_s")),
        conditional_(conditional_of(values)),
        queue_(values[kDynamoQueue], static_cast<DynamoQueue::Order>(values[kDynamoQueuePolicy])),
        overload_(thresholds_of(values)),
        entry_sessions_(from_seconds(values[kDynamoAffinityTtl], "router.session_affinity_ttl_s")),
        decode_sessions_(entry_sessions_) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = hears_events();
    needs.kv_event_latency_s = hears_events() ? values_[kDynamoLatency] : 0;
    needs.shared_active = values_[kDynamoReuse] != 0;
    needs.whole_blocks = true;
    needs.room_freed = queue_.on();
    needs.finish = queue_.on() || entry_sessions_.on();
    needs.instance_change = !hears_events();
    needs.snapshot_period_s = values_[kDynamoBusyBlocks] > 0 ? values_[kDynamoMetricsPeriod] : 0;
    needs.decode_index = hears_events() && conditional_.on();
    if (hears_events() && !overload_.on() && !needs.decode_index)
      needs.separable = choice_.separable();
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    switch (decision.hook) {
      case Hook::kFinish:
        queue_.leave(decision.slot);
        entry_sessions_.answered(view.request().session, decision.time);
        decode_sessions_.answered(view.request().session, decision.time);
        return;
      case Hook::kInstanceChange:
        if (!view.available(decision.instance)) approximate_.forget(decision.instance);
        return;
      case Hook::kPrefillDone:
        return place_decode(decision, view, actions);
      default:
        return place_entry(decision, view, actions);
    }
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<DynamoRouter>(*this); }

 private:
  bool hears_events() const { return values_[kDynamoEvents] != 0; }
  bool hard() const { return values_[kDynamoAffinityMode] == 0; }

  void place_entry(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    if (conditional_.on() && view.split() && decision.hook == Hook::kArrival) {
      const std::uint32_t local = local_decode(decision, view);
      if (local != kNoIndex) return prefill_locally(decision, view, local, actions);
      if (DecisionNote* note = view.note()) note->candidates.clear();  // decides anew
    }
    Side side = entry_side(view);
    if (!hears_events()) believe(view, side, decision.time);
    const std::uint64_t session = view.request().session;
    const std::uint32_t bound = entry_sessions_.bound(session, side, decision.time);
    if (waits(decision, view, side, bound)) {
      if (decision.hook == Hook::kArrival) enqueue(decision, view, side, bound, actions);
      return;
    }
    queue_.leave(decision.slot);
    const bool whole = hears_events() && !overload_.on();
    const std::uint32_t chosen = choose(view, side, bound, [&](const Side& free) {
      return choice_.entry(view, free, whole, decision_draw(stream_, decision));
    });
    if (chosen == kNoIndex) {
      actions.push_back({ActionKind::kReject, decision.slot});
      return;
    }
    entry_sessions_.bind(session, chosen, decision.time);
    Action action{ActionKind::kPlace, decision.slot, chosen};
    if (!hears_events()) {
      action.believed_tokens = cached_tokens(view, side, chosen);
      note_belief(view, side, [&](std::uint32_t i) { return cached_tokens(view, side, i); });
    }
    sent(decision, view, chosen);
    actions.push_back(action);
  }

  void place_decode(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    Side side = decode_side(view);
    const std::uint64_t session = view.request().session;
    const std::uint32_t bound = decode_sessions_.bound(session, side, decision.time);
    const std::uint32_t chosen = pick_decode(decision, view, side, bound);
    if (chosen == kNoIndex) {
      actions.push_back({ActionKind::kReject, decision.slot});
      return;
    }
    decode_sessions_.bind(session, chosen, decision.time);
    sent(decision, view, side.first + chosen);
    actions.push_back({ActionKind::kPlaceDecode, decision.slot, kNoIndex, side.first + chosen});
  }

  std::uint32_t pick_decode(const Decision& decision, RouterView& view, Side& side,
                            std::uint32_t bound) {
    if (conditional_.on()) believe(view, side, decision.time);
    const std::uint64_t draw =
        stream_.bits(decision.request, static_cast<std::uint32_t>(Hook::kPrefillDone));
    return choose(view, side, bound, [&](const Side& free) {
      return choice_.decode(view, free, !overload_.on(), conditional_.on(), draw);
    });
  }

  /// The decode worker the request would be prefilled on as well; kNoIndex: it goes the usual way.
  /// Only looks: nothing is booked or bound yet.
  std::uint32_t local_decode(const Decision& decision, RouterView& view) {
    Side side = decode_side(view);
    const std::uint64_t session = view.request().session;
    const std::uint32_t chosen =
        pick_decode(decision, view, side, decode_sessions_.bound(session, side, decision.time));
    if (chosen == kNoIndex) return kNoIndex;
    const std::int64_t booked = side.columns.active_blocks[chosen];
    if (conditional_.decode_busy(booked, view.kv_blocks(side.first + chosen))) return kNoIndex;
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
    Side side = entry_side(view);
    if (!hears_events()) believe(view, side, decision.time);
    if (!overload_.hide(view, side)) return false;
    const std::uint32_t would = choice_.entry(view, side, false, decision_draw(stream_, decision));
    return conditional_.prefill_busy(side.columns.active_prefill_tokens[would],
                                     view.max_batched_tokens(would));
  }

  void prefill_locally(const Decision& decision, RouterView& view, std::uint32_t chosen,
                       std::vector<Action>& actions) {
    Side side = decode_side(view);
    decode_sessions_.bind(view.request().session, chosen, decision.time);
    Action action{ActionKind::kPrefillLocally, decision.slot};
    action.decode_instance = side.first + chosen;
    if (!hears_events()) {
      believe(view, side, decision.time);
      action.believed_tokens = cached_tokens(view, side, chosen);
    }
    sent(decision, view, action.decode_instance);
    actions.push_back(action);
  }

  static std::int64_t cached_tokens(const RouterView& view, const Side& side, std::uint32_t i) {
    return std::int64_t{side.columns.overlap_blocks[i]} * view.request().block_tokens;
  }
  void sent(const Decision& decision, const RouterView& view, std::uint32_t instance) {
    if (!hears_events()) approximate_.sent(view.request().path, instance, decision.time);
  }

  /// What is left once the overloaded are hidden: the bound worker, or the one `pick` takes; nobody
  /// where a session insists on an overloaded worker or all are.
  template <class Pick>
  std::uint32_t choose(RouterView& view, Side& side, std::uint32_t bound, Pick pick) {
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

  /// Fills the side's overlap: from KV events, or else with what was sent where.
  void believe(RouterView& view, Side& side, SimTime now) {
    view.measure_overlap();
    side = side.first == 0 ? entry_side(view) : decode_side(view);
    if (!hears_events())
      side.columns.overlap_blocks = approximate_.overlap(view.request().path, now) + side.first;
  }

  bool waits(const Decision& decision, const RouterView& view, const Side& side,
             std::uint32_t bound) const {
    if (!queue_.on()) return false;
    if (decision.hook == Hook::kArrival && queue_.backlog()) return true;
    return queue_.busy(view, side, hard() ? bound : kNoIndex);
  }

  void enqueue(const Decision& decision, RouterView& view, Side& side, std::uint32_t bound,
               std::vector<Action>& actions) {
    if (queue_.needs_overlap()) believe(view, side, decision.time);
    note_rule(view, queue_.backlog() ? "queue: others wait" : "queue: every worker is busy");
    Action action{ActionKind::kQueue, decision.slot};
    action.order = queue_.order(view.request(), side, hard() ? bound : kNoIndex, decision.time);
    queue_.enter(decision.slot);
    actions.push_back(action);
  }

  ParameterValues values_;
  RandomStream stream_;
  DynamoChoice choice_;
  DynamoApproximateIndex approximate_;
  DynamoConditional conditional_;
  DynamoQueue queue_;
  DynamoOverload overload_;
  DynamoAffinity entry_sessions_;
  DynamoAffinity decode_sessions_;
};

}  // namespace

std::unique_ptr<Policy> make_dynamo_router(const ParameterValues& values,
                                           const PolicyLayout& layout, DynamoForm form) {
  return std::make_unique<DynamoRouter>(values, layout, form);
}

}  // namespace pigou
