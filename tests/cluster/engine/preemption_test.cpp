// Who gives way when blocks run out, and what becomes of it?
#include "cluster/engine/preemption.hpp"

#include <gtest/gtest.h>

#include "cluster/engine/finish.hpp"
#include "cluster/engine/rule_state.hpp"

namespace pigou {
namespace {

constexpr SimTime kNow{0};

/// a: one full block; b: two blocks; c: one. Four blocks in all, all computed.
struct ThreeCalls : RuleState {
  CallId a, b, c;
  ThreeCalls() {
    for (const std::uint32_t input : {16U, 17U, 10U})
      row(input, 20, static_cast<std::uint32_t>(trace.rows()) * 10);
    start(4);
    a = send(0);
    b = send(1);
    c = send(2);
    plan_step(state, state.at(0), kNow);
    ++state.at(0).step;
    finish_chunks(state, state.at(0), kNow);
    state.at(0).chunks.clear();
    state.notices.clear();
  }
};

TEST(Preemption, WhoGivesWay) {
  ThreeCalls three;
  Instance& i = three.state.at(0);
  ASSERT_EQ(i.running.count, 3U);
  const Plan plan = plan_step(three.state, i, kNow);
  EXPECT_TRUE(plan.preempted);
  EXPECT_EQ(i.running.head, three.a);
  EXPECT_EQ(i.running.tail, three.b) << "the call at the back";
  EXPECT_EQ(i.waiting.head, three.c) << "and nobody is admitted";
  EXPECT_EQ(i.cache.free_blocks(), 0U) << "a has c's block";
  EXPECT_EQ(plan.budget, 512U - 2);
}

TEST(Preemption, WhatBecomesOfWhoGaveWay) {
  ThreeCalls three;
  Instance& i = three.state.at(0);
  const CallId behind = three.send(0);
  preempt(three.state, i, three.b, kNow);
  const Call& b = three.state.calls[three.b];
  EXPECT_EQ(b.state, CallState::kWaiting);
  EXPECT_EQ(i.waiting.head, three.b) << "at the front";
  EXPECT_EQ(i.waiting.tail, behind);
  EXPECT_EQ(b.computed, 0U);
  EXPECT_EQ(b.blocks, 0U);
  EXPECT_EQ(b.generated, 1U) << "what it has told stays told";
  EXPECT_EQ(i.decode_count, 2U);
  EXPECT_EQ(i.cache.free_blocks(), 2U);
  EXPECT_EQ(i.cache.match(three.state.path(b), 9).blocks, 1U) << "its full block is still found";
  EXPECT_EQ(i.preemptions, 1U);
  ASSERT_EQ(three.state.notices.size(), 1U);
  EXPECT_EQ(three.state.notices[0].kind, Notice::Kind::kPreempted);
}

TEST(Preemption, IsTheStepOverWhenTheCallAtTheBackIsTheOneThatNeedsTheBlock) {
  RuleState rules;
  rules.row(31, 20, 0);
  rules.row(32, 20, 10);
  rules.start(4);
  rules.send(0);
  const CallId b = rules.send(1);
  Instance& i = rules.state.at(0);
  plan_step(rules.state, i, kNow);
  ++i.step;
  finish_chunks(rules.state, i, kNow);
  i.chunks.clear();
  rules.send(0);
  const Plan plan = plan_step(rules.state, i, kNow);
  EXPECT_TRUE(plan.preempted);
  EXPECT_TRUE(i.chunks.empty());
  EXPECT_EQ(i.running.count, 1U);
  EXPECT_EQ(i.waiting.head, b);
  EXPECT_EQ(i.cache.free_blocks(), 2U) << "nobody takes what it left in this step";
}

}  // namespace
}  // namespace pigou
