// Power of d choices, JSQ(d): of d instances drawn uniformly the one with the fewest requests in
// flight, the first drawn of equals. Without replacement d distinct ones are drawn, all of them
// where there are no more; with replacement one may be drawn twice, as in the textbook's analysis.
// Each side of a split cluster draws on its own. Source: textbook (Mitzenmacher 2001).
#include <algorithm>

#include "routing/parts/fleet_side.hpp"
#include "routing/policy.hpp"

namespace pigou {
namespace {

enum Value { kD, kReplacement };

class PowerOfD final : public Policy {
 public:
  PowerOfD(const ParameterValues& values, const PolicyLayout& layout)
      : d_(static_cast<std::uint32_t>(values[kD])),
        replacement_(values[kReplacement] != 0),
        stream_(layout.seed, "router") {}

  void decide(const Decision& decision, RouterView& view, std::vector<Action>& actions) override {
    note_rule(view, "fewest in flight of those drawn");
    Action action{ActionKind::kPlace, decision.slot,
                  InstanceId{choose(view, entry_side(view), decision.request, 0)}};
    if (view.split()) {
      const FleetSide side = decode_side(view);
      action.kind = ActionKind::kPlacePair;
      action.decode_instance = side.id(choose(view, side, decision.request, d_));
    }
    actions.push_back(action);
  }
  std::unique_ptr<Policy> clone() const override { return std::make_unique<PowerOfD>(*this); }

 private:
  std::uint32_t choose(RouterView& view, const FleetSide& side, RequestId request,
                       std::uint32_t first_draw) {
    const std::uint32_t n = usable_count(side);
    if (n == 0) return 0;
    const std::int64_t* load = side.columns.active_requests;
    const std::uint32_t draws = replacement_ ? d_ : std::min(d_, n);
    std::uint32_t best = kNoIndex;
    drawn_.clear();
    for (std::uint32_t k = 0; k < draws; ++k) {
      const std::uint32_t left = replacement_ ? n : n - k;
      const std::uint32_t i = usable_at(side, place(stream_.below(left, request, first_draw + k)));
      note_candidate(view, side, i, static_cast<double>(load[i]));
      if (best == kNoIndex || load[i] < load[best]) best = i;
    }
    return best;
  }

  /// The `rank`-th of those not drawn yet. `drawn_` is kept sorted.
  std::uint32_t place(std::uint32_t rank) {
    if (replacement_) return rank;
    auto at = drawn_.begin();
    for (; at != drawn_.end() && *at <= rank; ++at) ++rank;
    drawn_.insert(at, rank);
    return rank;
  }

  std::uint32_t d_;
  bool replacement_;
  RandomStream stream_;
  std::vector<std::uint32_t> drawn_;
};

}  // namespace

PolicyInfo power_of_d_policy() {
  return {"power-of-d",
          "of d random instances the one with the fewest requests in flight, JSQ(d)",
          "textbook (Mitzenmacher 2001)",
          "exact local count, age 0",
          DecodeStage::kWithPrefill,
          true,
          {{"d", ParameterType::kInteger, "instances", 2, 1, 64, "instances drawn"},
           {"with_replacement", ParameterType::kFlag, "1", 0, 0, 1,
            "whether one instance may be drawn more than once"}},
          [](const ParameterValues& values, const PolicyLayout& layout) -> std::unique_ptr<Policy> {
            return std::make_unique<PowerOfD>(values, layout);
          },
          {},
          "requests in flight"};
}

}  // namespace pigou
