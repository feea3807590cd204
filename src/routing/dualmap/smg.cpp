// DualMap as production routers have it: placed once, on arrival, without queues. Keys at the
// depths hash_prefix_blocks * 2^k engine blocks, at most eight of them, whole blocks only; the key
// is the shallowest whose share of the last window_requests requests, this one included, is at most
// 2 / n over the n instances that take requests, or else the deepest there is. Candidates: the
// rendezvous winner of the key for seed 1, and for seed 2 among the others. The warmer one takes it
// unless its backlog (active prefill and this prompt's uncached tokens) is above
// pending_prefill_token_budget, then the one with less active prefill; so do equally warm ones,
// ties to the lower index. A prompt too short for a key, or without block ids, goes to the least
// active prefill of all. A prefix that ends inside a trace block is told apart by that whole block.
// Source: ai-dynamo/dynamo PR #15450 (worker-selection plugin dualmap) and SMG.
// Decode side of a split cluster: fewest active blocks, after prefill.
#include <array>
#include <vector>

#include "core/flat_map.hpp"
#include "core/load_ahead.hpp"
#include "routing/parts/rendezvous.hpp"
#include "routing/parts/request_key.hpp"
#include "routing/parts/scored_rule.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kPrefixBlocks, kBudget, kWindow, kLatency };
constexpr std::uint32_t kLevels = 8;

/// The prompt's keys by depth, shallowest first.
struct Keys {
  std::array<std::uint64_t, kLevels> key{};
  std::uint32_t levels = 0;
};

/// Counts of the keys of the last requests.
class KeyWindow {
 public:
  explicit KeyWindow(std::uint32_t requests) : rows_(requests) {}

  /// The oldest prompt gives up its place for one that will be counted next.
  void make_room() {
    Keys& row = rows_[next_];
    for (std::uint32_t level = 0; level < row.levels; ++level) counts_.prefetch(row.key[level]);
    for (std::uint32_t level = 0; level < row.levels; ++level) {
      std::uint32_t* count = counts_.find(row.key[level]);
      if (--*count == 0) counts_.erase(row.key[level]);
    }
    row.levels = 0;
  }
  /// Says that `key` will be counted.
  void prefetch(std::uint64_t key) const { counts_.prefetch(key); }
  /// Counts the prompt and returns its shallowest key that is not hot among `instances`.
  std::uint64_t choose(const Keys& keys, std::uint32_t instances) {
    make_room();
    rows_[next_] = keys;
    next_ = next_ + 1 == rows_.size() ? 0 : next_ + 1;
    if (filled_ < rows_.size()) ++filled_;
    for (std::uint32_t level = 0; level < keys.levels; ++level) ++counts_[keys.key[level]];
    for (std::uint32_t level = 0; level < keys.levels; ++level)
      if (std::uint64_t{*counts_.find(keys.key[level])} * instances <= 2 * filled_)
        return keys.key[level];
    return keys.key[keys.levels - 1];
  }

 private:
  std::vector<Keys> rows_;
  std::size_t next_ = 0, filled_ = 0;
  FlatMap<std::uint32_t, std::uint64_t> counts_;
};

