// DualMap by hand: arrivals, first tokens and ends at times of the test's choosing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "routing/fake_view.hpp"

namespace pigou {

inline constexpr const char* kPaper = "dualmap@2602.06502";
inline constexpr const char* kCode = "dualmap@asisys-code";
/// 2^-10 s per token: 5 s are exactly 5,120 tokens.
inline const std::vector<std::string> kPerToken = {"prefill_s_per_token=0.0009765625"};

/// Who was placed where, in the order of the actions.
using Placed = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// A policy, the fleet it sees, and the books that a simulation would keep.
class DualMapDrive {
 public:
  explicit DualMapDrive(std::uint32_t instances, const char* name = kPaper,
                        std::vector<std::string> settings = kPerToken)
      : view(instances), policy_(policy_for(view, name, settings)) {}

  FakeView view;

  /// Request `number` with `tokens` and the block ids `ids` arrives at `s`. `cached[i]`: blocks of
  /// 16 tokens it has on instance i, then and later.
  Placed arrive(double s, std::uint32_t number, std::int64_t tokens, std::vector<std::uint32_t> ids,
                std::vector<std::int32_t> cached = {}) {
    cached.resize(view.overlap.size());
    view.ask(tokens, std::move(ids));
    view.asked().path.offset = number;
    view.overlap = cached;
    view.waiting_overlap[number] = std::move(cached);
    tokens_[number] = tokens;
    return decide(Hook::kArrival, s, number, kNoIndex);
  }
  Placed first_token(double s, std::uint32_t number) {
    view.active_prefill_tokens[where_[number]] -= booked_[number];
    booked_[number] = 0;
    return decide(Hook::kFirstToken, s, number, where_[number]);
  }
  /// It ends, wherever it is.
  Placed finish(double s, std::uint32_t number) {
    if (booked_[number] > 0) view.active_prefill_tokens[where_[number]] -= booked_[number];
    return decide(Hook::kFinish, s, number, where_.contains(number) ? where_[number] : kNoIndex);
  }
  Placed set_up(double s, std::uint32_t instance, bool up) {
    view.up.resize(view.overlap.size(), 1);
    view.up[instance] = up ? 1 : 0;
    return decide(Hook::kInstanceChange, s, kNoIndex, instance);
  }
  /// Where a request would be placed now, were nothing to come of it.
  std::uint32_t probe() const {
    FakeView copy = view;
    return answer(*policy_->clone(), copy, 900).instance;
  }
  /// The two instances that take the prompt where they alone have some of it: its candidates.
  std::vector<std::uint32_t> candidates(std::vector<std::uint32_t> ids) const {
    FakeView copy = view;
    copy.ask(1024, std::move(ids));
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < copy.overlap.size(); ++i) {
      copy.overlap.assign(copy.overlap.size(), 0);
      copy.overlap[i] = 1;
      if (answer(*policy_->clone(), copy, 900).instance == i) found.push_back(i);
    }
    return found;
  }
  Policy& policy() { return *policy_; }

 private:
  Placed decide(Hook hook, double s, std::uint32_t number, std::uint32_t instance) {
    Decision decision;
    decision.hook = hook;
    decision.time = from_seconds(s, "s");
    decision.request = RequestId{number};
    decision.slot = SlotId{number};
    decision.instance = InstanceId{instance};
    std::vector<Action> actions;
    view.reopen();
    policy_->decide(decision, view, actions);
    Placed placed;
    for (const Action& action : actions) {
      if (action.kind != ActionKind::kPlace) continue;
      placed.emplace_back(action.slot, action.instance);
      where_[action.slot] = action.instance;
      const std::int64_t cached =
          std::int64_t{view.waiting_overlap[action.slot][action.instance]} * 16;
      booked_[action.slot] = tokens_[action.slot] - cached;
      view.active_prefill_tokens[action.instance] += booked_[action.slot];
    }
    return placed;
  }

  std::unique_ptr<Policy> policy_;
  std::map<std::uint32_t, std::uint32_t> where_;
  std::map<std::uint32_t, std::int64_t> tokens_, booked_;
};

/// A prompt of which `drive` sends nothing but a first block, with candidates a and b of the fleet.
inline std::vector<std::uint32_t> prompt_for(const DualMapDrive& drive, std::uint32_t a,
                                             std::uint32_t b) {
  const std::vector<std::uint32_t> wanted = {std::min(a, b), std::max(a, b)};
  for (std::uint32_t id = 1; id < 100'000; ++id)
    if (drive.candidates({id}) == wanted) return {id};
  throw InternalError("no prompt has these candidates");
}

}  // namespace pigou
