// llm-d's router (the Endpoint Picker of the Gateway API Inference Extension), August 2026: filters
// take pods away, scorers give each pod left a score,
//   total(pod) = sum over scorers of weight x min(1, max(0, score(pod)))
// and a picker takes one: the highest, equals at random; any; or by odds in proportion. Defaults
// are the built-in profile: queue 2, kv-cache-utilisation 2, prefix 3, max-score. No pod left: 429.
//
// Scores. queue, running: (most - x) / (most - least) over the candidates, all equal 1. kv: 1 -
// usage. prefix: hit blocks / blocks, optionally mixed with the squared hit length. load-aware: 0.5
// (1 - min(waiting, 128) / 128). active-request: idle 1, else (most - x) / most. token-load: 1 -
// min(1, (uncached tokens in flight + its own) / 4,194,304). no-hit-lru: a prompt nobody holds goes
// by turns, others 0.5. session-affinity: 1 where the session's last request went. context-length:
// by the range a pod is labelled for. latency: headroom to the targets in hundredths, pods that
// meet them first, then idle ones, then those that miss TPOT, TTFT, both. lora-affinity: 1
// where the request's LoRA adapter runs, else 0.8 where adapters running and waiting are fewer than
// places for them, else 0.6 where it waits.
//
// Queue, running, KV usage and adapters are scraped every 50 ms. The prefix state is approximate, a
// router's own LRU per pod of what it sent in blocks of 64 tokens or more, as many as the engine
// has blocks, never corrected; or precise, from KV events, optionally with what was sent in the
// last 2 s.
//
// Saturated (mean over pods of max(waiting / 5, KV usage / 0.8), or requests in flight over 100
// per pod, at 1 or above): sheddable requests are rejected; with flow control all wait in the
// router, the highest priority first, then tenants in turn or not at all, then who came first or
// whose TTFT target ends first, and one leaves per dispatch cycle that finds the pool unsaturated.
//
// In a split cluster the decode pod is chosen first, by the decode profile; then the P/D decider
// says whether a prefill pod, by the entry profile, computes the prompt or the decode pod does: as
// llm-d has it, from an uncached length on (prefix-based, its default 0 is never). The default here
// is always, or the prefill pods would stand idle.
//
// Not as the real one: the latency predictor is a formula (epp_latency.hpp), not a trained
// regression; decode pods publish no KV events here, so their prefix state is approximate; scrapes
// never fail, so only a pod not yet scraped counts as stale. Left out, since traces have nothing to
// tell them by: label filters and scorers, times to live; and program-aware fairness, burst-prefix.
// Source: llm-d/llm-d-router@ebab687 pkg/epp/framework/plugins/{scheduling,requestcontrol,
// flowcontrol}. Which configuration is which parameters: docs/llm-d.md.
#include <algorithm>
#include <array>

#include "routing/llm_d/declared.hpp"
#include "routing/llm_d/filters.hpp"
#include "routing/llm_d/flow_control.hpp"
#include "routing/llm_d/latency.hpp"
#include "routing/llm_d/picker.hpp"
#include "routing/llm_d/prefix_state.hpp"
#include "routing/llm_d/saturation.hpp"
#include "routing/llm_d/scorers.hpp"
#include "routing/parts/session_table.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

/// Draws of one request, by number.
enum Draw : std::uint32_t { kDrawPick = 0, kDrawExplore = 2, kDrawTier = 4, kDrawAdmit = 6 };

/// Which state a configuration reads; what it does not is not kept.
struct Reads {
  Reads(const EppSettings& s, bool split) {
    const auto scores = [&](EppScorer scorer) { return s.scores(scorer, split); };
    const bool detects =
        s.flow_control || s.sheddable != EppSheddable::kNone || s.saturation.filters;
    const bool concurrency = s.saturation.detector == EppDetector::kConcurrency;
    predictions =
        (scores(kLatencyScorer) || s.headroom_tier || (s.affinity.on && s.affinity.by_predictor));
    adapters = scores(kLoraAffinityScorer);
    gauges = predictions || adapters || scores(kQueueScorer) || scores(kRunningScorer) ||
             scores(kKvScorer) || scores(kLoadAwareScorer) || (detects && !concurrency);
    in_flight = predictions || s.affinity.on || scores(kActiveRequestScorer) ||
                scores(kTokenLoadScorer) || (detects && concurrency);
    prefix = in_flight || scores(kPrefixScorer) || scores(kNoHitLruScorer) ||
             (split && s.decider == EppDecider::kPrefixBased);
  }
  bool gauges, adapters, in_flight, prefix, predictions;
};

