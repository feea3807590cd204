// SMG's power_of_two: of two distinct workers drawn uniformly, the one with the lower KV usage as
// last polled, if both have been polled, else the one with fewer requests in flight; the first
// drawn wins a tie. With a poll every 10 s everyone who arrives in between compares the same
// numbers. Each side of a split cluster draws on its own. Source: lightseekorg/smg
// power_of_two.rs@73da68c.
#include "routing/gateways/worker_load.hpp"
#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kInterval, kDelay };

class SmgPowerOfTwo final : public Policy {
 public:
  SmgPowerOfTwo(const ParameterValues& values, const PolicyLayout& layout)
      : values_(values), stream_(layout.seed, "router"), load_(layout) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.snapshot_period_s = values_[kInterval];
    needs.snapshot_delay_s = values_[kDelay];
    needs.snapshot_polled = true;
    needs.finish = load_.needs_finish();
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kFinish) return load_.finished(decision.slot);
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{choose(view, load_.entry(view), decision, 0)}};
    load_.placed(decision.slot, action.instance);
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(choose(view, side, decision, 2));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<SmgPowerOfTwo>(*this); }

 private:
  std::uint32_t choose(RouterView& view, const FleetSide& side, const Decision& decision,
                       std::uint32_t draw) const {
    const DrawnPair pair = draw_pair(side, stream_, decision.request, draw);
    const SeenGauges first = view.gauges(side.id(pair.first));
    const SeenGauges second = view.gauges(side.id(pair.second));
    const bool polled = first.tick >= 0 && second.tick >= 0;
    const std::int64_t* load = side.columns.active_requests;
    const double a = polled ? first.kv_usage : static_cast<double>(load[pair.first]);
    const double b = polled ? second.kv_usage : static_cast<double>(load[pair.second]);
    if (draw == 0) note_rule(view, polled ? "two drawn: KV usage" : "two drawn: in flight");
    note_candidate(view, side, pair.first, a);
    note_candidate(view, side, pair.second, b);
    return a <= b ? pair.first : pair.second;
  }

  ParameterValues values_;
  RandomStream stream_;
  WorkerLoad load_;
};

}  // namespace

PolicyInfo smg_power_of_two_policy() {
  return {"smg-power-of-two@73da68c",
          "SMG: of two random workers the one with the lower polled KV usage",
          "source: lightseekorg/smg power_of_two.rs@73da68c",
          "KV usage polled every 10 s; exact local count until both are polled",
          DecodeStage::kWithPrefill,
          true,
          {{"load_monitor_interval_s", ParameterType::kReal, "s", 10, 0.001, 3600,
            "time between polls of all workers"},
           {"snapshot_delay_s", ParameterType::kReal, "s", 0, 0, 3600,
            "time from a poll until the router sees its result"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<SmgPowerOfTwo>(values, layout);
          },
          {},
          "polled KV usage, or requests in flight until both are polled",
          kGatewayLost};
}

}  // namespace pigou
