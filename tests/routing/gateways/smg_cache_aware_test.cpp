// SMG's and SGLang's cache_aware by hand.
#include <gtest/gtest.h>

#include "routing/fake_view.hpp"

namespace pigou {
namespace {

constexpr const char* kSmg = "smg-cache-aware@73da68c";
constexpr const char* kSglang = "sglang-cache-aware@2025";

/// Sends prompts of the given 512-token blocks one after another.
struct Sender {
  explicit Sender(std::uint32_t workers, const char* name,
                  const std::vector<std::string>& settings = {}, std::uint32_t decodes = 0)
      : view(workers, decodes), policy(policy_for(view, name, settings)) {
    view.keep_notes();
  }
  Action ask(const std::vector<std::uint32_t>& blocks, std::int64_t tokens = 0) {
    view.ask(tokens > 0 ? tokens : static_cast<std::int64_t>(blocks.size()) * 512, blocks);
    return answer_at(*policy, view, request++, now);
  }
  std::uint32_t send(const std::vector<std::uint32_t>& blocks, std::int64_t tokens = 0) {
    return ask(blocks, tokens).instance;
  }

  FakeView view;
  std::unique_ptr<Policy> policy;
  std::uint32_t request = 0;
  SimTime now;
};

/// Whether loads 0..n-1 make the default policy abandon affinity: worker 0 holds the prompt.
bool uneven(std::int64_t first, std::int64_t second) {
  Sender sender(2, kSmg);
  EXPECT_EQ(sender.send({1, 2}), 0U);
  sender.view.active_requests = {first, second};
  sender.send({1, 2});
  return sender.view.noted().rule == "imbalance: least load";
}

TEST(SmgCacheAware, LoadsAreUnevenOnlyIfBothTestsSaySo) {
  EXPECT_TRUE(uneven(0, 97));
  EXPECT_FALSE(uneven(200, 280)) << "80 > 64, but 280 <= 1.5 * 200";
  EXPECT_TRUE(uneven(100, 165)) << "65 > 64 and 165 > 150";
  EXPECT_FALSE(uneven(100, 164)) << "64 is not more than 64";
}

TEST(SmgCacheAware, AffinityNeedsMoreThanTheThreshold) {
  Sender sender(3, kSmg);
  EXPECT_EQ(sender.send({1, 2, 3}), 0U);
  sender.view.active_requests = {1, 0, 0};
  // 3 of 10 blocks are 0.3, which is not more than 0.3.
  EXPECT_EQ(sender.send({1, 2, 3, 14, 15, 16, 17, 18, 19, 20}), 1U);
  EXPECT_EQ(sender.view.noted().rule, "miss: least load");
  EXPECT_EQ(sender.view.noted().candidates.size(), 3U);
  sender.view.active_requests = {1, 1, 0};
  // 3 of 9 are; and the prompt before has made worker 1 a tenant, but 0 made the node.
  EXPECT_EQ(sender.send({1, 2, 3, 24, 25, 26, 27, 28, 29}), 0U);
  EXPECT_EQ(sender.view.noted().rule, "affinity: the tenant of the deepest match");
}

TEST(SmgCacheAware, TheDeepestNodesTenantWinsThoughAnotherIsIdle) {
  Sender sender(3, kSmg);
  EXPECT_EQ(sender.send({1, 2}), 0U);
  sender.view.active_requests = {60, 0, 0};
  EXPECT_EQ(sender.send({1, 2, 3}), 0U) << "1024 of 1536 tokens match";
}

TEST(SmgCacheAware, EqualLoadsGoToTheOneThatHasProcessedLessThenToTheFirst) {
  Sender sender(3, kSmg);
  EXPECT_EQ(sender.send({1}), 0U);
  EXPECT_EQ(sender.send({2}), 1U);
  EXPECT_EQ(sender.send({3}), 2U);
  EXPECT_EQ(sender.send({1}), 0U);  // affinity counts too
  EXPECT_EQ(sender.send({4}), 1U);
  sender.view.active_requests = {0, 1, 1};
  EXPECT_EQ(sender.send({5}), 0U) << "load comes first";
}

TEST(SmgCacheAware, NotedCostsTellEqualLoadsApartWhereProcessedCountsDo) {
  Sender sender(2, kSmg);
  sender.view.keep_notes();
  EXPECT_EQ(sender.send({1, 2}), 0U);
  EXPECT_EQ(sender.send({3, 4}), 1U) << "worker 0 has processed one";
  const auto& noted = sender.view.noted().candidates;
  ASSERT_EQ(noted.size(), 2U);
  EXPECT_GT(noted[0].cost, noted[1].cost) << "or conformance would count a tie that is none";
  EXPECT_LT(noted[0].cost, 1e-9) << "the first key, requests in flight, is what is shown";
}

TEST(SmgCacheAware, UnevenLoadsStillTeachTheTree) {
  Sender sender(2, kSmg);
  sender.view.active_requests = {97, 0};
  EXPECT_EQ(sender.send({1, 2}), 1U);
  sender.view.active_requests = {0, 5};
  EXPECT_EQ(sender.send({1, 2}), 1U);
  EXPECT_EQ(sender.view.noted().rule, "affinity: the tenant of the deepest match");
}

TEST(SmgCacheAware, ATenantThatIsDownGivesWayToTheFirstHealthyAndTheTreeForgetsNothing) {
  Sender sender(3, kSmg);
  EXPECT_EQ(sender.send({1, 2}), 0U);
  sender.view.up = {0, 1, 1};
  sender.view.active_requests = {0, 9, 0};
  EXPECT_EQ(sender.send({1, 2}), 1U) << "the first healthy, not the least loaded";
  sender.view.up = {1, 1, 1};
  EXPECT_EQ(sender.send({1, 2}), 0U) << "nothing was inserted for worker 1";
}

TEST(SmgCacheAware, LoadsOfWorkersThatAreDownDoNotCount) {
  Sender sender(3, kSmg);
  EXPECT_EQ(sender.send({1, 2}), 0U);
  sender.view.up = {1, 1, 0};
  sender.view.active_requests = {10, 9, 500};
  EXPECT_EQ(sender.send({1, 2}), 0U);
}

TEST(SmgCacheAware, PolledKvUsageCanCallOffAffinity) {
  Sender sender(2, kSmg, {"overload_token_usage_threshold=0.9"});
  EXPECT_EQ(sender.send({1, 2}), 0U);
  sender.view.active_requests = {1, 0};
  sender.view.seen[0] = {0, 0, 0.95, -1};
  EXPECT_EQ(sender.send({1, 2}), 0U) << "no poll has come";
  sender.view.seen[0].tick = 0;
  EXPECT_EQ(sender.send({1, 2}), 1U);
  Sender spread(2, kSmg, {"balance_token_usage_threshold=0.5"});
  EXPECT_EQ(spread.send({1, 2}), 0U);
  spread.view.active_requests = {1, 0};
  spread.view.seen = {{0, 0, 0.75, 0}, {0, 0, 0.25, 0}};
  EXPECT_EQ(spread.send({1, 2}), 0U) << "0.5 is not more than 0.5";
  spread.view.seen[1].kv_usage = 0.2;
  EXPECT_EQ(spread.send({1, 2}), 1U);
}

TEST(SmgCacheAware, EvictionComesWithTheIntervalAndCountsCharacters) {
  // 512 tokens are 2,048 characters; 3,000 hold one block of two.
  Sender sender(2, kSmg, {"max_tree_size=3000", "eviction_interval_s=120"});
  EXPECT_EQ(sender.send({1}), 0U);
  sender.view.active_requests = {0, 1};
  EXPECT_EQ(sender.send({2}), 0U);
  sender.view.active_requests = {1, 0};
  sender.now = SimTime{119 * kPsPerSecond};
  EXPECT_EQ(sender.send({1}), 0U);
  sender.now = SimTime{120 * kPsPerSecond};
  EXPECT_EQ(sender.send({2}), 1U) << "worker 0 lost it: {1} was inserted again later";
}

TEST(SmgCacheAware, KvEventsTakeTheMostOverlapThenTheLeastLoad) {
  Sender sender(4, kSmg, {"mode=kv_events"});
  sender.view.overlap = {4, 9, 9, 0};
  sender.view.active_requests = {0, 5, 3, 0};
  EXPECT_EQ(sender.send({1, 2}), 2U);
  sender.view.active_requests[2] = 5;
  EXPECT_EQ(sender.send({1, 2}), 2U) << "the last of equals";
  sender.view.overlap = {0, 0, 0, 0};
  EXPECT_EQ(sender.send({1, 2}), 0U) << "no overlap: least load";
  EXPECT_EQ(sender.send({1, 2}), 3U) << "which has processed less";
}

TEST(SmgCacheAware, TheDecodeSideHasATreeOfItsOwnOrAnotherPolicy) {
  Sender sender(2, kSmg, {}, 2);
  EXPECT_EQ(sender.ask({1, 2}).decode_instance, 2U);
  sender.view.active_requests = {0, 0, 9, 0};
  const Action action = sender.ask({1, 2});
  EXPECT_EQ(action.kind, ActionKind::kPlacePair);
  EXPECT_EQ(action.decode_instance, 2U) << "affinity";
  Sender by_load(2, kSmg, {"decode_policy=least_load"}, 2);
  EXPECT_EQ(by_load.ask({1, 2}).decode_instance, 2U);
  by_load.view.active_requests = {0, 0, 9, 0};
  EXPECT_EQ(by_load.ask({1, 2}).decode_instance, 3U);
}

TEST(SglangCacheAware, AMissGoesToTheSmallestTreeWhateverTheLoad) {
  Sender sender(3, kSglang, {"max_tree_size=1000000"});
  EXPECT_EQ(sender.send({1, 2, 3}), 0U) << "all trees are empty: the first";
  EXPECT_EQ(sender.send({4}), 1U);
  sender.view.active_requests = {0, 0, 20};
  EXPECT_EQ(sender.send({5, 6}), 2U);
  EXPECT_EQ(sender.send({7}), 1U) << "trees of 3, 1 and 2 blocks";
  EXPECT_EQ(sender.view.noted().rule, "miss: smallest tree");
}

TEST(SglangCacheAware, ItsThresholdsAreStricter) {
  Sender sender(2, kSglang, {"max_tree_size=1000000"});
  EXPECT_EQ(sender.send({1, 2}), 0U);
  EXPECT_EQ(sender.send({1, 2, 3, 4}), 1U) << "half is not more than half";
  sender.view.active_requests = {33, 0};
  EXPECT_EQ(sender.send({1, 2}), 1U) << "33 > 32 and 33 > 0";
  EXPECT_EQ(sender.view.noted().rule, "imbalance: least load");
  sender.view.active_requests = {330, 300};
  sender.send({1, 2});
  EXPECT_NE(sender.view.noted().rule, "imbalance: least load") << "30 is not more than 32";
}

TEST(SglangCacheAware, ASmallestTreeThatIsDownSendsMissesToTheFirstHealthy) {
  Sender sender(3, kSglang, {"max_tree_size=1000000"});
  EXPECT_EQ(sender.send({1, 2, 3}), 0U);
  EXPECT_EQ(sender.send({4, 5}), 1U);
  sender.view.up = {1, 1, 0};
  for (std::uint32_t block = 10; block < 14; ++block) EXPECT_EQ(sender.send({block}), 0U);
  EXPECT_EQ(sender.view.noted().rule, "chosen worker is gone: the first healthy");
}

TEST(SglangCacheAware, AWorkerThatHasNeverBeenUpIsNotKnown) {
  Sender sender(3, kSglang, {"max_tree_size=1000000"});
  sender.view.up = {0, 1, 1};
  EXPECT_EQ(sender.send({1}), 1U);
  EXPECT_EQ(sender.send({2}), 2U);
  sender.view.up = {1, 1, 1};
  EXPECT_EQ(sender.send({3}), 0U) << "now it has the smallest tree";
}

TEST(SglangCacheAware, TenThousandCharactersAreAllAWorkerKeeps) {
  Sender sender(1, kSglang);
  for (std::uint32_t block = 0; block < 20; ++block) sender.send({block});  // 2,048 each
  sender.now = SimTime{30 * kPsPerSecond};
  sender.send({19});
  EXPECT_EQ(sender.view.noted().rule, "affinity: the tenant of the deepest match");
  sender.send({3});
  EXPECT_EQ(sender.view.noted().rule, "miss: smallest tree") << "four of twenty are left";
}

}  // namespace
}  // namespace pigou
