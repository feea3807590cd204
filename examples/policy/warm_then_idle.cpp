// Warm, then idle: the instance believed to hold most of the prompt, as long as it has fewer than
// max_prefill_tokens prompt tokens to go through; else the one with the fewest requests in flight.
// Equals by one draw. Decode side of a split cluster: the fewest active blocks, after prefill.
#include "pigou/policy.hpp"

namespace pigou {
namespace {

class WarmThenIdle final : public Policy {
 public:
  WarmThenIdle(const ParameterValues& values, const PolicyLayout& layout)
      : max_prefill_tokens_(static_cast<std::int64_t>(values[0])),
        latency_s_(values[1]),
        stream_(layout.seed, "warm-then-idle") {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = true;  // believed caches cost something: kept only for who asks
    needs.kv_event_latency_s = latency_s_;
    return needs;
  }

  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t draw = decision_draw(stream_, decision);
    if (decision.hook == Hook::kPrefillDone) {
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, least_loaded_decode(view, draw)});
      return;
    }
    view.measure_overlap();
    const FleetSide side = entry_side(view);
    std::uint32_t chosen =
        least_cost(view, side, scorer_, MostOverlapThenLeastOutstandingCost{}, draw, "the warmest");
    if (side.columns.active_prefill_tokens[chosen] >= max_prefill_tokens_)
      chosen = least_cost(view, side, scorer_, LeastOutstandingCost{}, draw, "the warmest is busy");
    actions.push_back({ActionKind::kPlace, decision.slot, InstanceId{chosen}});
  }

  std::unique_ptr<Policy> clone() const override { return std::make_unique<WarmThenIdle>(*this); }

 private:
  std::int64_t max_prefill_tokens_;
  double latency_s_;
  RandomStream stream_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo warm_then_idle_policy() {
  return {"warm-then-idle",
          "the warmest instance unless its prefill queue is long, then the least loaded",
          "an example: docs/adding-a-policy.md",
          "KV event stream; exact local counts, age 0",
          DecodeStage::kAfterPrefill,
          true,
          {{"max_prefill_tokens", ParameterType::kInteger, "tokens", 16384, 0, 1e9,
            "prompt tokens in flight at which the warmest instance is passed over"},
           {"kv_event_latency_s", ParameterType::kReal, "s", 0.001, 0, 3600,
            "time from a change in an engine's cache until the router knows"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<WarmThenIdle>(values, layout);
          }};
}

}  // namespace pigou
