// Round robin: the next instance in order, whatever its load, those that are down passed over; one
// counter per side of a split cluster, advanced together at arrival. As a rule that scores: the
// fewest turns to wait; the counter finds that one without a scan.
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class RoundRobin final : public Policy {
 public:
  explicit RoundRobin(const PolicyLayout& layout) : split_(layout.decode_count > 0) {}

  Declaration declares() const override { return on_both_sides(rule_.declared(), split_); }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    note_rule(view, "the next in order");
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{next(view, entry_side(view), next_entry_)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(next(view, side, next_decode_));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<RoundRobin>(*this); }

 private:
  static std::uint32_t next(RouterView& view, const FleetSide& side, std::uint32_t& counter) {
    std::uint32_t chosen = counter;
    std::uint32_t turns = 0;
    for (; turns < side.count() && !side.usable(chosen); ++turns)
      chosen = chosen + 1 == side.count() ? 0 : chosen + 1;
    counter = chosen + 1 == side.count() ? 0 : chosen + 1;
    if (view.note() != nullptr) {
      note_candidate(view, side, chosen, 0);
      note_column(view, kTurns[0], static_cast<double>(turns));
    }
    return chosen;
  }

  static constexpr ColumnRead kTurns[] = {
      {Column::kOwnCounts, "turns", "instances", "instances that come before it in order"}};

  ScoredRule<LeastOwnCountCost> rule_{.words = kTurns};
  bool split_;
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
