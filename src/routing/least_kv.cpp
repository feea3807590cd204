// Least KV: the instance whose last published KV-cache usage is lowest, first of equals. Reads a
// periodic snapshot, so that everyone who arrives between two ticks sees the same emptiest
// instance.
#include "routing/policy.hpp"

namespace pigou {
namespace {

class LeastKv final : public Policy {
 public:
  LeastKv(const ParameterValues& values, const PolicyLayout& layout)
      : period_s_(values[0]), delay_s_(values[1]), layout_(layout) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.snapshot_period_s = period_s_;
    needs.snapshot_delay_s = delay_s_;
    return needs;
  }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    Action action{ActionKind::kPlace, decision.slot, least(view, 0, layout_.entry_count)};
    if (view.split()) {
      action.kind = ActionKind::kPlacePair;
      action.decode_instance =
          least(view, layout_.entry_count, layout_.entry_count + layout_.decode_count);
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<LeastKv>(*this); }

 private:
  static std::uint32_t least(RouterView& view, std::uint32_t first, std::uint32_t end) {
    std::uint32_t best = first;
    double best_usage = 2;
    for (std::uint32_t i = first; i < end; ++i) {
      const double usage = view.gauges(i).kv_usage;
      if (usage >= best_usage) continue;
      best = i;
      best_usage = usage;
    }
    return best;
  }

  double period_s_;
  double delay_s_;
  PolicyLayout layout_;
};

}  // namespace

PolicyInfo least_kv_policy() {
  return {"least-kv",
          "the instance whose last published KV usage is lowest, first of equals",
          "textbook; scraped gauges as in routers.md section 13",
          "periodic snapshot of KV usage, random phase per instance",
          DecodeStage::kWithPrefill,
          true,
          {{"snapshot_period_s", ParameterType::kReal, "s", 0.05, 0.001, 3600,
            "time between two publications of an instance's gauges"},
           {"snapshot_delay_s", ParameterType::kReal, "s", 0, 0, 3600,
            "time from publication until the router sees it"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<LeastKv>(values, layout);
          }};
}

}  // namespace pigou
