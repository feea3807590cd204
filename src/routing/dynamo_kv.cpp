// Dynamo's KV router, August 2026: the lowest of
//   prefill_load_scale * max(0, (prefill tokens in flight + input) / B - credit * overlap) + active
//   blocks
// in KV blocks, where active blocks count the request's own unless active sequences there share
// them. Exact ties uniformly at random; temperature > 0 draws from a softmax whose scale is the
// spread of the costs. In a split cluster the prefill side uses this cost and the decode side,
// chosen when prefill is done, load only (credit 0, no reuse assumed).
// Source: ai-dynamo/dynamo lib/kv-router/src/scheduling/{selector.rs@01690d42e3b9,
// selector/default.rs@07a6c9ce3bb0, queue.rs@00067c31af57}; routers.md section 2.
#include <cmath>

#include "routing/policy.hpp"
#include "routing/side.hpp"

namespace pigou {
namespace {

enum Value { kCredit, kDecay, kScale, kActive, kTemperature, kSelection, kReuse, kQueue, kLatency };

class DynamoKv final : public Policy {
 public:
  DynamoKv(const ParameterValues& values, const PolicyLayout& layout)
      : values_(values), stream_(layout.seed, "router") {
    terms_.prefill_load_scale = values[kScale];
    terms_.overlap_score_credit = values[kCredit];
    terms_.overlap_score_credit_decay = values[kDecay];
    terms_.decode_active_request_weight = values[kActive];
  }

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.kv_event_latency_s = values_[kLatency];
    needs.shared_active = values_[kReuse] != 0;
    needs.room_freed = values_[kQueue] > 0;
    needs.separable = separable();
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    terms_.blocks_per_token = 1.0 / view.request().block_tokens;
    const std::uint64_t draw = decision_draw(stream_, decision);
    if (decision.hook == Hook::kPrefillDone && by_load_alone()) {
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, least_loaded_decode(view, draw)});
      return;
    }
    if (decision.hook == Hook::kPrefillDone) {
      DynamoDecodeCost cost;
      cost.terms.decode_active_request_weight = terms_.decode_active_request_weight;
      const std::uint32_t chosen = pick(cost, view.request().row, view.decode(), PoolRow{}, draw);
      note(view, decode_side(view), cost, PoolRow{});
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, view.entry_count() + chosen});
      return;
    }
    if (values_[kQueue] > 0 && all_busy(view)) {
      note_rule(view, "queue: every worker is busy");
      actions.push_back({ActionKind::kQueue, decision.slot});
      return;
    }
    if (view.note() != nullptr) note_entry(view);
    if (const std::uint32_t chosen = view.least_separable(draw); chosen != kNoIndex) {
      actions.push_back({ActionKind::kPlace, decision.slot, chosen});
      return;
    }
    view.measure_overlap();
    const InstanceColumns columns = view.entry();
    PoolRow pool;
    if (terms_.overlap_score_credit_decay > 0) pool = reduce_pool(columns);
    const RequestRow& row = view.request().row;
    const std::uint32_t chosen = values_[kSelection] != 0
                                     ? pick(DynamoLmetricCost{terms_}, row, columns, pool, draw)
                                     : pick(DynamoKvCost{terms_}, row, columns, pool, draw);
    actions.push_back({ActionKind::kPlace, decision.slot, chosen});
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<DynamoKv>(*this); }

 private:
  /// The scan's costs, also where the choice itself comes without one.
  void note_entry(RouterView& view) {
    view.measure_overlap();
    const Side side = entry_side(view);
    const PoolRow pool = reduce_pool(side.columns);
    values_[kSelection] != 0 ? note(view, side, DynamoLmetricCost{terms_}, pool)
                             : note(view, side, DynamoKvCost{terms_}, pool);
  }
  template <class Cost>
  void note(RouterView& view, const Side& side, const Cost& cost, const PoolRow& pool) {
    if (view.note() == nullptr) return;
    note_scan(view, side, cost, pool);
    note_rule(view, values_[kTemperature] > 0 ? "drawn by softmax over the costs" : "lowest cost",
              noted_ties(view));
  }
  template <class Cost>
  std::uint32_t pick(const Cost& cost, const RequestRow& row, const InstanceColumns& columns,
                     const PoolRow& pool, std::uint64_t draw) {
    if (values_[kTemperature] > 0) {
      const SoftmaxChoice softmax{values_[kTemperature]};
      return scorer_.choose(cost, softmax, row, columns, pool, draw).index;
    }
    return scorer_.choose(cost, ArgminChoice{}, row, columns, pool, draw).index;
  }

  /// The cost as load less credit in units of 2^-20 blocks, when it has that form and both
  /// integers and the functor's doubles hold it exactly; else all zero.
  SeparableCost separable() const {
    const double one = 1 << 10;
    const double scale = values_[kScale] * one;
    const double credit = values_[kCredit] * one;
    const bool exact =
        scale == std::floor(scale) && credit == std::floor(credit) && scale <= one * one;
    const bool plain = values_[kDecay] == 0 && values_[kActive] == 0 &&
                       values_[kTemperature] == 0 && values_[kSelection] == 0 &&
                       values_[kCredit] <= 1;
    if (!exact || !plain) return {};
    SeparableCost cost;
    cost.prefill_weight = static_cast<std::int64_t>(scale * one);
    cost.block_weight = static_cast<std::int64_t>(one * one);
    cost.overlap_credit = static_cast<std::int64_t>(scale * credit);
    cost.shared_credit = static_cast<std::int64_t>(one * one);
    return cost;
  }

  /// The decode cost then orders instances by active blocks and by nothing else.
  bool by_load_alone() const { return values_[kActive] == 0 && values_[kTemperature] == 0; }

  /// Every eligible worker holds more prefill tokens than threshold times what one step takes.
  bool all_busy(const RouterView& view) const {
    const InstanceColumns columns = view.entry();
    for (std::uint32_t i = 0; i < view.entry_count(); ++i) {
      const auto limit = values_[kQueue] * static_cast<double>(view.max_batched_tokens(i));
      if (static_cast<double>(columns.active_prefill_tokens[i]) <= limit) return false;
    }
    return true;
  }

  ParameterValues values_;
  DynamoTerms terms_;
  RandomStream stream_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo dynamo_kv_policy() {
  return {"dynamo-kv@2026-08",
          "NVIDIA Dynamo's KV router: least prefill work after cache credit plus active blocks",
          "source: ai-dynamo/dynamo selector.rs@01690d42e3b9, selector/default.rs@07a6c9ce3bb0, "
          "queue.rs@00067c31af57",
          "KV event stream (asynchronous); exact local booking of prefill tokens and blocks",
          DecodeStage::kAfterPrefill,
          true,
          {{"overlap_score_credit", ParameterType::kReal, "1", 1, 0, 100,
            "prefill blocks credited per block believed cached on the worker"},
           {"overlap_score_credit_decay", ParameterType::kReal, "1", 0, 0, 1000,
            "how fast credit fades with prefill load above the least loaded worker"},
           {"prefill_load_scale", ParameterType::kReal, "1", 1, 0, 1000,
            "weight of the prefill term against the decode term"},
           {"decode_active_request_weight", ParameterType::kReal, "blocks", 0, 0, 1e6,
            "cost per active request on the worker"},
           {"temperature", ParameterType::kReal, "1", 0, 0, 1000,
            "softmax temperature relative to the spread of costs; 0 picks the lowest"},
           {"router_selection_policy",
            ParameterType::kChoice,
            "1",
            0,
            0,
            1,
            "kv adds prefill and decode terms, lmetric multiplies them",
            {"kv", "lmetric"}},
           {"assume_kv_reuse", ParameterType::kFlag, "1", 1, 0, 1,
            "count blocks that active sequences share only once"},
           {"router_queue_threshold", ParameterType::kReal, "1", 0, 0, 1e6,
            "queue in the router while every worker holds more prefill tokens than this times "
            "max_num_batched_tokens; 0 is Dynamo's None (off)"},
           {"kv_event_latency_s", ParameterType::kReal, "s", 0.001, 0, 3600,
            "time from a change in an engine's cache until the router knows; not published, "
            "so a parameter"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<DynamoKv>(values, layout);
          }};
}

}  // namespace pigou
