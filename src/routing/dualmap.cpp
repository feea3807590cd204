// DualMap: two independent hashes of a prompt's prefix give two candidate instances on a ring; the
// one with more of the prompt cached takes it if its estimated TTFT is within half the SLO, else
// the one with the lower estimate (tie: fewer active blocks, then one seeded draw).
//   T(r, i) = seconds per token * (pending uncached prefill tokens(i) + uncached tokens(r, i))
// Source: papers.md sections 2.2 and 2.3 (code: ASISys/DualMap as read there). Here: a key of fixed
// depth. The hotness tree, central queues, rebalancing and ring scaling are not part of this tag's
// rule yet. Decode side of a split cluster: fewest active blocks (the paper has no split).
#include <algorithm>

#include "routing/policy.hpp"
#include "routing/side.hpp"

namespace pigou {
namespace {

enum Value { kSlo, kShare, kKeyTokens, kVirtualNodes, kSecondsPerToken, kLatency };

/// Consistent-hash ring: `virtual_nodes` points per instance.
class Ring {
 public:
  Ring(std::uint32_t instances, std::uint32_t virtual_nodes) {
    for (std::uint32_t i = 0; i < instances; ++i)
      for (std::uint32_t v = 0; v < virtual_nodes; ++v)
        points_.push_back({mix64((std::uint64_t{i} << 32) | v), i});
    std::sort(points_.begin(), points_.end());
  }
  /// Owner of the first point at or after `hash`, going round.
  std::uint32_t owner(std::uint64_t hash) const {
    const auto point = std::lower_bound(points_.begin(), points_.end(), Point{hash, 0});
    return (point == points_.end() ? points_.front() : *point).instance;
  }

 private:
  struct Point {
    std::uint64_t hash;
    std::uint32_t instance;
    auto operator<=>(const Point&) const = default;
  };
  std::vector<Point> points_;
};

class DualMap final : public Policy {
 public:
  DualMap(const ParameterValues& values, const PolicyLayout& layout)
      : values_(values),
        layout_(layout),
        stream_(layout.seed, "router"),
        ring_(layout.entry_count, static_cast<std::uint32_t>(values[kVirtualNodes])) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.kv_event_latency_s = values_[kLatency];
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t draw = decision_draw(stream_, decision);
    if (decision.hook == Hook::kPrefillDone) {
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, least_loaded_decode(view, draw)});
      return;
    }
    const std::uint64_t key = prefix_key(view.request(), decision.request);
    const std::uint32_t first = ring_.owner(mix64(key));
    std::uint32_t second = ring_.owner(mix64(key ^ 0x5bd1e995cc9e2d51ULL));
    if (second == first) second = first + 1 == layout_.entry_count ? 0 : first + 1;
    actions.push_back({ActionKind::kPlace, decision.slot, choose(view, first, second, draw)});
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<DualMap>(*this); }

 private:
  /// Rolling hash of the ids of the first key_tokens tokens' blocks; a prompt without ids is its
  /// own key, since it shares its prefix with nobody.
  std::uint64_t prefix_key(const RequestView& request, std::uint32_t number) const {
    if (request.trace_blocks.empty()) return mix64(number);
    const auto wanted =
        static_cast<std::size_t>(std::max(1.0, values_[kKeyTokens] / request.trace_block_tokens));
    const std::size_t depth = std::min(wanted, request.trace_blocks.size());
    std::uint64_t hash = request.copy;
    for (std::size_t b = 0; b < depth; ++b)
      hash = hash * 1315423911ULL + request.trace_blocks[b] + 1;
    return mix64(hash);
  }

  double estimate(const RouterView& view, std::uint32_t i, std::int64_t cached) const {
    const InstanceColumns columns = view.entry();
    const double per_token =
        values_[kSecondsPerToken] > 0 ? values_[kSecondsPerToken] : columns.prefill_s_per_token[i];
    const std::int64_t input = view.request().row.input_tokens;
    const std::int64_t uncached = input - std::min(cached, input - 1);
    return per_token * static_cast<double>(columns.active_prefill_tokens[i] + uncached);
  }

  std::uint32_t choose(RouterView& view, std::uint32_t first, std::uint32_t second,
                       std::uint64_t draw) const {
    const std::int64_t block = view.request().block_tokens;
    const std::int64_t cached_first = view.overlap_on(first) * block;
    const std::int64_t cached_second = view.overlap_on(second) * block;
    const double t_first = estimate(view, first, cached_first);
    const double t_second = estimate(view, second, cached_second);
    note_candidate(view, entry_side(view), first, t_first);
    note_candidate(view, entry_side(view), second, t_second);
    const bool second_warmer = cached_second > cached_first;
    if ((second_warmer ? t_second : t_first) <= values_[kShare] * values_[kSlo]) {
      note_rule(view, "affinity: the warmer candidate is within its share of the target");
      return second_warmer ? second : first;
    }
    note_rule(view, "load: the lower estimated TTFT");
    if (t_first != t_second) return t_first < t_second ? first : second;
    const std::int64_t* blocks = view.entry().active_blocks;
    note_rule(view, "load: equal estimates, fewer active blocks");
    if (blocks[first] != blocks[second]) return blocks[first] < blocks[second] ? first : second;
    note_rule(view, "load: equal estimates and blocks, drawn", 2);
    return drawn_share(draw, 2) == 0 ? first : second;
  }

  ParameterValues values_;
  PolicyLayout layout_;
  RandomStream stream_;
  Ring ring_;
};

}  // namespace

PolicyInfo dualmap_policy() {
  return {
      "dualmap@2602.06502",
      "two hashed candidates per prefix; the warmer one unless its TTFT estimate is too high",
      "paper: DualMap (arXiv 2602.06502), code constants as in papers.md 2.2-2.3",
      "KV event stream; exact local booking of uncached prefill tokens, age 0",
      DecodeStage::kAfterPrefill,
      true,
      {{"slo_s", ParameterType::kReal, "s", 5, 1e-6, 1e6, "TTFT target of the rule"},
       {"affinity_share", ParameterType::kReal, "1", 0.5, 0, 1000,
        "share of the target up to which the warmer candidate keeps the request"},
       {"key_tokens", ParameterType::kInteger, "tokens", 1024, 1, 1e9,
        "prompt tokens hashed into the key (two 512-token blocks, the paper's usual length)"},
       {"virtual_nodes", ParameterType::kInteger, "1", 40, 1, 10000, "ring points per instance"},
       {"prefill_s_per_token", ParameterType::kReal, "s", 0, 0, 10,
        "seconds per uncached token in the estimate; 0 takes the catalogue's"},
       {"kv_event_latency_s", ParameterType::kReal, "s", 0, 0, 3600,
        "time from a change in an engine's cache until the router knows"}},
      [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
        return std::make_unique<DualMap>(values, layout);
      }};
}

}  // namespace pigou
