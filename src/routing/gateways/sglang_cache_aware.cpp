// The cache_aware of SGLang's router (sgl-router) through most of 2025, with the defaults of its
// Python and Rust configuration. As smg-cache-aware, but for:
//   miss: the worker with the smallest tree, first of equals, whatever its load
//   least load, when loads are uneven: the first of equals
//   stamps are milliseconds and given to the whole path by every insert and every match, so that
//   the tree is LRU proper; a node's tenant is the first in a hash map, which stays the same until
//   the map changes; max_tree_size is 10,000 characters, some 2,500 tokens, a worker
// A worker that is down keeps its tree; if it is the smallest, every miss goes to the first healthy
// worker and is inserted nowhere. Loads compared are those of workers that are up (SGLang's include
// the others until they are removed). Source: sgl-project/sglang
// sgl-router/src/policies/cache_aware.rs@026f853ba7ae, sgl-router/src/tree.rs.
// Decode side of a split cluster: the fewest requests in flight, first of equals, as its
// single-policy mode has it (decode_policy=cache_aware runs a second cache_aware there).
#include "routing/gateways/cache_aware_side.hpp"
#include "routing/gateways/worker_load.hpp"

namespace pigou {
namespace {

enum Value { kThreshold, kAbs, kRel, kEviction, kTreeSize, kCharsPerToken, kDecodePolicy };
enum DecodePolicy { kLeastLoad, kCacheAware };

CacheAwareSettings settings_of(const ParameterValues& values) {
  CacheAwareSettings settings;
  settings.kind = TreeKind::kSglang2025;
  settings.cache_threshold = static_cast<float>(values[kThreshold]);
  settings.balance_abs_threshold = static_cast<std::int64_t>(values[kAbs]);
  settings.balance_rel_threshold = static_cast<float>(values[kRel]);
  settings.eviction_interval_s = values[kEviction];
  settings.max_tree_size = static_cast<std::int64_t>(values[kTreeSize]);
  settings.chars_per_token = values[kCharsPerToken];
  return settings;
}

class SglangCacheAware final : public Policy {
 public:
  SglangCacheAware(const ParameterValues& values, const PolicyLayout& layout)
      : decode_policy_(static_cast<int>(values[kDecodePolicy])),
        load_(layout),
        entry_(settings_of(values), layout.entry_count, RandomStream(layout.seed, "text-tree")),
        decode_(settings_of(values), layout.decode_count,
                RandomStream(layout.seed, "decode-text-tree")) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.finish = load_.needs_finish();
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kFinish) return load_.finished(decision.slot);
    Action action{
        ActionKind::kPlace, decision.slot,
        InstanceId{entry_.choose(view, load_.entry(view), decision, false, clock_, true)}};
    action.believed_tokens = entry_.believed_tokens();
    load_.placed(decision.slot, action.instance);
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance =
          side.id(decode_policy_ == kLeastLoad
                      ? decode_.least_loaded(view, side, {})
                      : decode_.choose(view, side, decision, false, clock_, false));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override {
    return std::make_unique<SglangCacheAware>(*this);
  }

 private:
  int decode_policy_;
  WorkerLoad load_;
  std::uint64_t clock_ = 0;
  CacheAwareSide entry_;
  CacheAwareSide decode_;
};

}  // namespace

PolicyInfo sglang_cache_aware_policy() {
  return {
      "sglang-cache-aware@2025",
      "SGLang 2025: the worker believed to hold most of the prompt, on a miss the smallest tree",
      "source: sgl-project/sglang sgl-router cache_aware.rs@026f853ba7ae, tree.rs",
      "belief of its own, never corrected; exact local count, age 0",
      DecodeStage::kWithPrefill,
      true,
      {{"cache_threshold", ParameterType::kReal, "1", 0.5, 0, 1,
        "share of the prompt that must match before affinity decides"},
       {"balance_abs_threshold", ParameterType::kInteger, "requests", 32, 0, 1e9,
        "loads are uneven only if most and least differ by more than this"},
       {"balance_rel_threshold", ParameterType::kReal, "1", 1.1, 0, 1e6,
        "and the most loaded has more than this times the least"},
       {"eviction_interval_s", ParameterType::kReal, "s", 30, 0, 1e6,
        "time between evictions from the tree; 0 is never"},
       {"max_tree_size", ParameterType::kInteger, "characters", 10000, 0, 9e15,
        "characters a worker keeps in the tree at an eviction"},
       {"chars_per_token", ParameterType::kReal, "characters", 4, 0.01, 100,
        "characters of prompt per token: traces have no text"},
       {"decode_policy",
        ParameterType::kChoice,
        "1",
        kLeastLoad,
        0,
        1,
        "what chooses the decode side of a split cluster",
        {"least_load", "cache_aware"}}},
      [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
        return std::make_unique<SglangCacheAware>(values, layout);
      },
      {},
      "requests in flight; under affinity the negative of the characters matched, on a miss "
      "characters in the tree",
      kGatewayLost};
}

}  // namespace pigou
