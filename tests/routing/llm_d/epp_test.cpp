// llm-d-epp@ebab687 through the policy itself: profiles, pickers, P/D, flow control.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

using Settings = std::vector<std::string>;

/// Queues 0, 2, 4 and usage .2, .5, .9 with precise hits of 0, 32 and 64 of 64 blocks.
FakeView case_three() {
  FakeView view(3);
  view.seen = {{0, 0, 0.2, 0}, {0, 2, 0.5, 0}, {0, 4, 0.9, 0}};
  view.overlap = {0, 32, 64};
  return view;
}

Settings precise(const Settings& more = {}) {
  Settings all = {"prefix_state=precise"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::uint32_t chosen(FakeView& view, const Settings& settings) {
  return answer(*policy_for(view, "llm-d-epp", settings), view).instance;
}

/// How often each instance is chosen over `draws` requests, each asked for the first time.
std::vector<int> counts_of(FakeView& view, const Settings& settings, std::uint32_t draws) {
  std::vector<int> counts(view.entry_count());
  const auto policy = policy_for(view, "llm-d-epp", settings);
  for (std::uint32_t r = 0; r < draws; ++r) ++counts[answer(*policy, view, r).instance];
  return counts;
}

TEST(LlmDEpp, ItsDefaultsAreTheBuiltInProfile) {
  FakeView view = case_three();
  EXPECT_EQ(chosen(view, precise()), 0U) << "3.6, 3.5, 3.2";
  EXPECT_EQ(chosen(view, precise({"prefix_weight=4"})), 2U) << "3.6, 4.0, 4.2";
  EXPECT_EQ(chosen(view, precise({"queue_weight=1", "kv_weight=1", "prefix_weight=1"})), 0U);
  EXPECT_EQ(chosen(view, precise({"queue_weight=0", "kv_weight=0"})), 2U);
  const ViewNeeds needs = policy_for(view, "llm-d-epp")->needs();
  EXPECT_EQ(needs.snapshot_period_s, 0.05);
  EXPECT_FALSE(needs.prefix_index) << "the approximate state is its own";
  EXPECT_FALSE(needs.finish);
  EXPECT_EQ(policy_for(view, "llm-d-epp", {"picker=random"})->needs().snapshot_period_s, 0);
}

TEST(LlmDEpp, NotesTheNegativeOfEachTotal) {
  FakeView view = case_three();
  view.keep_notes();
  chosen(view, precise());
  ASSERT_EQ(view.noted().candidates.size(), 3U);
  EXPECT_NEAR(view.noted().candidates[0].cost, -3.6, 1e-12);
  EXPECT_NEAR(view.noted().candidates[2].cost, -3.2, 1e-12);
  EXPECT_EQ(view.noted().rule, "highest score");
}

TEST(LlmDEpp, MaxScoreBreaksTiesAtRandom) {
  FakeView view(4);
  view.seen[1].waiting = 3;
  std::vector<int> counts = counts_of(view, {"prefix_weight=0"}, 3000);
  EXPECT_EQ(counts[1], 0);
  counts.erase(counts.begin() + 1);
  EXPECT_LT(chi_square(counts), 13.8);  // 2 degrees of freedom, p = 0.001
}

TEST(LlmDEpp, TheRandomPickerAsksNobody) {
  FakeView view = case_three();
  EXPECT_LT(chi_square(counts_of(view, {"picker=random"}, 3000)), 13.8);
}

TEST(LlmDEpp, WeightedRandomDrawsInProportionToTheScores) {
  FakeView view(3);
  view.seen = {{0, 0, 0.4, 0}, {0, 0, 0.7, 0}, {0, 0, 0.9, 0}};  // scores .6, .3, .1
  const Settings by_kv = {"picker=weighted-random", "queue_weight=0", "prefix_weight=0"};
  const int draws = 20'000;
  const std::vector<int> counts = counts_of(view, by_kv, draws);
  const double expected[] = {0.6, 0.3, 0.1};
  for (std::size_t i = 0; i < 3; ++i) {
    const double sigma = std::sqrt(expected[i] * (1 - expected[i]) / draws);
    EXPECT_NEAR(counts[i] / static_cast<double>(draws), expected[i], 4 * sigma) << i;
  }
  for (SeenGauges& gauges : view.seen) gauges.kv_usage = 1;
  EXPECT_LT(chi_square(counts_of(view, by_kv, 3000)), 13.8) << "all scores 0: any";
}

TEST(LlmDEpp, APromptGoesWhereItsBeginningWasSent) {
  FakeView view(4);
  const auto policy = policy_for(view, "llm-d-epp");
  view.ask(1100, {1, 2, 3});
  const std::uint32_t first = answer(*policy, view, 0).instance;
  view.ask(1100, {1, 2, 4});
  const Action again = answer(*policy, view, 1);
  EXPECT_EQ(again.instance, first);
  EXPECT_EQ(again.believed_tokens, 1024);
  view.ask(1100, {7, 8, 9});
  EXPECT_EQ(answer(*policy, view, 2).believed_tokens, 0);
}

TEST(LlmDEpp, TheApproximateStateForgetsBeyondTheEnginesBlocks) {
  FakeView view(1);
  view.set_kv_blocks(20);
  const auto policy = policy_for(view, "llm-d-epp");
  view.ask(640, {1, 2});
  answer(*policy, view, 0);
  view.ask(640, {3, 4});
  answer(*policy, view, 1);
  view.ask(640, {1, 2});
  EXPECT_EQ(answer(*policy, view, 2).believed_tokens, 624) << "10 + 10 blocks of 64 fit";
  view.ask(64, {5});
  answer(*policy, view, 3);  // the oldest block, the first of {3, 4}, goes
  view.ask(640, {3, 4});
  EXPECT_EQ(answer(*policy, view, 4).believed_tokens, 0);
}

TEST(LlmDEpp, SpeculationBelievesForTwoSecondsWhatItHasSent) {
  FakeView view(2);
  view.ask(640, {1, 2});
  const auto policy = policy_for(view, "llm-d-epp", precise({"speculative_ttl_s=2"}));
  const std::uint32_t first = answer_at(*policy, view, 0, SimTime{}).instance;
  view.seen[first].kv_usage = 0.5;  // costs 2 x .5, a whole hit is worth 3
  const SimTime soon{2 * kPsPerSecond - 1}, late{4 * kPsPerSecond};
  EXPECT_EQ(answer_at(*policy, view, 1, soon).instance, first);
  EXPECT_EQ(answer_at(*policy, view, 2, late).instance, 1 - first);
  const auto plain = policy_for(view, "llm-d-epp", precise());
  view.seen[first].kv_usage = 0;
  view.seen[1 - first].kv_usage = 0.5;
  EXPECT_EQ(answer(*plain, view, 3).instance, first);
  view.seen[first].kv_usage = 0.6;
  EXPECT_EQ(answer(*plain, view, 4).instance, 1 - first) << "nothing is believed of it";
}

TEST(LlmDEpp, ASessionStaysIfItsScorerSaysSo) {
  FakeView view(3);
  const Settings sticky = {"prefix_weight=0", "session_affinity_weight=5"};
  const auto policy = policy_for(view, "llm-d-epp", sticky);
  view.asked().session = 42;
  const std::uint32_t first = answer(*policy, view, 0).instance;
  view.seen[first] = {0, 9, 0.9, 0};
  EXPECT_EQ(answer(*policy, view, 1).instance, first);
  view.asked().session = 43;
  EXPECT_NE(answer(*policy, view, 2).instance, first);
}

TEST(LlmDEpp, ItCountsRequestsInFlightItself) {
  FakeView view(2);
  const Settings by_count = {"queue_weight=0", "kv_weight=0", "prefix_weight=0",
                             "active_request_weight=1"};
  const auto policy = policy_for(view, "llm-d-epp", by_count);
  EXPECT_TRUE(policy->needs().finish);
  const std::uint32_t first = answer(*policy, view, 0).instance;
  EXPECT_EQ(answer(*policy, view, 1).instance, 1 - first);
  notify(*policy, view, Hook::kFinish, 0, first, SimTime{});
  EXPECT_EQ(answer(*policy, view, 2).instance, first);
}

TEST(LlmDEpp, ASplitClusterChoosesTheDecodePodFirst) {
  FakeView view(2, 2);
  view.seen = {{0, 1, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 1, 0, 0}};
  const auto policy = policy_for(view, "llm-d-epp");
  const Action pair = answer(*policy, view);
  EXPECT_EQ(pair.kind, ActionKind::kPlacePair);
  EXPECT_EQ(pair.instance, 1U);
  EXPECT_EQ(pair.decode_instance, 2U);
  const auto never = policy_for(view, "llm-d-epp", {"pd_decider=never"});
  const Action local = answer(*never, view);
  EXPECT_EQ(local.kind, ActionKind::kPrefillLocally);
  EXPECT_EQ(local.decode_instance, 2U);
}

TEST(LlmDEpp, TheDeciderLooksAtWhatTheDecodePodHasNotCached) {
  FakeView view(1, 1);
  const Settings by_prefix = {"pd_decider=prefix-based", "non_cached_tokens=128"};
  const auto policy = policy_for(view, "llm-d-epp", by_prefix);
  view.ask(512, {1});
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kPlacePair) << "512 uncached";
  view.ask(639, {1, 2});
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kPrefillLocally) << "127 uncached";
  view.ask(640, {1, 3});
  EXPECT_EQ(answer(*policy, view, 2).kind, ActionKind::kPlacePair) << "128 uncached";
  const auto off = policy_for(view, "llm-d-epp", {"pd_decider=prefix-based"});
  EXPECT_EQ(answer(*off, view).kind, ActionKind::kPrefillLocally) << "0 is never, as in llm-d";
  const Settings floor = {"pd_decider=prefix-based", "non_cached_tokens=16",
                          "pd_prompt_tokens=1000"};
  EXPECT_EQ(answer(*policy_for(view, "llm-d-epp", floor), view).kind, ActionKind::kPrefillLocally);
}