class LlmDEpp final : public Policy {
 public:
  LlmDEpp(const ParameterValues& values, const PolicyLayout& layout)
      : settings_(epp_settings(values)),
        layout_(layout),
        reads_(settings_, layout.decode_count > 0),
        stream_(layout.seed, "llm-d-epp"),
        prefix_(settings_.prefix, layout),
        inflight_(layout.entry_count + layout.decode_count),
        cold_(layout.entry_count + layout.decode_count, settings_.no_hit_lru_pods),
        sessions_(SimTime{}, SimTime{}),
        flow_(settings_),
        sides_{OneSide(settings_, layout.entry_count), OneSide(settings_, layout.decode_count)} {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = reads_.prefix && settings_.prefix.state == EppPrefixState::kPrecise;
    needs.kv_event_latency_s = settings_.kv_event_latency_s;
    needs.snapshot_period_s = reads_.gauges ? settings_.scrape_period_s : 0;
    needs.snapshot_delay_s = settings_.scrape_delay_s;
    needs.adapter_gauges = reads_.adapters;
    needs.first_token = reads_.in_flight;
    needs.finish = reads_.in_flight || flow_.on();
    needs.room_freed = flow_.on();
    needs.labels = settings_.labels(layout_.decode_count > 0);
    return needs;
  }
  Declaration declares() const override {
    const bool split = layout_.decode_count > 0;
    return {epp_rule(settings_, settings_.entry),
            split ? std::optional(epp_rule(settings_, settings_.decode)) : std::nullopt};
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    switch (decision.hook) {
      case Hook::kFirstToken:
        return inflight_.first_token(decision.slot);
      case Hook::kFinish:
        inflight_.finished(decision.slot);
        if (flow_.on() && decision.instance == kNoIndex) flow_.left(decision.slot);
        return;
      case Hook::kTimer:
      case Hook::kRoomFreed:
        return look_again(decision, view, actions);
      default:
        return arrive(decision, view, actions);
    }
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<LlmDEpp>(*this); }

 private:
  /// Scratch and columns of one side, and the parts that choose on it.
  struct OneSide {
    OneSide(const EppSettings& settings, std::uint32_t pods)
        : keep(pods, 1),
          predictor(settings.latency, pods),
          scorers(settings, pods),
          pick(settings.picker) {}
    /// All usable pods are candidates; nothing is written where they were and still are.
    void keep_usable(const FleetSide& side, EppPods& pods) {
      pods.keep = keep.data();
      pods.all_kept = side.columns.eligible == nullptr;
      if (!pods.all_kept)
        for (std::uint32_t i = 0; i < pods.count; ++i) keep[i] = side.usable(i) ? 1 : 0;
      else if (!all_kept)
        std::ranges::fill(keep, std::uint8_t{1});
      all_kept = pods.all_kept;
    }
    /// A filter looks at the candidates.
    void filters(EppPods& pods) { pods.all_kept = all_kept = false; }

    std::vector<std::uint8_t> keep;
    bool all_kept = true;  ///< `keep` says 1 of all
    EppPredictor predictor;
    EppScorers scorers;
    EppPick pick;
  };
  using Sides = std::array<EppPods, 2>;  ///< entry, decode

  Sides gather(const Decision& decision, RouterView& view) {
    Sides sides;
    if (reads_.prefix) EppPrefixStates::expect(view.request());
    for (std::uint32_t s = 0; s < 2; ++s) {
      const FleetSide side = s == 0 ? entry_side(view) : decode_side(view);
      EppPods& pods = sides[s];
      pods.count = s == 0 ? layout_.entry_count : layout_.decode_count;
      pods.first = s == 0 ? 0 : layout_.entry_count;
      pods.prefills_only = s == 0 && layout_.decode_count > 0;
      sides_[s].keep_usable(side, pods);
      pods.input_tokens = view.request().row.input_tokens;
      pods.requests = inflight_.requests(pods.first);
      pods.tokens = inflight_.tokens(pods.first);
      if (!reads_.gauges) continue;
      const GaugeColumns gauges = view.gauge_columns();
      pods.running = gauges.running + pods.first;
      pods.waiting = gauges.waiting + pods.first;
      pods.kv_usage = gauges.kv_usage + pods.first;
      pods.tick = gauges.tick + pods.first;
      if (gauges.changes != nullptr)
        pods.gauge_changes =
            gauges.changes + (s == 0 ? 0 : GaugeColumns::blocks_of(layout_.entry_count));
      if (reads_.adapters) pods.adapters = view.adapter_columns();
      pods.request_adapter = view.request().adapter;
    }
    if (!reads_.prefix) return sides;
    prefix_.sweep(view, decision.time);
    prefix_.expect_look_up(view, decision);
    if (reads_.gauges && bounds_suffice(view))
      for (std::uint32_t s = 0; s < (layout_.decode_count > 0 ? 2 : 1); ++s)
        sides_[s].scorers.expect_bounds(s == 0 ? settings_.entry : settings_.decode, sides[s]);
    prefix_.look_up(view, decision, sides[0], sides[1]);
    return sides;
  }

