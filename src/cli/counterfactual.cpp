#include "cli/counterfactual.hpp"

#include "core/error.hpp"

namespace pigou {
namespace {

/// The view with a note of its own and, if asked, one available entry instance. It has no
/// shortcuts: all candidates are scored, and noted.
class CounterfactualView final : public RouterView {
 public:
  CounterfactualView(RouterView& view, InstanceId only)
      : RouterView(view.shared_fleet()), view_(view), only_(only) {
    keep_notes(only == kNoIndex);
    begin(view.request());
    if (only == kNoIndex) return;
    mask_.assign(view.entry_count(), 0);
    mask_[only] = view.available(only) ? 1 : 0;
  }

  InstanceColumns loads(Side side) const override {
    InstanceColumns columns = view_.loads(side);
    if (side == Side::kEntry && only_ != kNoIndex) columns.eligible = mask_.data();
    return columns;
  }
  void measure(const PathView& path, HeldBlocks& held) override { view_.measure(path, held); }
  std::int32_t overlap_of(const PathView& path, InstanceId i) override {
    return view_.overlap_of(path, i);
  }
  GaugeColumns gauge_columns() override { return view_.gauge_columns(); }

 private:
  RouterView& view_;
  InstanceId only_;
  std::vector<std::uint8_t> mask_;
};

}  // namespace

CounterfactualRouter::CounterfactualRouter(const RouterConfig& router, PolicyLayout layout)
    : name_(router.name) {
  layout.file = router.file;
  policy_ = make_policy(find_policy(router.name), router.values, layout);
}

CounterfactualChoice CounterfactualRouter::choose(const Decision& decision,
                                                  RouterView& view) const {
  const auto probe = policy_->clone();
  CounterfactualView window(view, kNoIndex);
  std::vector<Action> actions;
  probe->decide(decision, window, actions);
  CounterfactualChoice choice;
  for (const Action& action : actions)
    if (action.slot == decision.slot && action.instance != kNoIndex)
      choice.instance = action.instance;
  choice.rule = window.noted().rule;
  const auto& candidates = window.noted().candidates;
  double best = 0;
  bool found = false;
  for (const auto& candidate : candidates) {
    if (candidate.instance != choice.instance) continue;
    best = candidate.cost;
    found = true;
  }
  for (const auto& candidate : candidates)
    if (found && candidate.cost == best) choice.tied.push_back(candidate.instance);
  if (!found && choice.instance != kNoIndex) choice.tied.push_back(choice.instance);
  return choice;
}

void CounterfactualRouter::follow(const Decision& decision, RouterView& view, InstanceId instance) {
  CounterfactualView window(view, instance);
  actions_.clear();
  policy_->decide(decision, window, actions_);
}

void CounterfactualRouter::notify(const Decision& decision, RouterView& view) {
  const ViewNeeds needs = policy_->needs();
  if (decision.hook == Hook::kFirstToken && !needs.first_token) return;
  if (decision.hook == Hook::kFinish && !needs.finish) return;
  actions_.clear();
  policy_->decide(decision, view, actions_);
}

ViewNeeds union_of_needs(const std::vector<CounterfactualRouter>& shadows) {
  ViewNeeds all;
  const auto merge = [](double& into, double wanted, const char* what) {
    if (wanted == 0 || into == wanted) return;
    if (into != 0)
      throw UserError(std::string("the shadows want different ") + what, "one view serves them all",
                      "set the same for each");
    into = wanted;
  };
  for (const CounterfactualRouter& shadow : shadows) {
    const ViewNeeds needs = shadow.needs();
    all.prefix_index = all.prefix_index || needs.prefix_index;
    all.shared_active = all.shared_active || needs.shared_active;
    all.whole_blocks = all.whole_blocks || needs.whole_blocks;
    all.labels.add(needs.labels);
    all.adapter_gauges = all.adapter_gauges || needs.adapter_gauges;
    merge(all.kv_event_latency_s, needs.kv_event_latency_s, "kv_event_latency_s");
    merge(all.snapshot_period_s, needs.snapshot_period_s, "snapshot_period_s");
    merge(all.snapshot_delay_s, needs.snapshot_delay_s, "snapshot_delay_s");
  }
  return all;
}

}  // namespace pigou
