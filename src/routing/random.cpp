// Random: any instance with equal probability, each side of a split cluster drawn on its own.
#include "routing/policy.hpp"

namespace pigou {
namespace {

class Random final : public Policy {
 public:
  explicit Random(const PolicyLayout& layout) : layout_(layout), stream_(layout.seed, "router") {}

  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{ActionKind::kPlace, decision.slot,
                  stream_.below(layout_.entry_count, decision.request, 0)};
    if (view.split()) {
      action.kind = ActionKind::kPlacePair;
      action.decode_instance =
          layout_.entry_count + stream_.below(layout_.decode_count, decision.request, 1);
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<Random>(*this); }

 private:
  PolicyLayout layout_;
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