  /// Only the highest total is asked for.
  bool bounds_suffice(RouterView& view) const {
    return settings_.picker == EppPicker::kMaxScore && view.note() == nullptr;
  }

  void arrive(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    const Sides sides = gather(decision, view);
    const double priority = view.request().hints.priority;
    const bool sheddable = settings_.sheddable == EppSheddable::kAll ||
                           (settings_.sheddable == EppSheddable::kNegative && priority < 0);
    if (sheddable || flow_.on()) {
      const double saturation = saturation_of(sides);
      if (sheddable && sheds(decision, saturation)) {
        note_rule(view, "shed: the pool is saturated");
        actions.push_back({ActionKind::kReject, decision.slot});
        return;
      }
      const bool starts = flow_.empty();
      const EppTicket ticket{decision.slot, decision.request, decision.time, view.request()};
      switch (flow_.arrived(ticket, saturation)) {
        case EppFlowControl::Answer::kReject:
          note_rule(view, "the router's queue is full");
          actions.push_back({ActionKind::kReject, decision.slot});
          return;
        case EppFlowControl::Answer::kQueue:
          note_rule(view, "flow control: the pool is saturated");
          actions.push_back({ActionKind::kQueue, decision.slot});
          actions.back().order = flow_.order(ticket);
          if (starts) set_timer(decision, actions);
          return;
        case EppFlowControl::Answer::kDispatch:
          break;
      }
    }
    schedule(decision, view, sides, actions);
  }

  /// Another look at the pool while requests wait, for the one whose turn it is.
  void look_again(const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    if (decision.slot == kNoIndex) flow_.cleared();
    if (flow_.empty()) return;
    const EppTicket& first = flow_.first();
    if (first.slot != decision.slot) view.turn_to(first.view);
    Decision about = decision;
    about.slot = first.slot;
    about.request = first.request;
    const Sides sides = gather(about, view);
    const bool somebody =
        sides[0].kept_count() > 0 && (layout_.decode_count == 0 || sides[1].kept_count() > 0);
    if (somebody && flow_.releases(saturation_of(sides), decision.time)) {
      flow_.take();
      schedule(about, view, sides, actions);
    }
    if (!flow_.empty() && decision.hook == Hook::kTimer) set_timer(decision, actions);
  }

  void set_timer(const Decision& decision, std::vector<Action>& actions) const {
    Action action{ActionKind::kSetTimer};
    action.order = flow_.next_look(decision.time).ps;
    actions.push_back(action);
  }
  double saturation_of(const Sides& sides) const {
    return epp_saturation(settings_.saturation, sides);
  }
  bool sheds(const Decision& decision, double saturation) const {
    if (settings_.probabilistic_admitter)
      return stream_.uniform(decision.request, kDrawAdmit) < epp_reject_probability(saturation);
    return !flow_.on() && saturation >= 1;
  }

  /// One pod by the profile of a side; index on it, kNoIndex: none is left.
  std::uint32_t run_profile(const Decision& decision, RouterView& view, EppPods& pods, bool decode,
                            std::string_view rule) {
    OneSide& own = sides_[decode ? 1 : 0];
    FleetSide side = decode ? decode_side(view) : entry_side(view);
    const EppWeights& weights = decode ? settings_.decode : settings_.entry;
    const std::uint32_t d = decode ? 1 : 0;
    if (reads_.predictions) own.predictor.predict(pods, side.columns.prefill_s_per_token);
    if (settings_.affinity.on || settings_.headroom_tier || settings_.saturation.filters)
      own.filters(pods);
    if (settings_.affinity.on && !decode)
      epp_filter_affinity(settings_.affinity, pods,
                          stream_.uniform(decision.request, kDrawExplore));
    if (settings_.headroom_tier)
      epp_filter_headroom(pods, settings_.explore_negative,
                          stream_.uniform(decision.request, kDrawTier + d));
    if (settings_.saturation.filters) epp_filter_saturated(settings_.saturation, pods);
    std::uint32_t before = kNoIndex;
    if (settings_.picker != EppPicker::kRandom) {
      const std::uint64_t session = view.request().session;
      if (weights[kSessionScorer] > 0) before = sessions_.touch(session, decision.time).workers[0];
      own.scorers.score_all(weights, pods, cold_, before, bounds_suffice(view));
      if (weights[kNoHitLruScorer] > 0) is_cold_ = epp_cold(pods);
    }
    side.columns.eligible = pods.keep;
    const std::uint32_t chosen = own.pick.choose(
        view, side, own.scorers, stream_.bits(decision.request, kDrawPick + d), rule);
    if (DecisionNote* note = view.note(); note != nullptr && settings_.picker != EppPicker::kRandom)
      epp_note_scores(*note, own.scorers, weights, pods, cold_, before);
    if (reads_.prefix)
      note_belief(view, side,
                  [&](std::uint32_t i) { return prefix_.believed_tokens(view, pods.id(i)); });
    return chosen;
  }