TEST(LlmDEpp, ADecodeProfileHasItsOwnWeights) {
  FakeView view(1, 2);
  view.seen = {{0, 0, 0, 0}, {0, 0, 0.9, 0}, {0, 5, 0.1, 0}};
  EXPECT_EQ(answer(*policy_for(view, "llm-d-epp", {"prefix_weight=0"}), view).decode_instance, 1U);
  const Settings by_kv = {"prefix_weight=0", "decode_queue_weight=0"};
  EXPECT_EQ(answer(*policy_for(view, "llm-d-epp", by_kv), view).decode_instance, 2U);
}

TEST(LlmDEpp, FlowControlHoldsRequestsUntilThePoolHasRoom) {
  FakeView view(2);
  const auto policy = policy_for(view, "llm-d-epp", {"flow_control=true"});
  view.seen = {{0, 5, 0, 0}, {0, 5, 0, 0}};
  const std::vector<Action> first = answers(*policy, view, Hook::kArrival, 0);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].kind, ActionKind::kQueue);
  EXPECT_EQ(first[1].kind, ActionKind::kSetTimer);
  EXPECT_EQ(first[1].order, kPsPerMillisecond);
  EXPECT_EQ(answers(*policy, view, Hook::kArrival, 1).size(), 1U) << "the timer runs already";
  const SimTime tick{kPsPerMillisecond};
  EXPECT_EQ(answers(*policy, view, Hook::kTimer, 0, tick)[0].kind, ActionKind::kSetTimer);
  view.seen[0].waiting = 4;  // (.8 + 1) / 2
  EXPECT_EQ(answers(*policy, view, Hook::kArrival, 2)[0].kind, ActionKind::kQueue) << "others wait";
  const std::vector<Action> second = answers(*policy, view, Hook::kTimer, 0, tick * 2);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0].kind, ActionKind::kPlace);
  EXPECT_EQ(second[0].slot, 0U);
  EXPECT_TRUE(answers(*policy, view, Hook::kRoomFreed, 1, tick * 2).empty()) << "one per cycle";
  EXPECT_EQ(answers(*policy, view, Hook::kRoomFreed, 1, tick * 3)[0].kind, ActionKind::kPlace);
  EXPECT_EQ(answers(*policy, view, Hook::kTimer, 2, tick * 4).size(), 1U) << "the last: no timer";
  EXPECT_EQ(answers(*policy, view, Hook::kArrival, 3)[0].kind, ActionKind::kPlace);
}

