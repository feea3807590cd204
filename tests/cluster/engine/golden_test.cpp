// Which tokens does each step schedule? Golden states of engine vllm-v1, worked out by hand from
// the rule (routers.md section 12.1). A step reads "a:64 b:1": calls in running order and tokens.
#include <gtest/gtest.h>

#include <string>

#include "cluster/engine/one_engine.hpp"

namespace pigou {
namespace {

TEST(EngineGolden, APromptLongerThanTheBudgetIsSplitIntoChunks) {
  Engine e(64, 100);
  const auto a = e.request(100, 3);
  const auto b = e.request(50, 2);
  e.start();
  e.send(a);
  e.send(b);
  EXPECT_EQ(e.step(), "a:64");
  EXPECT_EQ(e.step(), "a:36 b:28");
  EXPECT_EQ(e.step(), "a:1 b:22");
  EXPECT_EQ(e.step(), "a:1 b:1");
  EXPECT_EQ(e.step(), "idle");
}

TEST(EngineGolden, WhoComesAtTheInstantAStepBeginsIsInItAndNoBlockIsTakenTwice) {
  Engine e(64, 10);
  const auto a = e.request(32, 3);
  const auto b = e.request(10, 1);
  e.start();
  e.send(a);
  EXPECT_EQ(e.step(), "a:32");
  EXPECT_EQ(e.step(), "a:1");
  EXPECT_EQ(e.free_blocks(), 7U) << "a's third block";
  e.send(b);  // a router may decide on what that step's plan told
  EXPECT_EQ(e.step(), "a:1 b:10");
  EXPECT_EQ(e.free_blocks(), 6U);
  EXPECT_EQ(e.step(), "a:1");
  EXPECT_EQ(e.step(), "idle");
  EXPECT_EQ(e.free_blocks(), 10U);
}

TEST(EngineGolden, TheFirstWaitingCallThatDoesNotFitStopsThoseBehindIt) {
  Engine e(512, 10);
  const auto a = e.request(96, 3);   // 6 of 10 blocks, a seventh when decoding starts
  const auto b = e.request(112, 1);  // 7 blocks: not beside a
  const auto c = e.request(16, 1);   // would fit, but stands behind b
  e.start();
  e.send(a);
  e.send(b);
  e.send(c);
  EXPECT_EQ(e.step(), "a:96");
  EXPECT_EQ(e.step(), "a:1");
  EXPECT_EQ(e.step(), "a:1");
  EXPECT_EQ(e.step(), "b:112 c:16");
}

TEST(EngineGolden, TheLastRunningCallPreemptsItselfWhenItNeedsTheBlock) {
  Engine e(512, 4);
  const auto a = e.request(31, 20);  // 2 blocks, room for one more token
  const auto b = e.request(32, 4);   // 2 blocks, full
  e.start();
  e.send(a);
  e.send(b);
  EXPECT_EQ(e.step(), "a:31 b:32");
  // b's first decode token needs a fifth block; the back of the running list is b itself.
  EXPECT_EQ(e.step(), "a:1");
  EXPECT_EQ(e.instance().preemptions, 1U);
  EXPECT_EQ(e.instance().waiting.count, 1U);
}

TEST(EngineGolden, NothingIsAdmittedInAStepThatPreempted) {
  Engine e(512, 4);
  const auto a = e.request(32, 20);  // needs a third block at its first decode token
  const auto b = e.request(30, 4);   // goes: it is last
  const auto c = e.request(8, 1);    // one block: it would fit into what b leaves
  e.start();
  e.send(a);
  e.send(b);
  EXPECT_EQ(e.step(), "a:32 b:30");
  e.send(c);
  EXPECT_EQ(e.step(), "a:1");  // b preempted, a has three blocks, one is free, c waits
  EXPECT_EQ(e.instance().preemptions, 1U);
  EXPECT_EQ(e.free_blocks(), 1U);
  EXPECT_EQ(e.instance().waiting.count, 2U);
  EXPECT_EQ(e.step(), "a:1");  // b is at the front again and needs two
}

TEST(EngineGolden, AFullyRepeatedPromptComputesItsLastBlockAgain) {
  Engine e(512, 100);
  const auto a = e.request(64, 1, true);
  const auto b = e.request(64, 1, true);
  e.start();
  e.send(a);
  EXPECT_EQ(e.step(), "a:64");
  EXPECT_EQ(e.step(), "idle");
  e.send(b);
  EXPECT_EQ(e.step(), "b:16");  // 3 of 4 blocks hit: one token at least is computed
}

TEST(EngineGolden, ACallAdmittedInTheSameStepHitsBlocksThatStepComputes) {
  Engine e(512, 100);
  const auto a = e.request(64, 1, true);
  const auto b = e.request(80, 1, true);
  const auto c = e.request(64, 1, true, 50);
  e.start();
  e.send(a);
  e.send(b);
  e.send(c);
  EXPECT_EQ(e.step(), "a:64 b:16 c:64");
}

TEST(EngineGolden, APreemptedCallComesBackThroughItsOwnCachedBlocks) {
  Engine e(512, 6);
  const auto a = e.request(32, 18);  // grows from 2 to 4 blocks, then ends
  const auto b = e.request(46, 20);  // 3 blocks; preempted when a takes its fourth
  e.start();
  e.send(a);
  e.send(b);
  EXPECT_EQ(e.step(), "a:32 b:46");
  EXPECT_EQ(e.step(), "a:1 b:1");  // a takes block 6 of 6
  EXPECT_EQ(e.step(), "a:1 b:1");  // b at 48 tokens: full
  EXPECT_EQ(e.step(), "a:1");      // b needs a seventh: it is last, it goes
  for (int n = 0; n < 14; ++n) EXPECT_EQ(e.step(), "a:1");
  // a has 17 more tokens: at 48 it took one block, b's newest: two of b's three are still there.
  EXPECT_EQ(e.step(), "b:17");
}

TEST(EngineGolden, WithoutChunkedPrefillAPromptWaitsForAStepThatHoldsAllOfIt) {
  Engine e(128, 100);
  e.whole_prompts();
  const auto a = e.request(100, 3);
  const auto b = e.request(50, 2);
  e.start();
  e.send(a);
  e.send(b);
  EXPECT_EQ(e.step(), "a:100");
  EXPECT_EQ(e.step(), "a:1 b:50");
}

TEST(EngineGolden, SeatsAreTheOtherLimitOfAdmission) {
  Engine e(512, 100, 2);
  const auto a = e.request(16, 2);
  const auto b = e.request(16, 1);
  const auto c = e.request(16, 1);
  e.start();
  e.send(a);
  e.send(b);
  e.send(c);
  EXPECT_EQ(e.step(), "a:16 b:16");
  EXPECT_EQ(e.step(), "a:1 c:16");
}

/// a and c ask for adapter 1, b for adapter 2, d for the base model; sent in this order.
void send_four(Engine& e) {
  const std::uint32_t adapters[] = {1, 2, 1, 0};
  const std::uint32_t outputs[] = {3, 2, 1, 4};
  for (int n = 0; n < 4; ++n) {
    e.request(16, outputs[n]);
    e.with_adapter(adapters[n]);
  }
  e.start();
  for (std::uint32_t row = 0; row < 4; ++row) e.send(row);
}

TEST(EngineGolden, ACallWhoseAdapterWouldBeOneTooManyIsPassedOver) {
  Engine e(512, 100);
  e.max_loras(1);
  send_four(e);
  EXPECT_EQ(e.step(), "a:16 c:16 d:16") << "the base model needs no place";
  EXPECT_EQ(e.step(), "a:1 d:1");
  EXPECT_EQ(e.step(), "a:1 d:1");
  EXPECT_EQ(e.step(), "d:1 b:16") << "the place is free when the last call of the adapter ends";
  EXPECT_EQ(e.step(), "b:1");
}

TEST(EngineGolden, WhoIsPassedOverKeepsItsPlaceAndLaterOnesOvertakeIt) {
  Engine e(512, 100);
  e.max_loras(1);
  send_four(e);
  const std::string first = e.step();
  e.send(1);
  e.send(2);  // of the adapter that runs
  EXPECT_EQ(first, "a:16 c:16 d:16");
  EXPECT_EQ(e.step(), "a:1 d:1 c:16") << "past both calls of adapter 2";
  EXPECT_EQ(e.instance().waiting.count, 2U);
  EXPECT_EQ(e.step(), "a:1 d:1");
  EXPECT_EQ(e.step(), "d:1 b:16 b:16");
}

TEST(EngineGolden, WithRoomForAllAdaptersNobodyIsPassedOver) {
  for (const std::uint32_t most : {0U, 2U, 7U}) {
    Engine e(512, 100);
    e.max_loras(most);
    send_four(e);
    EXPECT_EQ(e.step(), "a:16 b:16 c:16 d:16") << most;
  }
}

TEST(EngineGolden, WhoIsPassedOverStopsNobodyButWhoDoesNotFitDoes) {
  Engine e(512, 4);
  e.max_loras(1);
  const std::uint32_t inputs[] = {31, 16, 48, 8};
  const std::uint32_t adapters[] = {1, 2, 1, 1};
  for (int n = 0; n < 4; ++n) {
    e.request(inputs[n], 2);
    e.with_adapter(adapters[n]);
  }
  e.start();
  for (std::uint32_t row = 0; row < 4; ++row) e.send(row);
  EXPECT_EQ(e.step(), "a:31") << "b for its adapter, c for its 3 blocks, d behind c";
  EXPECT_EQ(e.step(), "a:1");
  EXPECT_EQ(e.step(), "b:16") << "nobody runs any more: the queue's own order";
}

}  // namespace
}  // namespace pigou
