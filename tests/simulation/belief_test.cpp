// What the router believed cached against what the engine found: phantom and missed hits.
#include <gtest/gtest.h>

#include "simulation/small_run.hpp"

namespace pigou {
namespace {

/// Conversations that come back while others push them out of a cache of 30 blocks; a request every
/// `gap_ms`, each served in about 10 ms.
SmallRun conversations(double gap_ms) {
  SmallRun small;
  small.pool(Role::kAggregated, 2).kv_blocks = 30;
  for (std::uint32_t r = 0; r < 120; ++r) {
    const auto who = static_cast<std::uint32_t>(mix64(r) % 6);
    small.request(gap_ms * r, 16 * (6 + r % 4), 8, 1000 * who);
  }
  return small;
}

TEST(Belief, WithoutDelayAndWithoutWaitingItIsTheTruth) {
  SmallRun small = conversations(50);
  for (const char* router : {"dynamo-kv@2026-08", "min-ttft", "dualmap@smg"}) {
    const RunResult result = small.run(router, {{"kv_event_latency_s", 0}});
    EXPECT_GT(result.summary.hit_tokens, 500U) << router;
    EXPECT_GT(result.summary.pools[0].evicted_blocks, 50U) << router;
    EXPECT_EQ(result.summary.phantom_hit_tokens, 0U) << router;
    EXPECT_EQ(result.summary.missed_hit_tokens, 0U) << router;
    EXPECT_EQ(result.requests.believed_tokens, result.requests.hit_tokens) << router;
  }
}

TEST(Belief, LateEventsMakePhantomAndMissedHits) {
  SmallRun small = conversations(50);
  const RunResult result = small.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 0.12}});
  EXPECT_GT(result.summary.phantom_hit_tokens, 0U) << "evicted, and the router did not know";
  EXPECT_GT(result.summary.missed_hit_tokens, 0U) << "cached, and the router did not know";
}

TEST(Belief, EventsThatNeverComeMakeEveryHitAMissedOne) {
  SmallRun small = conversations(50);
  const RunResult result = small.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 3600}});
  EXPECT_GT(result.summary.hit_tokens, 0U);
  EXPECT_EQ(result.summary.missed_hit_tokens, result.summary.hit_tokens);
  EXPECT_EQ(result.summary.phantom_hit_tokens, 0U);
}

TEST(Belief, AnExactRouterIsStillWrongAboutWhatChangesWhileARequestWaits) {
  // The belief counts at the decision, the truth at admission. In between, others ahead of it in
  // the engine's queue publish the same prefix (missed) or evict it (phantom).
  SmallRun small = conversations(1);
  const RunResult evicted = small.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 0}});
  EXPECT_GT(evicted.summary.phantom_hit_tokens, 0U);
  SmallRun twice;
  twice.pool(Role::kAggregated, 1);
  twice.request(0, 160, 4, 0);
  twice.request(0, 160, 4, 0);  // at the same instant, before the first is admitted
  const RunResult published = twice.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 0}});
  EXPECT_EQ(published.summary.missed_hit_tokens, 144U);
}

TEST(Belief, ATreeOfItsOwnIsNeverCorrectedAndSeesOnlyPhantoms) {
  SmallRun small = conversations(50);
  const RunResult result = small.run("smg-cache-aware");
  EXPECT_GT(result.summary.hit_tokens, 500U);
  EXPECT_GT(result.summary.phantom_hit_tokens, 500U) << "the engines evict, the tree does not";
  EXPECT_EQ(result.summary.missed_hit_tokens, 0U) << "it knows of every prompt a worker got";
}

TEST(Belief, ATreeThatKeepsLessThanTheEnginesMissesHits) {
  SmallRun small = conversations(50);
  const RunResult result =
      small.run("sglang-cache-aware", {{"max_tree_size", 400}, {"eviction_interval_s", 0.1}});
  EXPECT_GT(result.summary.missed_hit_tokens, 0U);
}

TEST(Belief, ARouterThatReadsNoCachesHasNeither) {
  SmallRun small = conversations(2);
  const RunResult result = small.run("round-robin");
  EXPECT_GT(result.summary.hit_tokens, 0U);
  EXPECT_EQ(result.summary.phantom_hit_tokens, 0U);
  EXPECT_EQ(result.summary.missed_hit_tokens, 0U);
}

TEST(Belief, PhantomAndMissedAreTheDifferencesOfTheRows) {
  SmallRun small = conversations(5);
  const RunResult result = small.run("dynamo-kv@2026-08", {{"kv_event_latency_s", 0.03}});
  std::uint64_t phantom = 0, missed = 0;
  for (std::size_t r = 0; r < result.requests.request.size(); ++r) {
    const std::uint32_t believed = result.requests.believed_tokens[r];
    const std::uint32_t hit = result.requests.hit_tokens[r];
    (believed > hit ? phantom : missed) += believed > hit ? believed - hit : hit - believed;
  }
  EXPECT_EQ(result.summary.phantom_hit_tokens, phantom);
  EXPECT_EQ(result.summary.missed_hit_tokens, missed);
}

}  // namespace
}  // namespace pigou
