// Tempered load: an instance drawn by softmax over the requests in flight. A temperature near 0
// takes the fewest, a high one nearly any. Each side of a split cluster draws on its own.
#include "pigou/policy.hpp"

namespace pigou {
namespace {

class TemperedLoad final : public Policy {
 public:
  TemperedLoad(const ParameterValues& values, const PolicyLayout& layout)
      : rule_{.ties = Ties::kDrawn, .temperature = values[0]},
        split_(layout.decode_count > 0),
        stream_(layout.seed, "tempered-load") {}

  Declaration declares() const override { return on_both_sides(rule_.declared(), split_); }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{
        ActionKind::kPlace, decision.slot,
        InstanceId{drawn(view, entry_side(view), decision, 0, "drawn by softmax over the load")}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(drawn(view, side, decision, 1, {}));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<TemperedLoad>(*this); }

 private:
  std::uint32_t drawn(RouterView& view, const FleetSide& side, const Decision& decision,
                      std::uint32_t draw, std::string_view why) {
    return choose_by(rule_, view, side, scorer_, stream_.bits(decision.request, draw), why);
  }

  ScoredRule<LeastOutstandingCost> rule_;
  bool split_;
  RandomStream stream_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo tempered_load_policy() {
  return {"tempered-load",
          "an instance drawn by softmax over the requests in flight",
          "an example: docs/adding-a-policy.md",
          "exact local counts, age 0",
          DecodeStage::kWithPrefill,
          true,
          {{"temperature", ParameterType::kReal, "1", 0.5, 0.01, 1000,
            "of the softmax, in spreads of the load between the fewest and the most"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<TemperedLoad>(values, layout);
          },
          {},
          "requests in flight"};
}

}  // namespace pigou
