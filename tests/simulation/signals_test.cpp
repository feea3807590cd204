// Lost KV events and the one age of everything: do they do what docs/signals.md says?
#include <gtest/gtest.h>

#include "simulation/for_scenarios.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

/// Conversations that come back while others push them out of caches of 30 blocks.
SmallRun conversations(double gap_ms) {
  SmallRun small;
  small.pool(Role::kAggregated, 2).kv_blocks = 30;
  for (std::uint32_t r = 0; r < 400; ++r) {
    const auto who = static_cast<std::uint32_t>(mix64(r) % 6);
    small.request(gap_ms * r, 16 * (6 + r % 4), 8, 1000 * who);
  }
  return small;
}

RunSummary with_loss(double probability, KvResync resync, double resync_s, std::uint64_t seed = 1) {
  SmallRun small = conversations(50);
  small.config.seed = seed;
  small.config.signals.kv_loss = {probability, resync, resync_s};
  return small.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 0}}).summary;
}

std::uint64_t wrong_tokens(const RunSummary& s) {
  return s.phantom_hit_tokens + s.missed_hit_tokens;
}

TEST(LostKvEvents, TheMoreAreLostTheMoreARouterIsWrong) {
  EXPECT_EQ(wrong_tokens(with_loss(0, KvResync::kNone, 0)), 0U);
  const RunSummary few = with_loss(0.05, KvResync::kNone, 0);
  const RunSummary many = with_loss(0.5, KvResync::kNone, 0);
  EXPECT_GT(few.phantom_hit_tokens, 0U) << "a removal is lost";
  EXPECT_GT(many.missed_hit_tokens, 0U) << "a block is stored and nobody hears";
  EXPECT_GT(wrong_tokens(many), wrong_tokens(few));
  EXPECT_GT(many.kv_messages_lost, 5 * few.kv_messages_lost);
  EXPECT_EQ(many.kv_resyncs, 0U);
}

TEST(LostKvEvents, AStateMakesUpForThemTheSoonerTheBetter) {
  const RunSummary none = with_loss(0.3, KvResync::kNone, 0);
  const RunSummary slow = with_loss(0.3, KvResync::kOnGap, 0.5);
  const RunSummary quick = with_loss(0.3, KvResync::kOnGap, 0);
  EXPECT_GT(wrong_tokens(none), wrong_tokens(slow));
  EXPECT_GT(wrong_tokens(slow), wrong_tokens(quick));
  EXPECT_GT(quick.kv_resyncs, slow.kv_resyncs);
  EXPECT_GT(with_loss(0.3, KvResync::kPeriodic, 0.2).kv_resyncs, 0U);
}

TEST(LostKvEvents, WhichAreLostIsDrawnFromTheSeedAlone) {
  const RunSummary a = with_loss(0.3, KvResync::kOnGap, 0.1);
  const RunSummary b = with_loss(0.3, KvResync::kOnGap, 0.1);
  const RunSummary c = with_loss(0.3, KvResync::kOnGap, 0.1, 2);
  EXPECT_EQ(a.kv_messages_lost, b.kv_messages_lost);
  EXPECT_EQ(wrong_tokens(a), wrong_tokens(b));
  EXPECT_NE(wrong_tokens(a), wrong_tokens(c));
  EXPECT_TRUE(a.random);
}

TEST(LostKvEvents, WhereNothingIsLostEveryByteIsAsWithoutLoss) {
  for_scenarios(60, [](const RandomScenario& scenario) {
    RandomScenario without = scenario, with = scenario;
    without.config.signals.kv_loss = {};
    with.config.signals.kv_loss = {1e-15, KvResync::kOnGap, 0.01};
    EXPECT_EQ(first_difference(run_checked(without, 1 << 30), run_checked(with, 1 << 30)), "");
  });
}

TEST(SignalAge, OneKeyReplacesTheAgesOfEvents) {
  SmallRun by_hand = conversations(5);
  by_hand.config.gateway.feedback_s = 0.03;
  const RunResult expected = by_hand.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 0.03}});
  SmallRun by_age = conversations(5);
  by_age.config.gateway.feedback_s = 0.5;
  by_age.config.signals.age_s = 0.03;
  EXPECT_EQ(first_difference(expected, by_age.run("dynamo-kv@2026-08")), "");
  by_age.config.signals.age_s = 0.06;
  EXPECT_NE(first_difference(expected, by_age.run("dynamo-kv@2026-08")), "");
}

TEST(SignalAge, OneKeyReplacesTheAgesOfGauges) {
  SmallRun by_hand = conversations(5);
  by_hand.config.gateway.feedback_s = 0.03;
  const RunResult expected = by_hand.run("least-kv", {{"snapshot_delay_s", 0.03}});
  SmallRun by_age = conversations(5);
  by_age.config.signals.age_s = 0.03;
  EXPECT_EQ(first_difference(expected, by_age.run("least-kv")), "");
}

TEST(SignalAge, NothingIsFresherThanZero) {
  SmallRun small = conversations(50);
  small.config.signals.age_s = 0;
  const RunResult result = small.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 3600}});
  EXPECT_GT(result.summary.hit_tokens, 500U);
  EXPECT_EQ(wrong_tokens(result.summary), 0U);
}

}  // namespace
}  // namespace pigou
