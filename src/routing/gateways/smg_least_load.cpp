// SMG's least_load: the worker with the least time to drain plus a barrier before full KV,
//   (queued tokens + tokens sent since the last poll) / throughput + weight * k / (1 - k),
// k the polled KV usage, at most 0.999; the first of equals. Workers not yet polled, while others
// are, count requests in flight times mean_prefill_tokens over throughput; while nobody is, the
// fewest requests in flight. Queued tokens are what a worker reports as waiting and uncached:
// SGLang does, vLLM reports none, and our engine is vLLM's, so the default is 0; estimate counts
// mean_prefill_tokens for each request polled as waiting. Throughput is default_throughput, as for
// a worker that reports no live rate. Each request adds its prompt tokens to its worker until the
// next poll (the count is known on gRPC workers; HTTP ones count mean_prefill_tokens each). A fleet
// of one counts nothing. Each side of a split cluster runs it on its own. Source: lightseekorg/smg
// least_load.rs@73da68c.
#include <algorithm>

#include "routing/gateways/worker_load.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kWeight, kThroughput, kMeanPrefill, kQueued, kTokens, kInterval, kDelay };

/// What one side's polls and dispatches add up to, worker by worker.
class DrainEstimate {
 public:
  DrainEstimate(const ParameterValues& values, std::uint32_t workers)
      : values_(values), tokens_(workers, 0), barrier_(workers, 0), tick_(workers, -1) {}

  std::uint32_t choose(RouterView& view, const FleetSide& side, bool noted) {
    if (usable_count(side) == 1) return only_one(view, side, noted);
    refresh(view, side);
    FleetSide counted = side;
    counted.columns.own_counts = tokens_.data();
    counted.columns.own_values = barrier_.data();
    const auto rule = [&](std::string_view name) { return noted ? name : std::string_view(); };
    std::uint32_t chosen = 0;
    if (polled_ == 0) {
      chosen = least_cost(view, side, scorer_, LeastOutstandingCost{}, 0,
                          rule("nobody polled yet: least in flight"));
    } else if (polled_ == side.count()) {
      chosen = least_cost(view, counted, scorer_, DrainTimeCost{values_[kThroughput]}, 0,
                          rule("least time to drain"));
    } else {
      chosen = choose_partly_polled(view, counted, rule("least time to drain, some not polled"));
    }
    const bool known = values_[kTokens] == 0;
    tokens_[chosen] +=
        known ? view.request().row.input_tokens : static_cast<std::int64_t>(values_[kMeanPrefill]);
    return chosen;
  }

 private:
  static std::uint32_t only_one(RouterView& view, const FleetSide& side, bool noted) {
    const std::uint32_t only = first_usable(side);
    if (noted) {
      note_rule(view, "the only one");
      note_candidate(view, side, only, 0);
    }
    return only;
  }
  /// A new poll replaces what was sent since the one before. One poller asks everybody at once:
  /// where the first has nothing new, nobody has.
  void refresh(RouterView& view, const FleetSide& side) {
    const GaugeColumns seen = view.gauge_columns();
    const std::uint32_t first = side.first;
    if (seen.tick[first] == tick_[0] && polled_ == side.count()) return;
    for (std::uint32_t i = 0; i < side.count(); ++i) {
      const std::uint32_t at = first + i;
      if (seen.tick[at] != tick_[i]) take(i, seen.tick[at], seen.kv_usage[at], seen.waiting[at]);
    }
  }
  void take(std::uint32_t i, std::int64_t tick, double usage, std::uint32_t waiting) {
    if (tick_[i] < 0) ++polled_;
    tick_[i] = tick;
    const double k = std::clamp(usage, 0.0, 0.999);
    barrier_[i] = values_[kWeight] * k / (1.0 - k);
    tokens_[i] =
        values_[kQueued] == 0 ? 0 : waiting * static_cast<std::int64_t>(values_[kMeanPrefill]);
  }

  std::uint32_t choose_partly_polled(RouterView& view, const FleetSide& side,
                                     std::string_view rule) {
    std::uint32_t best = kNoIndex;
    double least = 0;
    note_rule(view, rule);
    const double per_request = values_[kMeanPrefill] / values_[kThroughput];
    for (std::uint32_t i = 0; i < side.count(); ++i) {
      if (!side.usable(i)) continue;
      const double cost =
          tick_[i] < 0
              ? static_cast<double>(side.columns.active_requests[i]) * per_request
              : DrainTimeCost{values_[kThroughput]}(view.request().row, side.columns, {}, i);
      note_candidate(view, side, i, cost);
      if (best != kNoIndex && cost >= least) continue;
      best = i;
      least = cost;
    }
    return best == kNoIndex ? 0 : best;
  }

  ParameterValues values_;
  std::vector<std::int64_t> tokens_;  ///< queued when polled, plus sent since
  std::vector<double> barrier_;       ///< seconds
  std::vector<std::int64_t> tick_;    ///< of the poll they stand on
  std::uint32_t polled_ = 0;
  Scorer scorer_;
};

class SmgLeastLoad final : public Policy {
 public:
  SmgLeastLoad(const ParameterValues& values, const PolicyLayout& layout)
      : values_(values),
        load_(layout),
        entry_(values, layout.entry_count),
        decode_(values, layout.decode_count) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.snapshot_period_s = values_[kInterval];
    needs.snapshot_delay_s = values_[kDelay];
    needs.snapshot_polled = true;
    needs.finish = load_.needs_finish();
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kFinish) return load_.finished(decision.slot);
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{entry_.choose(view, load_.entry(view), true)}};
    load_.placed(decision.slot, action.instance);
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(decode_.choose(view, side, false));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<SmgLeastLoad>(*this); }

 private:
  ParameterValues values_;
  WorkerLoad load_;
  DrainEstimate entry_;
  DrainEstimate decode_;
};

}  // namespace

PolicyInfo smg_least_load_policy() {
  return {"smg-least-load@73da68c",
          "SMG: the worker with the least time to drain its tokens, and away from full KV",
          "source: lightseekorg/smg least_load.rs@73da68c",
          "KV usage polled every 10 s; exact local count of tokens sent since the poll",
          DecodeStage::kWithPrefill,
          true,
          {{"kv_pressure_weight", ParameterType::kReal, "s", 0.15, 0, 1e6,
            "weight of k / (1 - k), k the KV usage"},
           {"default_throughput", ParameterType::kReal, "tokens/s", 2000, 0.001, 1e9,
            "rate at which a worker's tokens are taken to drain"},
           {"mean_prefill_tokens", ParameterType::kInteger, "tokens", 1024, 1, 1e9,
            "tokens of a request whose count is not known"},
           {"queued_tokens",
            ParameterType::kChoice,
            "1",
            0,
            0,
            1,
            "tokens waiting at a worker: unreported (vLLM) or estimated from requests waiting",
            {"unreported", "estimate"}},
           {"request_tokens",
            ParameterType::kChoice,
            "1",
            0,
            0,
            1,
            "what a request adds until the next poll: its tokens (gRPC) or the mean (HTTP)",
            {"known", "mean"}},
           {"load_monitor_interval_s", ParameterType::kReal, "s", 10, 0.001, 3600,
            "time between polls of all workers"},
           {"snapshot_delay_s", ParameterType::kReal, "s", 0, 0, 3600,
            "time from a poll until the router sees its result"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<SmgLeastLoad>(values, layout);
          },
          {},
          "seconds to drain, with the KV barrier; before the first poll requests in flight",
          kGatewayLost};
}

}  // namespace pigou
