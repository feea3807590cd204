// llm-d's scorers by hand.
#include "routing/llm_d/scorers.hpp"

#include <gtest/gtest.h>

#include "routing/llm_d/latency.hpp"
#include "routing/llm_d/testing.hpp"

namespace pigou {
namespace {

constexpr double kClose = 1e-12;

using ScorerFunction = void (EppScorers::*)(const EppPods&);

/// The first pods' scores by one scorer.
std::vector<double> scored(FakePods& fake, ScorerFunction scorer,
                           const EppSettings& settings = epp_defaults()) {
  EppScorers scorers(settings, static_cast<std::uint32_t>(fake.keep.size()));
  (scorers.*scorer)(fake.pods());
  return scorers.scores();
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], kClose) << i;
}

/// Case 3 of section 16: queues 0, 2, 4, KV usage .2, .5, .9, prefix 0, .5, 1.
FakePods case_three() {
  FakePods fake(3);
  fake.waiting = {0, 2, 4};
  fake.kv_usage = {0.2, 0.5, 0.9};
  fake.matched = {0, 5, 10};
  return fake;
}

TEST(EppScorers, TheBuiltInProfileAddsUpAsByHand) {
  const auto totals = [](double queue, double kv, double prefix) {
    FakePods fake = case_three();
    EppWeights weights{};
    weights[kQueueScorer] = queue;
    weights[kKvScorer] = kv;
    weights[kPrefixScorer] = prefix;
    EppScorers scorers(epp_defaults(), 3);
    scorers.score_all(weights, fake.pods(), EppColdOrder(3, 1024), kNoIndex);
    return scorers.totals();
  };
  expect_near(totals(2, 2, 3), {3.6, 3.5, 3.2});
  expect_near(totals(1, 1, 1), {1.8, 1.5, 1.1});
  expect_near(totals(2, 2, 4), {3.6, 4.0, 4.2});
  const EppSettings settings = epp_defaults();
  EXPECT_EQ(settings.entry[kQueueScorer], 2);
  EXPECT_EQ(settings.entry[kKvScorer], 2);
  EXPECT_EQ(settings.entry[kPrefixScorer], 3);
  EXPECT_EQ(settings.decode, settings.entry) << "-1: as on the entry side";
}

TEST(EppScorers, AQueueOfOneCountsAsMuchAsOneOfAHundred) {
  FakePods fake(3);
  fake.waiting = {0, 1, 0};
  expect_near(scored(fake, &EppScorers::least_waiting), {1, 0, 1});
  fake.waiting = {0, 100, 25};
  expect_near(scored(fake, &EppScorers::least_waiting), {1, 0, 0.75});
  fake.waiting = {7, 7, 7};
  expect_near(scored(fake, &EppScorers::least_waiting), {1, 1, 1});
  fake.waiting = {0, 100, 25};
  fake.keep = {1, 0, 1};  // who is filtered out does not stretch the range
  const std::vector<double> kept = scored(fake, &EppScorers::least_waiting);
  EXPECT_NEAR(kept[0], 1, kClose);
  EXPECT_NEAR(kept[2], 0, kClose);
}

TEST(EppScorers, RunningRequestsScoreLikeTheQueue) {
  FakePods fake(3);
  fake.running = {10, 20, 30};
  expect_near(scored(fake, &EppScorers::least_running), {1, 0.5, 0});
}

TEST(EppScorers, KvUsageIsAbsolute) {
  FakePods fake(2);
  fake.kv_usage = {0.81, 0.8};
  expect_near(scored(fake, &EppScorers::kv_usage), {0.19, 0.2});
}

TEST(EppScorers, PrefixIsTheShareOfBlocksOrPartlyTheSquaredLength) {
  FakePods fake(3);
  fake.blocks = 160;
  fake.matched = {0, 64, 128};
  expect_near(scored(fake, &EppScorers::prefix), {0, 0.4, 0.8});
  EppSettings settings = epp_defaults();
  settings.prefix.length_weight = 0.5;
  // 64 and 128 blocks of 64 tokens are a half and the whole of 8192: squared .25 and 1.
  expect_near(scored(fake, &EppScorers::prefix, settings), {0, 0.325, 0.9});
  fake.blocks = 0;
  fake.matched = {0, 0, 0};
  expect_near(scored(fake, &EppScorers::prefix), {0, 0, 0});
}

TEST(EppScorers, TheScaleOfTwentyTwentyFiveStretchesPreciseHits) {
  EppSettings settings = epp_defaults();
  settings.prefix.state = EppPrefixState::kPrecise;
  settings.prefix.min_max = true;
  FakePods fake(4);
  fake.matched = {0, 4, 6, 8};
  expect_near(scored(fake, &EppScorers::prefix, settings), {0, 0, 0.5, 1});
  fake.matched = {0, 4, 4, 0};
  expect_near(scored(fake, &EppScorers::prefix, settings), {0, 1, 1, 0});
}

