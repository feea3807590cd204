// Least KV: the instance whose last published KV-cache usage is lowest, first of equals. Reads a
// periodic snapshot, so that everyone who arrives between two ticks sees the same emptiest
// instance.
#include "routing/parts/scored_rule.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

class LeastKv final : public Policy {
 public:
  LeastKv(const ParameterValues& values, const PolicyLayout& layout)
      : period_s_(values[0]), delay_s_(values[1]), split_(layout.decode_count > 0) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.snapshot_period_s = period_s_;
    needs.snapshot_delay_s = delay_s_;
    return needs;
  }
  Declaration declares() const override { return on_both_sides(rule_.declared(), split_); }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{least(view, entry_side(view), "lowest KV usage")}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(least(view, side, {}));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<LeastKv>(*this); }

 private:
  std::uint32_t least(RouterView& view, FleetSide side, std::string_view rule) {
    side.columns.own_values = view.gauge_columns().kv_usage + side.first;
    return choose_by(rule_, view, side, scorer_, 0, rule);
  }

  static constexpr ColumnRead kUsage[] = {
      {Column::kOwnValues, "kv_usage", "1", "share of its KV blocks in use, as last published"}};

  ScoredRule<LeastOwnValueCost> rule_{.words = kUsage};
  double period_s_;
  double delay_s_;
  bool split_;
  Scorer scorer_;
};

}  // namespace

PolicyInfo least_kv_policy() {
  return {"least-kv",
          "the instance whose last published KV usage is lowest, first of equals",
          "textbook, on gauges that are scraped now and then",
          "periodic snapshot of KV usage, random phase per instance",
          DecodeStage::kWithPrefill,
          true,
          {{"snapshot_period_s", ParameterType::kReal, "s", 0.05, 0.001, 3600,
            "time between two publications of an instance's gauges"},
           {"snapshot_delay_s", ParameterType::kReal, "s", 0, 0, 3600,
            "time from publication until the router sees it"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<LeastKv>(values, layout);
          },
          {},
          "share of KV blocks in use, as last published"};
}

}  // namespace pigou
