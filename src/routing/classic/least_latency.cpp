// Least latency: the lowest mean latency observed on an instance times its requests in flight, the
// new one counted; equals by one draw. The mean is exponential over samples, each weighing
// sample_weight, of the time from placing a request until its first token (measure=first_token), or
// until its end (measure=response). In a split cluster a sample counts for both instances, since a
// router sees one latency. An instance not measured yet counts as immediate, so that it is tried
// first, those with fewer requests in flight before others; one that comes back from being down is
// measured anew. Source: textbook, in the form of nginx least_time and Finagle's latency-weighted
// balancers; AIBrix's least-latency reads engine metrics instead (aibrix@e3e10f9e4aeb).
#include <algorithm>
#include <array>

#include "routing/parts/scored_rule.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kMeasure, kWeight };

class LeastLatency final : public Policy {
 public:
  LeastLatency(const ParameterValues& values, const PolicyLayout& layout)
      : by_response_(values[kMeasure] != 0),
        weight_(values[kWeight]),
        split_(layout.decode_count > 0),
        stream_(layout.seed, "router"),
        mean_s_(layout.entry_count + layout.decode_count, kUnknown) {}

  ViewNeeds needs() const override {
    ViewNeeds needs;
    needs.first_token = !by_response_;
    needs.finish = by_response_;
    needs.instance_change = true;
    return needs;
  }
  Declaration declares() const override { return on_both_sides(rule_.declared(), split_); }
  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    if (decision.hook == Hook::kFirstToken || decision.hook == Hook::kFinish)
      return measure(decision);
    if (decision.hook == Hook::kInstanceChange) {
      mean_s_[decision.instance] = kUnknown;
      return;
    }
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{choose(view, entry_side(view), decision, 0)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(choose(view, side, decision, 1));
    }
    if (placed_.size() <= decision.slot) placed_.resize(decision.slot + 1);
    placed_[decision.slot] = {decision.time, {action.instance, action.decode_instance}};
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<LeastLatency>(*this); }

 private:
  /// Below every latency, and still in order of load.
  static constexpr double kUnknown = 1e-12;

  std::uint32_t choose(RouterView& view, FleetSide side, const Decision& decision,
                       std::uint32_t draw) {
    side.columns.own_values = mean_s_.data() + side.first;
    return choose_by(rule_, view, side, scorer_, stream_.bits(decision.request, draw),
                     draw == 0 ? "least latency times load" : "");
  }

  /// A sample for every instance the request was placed on.
  void measure(const Decision& decision) {
    if (decision.slot >= placed_.size()) return;
    const Placed& placed = placed_[decision.slot];
    const double sample = to_seconds(decision.time - placed.at);
    for (const InstanceId instance : placed.instances) {
      if (instance == kNoIndex) continue;
      double& mean = mean_s_[instance];
      mean = mean <= kUnknown ? std::max(sample, 2 * kUnknown) : mean + weight_ * (sample - mean);
    }
  }

  struct Placed {
    SimTime at;
    std::array<InstanceId, 2> instances = {kNoIndex, kNoIndex};
  };
  ScoredRule<LatencyTimesLoadCost> rule_{.ties = Ties::kDrawn};
  bool by_response_;
  double weight_;
  bool split_;
  RandomStream stream_;
  std::vector<double> mean_s_;
  std::vector<Placed> placed_;  ///< by slot
  Scorer scorer_;
};

}  // namespace

PolicyInfo least_latency_policy() {
  return {"least-latency",
          "the lowest observed latency times requests in flight, random ties",
          "textbook (nginx least_time, Finagle)",
          "latency of its own requests, seen at first token or end; exact local count, age 0",
          DecodeStage::kWithPrefill,
          true,
          {{"measure",
            ParameterType::kChoice,
            "1",
            0,
            0,
            1,
            "what is timed from placement on",
            {"first_token", "response"}},
           {"sample_weight", ParameterType::kReal, "1", 0.1, 0.0001, 1,
            "weight of the newest sample in the mean"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<LeastLatency>(values, layout);
          },
          {},
          "mean latency in seconds, times requests in flight"};
}

}  // namespace pigou