TEST(EppScorers, LoadAwareIsAHalfWhenNobodyWaits) {
  FakePods fake(4);
  fake.waiting = {0, 32, 128, 500};
  expect_near(scored(fake, &EppScorers::load_aware), {0.5, 0.375, 0, 0});
}

TEST(EppScorers, ActiveRequestsScaleToTheBusiest) {
  FakePods fake(4);
  fake.requests = {0, 2, 6, 8};
  expect_near(scored(fake, &EppScorers::active_requests), {1, 0.75, 0.25, 0});
  EppSettings settings = epp_defaults();
  settings.idle_requests = 2;
  settings.max_busy_score = 0.5;
  expect_near(scored(fake, &EppScorers::active_requests, settings), {1, 1, 0.125, 0});
}

TEST(EppScorers, TokenLoadAddsWhatTheRequestWouldCompute) {
  FakePods fake(3);
  fake.input_tokens = 10 * 64;
  fake.matched = {10, 0, 5};
  fake.tokens = {0, 4194304 / 2 - 640, 4194304};
  expect_near(scored(fake, &EppScorers::token_load), {1, 0.5, 0});
}

TEST(EppScorers, ColdRequestsGoToTheLeastRecentlyUsedPod) {
  FakePods fake(4);
  EppColdOrder cold(4, 1024);
  EppScorers scorers(epp_defaults(), 4);
  scorers.no_hit_lru(fake.pods(), cold);
  expect_near(scorers.scores(), {1, 2.0 / 3, 1.0 / 3, 0});
  cold.touch(0);
  cold.touch(2);
  scorers.no_hit_lru(fake.pods(), cold);  // never used: 1, 3; then 0, the older, and 2
  expect_near(scorers.scores(), {1.0 / 3, 1, 0, 2.0 / 3});
  fake.matched = {0, 0, 1, 0};
  scorers.no_hit_lru(fake.pods(), cold);
  expect_near(scorers.scores(), {0.5, 0.5, 0.5, 0.5});
  EppColdOrder small(4, 1);
  small.touch(0);
  small.touch(2);
  EXPECT_FALSE(small.used(0)) << "one is remembered";
}

TEST(EppScorers, ASessionScoresWhereItWas) {
  FakePods fake(3);
  EppScorers scorers(epp_defaults(), 3);
  scorers.session(fake.pods(), 1);
  expect_near(scorers.scores(), {0, 1, 0});
  scorers.session(fake.pods(), kNoIndex);
  expect_near(scorers.scores(), {0, 0, 0});
}

TEST(EppScorers, ContextLengthPrefersTheTighterRangeThatFits) {
  FakePods fake(2);
  EppSettings settings = epp_defaults();
  expect_near(scored(fake, &EppScorers::context_length, settings), {0.5, 0.5});
  settings.context = {1, 10'000, 110'000};
  fake.input_tokens = 5000;
  // Inside 0..10000: .3 + .7 (.7 / 2 + .3 / 2) = .65; 5000 short of the long range: .3 / 6.
  expect_near(scored(fake, &EppScorers::context_length, settings), {0.65, 0.05});
  fake.input_tokens = 60'000;
  // 50000 beyond: .3 / 51; inside 10000..110000: .3 + .7 (.7 / 11 + .3 / 2).
  expect_near(scored(fake, &EppScorers::context_length, settings),
              {0.3 / 51, 0.3 + 0.7 * (0.7 / 11 + 0.15)});
}

TEST(EppScorers, LatencyPacksPodsThatMeetTheTargetsAndPutsOthersAtZero) {
  FakePods fake(3);
  fake.requests = {1, 1, 1};
  fake.ttft_headroom = {1, 3, -1};
  fake.tpot_headroom = {0.1, 0.1, 0.1};
  // TPOT tells nothing, so TTFT alone: 1 s of headroom is the least, 3 s the most.
  expect_near(scored(fake, &EppScorers::latency), {1.01, 0.01, 0});
  EppSettings settings = epp_defaults();
  settings.latency.most_headroom = true;
  expect_near(scored(fake, &EppScorers::latency, settings), {0.01, 1.01, 0});
  fake.tpot_headroom = {0.3, 0.1, 0.1};
  // .8 x 0 + .2 x 1 and .8 x 1 + .2 x 0; (1 - .8) x 100 is a little less than 20 and cut to 19.
  expect_near(scored(fake, &EppScorers::latency), {0.81, 0.2, 0});
}

TEST(EppScorers, LatencyPrefersIdlePodsThenTheLesserEvil) {
  FakePods fake(4);
  fake.ttft_headroom = {-1, -2, 1, -3};
  fake.tpot_headroom = {1, 1, -1, -1};
  fake.requests = {1, 1, 1, 0};
  expect_near(scored(fake, &EppScorers::latency), {0, 0, 0, 0.51});  // alone: halfway
  fake.requests = {1, 1, 1, 1};
  expect_near(scored(fake, &EppScorers::latency), {0, 0, 0.51, 0});  // misses TPOT alone
  fake.keep[2] = 0;
  expect_near(scored(fake, &EppScorers::latency), {1.01, 0.01, 0, 0});  // TTFT: the least deficit
}

