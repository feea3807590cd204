// Is a block found that an answer under way has filled?
#include "cluster/engine/answers.hpp"

#include <gtest/gtest.h>

#include "cluster/engine/decode_set.hpp"
#include "cluster/engine/finish.hpp"
#include "cluster/engine/plan.hpp"
#include "cluster/engine/rule_state.hpp"

namespace pigou {
namespace {

/// A question of 2 blocks whose answer fills 3, and a next turn that begins with all five.
struct TwoTurns : RuleState {
  CallId first;
  TwoTurns() {
    row(32, 48, 0);
    row(96, 1, 0);
    trace.previous_turn = {kNoIndex, 0};
    start(100);
    first = send(0);
    plan_step(state, state.at(0), {});
    finish_chunks(state, state.at(0), {});
    state.at(0).chunks.clear();
  }
  /// The answer goes on by so many tokens.
  void decode(std::uint32_t tokens) {
    Instance& i = state.at(0);
    i.step += tokens;
    i.decode_context += tokens;
    i.cache.allocate(state.blocks_for(i, 32 + tokens) - 2, {});
    i.activity = Activity::kStarting;
  }
  PathView next_turn() const {
    Call call;
    call.row = 1;
    call.request = 1;
    return state.path(call);
  }
  std::uint32_t found() const { return state.answers.cached_blocks(state, 0, next_turn(), 9, {}); }
};

TEST(Answers, IsOnlyAFullBlockOfTheAnswerFound) {
  TwoTurns turns;
  EXPECT_EQ(turns.found(), 2U) << "the question";
  turns.decode(31);
  EXPECT_EQ(turns.found(), 3U) << "a block and 15 tokens";
  EXPECT_EQ(turns.state.at(0).cache.match(turns.next_turn(), 9).blocks, 2U) << "not named yet";
}

TEST(Answers, IsItNamedForATurnThatCameEarlyAndToldWhenTheAnswerEnds) {
  TwoTurns turns;
  turns.decode(32);
  Instance& i = turns.state.at(0);
  i.cache.record_events(true);
  Call early;
  early.row = 1;
  early.request = 1;
  early.input = 96;
  EXPECT_TRUE(turns.state.answers.look_for(turns.state, i, early, {}));
  EXPECT_EQ(i.cache.match(turns.next_turn(), 9).blocks, 4U);
  EXPECT_TRUE(i.cache.events().empty());
  Call& answering = turns.state.calls[turns.first];
  EXPECT_TRUE(answering.untold);
  tell_answer(turns.state, i, answering, {});
  ASSERT_EQ(i.cache.events().size(), 1U);
  EXPECT_EQ(i.cache.events()[0].held, 2U);
}

TEST(Answers, IsNothingFoundOfAnAnswerThatIsNoLongerGenerated) {
  TwoTurns turns;
  turns.decode(32);
  turns.state.calls[turns.first].state = CallState::kWaiting;
  EXPECT_EQ(turns.found(), 2U);
}

}  // namespace
}  // namespace pigou