class DualMapSmg final : public Policy {
 public:
  DualMapSmg(const ParameterValues& values, const PolicyLayout& layout)
      : prefix_blocks_(static_cast<std::int64_t>(values[kPrefixBlocks])),
        budget_(static_cast<std::int64_t>(values[kBudget])),
        latency_s_(values[kLatency]),
        stream_(layout.seed, "router"),
        split_(layout.decode_count > 0),
        window_(static_cast<std::uint32_t>(values[kWindow])),
        rendezvous_(layout.entry_count) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.kv_event_latency_s = latency_s_;
    return needs;
  }
  /// Of two candidates; a prompt without a key goes by the prefill alone, to any instance.
  Declaration declares() const override {
    DeclaredRule rule;
    rule.candidates = Candidates::kTwoHashes;
    rule.reads = ColumnReads(Column::kActivePrefillTokens, Column::kOverlapBlocks);
    rule.choice = ChoiceRule::kAffinity;
    return {rule, split_ ? std::optional(least_blocks_rule(Ties::kDrawn)) : std::nullopt};
  }
  bool draws() const override { return split_; }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kPrefillDone) {
      const std::uint64_t draw = decision_draw(stream_, decision);
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, least_loaded_decode(view, draw)});
      return;
    }
    actions.push_back({ActionKind::kPlace, decision.slot, InstanceId{choose(view)}});
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<DualMapSmg>(*this); }

 private:
  bool has_key(const RequestView& request) const {
    return !request.trace_blocks.empty() &&
           prefix_blocks_ <= request.row.input_tokens / request.block_tokens;
  }
  /// At least one, of a prompt that has a key.
  Keys keys_of(const RequestView& request) const {
    Keys keys;
    const std::int64_t whole = request.row.input_tokens / request.block_tokens;
    for (std::int64_t depth = prefix_blocks_; keys.levels < kLevels && depth <= whole; depth *= 2) {
      const std::int64_t tokens = depth * request.block_tokens;
      // prefix_key() rounds down to trace blocks: round up, and tell the depths apart.
      const std::uint64_t prefix = prefix_key(request, 0, tokens + request.trace_block_tokens - 1);
      const std::uint64_t key = mix64(prefix ^ mix64(static_cast<std::uint64_t>(depth)));
      window_.prefetch(key);
      rendezvous_.prefetch(key);
      keys.key[keys.levels++] = key;
    }
    return keys;
  }

  static std::uint32_t less_pending(const FleetSide& side, std::uint32_t a, std::uint32_t b) {
    const std::int64_t* tokens = side.columns.active_prefill_tokens;
    if (tokens[a] != tokens[b]) return tokens[a] < tokens[b] ? a : b;
    return std::min(a, b);
  }

  std::uint32_t least_pending(RouterView& view, const FleetSide& side) {
    return choose_by(ScoredRule<LeastPrefillCost>{}, view, side, scorer_, 0,
                     "no key: the least active prefill of all");
  }
  static void note_two(RouterView& view, const FleetSide& side, std::uint32_t i,
                       std::int64_t backlog, std::int32_t overlap) {
    if (view.note() == nullptr) return;
    note_candidate(view, side, i, static_cast<double>(backlog));
    note_column(view, words_of(Column::kActivePrefillTokens),
                static_cast<double>(side.columns.active_prefill_tokens[i]));
    note_column(view, words_of(Column::kOverlapBlocks), overlap);
  }

  std::uint32_t choose(RouterView& view) {
    const FleetSide side = entry_side(view);
    const std::uint32_t instances = usable_count(side);
    const RequestView& request = view.request();
    if (instances <= 1 || !has_key(request)) return least_pending(view, side);
    load_ahead(request.trace_blocks.data());  // nobody has read it for a while
    window_.make_room();
    const Keys keys = keys_of(request);
    const std::uint64_t key = window_.choose(keys, instances);
    const auto [first, second] = rendezvous_.winners(side, key);
    const std::int64_t backlog_first = backlog(view, side, first);
    const std::int64_t backlog_second = backlog(view, side, second);
    const std::int32_t warmth_first = view.overlap_on(side.id(first));
    const std::int32_t warmth_second = view.overlap_on(side.id(second));
    note_two(view, side, first, backlog_first, warmth_first);
    note_two(view, side, second, backlog_second, warmth_second);
    if (warmth_first == warmth_second) {
      note_rule(view, "load: equally warm, less active prefill");
      return less_pending(side, first, second);
    }
    const bool warm_first = warmth_first > warmth_second;
    if ((warm_first ? backlog_first : backlog_second) <= budget_) {
      note_rule(view, "affinity: the warmer candidate is within its budget");
      return warm_first ? first : second;
    }
    note_rule(view, "load: the warmer candidate is above its budget, less active prefill");
    return less_pending(side, first, second);
  }

  static std::int64_t backlog(RouterView& view, const FleetSide& side, std::uint32_t i) {
    const RequestView& request = view.request();
    const std::int64_t input = request.row.input_tokens;
    const std::int64_t cached = std::int64_t{view.overlap_on(side.id(i))} * request.block_tokens;
    return side.columns.active_prefill_tokens[i] + input - std::min(cached, input - 1);
  }

  std::int64_t prefix_blocks_;
  std::int64_t budget_;
  double latency_s_;
  RandomStream stream_;
  bool split_;
  KeyWindow window_;
  Rendezvous rendezvous_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo dualmap_smg_policy() {
  return {
      "dualmap@smg",
      "two rendezvous candidates per prefix of doubling length; the warmer one within a budget",
      "source: ai-dynamo/dynamo PR #15450 (worker-selection plugin dualmap) and lightseekorg/smg",
      "KV event stream; exact local booking of uncached prefill tokens, age 0",
      DecodeStage::kAfterPrefill,
      true,
      {{"hash_prefix_blocks", ParameterType::kInteger, "blocks", 4, 1, 1e6,
        "engine blocks of the shortest key; longer ones double it"},
       {"pending_prefill_token_budget", ParameterType::kInteger, "tokens", 65536, 1, 1e12,
        "backlog up to which the warmer candidate takes the request"},
       {"window_requests", ParameterType::kInteger, "requests", 1000, 1, 1e6,
        "recent requests a key's share is taken of"},
       {"kv_event_latency_s", ParameterType::kReal, "s", 0, 0, 3600,
        "time from a change in an engine's cache until the router knows"}},
      [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
        return std::make_unique<DualMapSmg>(values, layout);
      },
      {},
      "uncached prompt tokens in flight",
      kGatewayLost};
}

}  // namespace pigou
