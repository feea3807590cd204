// Minimum TTFT: the instance where the first token is estimated to come soonest,
//   T(r, i) = seconds per token(i) * (pending uncached prefill tokens(i) + uncached tokens(r, i)),
// over all instances: DualMap's baseline "min TTFT", which it equates with Mooncake's rule without
// transfers (ASISys/DualMap; Mooncake, FAST 2025, Algorithm 1). Decode side of a split cluster:
// fewest active blocks, chosen after prefill (Mooncake does not publish its body).
#include "routing/parts/scored_rule.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class MinTtft final : public Policy {
 public:
  MinTtft(const ParameterValues& values, const PolicyLayout& layout)
      : latency_s_(values[0]),
        random_ties_(values[1] != 0),
        split_(layout.decode_count > 0),
        stream_(layout.seed, "router") {
    if (random_ties_) rule_.ties = Ties::kDrawn;
  }

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.kv_event_latency_s = latency_s_;
    needs.separable = {.prefill_weight = 1,
                       .overlap_credit = 1,
                       .times_prefill_rate = true,
                       .spares_last_token = true};
    return needs;
  }
  Declaration declares() const override {
    return {rule_.declared(), split_ ? std::optional(least_blocks_rule(rule_.ties)) : std::nullopt};
  }
  bool draws() const override { return random_ties_; }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t draw = random_ties_ ? decision_draw(stream_, decision) : 0;
    if (decision.hook == Hook::kPrefillDone) {
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, least_loaded_decode(view, draw)});
      return;
    }
    // The trees choose by the same rule: they say who, but not what each would cost.
    std::uint32_t chosen = view.note() == nullptr ? view.least_separable(draw) : kNoIndex;
    if (chosen == kNoIndex) {
      view.measure_overlap();
      rule_.cost.block_tokens = view.request().block_tokens;
      chosen = choose_by(rule_, view, entry_side(view), scorer_, draw, "least estimated TTFT");
    }
    actions.push_back({ActionKind::kPlace, decision.slot, InstanceId{chosen}});
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<MinTtft>(*this); }

 private:
  ScoredRule<MinTtftCost> rule_;
  double latency_s_;
  bool random_ties_;
  bool split_;
  RandomStream stream_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo min_ttft_policy() {
  return {"min-ttft",
          "the instance with the least estimated time to first token, over all instances",
          "paper: DualMap (arXiv 2602.06502) baseline Min TTFT; Mooncake, FAST 2025, Alg. 1",
          "KV event stream; exact local booking of uncached prefill tokens, age 0",
          DecodeStage::kAfterPrefill,
          true,
          {{"kv_event_latency_s", ParameterType::kReal, "s", 0, 0, 3600,
            "time from a change in an engine's cache until the router knows"},
           {"tie",
            ParameterType::kChoice,
            "1",
            0,
            0,
            1,
            "who wins among exactly equal costs",
            {"first", "random"}}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<MinTtft>(values, layout);
          },
          {},
          "estimated TTFT in seconds"};
}

}  // namespace pigou
