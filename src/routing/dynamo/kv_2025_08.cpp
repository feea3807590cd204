// Dynamo's KV router as the price-of-anarchy paper drove it (Dynamo v0.9.0; code of August 2025):
//   omega * (prefill tokens in flight + input - overlap * B) / B + active blocks
// in KV blocks, the lowest wins, ties uniformly at random. omega is overlap_score_weight, tau is
// router_temperature: tau > 0 draws from a softmax of -cost / (max - min) / tau, so tau is free of
// scale. omega weighs the whole prefill term, queue and miss, not the cached part alone: omega 0.1
// is nearly pure balancing of decode blocks. The paper's controller sets (tau, omega) to (0, 1)
// below saturation and (0.8, 0.1) beyond. Active blocks count blocks that active sequences share
// once. The decode side of a split cluster is chosen when prefill is done with omega 0, by load
// alone. No queue, no thresholds, no decay: those came later. At the defaults it is
// dynamo-kv@2026-08 at its defaults. Source: yuekaizhang/dynamo
// lib/llm/src/kv_router/scheduler.rs@e3619ce0.
#include "routing/dynamo/choice.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kTau, kOmega, kLatency };

DynamoTerms terms_of(const ParameterValues& values) {
  DynamoTerms terms;
  terms.prefill_load_scale = values[kOmega];
  return terms;
}

DynamoCosting costing_of(const ParameterValues& values) {
  return {terms_of(values), values[kTau], DynamoForm::kSum};
}

class DynamoKv202508 final : public Policy {
 public:
  DynamoKv202508(const ParameterValues& values, const PolicyLayout& layout)
      : values_(values),
        split_(layout.decode_count > 0),
        stream_(layout.seed, "router"),
        choice_(costing_of(values), DynamoTiers()) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.kv_event_latency_s = values_[kLatency];
    needs.shared_active = true;
    needs.whole_blocks = true;
    needs.separable = choice_.separable();
    return needs;
  }
  Declaration declares() const override { return choice_.declares(books_, split_, true, false); }
  void set(std::size_t parameter, double value) override {
    values_[parameter] = value;
    choice_.set(costing_of(values_));
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t draw = decision_draw(stream_, decision);
    if (decision.hook == Hook::kPrefillDone) {
      const FleetSide side = decode_side(view);
      actions.push_back({ActionKind::kPlaceDecode, decision.slot, kNoIndex,
                         side.id(choice_.decode(view, side, books_, true, false, draw))});
      return;
    }
    actions.push_back({ActionKind::kPlace, decision.slot,
                       InstanceId{choice_.entry(view, entry_side(view), books_, true, draw)}});
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<DynamoKv202508>(*this); }

 private:
  ParameterValues values_;
  bool split_;
  RandomStream stream_;
  DynamoBooks books_;
  DynamoChoice choice_;
};

}  // namespace

PolicyInfo dynamo_kv_2025_08_policy() {
  return {"dynamo-kv@2025-08",
          "Dynamo's KV router of the price-of-anarchy paper: omega weighs prefill work, tau draws",
          "source: yuekaizhang/dynamo lib/llm/src/kv_router/scheduler.rs@e3619ce0",
          "KV event stream (asynchronous); exact local booking of prefill tokens and blocks",
          DecodeStage::kAfterPrefill,
          true,
          {live({"router_temperature", ParameterType::kReal, "1", 0, 0, 1000,
                 "tau: softmax temperature relative to the spread of costs; 0 picks the lowest"}),
           live({"overlap_score_weight", ParameterType::kReal, "1", 1, 0, 1000,
                 "omega: weight of the prefill term against the decode term"}),
           {"kv_event_latency_s", ParameterType::kReal, "s", 0.001, 0, 3600,
            "time from a change in an engine's cache until the router knows; not published, "
            "so a parameter"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<DynamoKv202508>(values, layout);
          },
          {},
          "KV blocks: omega times prefill work after cache credit, plus active blocks",
          kDynamoLost};
}

}  // namespace pigou
