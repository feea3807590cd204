// Dynamo's policy classes, by hand: who belongs where, whose turn it is, who is refused. Rules:
// policy_config.rs and policy_queue.rs as named in src/routing/dynamo/queue.hpp.
#include <gtest/gtest.h>

#include "routing/dynamo/queue_setup.hpp"

namespace pigou {
namespace {

DynamoClass busy_class(std::string name, std::int64_t quantum = 1) {
  DynamoClass c;
  c.name = std::move(name);
  c.quantum = quantum;
  c.prefill_busy_threshold_frac = 4;
  return c;
}

/// Every family with every bucket, in the order family by family, called "family.bucket".
DynamoProfile matrix(std::vector<std::string> families, std::vector<std::int64_t> bucket_from) {
  DynamoProfile profile;
  profile.families = std::move(families);
  profile.bucket_from = std::move(bucket_from);
  for (std::uint32_t f = 0; f < profile.families.size(); ++f) {
    for (std::uint32_t b = 0; b < profile.bucket_from.size(); ++b) {
      profile.classes.push_back(busy_class(profile.families[f] + "." + std::to_string(b)));
      profile.bindings.push_back({f, b});
    }
  }
  return profile;
}

/// One bucket; class f is family f's.
DynamoProfile families(const std::vector<std::int64_t>& quanta) {
  static const std::vector<std::string> names = {"standard", "latency", "batch"};
  DynamoProfile profile = matrix({names.begin(), names.begin() + std::ssize(quanta)}, {0});
  for (std::size_t f = 0; f < quanta.size(); ++f) profile.classes[f].quantum = quanta[f];
  return profile;
}

std::string class_name(const DynamoProfile& profile, std::string_view wanted, std::int64_t tokens,
                       std::int64_t cached = 0) {
  const DynamoQueue queue(profile);
  RequestView request;
  request.row.input_tokens = tokens;
  request.hints.policy_class = wanted;
  return queue.rule(queue.classify({}, request, cached, kNoIndex).cls).name;
}

TEST(DynamoClasses, ThreeFamiliesByThreeBuckets) {
  DynamoProfile profile = matrix({"standard", "latency", "batch"}, {0, 512, 4096});
  profile.default_family = 2;
  EXPECT_EQ(class_name(profile, "standard", 511), "standard.0");
  EXPECT_EQ(class_name(profile, "standard", 512), "standard.1");
  EXPECT_EQ(class_name(profile, "latency", 4095), "latency.1");
  EXPECT_EQ(class_name(profile, "latency", 4096), "latency.2");
  EXPECT_EQ(class_name(profile, "latency", 100'000'000), "latency.2");
  EXPECT_EQ(class_name(profile, "latency", 5000, 5000), "latency.0") << "uncached tokens count";
  EXPECT_EQ(class_name(profile, "latency", 5000, 905), "latency.1") << "4,095 of them";
  EXPECT_EQ(class_name(profile, "", 0), "batch.0") << "the default family";
  EXPECT_EQ(class_name(profile, "unknown", 600), "batch.1");
  EXPECT_EQ(class_name(profile, "standard.2", 0), "batch.0") << "no way past the buckets";
}

TEST(DynamoClasses, AClassOfNoFamilyIsChosenByItsName) {
  DynamoProfile profile = matrix({"standard"}, {0, 512});
  profile.classes.insert(profile.classes.begin(), busy_class("urgent"));
  profile.bindings.insert(profile.bindings.begin(), DynamoProfile::Binding{});
  EXPECT_EQ(class_name(profile, "urgent", 0), "urgent");
  EXPECT_EQ(class_name(profile, "urgent", 9999), "urgent") << "whatever is cached";
  EXPECT_EQ(class_name(profile, "", 9999), "standard.1");
  EXPECT_EQ(class_name(profile, "Urgent", 1), "standard.0");
}

TEST(DynamoClasses, TakeTurnsByTheirQuanta) {
  const Waiting batch{.family = "latency"};
  EXPECT_EQ(order_of(queue_of(families({1000, 2000}), {{}, {}, {}, batch, batch, batch, batch})),
            (Slots{0, 3, 4, 1, 5, 6, 2}));
}

// Requests of 600 and quanta of 600, 1,200 and 300. Round 1: standard pays 600 of 600. Latency gets
// 1,200 and goes twice, the second time with the credit it has left. Batch has 300: not enough.
// Round 2: standard, latency twice, batch has 600. Round 3: standard is out; latency, its last, and
// its credit is lost. Batch had 0, has 300, 600 after one more round: it goes.
TEST(DynamoClasses, ThreeTakeTurnsByThreeQuanta) {
  const Waiting standard{.tokens = 600}, latency{.tokens = 600, .family = "latency"},
      batch{.tokens = 600, .family = "batch"};
  EXPECT_EQ(
      order_of(queue_of(families({600, 1200, 300}), {standard, standard, latency, latency, latency,
                                                     latency, latency, batch, batch})),
      (Slots{0, 2, 3, 1, 4, 5, 7, 6, 8}));
}

TEST(DynamoClasses, RequestsLargerThanAQuantumGetWholeRoundsAtOnce) {
  const Waiting large{.tokens = 5000}, batch{.tokens = 5000, .family = "latency"};
  // A round gives 1000 and 2000, nobody can go; two more: 3000 and 6000. Latency pays, keeps 1000.
  // The next round gives 4000 and 3000; one more: 5000 and 5000, and standard is next.
  EXPECT_EQ(order_of(queue_of(families({1000, 2000}), {large, large, batch, batch})),
            (Slots{2, 0, 3, 1}));
}

TEST(DynamoClasses, ACreditIsLostWithTheLastOfItsClass) {
  const Waiting batch{.family = "latency"};
  DynamoQueue queue = queue_of(families({10'000, 1000}), {{}, batch, batch});
  const auto any = [](const DynamoTicket&) { return true; };
  EXPECT_EQ(queue.next(any).slot, 0U);
  EXPECT_EQ(queue.next(any).slot, 1U) << "its 9000 are gone";
  EXPECT_EQ(queue.next(any).slot, 2U);
  EXPECT_EQ(queue.next(any).slot, kNoIndex);
}

TEST(DynamoClasses, AClassWhoseFirstFitsNowhereIsPassedOverAndEarnsNothing) {
  const Waiting batch{.family = "latency"};
  DynamoQueue queue = queue_of(families({1000, 1000}), {{}, {}, batch, batch, batch});
  const auto only_batch = [](const DynamoTicket& t) { return t.cls == 1; };
  EXPECT_EQ(queue.next(only_batch).slot, 2U);
  EXPECT_EQ(queue.next(only_batch).slot, 3U);
  EXPECT_EQ(order_of(queue), (Slots{0, 4, 1})) << "no credit for the time it could not go";
}

TEST(DynamoClasses, AQuantumMayBeAnyNumber) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  const Waiting batch{.family = "latency"};
  EXPECT_EQ(order_of(queue_of(families({kMost, 1}), {{}, batch, {}, batch})), (Slots{0, 2, 1, 3}));
  const DynamoProfile one = families({1, kMost - 1});
  EXPECT_EQ(order_of(queue_of(one, {{}, {}, batch})), (Slots{2, 0, 1}));
}

TEST(DynamoClasses, EachHasItsOwnOrder) {
  DynamoProfile profile = families({1000, 1000});
  profile.classes[1].order = DynamoClass::Order::kWspt;
  const Waiting late{.tokens = 10, .came_s = 1}, late_batch{10, 1, "latency"};
  EXPECT_EQ(order_of(queue_of(profile, {{}, late, {.family = "latency"}, late_batch})),
            (Slots{0, 3, 1, 2}))
      << "fcfs: 0 before 1; wspt: 3 before 2";
}

TEST(DynamoClasses, LimitsAreOfEachClassAndDoNotCountWhatComes) {
  DynamoProfile profile = families({1, 1, 1});
  profile.classes[0].input_token_limit = 600;
  profile.classes[1].input_token_limit = 600;
  const DynamoQueue queue =
      queue_of(profile, {{.tokens = 599}, {.tokens = 600, .family = "latency"}, {1, 0, "batch"}});
  EXPECT_FALSE(queue.full(0, 1));
  EXPECT_TRUE(queue.full(1, 1));
  EXPECT_FALSE(queue.full(1, 2)) << "twice the workers";
  EXPECT_FALSE(queue.full(2, 1)) << "no limit";
  profile.classes[2].request_limit = 0;
  EXPECT_TRUE(DynamoQueue(profile).full(2, 9)) << "0 refuses all";
  profile.classes[0].cached_token_limit = 300;
  const DynamoQueue cached =
      queue_of(profile, {{.tokens = 500, .cached = 200}, {.tokens = 99, .cached = 100}});
  EXPECT_FALSE(cached.full(0, 1)) << "200 and 99: no more is cached than there is";
}

std::shared_ptr<const DynamoProfile> shared(DynamoProfile profile) {
  return std::make_shared<const DynamoProfile>(std::move(profile));
}

TEST(DynamoClasses, AFullQueueRefusesWithItsReason) {
  FakeView view = busy_pair();
  DynamoProfile profile = families({1, 1});
  profile.classes[0].request_limit = 1;
  const auto policy = policy_for(view, kName, {}, 1, shared(profile));
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kQueue);
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue);
  const Action third = answer(*policy, view, 2);
  EXPECT_EQ(third.kind, ActionKind::kReject) << "two workers, two wait";
  EXPECT_EQ(third.refusal, Refusal::kQueueFull);
  view.asked().hints.policy_class = "latency";
  EXPECT_EQ(answer(*policy, view, 3).kind, ActionKind::kQueue) << "another class";
  EXPECT_TRUE(policy->needs().labels.hints());
}

TEST(DynamoClasses, AnOverloadIsAnotherRefusal) {
  FakeView view = busy_pair();
  const auto policy = policy_for(view, kName, {"active_prefill_tokens_threshold=4000"});
  EXPECT_EQ(answer(*policy, view).refusal, Refusal::kOverloaded);
}

TEST(DynamoClasses, ABacklogHoldsUpItsOwnClassOnly) {
  FakeView view = busy_pair();
  const auto policy = policy_for(view, kName, {}, 1, shared(matrix({"all"}, {0, 512})));
  view.ask(512);
  EXPECT_EQ(answer(*policy, view, 0).kind, ActionKind::kQueue);
  view.active_prefill_tokens = {0, 0};
  EXPECT_EQ(answer(*policy, view, 1).kind, ActionKind::kQueue);
  view.ask(511);
  EXPECT_EQ(answer(*policy, view, 2).kind, ActionKind::kPlace);
}

TEST(DynamoClasses, EachHasItsOwnThresholds) {
  FakeView view = busy_pair();  // 4,001 and 4,001 in flight, steps of 1,000
  DynamoProfile profile = families({1, 1, 1});
  profile.classes[0].prefill_busy_threshold_frac = 5;
  profile.classes[1].prefill_busy_threshold_frac.reset();
  profile.classes[1].prefill_busy_threshold = 4000;
  profile.classes[2].prefill_busy_threshold = 4001;
  const auto kind = [&](std::string_view family) {
    const auto policy = policy_for(view, kName, {}, 1, shared(profile));
    view.asked().hints.policy_class = family;
    return answer(*policy, view).kind;
  };
  EXPECT_EQ(kind("standard"), ActionKind::kPlace);
  EXPECT_EQ(kind("latency"), ActionKind::kQueue) << "4,001 are more than 4,000";
  EXPECT_EQ(kind("batch"), ActionKind::kQueue) << "not than 4,001, but than 4 steps: either counts";
  profile.classes[2].prefill_busy_threshold_frac.reset();
  EXPECT_EQ(kind("batch"), ActionKind::kPlace);
  profile.classes[2].prefill_busy_threshold.reset();
  profile.classes[2].request_limit = 0;
  EXPECT_EQ(kind("batch"), ActionKind::kPlace) << "without a threshold nobody waits: no limit";
  profile.classes[0].prefill_busy_threshold_frac = 0;
  view.active_prefill_tokens = {1, 1};
  EXPECT_EQ(kind("standard"), ActionKind::kQueue) << "0 is a threshold";
}

TEST(DynamoClasses, AShareOfBusyWorkersMayDo) {
  DynamoClass rule = busy_class("half");
  EXPECT_FALSE(rule.fleet_busy(7, 8));
  EXPECT_TRUE(rule.fleet_busy(8, 8));
  EXPECT_FALSE(rule.fleet_busy(0, 0)) << "nobody to go to is not for the queue";
  rule.busy_worker_ratio = 0.95;
  EXPECT_FALSE(rule.fleet_busy(121, 128)) << "121.6 are 95 %";
  EXPECT_TRUE(rule.fleet_busy(122, 128));
  EXPECT_FALSE(rule.fleet_busy(1, 2));
  EXPECT_FALSE(rule.fleet_busy(0, 0));
  FakeView view = busy_pair();
  view.active_prefill_tokens = {4001, 0};
  DynamoProfile profile = families({1});
  EXPECT_EQ(answer(*policy_for(view, kName, {}, 1, shared(profile)), view).kind,
            ActionKind::kPlace);
  profile.classes[0].busy_worker_ratio = 0.5;
  EXPECT_EQ(answer(*policy_for(view, kName, {}, 1, shared(profile)), view).kind,
            ActionKind::kQueue);
}

}  // namespace
}  // namespace pigou