TEST(EppScorers, WithoutPredictionsLatencyIsAComposite) {
  EppSettings settings = epp_defaults();
  settings.latency.predicts = false;
  FakePods fake = case_three();
  // (.8 + 1 + 0) / 3, (.5 + .5 + .5) / 3, (.1 + 0 + 1) / 3, in hundredths.
  expect_near(scored(fake, &EppScorers::latency, settings), {0.6, 0.5, 0.37});
}

TEST(EppPredictor, PredictsWhatItsTwoFormulasSay) {
  EppLatencySettings settings = epp_defaults().latency;
  settings.ttft_slo_s = 2;
  settings.tpot_slo_s = 0.05;
  FakePods fake(2);
  fake.matched = {0, 10};
  fake.tokens = {360, 2000};
  fake.running = {0, 1000};
  const double s_per_token[] = {1e-3, 1e-3};
  EppPods pods = fake.pods();
  EppPredictor predictor(settings, 2);
  predictor.predict(pods, s_per_token);
  EXPECT_NEAR(pods.predicted_ttft_s[0], 1.0, kClose);
  EXPECT_NEAR(pods.ttft_headroom_s[1], 0.0, kClose);
  EXPECT_NEAR(pods.tpot_headroom_s[0], 0.05 - 0.0154, kClose);
  EXPECT_NEAR(pods.tpot_headroom_s[1], 0.05 - 0.0154 - 0.031, kClose);
  pods.prefills_only = true;
  predictor.predict(pods, s_per_token);
  EXPECT_EQ(pods.tpot_headroom_s[1], 0);
}

/// Adapters 1 to 4 as bits 0 to 3; places for two in every pod.
FakePods pods_with_adapters() {
  FakePods fake(6);
  const std::vector<std::vector<std::uint64_t>> sets = {
      {0b0010, 0b0000},   // runs 2, room
      {0b1011, 0b0010},   // runs 2 among others, and some wait for it; over full
      {0b0001, 0b0000},   // room for one more
      {0b1000, 0b0010},   // 4 runs, 2 waits: two names, no room
      {0b1001, 0b0000},   // full of others
      {0b0000, 0b0000}};  // idle
  for (const auto& pod : sets)
    fake.adapter_sets.insert(fake.adapter_sets.end(), pod.begin(), pod.end());
  fake.adapters_named = {1, 4, 1, 2, 2, 0};
  fake.max_loras.assign(6, 2);
  return fake;
}

TEST(EppScorers, LoraAffinityPrefersRunningThenRoomThenWaiting) {
  FakePods fake = pods_with_adapters();
  fake.asked_adapter = 2;
  expect_near(scored(fake, &EppScorers::lora_affinity), {1, 1, 0.8, 0.6, 0, 0.8});
  fake.asked_adapter = 4;
  expect_near(scored(fake, &EppScorers::lora_affinity), {0.8, 1, 0.8, 1, 1, 0.8});
}

TEST(EppScorers, LoraAffinityTakesTheBaseModelForAnAdapterNobodyRuns) {
  FakePods fake = pods_with_adapters();
  expect_near(scored(fake, &EppScorers::lora_affinity), {0.8, 0, 0.8, 0, 0, 0.8});
}

TEST(EppScorers, LoraAffinityWithoutAGaugeOrBeforeTheFirstIsZeroForAll) {
  FakePods fake = pods_with_adapters();
  fake.asked_adapter = 3;
  fake.adapter_sets.assign(12, 0);
  fake.adapters_named.assign(6, 0);
  fake.max_loras.assign(6, 0);
  expect_near(scored(fake, &EppScorers::lora_affinity), {0, 0, 0, 0, 0, 0});
  fake.adapter_sets.clear();
  expect_near(scored(fake, &EppScorers::lora_affinity), {0, 0, 0, 0, 0, 0});
}

TEST(EppScorers, LoraAffinityIsWeighedWithTheOthers) {
  FakePods fake = pods_with_adapters();
  fake.asked_adapter = 2;
  fake.kv_usage = {0.9, 0.5, 0, 0, 0, 0.5};
  EppWeights weights{};
  weights[kKvScorer] = 1;
  weights[kLoraAffinityScorer] = 2;
  EppScorers scorers(epp_defaults(), 6);
  scorers.score_all(weights, fake.pods(), EppColdOrder(6, 1024), kNoIndex);
  expect_near(scorers.totals(), {2.1, 2.5, 2.6, 2.2, 1, 2.1});
  EXPECT_EQ(epp_defaults().entry[kLoraAffinityScorer], 0);
}

}  // namespace
}  // namespace pigou
