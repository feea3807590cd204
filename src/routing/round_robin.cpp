// Round robin: the next instance in order, whatever its load; one counter per side of a split
// cluster, advanced together at arrival.
#include "routing/policy.hpp"

namespace pigou {
namespace {

class RoundRobin final : public Policy {
 public:
  explicit RoundRobin(const PolicyLayout& layout) : layout_(layout) {}

  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{ActionKind::kPlace, decision.slot, next_entry_};
    next_entry_ = next_entry_ + 1 == layout_.entry_count ? 0 : next_entry_ + 1;
    if (view.split()) {
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = layout_.entry_count + next_decode_;
      next_decode_ = next_decode_ + 1 == layout_.decode_count ? 0 : next_decode_ + 1;
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<RoundRobin>(*this); }

 private:
  PolicyLayout layout_;
  std::uint32_t next_entry_ = 0;
  std::uint32_t next_decode_ = 0;
};

}  // namespace

PolicyInfo round_robin_policy() {
  return {"round-robin",
          "the next instance in order, whatever its load",
          "textbook",
          "none",
          DecodeStage::kWithPrefill,
          false,
          {},
          [](const ParameterValues&, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<RoundRobin>(layout);
          }};
}

}  // namespace pigou
