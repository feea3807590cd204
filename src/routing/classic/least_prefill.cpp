// Least loaded by prefill: the instance with the fewest prompt tokens sent there whose first token
// is still to come, whatever is cached of them; equals by one draw. DualMap's baseline "Least
// Loaded" (ASISys/DualMap, min_pending_input_len_global_scheduler.py). Decode side of a
// split cluster: fewest active blocks, after prefill.
#include "routing/parts/scored_rule.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class LeastPrefill final : public Policy {
 public:
  explicit LeastPrefill(const PolicyLayout& layout)
      : split_(layout.decode_count > 0), stream_(layout.seed, "router") {}

  Declaration declares() const override {
    return {rule_.declared(),
            split_ ? std::optional(least_blocks_rule(Ties::kDrawn)) : std::nullopt};
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    const std::uint64_t draw = decision_draw(stream_, decision);
    if (decision.hook == Hook::kPrefillDone) {
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, least_loaded_decode(view, draw)});
      return;
    }
    const std::uint32_t chosen =
        choose_by(rule_, view, entry_side(view), scorer_, draw, "fewest prompt tokens to come");
    actions.push_back({ActionKind::kPlace, decision.slot, InstanceId{chosen}});
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<LeastPrefill>(*this); }

 private:
  ScoredRule<LeastPrefillCost> rule_{.ties = Ties::kDrawn};
  bool split_;
  RandomStream stream_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo least_prefill_policy() {
  return {"least-prefill",
          "the instance with the fewest prompt tokens still to come to their first token",
          "paper: DualMap (arXiv 2602.06502) baseline Least Loaded",
          "exact local booking of prompt tokens, age 0",
          DecodeStage::kAfterPrefill,
          true,
          {},
          [](const ParameterValues&, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<LeastPrefill>(layout);
          },
          {},
          "prompt tokens not yet prefilled"};
}

}  // namespace pigou
