// SMG's cache_aware, August 2026. Loads are the requests this gateway has in flight per worker.
//   uneven (most - least > balance_abs_threshold and most > balance_rel_threshold * least, or KV
//   usage above either token-usage threshold): least load
//   else matched / prompt > cache_threshold: the tenant of the deepest node reached
//   else: least load
// Least load breaks ties by requests processed, then index. The prompt is inserted for the chosen
// worker in every branch; a chosen worker that is down gives way to the first healthy one, and then
// nothing is inserted. The tree is a belief no engine corrects: the tenant of a node several
// workers hold is whoever made it, not the best of them, and every eviction_interval_s the least
// recently stamped leaves of each worker with more than max_tree_size characters go. Stamps count
// calls; a match stamps only when the count is a multiple of 8. Answers are never inserted. Source:
// smg 1.9.0 (cache_aware.rs, kv_index/string_tree.rs), which is the rule of 73da68c.
// Traces have no text: a trace block is equal or not, and a token is chars_per_token
// characters, so prompts that part inside a block match up to that block's beginning, where SMG
// would match some characters more. mode=kv_events is SMG on gRPC workers that publish KV events:
// most matching blocks, then least load, then the last (SMG: then the smaller index, unknown here);
// nothing matches: least load. In a split cluster each side runs the policy on its own, with its
// own tree; decode_policy replaces the decode side's, as --decode-policy does.
#include "routing/gateways/cache_aware_side.hpp"
#include "routing/gateways/worker_load.hpp"

#include <algorithm>

namespace pigou {
namespace {

enum Value {
  kThreshold,
  kAbs,
  kRel,
  kBalanceUsage,
  kOverloadUsage,
  kEviction,
  kTreeSize,
  kCharsPerToken,
  kMode,
  kDecodePolicy,
  kMonitorInterval,
  kLatency
};
enum DecodePolicy { kCacheAware, kPowerOfTwo, kLeastLoad, kRandom };

CacheAwareSettings settings_of(const ParameterValues& values) {
  CacheAwareSettings settings;
  settings.kind = TreeKind::kSmg;
  settings.cache_threshold = static_cast<float>(values[kThreshold]);
  settings.balance_abs_threshold = static_cast<std::int64_t>(values[kAbs]);
  settings.balance_rel_threshold = static_cast<float>(values[kRel]);
  settings.eviction_interval_s = values[kEviction];
  settings.max_tree_size = static_cast<std::int64_t>(values[kTreeSize]);
  settings.chars_per_token = values[kCharsPerToken];
  return settings;
}

class SmgCacheAware final : public Policy {
 public:
  SmgCacheAware(const ParameterValues& values, const PolicyLayout& layout)
      : values_(values),
        stream_(layout.seed, "router"),
        load_(layout),
        clock_(layout.entry_count + layout.decode_count),  // every worker's registration is a call
        entry_(settings_of(values), layout.entry_count, RandomStream(layout.seed, "text-tree")),
        decode_(settings_of(values), layout.decode_count,
                RandomStream(layout.seed, "decode-text-tree")) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    if (watches_usage()) needs.snapshot_period_s = values_[kMonitorInterval];
    needs.snapshot_polled = true;
    needs.finish = load_.needs_finish();
    needs.prefix_index = by_events();
    needs.kv_event_latency_s = values_[kLatency];
    return needs;
  }
  bool draws() const override {
    return !by_events() || decode_policy() != kLeastLoad || watches_usage();
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kFinish) return load_.finished(decision.slot);
    Action action{ActionKind::kPlace, decision.slot, InstanceId{choose_entry(view, decision)}};
    if (!by_events()) action.believed_tokens = entry_.believed_tokens();
    load_.placed(decision.slot, action.instance);
    if (view.split()) {
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = InstanceId{view.entry_count() + choose_decode(view, decision)};
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<SmgCacheAware>(*this); }

 private:
  int decode_policy() const { return static_cast<int>(values_[kDecodePolicy]); }
  bool by_events() const { return values_[kMode] != 0; }
  bool watches_usage() const { return values_[kBalanceUsage] < 1 || values_[kOverloadUsage] < 1; }

  /// The hottest worker's KV usage, or its distance from the coldest, passes a threshold.
  bool pressed(RouterView& view, const FleetSide& side) const {
    if (!watches_usage()) return false;
    double least = 2;
    double most = -1;
    for (std::uint32_t i = 0; i < side.count(); ++i) {
      const SeenGauges seen = view.gauges(side.id(i));
      if (!side.usable(i) || seen.tick < 0) continue;
      least = std::min(least, seen.kv_usage);
      most = std::max(most, seen.kv_usage);
    }
    return most >= 0 && (most > static_cast<float>(values_[kOverloadUsage]) ||
                         most - least > static_cast<float>(values_[kBalanceUsage]));
  }