TEST(LlmDEpp, HigherPrioritiesLeaveTheQueueFirst) {
  FakeView view(1);
  const auto policy = policy_for(view, "llm-d-epp", {"flow_control=true"});
  EXPECT_TRUE(policy->needs().labels.hints());
  view.seen[0] = {0, 5, 0, 0};
  const auto order = [&](RequestId request, double priority) {
    view.asked().hints.priority = priority;
    return answers(*policy, view, Hook::kArrival, request)[0].order;
  };
  const std::int64_t none = order(0, 0);
  EXPECT_GT(order(1, -1), none);
  const std::int64_t high = order(2, 10);
  EXPECT_LT(high, none);
  EXPECT_EQ(order(3, 10), high) << "ties by arrival";
}

/// A request that waits in flow control.
struct Waits {
  const char* tenant = "";
  std::int64_t slo_ttft_ms = -1;
  double priority = 0;
};

/// All come to a saturated pool, a millisecond apart; `gives_up` of them leaves; then the pool has
/// room. The order in which the others leave.
std::vector<std::uint32_t> leaving(const std::vector<Waits>& requests, const Settings& more,
                                   std::uint32_t gives_up = kNoIndex) {
  FakeView view(1);
  Settings settings = {"flow_control=true"};
  settings.insert(settings.end(), more.begin(), more.end());
  const auto policy = policy_for(view, "llm-d-epp", settings);
  view.seen[0] = {0, 5, 0, 0};
  const SimTime tick{kPsPerMillisecond};
  std::uint32_t next = 0;
  for (const Waits& request : requests) {
    view.asked().hints.tenant = request.tenant;
    view.asked().hints.slo_ttft_ms = request.slo_ttft_ms;
    view.asked().hints.priority = request.priority;
    EXPECT_EQ(answers(*policy, view, Hook::kArrival, next, tick * next)[0].kind,
              ActionKind::kQueue);
    ++next;
  }
  if (gives_up != kNoIndex) answers(*policy, view, Hook::kFinish, gives_up);
  view.seen[0] = {0, 0, 0, 0};
  std::vector<std::uint32_t> left;
  for (std::uint32_t look = 0; look < requests.size(); ++look)
    for (const Action& action : answers(*policy, view, Hook::kTimer, 0, tick * (100 + look)))
      if (action.kind == ActionKind::kPlace) left.push_back(action.slot);
  return left;
}