  /// Whether another pod than the decode pod `d` computes the prompt.
  bool disaggregates(const EppPods& decode, std::uint32_t d) const {
    if (settings_.decider != EppDecider::kPrefixBased)
      return settings_.decider == EppDecider::kAlways;
    const std::int64_t wanted = settings_.non_cached_tokens;
    if (wanted == 0 || decode.input_tokens < settings_.prompt_tokens) return false;
    const std::int64_t uncached = decode.input_tokens - decode.matched[d] * decode.block_tokens;
    return decode.input_tokens >= wanted && uncached >= wanted;
  }

  void schedule(const Decision& decision, RouterView& view, Sides sides,
                std::vector<Action>& actions) {
    is_cold_ = false;
    Action action{ActionKind::kReject, decision.slot};
    bool prefills = true;
    if (layout_.decode_count > 0) {
      const std::uint32_t d = run_profile(decision, view, sides[1], true, "highest score, decode");
      prefills = d != kNoIndex && disaggregates(sides[1], d);
      if (d != kNoIndex) action.decode_instance = sides[1].id(d);
      if (d != kNoIndex && !prefills) action.kind = ActionKind::kPrefillLocally;
    }
    if (prefills) {
      action.instance = InstanceId{run_profile(decision, view, sides[0], false, "highest score")};
      if (action.instance != kNoIndex)
        action.kind = layout_.decode_count > 0 ? ActionKind::kPlacePair : ActionKind::kPlace;
    }
    if (action.kind == ActionKind::kReject) {
      note_rule(view, "no pod is left: 429");
      action.instance = action.decode_instance = kNoIndex;
    } else {
      book(decision, view, sides, action);
    }
    actions.push_back(action);
  }

  /// What the router remembers of a request it sends.
  void book(const Decision& decision, RouterView& view, const Sides& sides, Action& action) {
    const bool split = layout_.decode_count > 0;
    const InstanceId prefill = split ? action.instance : InstanceId{};
    const InstanceId answers = split ? action.decode_instance : action.instance;
    const EppPods& pods = sides[split ? 1 : 0];
    if (reads_.in_flight)
      inflight_.placed(decision.slot, prefill,
                       prefill == kNoIndex ? 0 : sides[0].uncached_tokens(prefill), answers,
                       pods.uncached_tokens(answers - pods.first));
    if (reads_.prefix) {
      action.believed_tokens =
          prefix_.believed_tokens(view, prefill == kNoIndex ? answers : prefill);
      prefix_.sent(view, answers, decision.time);
      if (prefill != kNoIndex) prefix_.sent(view, prefill, decision.time);
    }
    if (is_cold_) {
      cold_.touch(answers);
      if (prefill != kNoIndex) cold_.touch(prefill);
    }
    if (settings_.scores(kSessionScorer, split))
      sessions_.touch(view.request().session, decision.time).workers[0] = answers;
  }

  EppSettings settings_;
  PolicyLayout layout_;
  Reads reads_;
  RandomStream stream_;
  EppPrefixStates prefix_;
  EppInflight inflight_;
  EppColdOrder cold_;
  SessionTable sessions_;
  EppFlowControl flow_;
  std::array<OneSide, 2> sides_;
  bool is_cold_ = false;  ///< nobody held any of the request scheduled last
};

}  // namespace

PolicyInfo llm_d_epp_policy() {
  return {"llm-d-epp@ebab687",
          "llm-d's router: filters, then the highest weighted sum of scores",
          "source: llm-d/llm-d-router@ebab687 pkg/epp/framework/plugins",
          "gauges scraped every 50 ms, random phase per pod; an own prefix LRU or KV events; exact "
          "local counts of requests and tokens in flight",
          DecodeStage::kWithPrefill,
          true,
          epp_parameters(),
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<LlmDEpp>(values, layout);
          },
          {},
          "the negative of the weighted sum of scores, which has no unit",
          kEnvoyLost,
          false,
          {{RequestLabel::kSession, "session_affinity_weight=1"},
           {RequestLabel::kPriority, "flow_control=true"},
           {RequestLabel::kTenant, "flow_control=true,flow_fairness=round-robin"},
           {RequestLabel::kSloTtft, "flow_control=true,flow_ordering=slo-deadline"}}};
}

}  // namespace pigou
