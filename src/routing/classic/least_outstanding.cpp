// Least outstanding (join the shortest queue): the instance with the fewest requests this router
// has sent and not seen finish; exact ties by one uniform draw.
#include "routing/parts/scored_rule.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class LeastOutstanding final : public Policy {
 public:
  explicit LeastOutstanding(const PolicyLayout& layout)
      : split_(layout.decode_count > 0), stream_(layout.seed, "router") {}

  Declaration declares() const override { return on_both_sides(rule_.declared(), split_); }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{least(view, entry_side(view), decision, 0, "fewest in flight")}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(least(view, side, decision, 1, {}));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override {
    return std::make_unique<LeastOutstanding>(*this);
  }

 private:
  std::uint32_t least(RouterView& view, const FleetSide& side, const Decision& decision,
                      std::uint32_t draw, std::string_view rule) {
    return choose_by(rule_, view, side, scorer_, stream_.bits(decision.request, draw), rule);
  }

  ScoredRule<LeastOutstandingCost> rule_{.ties = Ties::kDrawn};
  bool split_;
  RandomStream stream_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo least_outstanding_policy() {
  return {"least-outstanding",
          "the instance with the fewest requests sent and not finished (JSQ), random ties",
          "textbook (join the shortest queue)",
          "exact local count, age 0",
          DecodeStage::kWithPrefill,
          true,
          {},
          [](const ParameterValues&, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<LeastOutstanding>(layout);
          },
          {},
          "requests in flight"};
}

}  // namespace pigou