using Leaving = std::vector<std::uint32_t>;

TEST(LlmDEpp, TenantsTakeTurnsUnderRoundRobinFairness) {
  const std::vector<Waits> requests = {{"b"}, {"b"}, {"b"}, {"a"}, {"c"}, {"a"}};
  EXPECT_EQ(leaving(requests, {}), (Leaving{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(leaving(requests, {"flow_fairness=round-robin"}), (Leaving{3, 0, 4, 5, 1, 2}))
      << "a, b, c by name";
  EXPECT_EQ(leaving(requests, {"flow_fairness=round-robin"}, 4), (Leaving{3, 0, 5, 1, 2}))
      << "c has gone";
}

TEST(LlmDEpp, TheEarliestTtftTargetLeavesFirstUnderSloDeadline) {
  // Targets end at 5,000, 102 and 103 ms; without one a request is last.
  const std::vector<Waits> requests = {{}, {"", 4999}, {"", 100}, {"", 100}};
  EXPECT_EQ(leaving(requests, {}), (Leaving{0, 1, 2, 3}));
  EXPECT_EQ(leaving(requests, {"flow_ordering=slo-deadline"}), (Leaving{2, 3, 1, 0}));
}

TEST(LlmDEpp, PrioritiesComeBeforeTurnsAndTurnsBeforeDeadlines) {
  const std::vector<Waits> requests = {{"a", 900},   {"a", 10},     {"b", 500},
                                       {"b", 1, -1}, {"c", 900, 7}, {"c", 20, 7}};
  EXPECT_EQ(leaving(requests, {"flow_fairness=round-robin", "flow_ordering=slo-deadline"}),
            (Leaving{5, 4, 1, 2, 0, 3}));
}

TEST(LlmDEpp, OnlyNegativePrioritiesAreShedWhereThePriorityDecides) {
  FakeView view(1);
  const auto policy = policy_for(view, "llm-d-epp", {"sheddable=negative"});
  EXPECT_TRUE(policy->needs().labels.hints());
  EXPECT_FALSE(policy_for(view, "llm-d-epp")->needs().labels.hints());
  view.seen[0] = {0, 5, 0, 0};
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kPlace);
  view.asked().hints.priority = -1;
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kReject);
  view.seen[0] = {0, 4, 0, 0};
  EXPECT_EQ(answer(*policy, view, 2).kind, ActionKind::kPlace) << "there is room";
}

TEST(LlmDEpp, AFullQueueAndASaturatedPoolReject) {
  FakeView view(1);
  view.seen[0] = {0, 5, 0, 0};
  const auto full = policy_for(view, "llm-d-epp", {"flow_control=true", "max_queued_requests=1"});
  answers(*full, view, Hook::kArrival, 0);
  EXPECT_EQ(answers(*full, view, Hook::kArrival, 1)[0].kind, ActionKind::kReject);
  EXPECT_EQ(answer(*policy_for(view, "llm-d-epp", {"sheddable=true"}), view).kind,
            ActionKind::kReject);
  EXPECT_EQ(answer(*policy_for(view, "llm-d-epp"), view).kind, ActionKind::kPlace);
  const Settings counted = {"saturation_filter=true", "saturation_detector=concurrency",
                            "max_concurrency=1"};
  const auto one = policy_for(view, "llm-d-epp", counted);
  EXPECT_EQ(answer(*one, view, 0).kind, ActionKind::kPlace);
  EXPECT_EQ(answer(*one, view, 1).kind, ActionKind::kReject) << "429: no pod is left";
}

TEST(LlmDEpp, TheProbabilisticAdmitterRejectsItsShare) {
  FakeView view(1);
  view.seen[0] = {0, 1, 0, 0};  // saturation .2: 300 x .2^5 = .096
  const auto policy = policy_for(view, "llm-d-epp", {"sheddable=true", "admitter=probabilistic"});
  int rejected = 0;
  const int draws = 20'000;
  for (std::uint32_t r = 0; r < draws; ++r)
    rejected += answer(*policy, view, r).kind == ActionKind::kReject ? 1 : 0;
  EXPECT_NEAR(rejected / static_cast<double>(draws), 0.096, 4 * std::sqrt(0.096 * 0.904 / draws));
}

}  // namespace
}  // namespace pigou
