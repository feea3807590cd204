// Recorded: each request goes where the trace's own router sent it, so that what is left of the
// difference between simulated and recorded is not the router's. Instance names of the trace
// (column "instance"; in a split cluster "prefill_instance", or "instance", and "decode_instance")
// are sorted in natural order, pod-2 before pod-10, and the n-th name is the n-th instance. Every
// copy of a row (repeat, overlay) goes to the same instance. A request without a recorded instance,
// or whose instance is not available, goes to the available one with the fewest requests in flight,
// the first of equals. A trace without the column, or with more names than the cluster has
// instances, is refused. The only policy that may look at the record; no router could.
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class Recorded final : public Policy {
 public:
  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.recorded_placement = true;
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{ActionKind::kPlace, decision.slot};
    if (decision.hook != Hook::kPrefillDone)
      action.instance = follow(view, view.request().recorded_entry, entry_side(view));
    if (view.split()) {
      action.kind =
          decision.hook == Hook::kPrefillDone ? ActionKind::kPlaceDecode : ActionKind::kPlacePair;
      action.decode_instance = follow(view, view.request().recorded_decode, decode_side(view));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<Recorded>(*this); }

 private:
  /// The recorded instance, or the one of the side that has the fewest requests in flight; index
  /// among all instances.
  InstanceId follow(const RouterView& view, InstanceId recorded, const FleetSide& side) {
    if (recorded != kNoIndex && view.available(recorded)) return recorded;
    const ChoiceResult chosen = scorer_.choose(LeastOutstandingCost{}, ArgminChoice{},
                                               view.request().row, side.columns, PoolRow{}, 0);
    return side.id(chosen.index == kNoChoice ? 0 : chosen.index);
  }

  Scorer scorer_;
};

}  // namespace

PolicyInfo recorded_policy() {
  return {"recorded",
          "where the trace's own router sent it; needs the recorded instance of each request",
          "the trace: column instance, or prefill_instance and decode_instance",
          "the record of the trace, which no router has",
          DecodeStage::kWithPrefill,
          false,
          {},
          [](const ParameterValues&, const PolicyLayout&) -> std::unique_ptr<Policy> {
            return std::make_unique<Recorded>();
          },
          {.recorded_placement = true}};
}

}  // namespace pigou
