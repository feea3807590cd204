// Round robin: the next instance in order, whatever its load, those that are down passed over; one
// counter per side of a split cluster, advanced together at arrival.
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class RoundRobin final : public Policy {
 public:
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    note_rule(view, "the next in order");
    Action action{ActionKind::kPlace, decision.slot, next(view, entry_side(view), next_entry_)};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.first + next(view, side, next_decode_);
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<RoundRobin>(*this); }

 private:
  static std::uint32_t next(RouterView& view, const FleetSide& side, std::uint32_t& counter) {
    std::uint32_t chosen = counter;
    for (std::uint32_t tried = 0; tried < side.count() && !side.usable(chosen); ++tried)
      chosen = chosen + 1 == side.count() ? 0 : chosen + 1;
    counter = chosen + 1 == side.count() ? 0 : chosen + 1;
    note_candidate(view, side, chosen, 0);
    return chosen;
  }

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
          [](const ParameterValues&, const PolicyLayout&) -> std::unique_ptr<Policy> {
            return std::make_unique<RoundRobin>();
          }};
}

}  // namespace pigou