  std::uint32_t choose_entry(RouterView& view, const Decision& decision) {
    if (!by_events()) {
      const FleetSide side = load_.entry(view);
      return entry_.choose(view, side, decision, pressed(view, side), clock_, true);
    }
    view.measure_overlap();
    const FleetSide side = load_.entry(view);
    const bool by_load = pressed(view, side) || entry_.imbalanced(side) || !matches_anywhere(side);
    // The largest draw takes the last of equals, as Rust's max_by_key does.
    const std::uint32_t chosen =
        by_load ? entry_.least_loaded(view, side, "KV events: least load")
                : least_cost(view, side, scorer_, MostOverlapThenLeastOutstandingCost{}, UINT64_MAX,
                             "KV events: most matching blocks");
    entry_.count_processed(chosen);
    return chosen;
  }

  static bool matches_anywhere(const FleetSide& side) {
    for (std::uint32_t i = 0; i < side.count(); ++i)
      if (side.usable(i) && side.columns.overlap_blocks[i] > 0) return true;
    return false;
  }

  std::uint32_t choose_decode(RouterView& view, const Decision& decision) {
    const FleetSide side = decode_side(view);
    const int chosen = decode_policy();
    if (chosen == kRandom) return draw_usable(side, stream_, decision.request, 0);
    if (chosen == kPowerOfTwo) {
      const DrawnPair pair = draw_pair(side, stream_, decision.request, 0);
      const std::int64_t* load = side.columns.active_requests;
      return load[pair.first] <= load[pair.second] ? pair.first : pair.second;
    }
    if (chosen == kLeastLoad) return decode_.least_loaded(view, side, {});
    return decode_.choose(view, side, decision, pressed(view, side), clock_, false);
  }

  ParameterValues values_;
  RandomStream stream_;
  WorkerLoad load_;
  std::uint64_t clock_;  ///< one for the whole gateway, as SMG's
  CacheAwareSide entry_;
  CacheAwareSide decode_;
  Scorer scorer_;
};

std::vector<Parameter> parameters() {
  return {
      {"cache_threshold", ParameterType::kReal, "1", 0.3, 0, 1,
       "share of the prompt that must match before affinity decides"},
      {"balance_abs_threshold", ParameterType::kInteger, "requests", 64, 0, 1e9,
       "loads are uneven only if most and least differ by more than this"},
      {"balance_rel_threshold", ParameterType::kReal, "1", 1.5, 0, 1e6,
       "and the most loaded has more than this times the least"},
      {"balance_token_usage_threshold", ParameterType::kReal, "1", 1, 0, 1,
       "hottest minus coldest polled KV usage above which load decides; 1 is off"},
      {"overload_token_usage_threshold", ParameterType::kReal, "1", 1, 0, 1,
       "hottest polled KV usage above which load decides; 1 is off"},
      {"eviction_interval_s", ParameterType::kReal, "s", 120, 0, 1e6,
       "time between evictions from the tree; 0 is never"},
      {"max_tree_size", ParameterType::kInteger, "characters", 67108864, 0, 9e15,
       "characters a worker keeps in the tree at an eviction"},
      {"chars_per_token", ParameterType::kReal, "characters", 4, 0.01, 100,
       "characters of prompt per token: traces have no text"},
      {"mode",
       ParameterType::kChoice,
       "1",
       0,
       0,
       1,
       "text_tree believes what was sent (HTTP), kv_events what engines publish (gRPC)",
       {"text_tree", "kv_events"}},
      {"decode_policy",
       ParameterType::kChoice,
       "1",
       kCacheAware,
       0,
       3,
       "what chooses the decode side of a split cluster",
       {"cache_aware", "power_of_two", "least_load", "random"}},
      {"load_monitor_interval_s", ParameterType::kReal, "s", 10, 0.001, 3600,
       "time between polls of KV usage, where a threshold reads it"},
      {"kv_event_latency_s", ParameterType::kReal, "s", 0.001, 0, 3600,
       "time from a change in an engine's cache until the router knows, with mode kv_events"},
  };
}

}  // namespace

PolicyInfo smg_cache_aware_policy() {
  return {"smg-cache-aware@73da68c",
          "SMG: the worker believed to hold most of the prompt, least load when loads are uneven",
          "source: lightseekorg/smg cache_aware.rs@73da68c, kv_index/string_tree.rs (smg 1.9.0)",
          "belief of its own, never corrected; exact local count, age 0; polled KV usage if asked",
          DecodeStage::kWithPrefill,
          true,
          parameters(),
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<SmgCacheAware>(values, layout);
          },
          {},
          "requests in flight; under affinity the negative of the characters matched, by KV events "
          "of the blocks matched",
          kGatewayLost};
}

}  // namespace pigou
