// Random: any instance that is up with equal probability, each side of a split cluster drawn on its
// own.
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class Random final : public Policy {
 public:
  explicit Random(const PolicyLayout& layout) : stream_(layout.seed, "router") {}

  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    note_rule(view, "drawn");
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{draw_usable(entry_side(view), stream_, decision.request, 0)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(draw_usable(side, stream_, decision.request, 1));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<Random>(*this); }

 private:
  RandomStream stream_;
};

}  // namespace

PolicyInfo random_policy() {
  return {"random",
          "any instance with equal probability",
          "textbook",
          "none",
          DecodeStage::kWithPrefill,
          true,
          {},
          [](const ParameterValues&, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<Random>(layout);
          }};
}

}  // namespace pigou
