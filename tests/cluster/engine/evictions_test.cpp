// Of which runs may something have been evicted since they were last looked at?
#include "cluster/engine/evictions.hpp"

#include <gtest/gtest.h>

#include "cluster/engine/rule_state.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kMany = 40;
SimTime ms(std::int64_t n) { return {n * kPsPerMillisecond}; }

/// Instance 7 in a run of 10 steps of 1 ms, whose sixth takes a block.
struct OneRun : RuleState {
  OneRun() {
    row(64, 1, 0);
    start(4, kMany);
    Instance& i = state.at(7);
    i.activity = Activity::kRun;
    i.run.first_ps = kPsPerMillisecond;
    i.run.steps = 10;
    i.run.popped = 1;
    i.decode_count = 1;
    i.phase[5] = 1;
  }
  /// All its free blocks have names.
  void name_all() {
    Instance& i = state.at(7);
    const PathView path = state.path(Call{});
    i.cache.allocate(4, {});
    i.cache.publish(path, 0, 4, 0, {});
    i.cache.release(path, 4, 0, 0, state.scratch);
  }
};

std::vector<std::uint32_t> taken(RunEvictions& evictions, OneRun& run, SimTime time) {
  return evictions.take(run.state, time, [](std::uint32_t) {});
}

TEST(RunEvictions, IsAPublisherLookedAtWhenItsRunHasToldOfABlockAndNotBefore) {
  OneRun run;
  run.name_all();
  RunEvictions evictions(kMany);
  evictions.expect(7, run.state.at(7));
  EXPECT_EQ(taken(evictions, run, ms(2)), std::vector<std::uint32_t>{7}) << "it may have";
  EXPECT_EQ(evictions.due(7), ms(6) - SimTime{1}) << "now it is known when";
  EXPECT_TRUE(taken(evictions, run, ms(6) - SimTime{1}).empty());
  EXPECT_EQ(run.state.at(7).cache.evicted_blocks(), 0U);
  EXPECT_EQ(taken(evictions, run, ms(6)), std::vector<std::uint32_t>{7});
  EXPECT_EQ(run.state.at(7).cache.evicted_blocks(), 1U);
  EXPECT_EQ(evictions.due(7), kNever) << "no later step takes one";
}

TEST(RunEvictions, IsARunPassedOverThatTakesOnlyBlocksWithoutNames) {
  OneRun run;
  RunEvictions evictions(kMany);
  evictions.expect(7, run.state.at(7));
  taken(evictions, run, ms(2));
  EXPECT_EQ(evictions.due(7), kNever);
}

TEST(RunEvictions, IsItTheFirstBlockWithANameThatCounts) {
  OneRun run;
  Instance& i = run.state.at(7);
  i.cache.allocate(4, {});
  i.cache.publish(run.state.path(Call{}), 0, 3, 0, {});
  i.cache.release(run.state.path(Call{}), 3, 1, 0, run.state.scratch);
  i.decode_count = 2;
  i.phase[7] = 1;  // the sixth step takes the block without a name, the eighth one with
  RunEvictions evictions(kMany);
  evictions.expect(7, i);
  taken(evictions, run, ms(2));
  EXPECT_EQ(evictions.due(7), ms(8) - SimTime{1});
}

TEST(RunEvictions, DoesNobodyLookWhenTheRunIsOverOrNoPublisher) {
  OneRun run;
  RunEvictions evictions(kMany);
  evictions.expect(7, run.state.at(7));
  evictions.forget(7);
  EXPECT_EQ(evictions.due(7), kNever);
  RunEvictions few(3);
  few.expect(7, run.state.at(7));
  few.forget(7);
  EXPECT_TRUE(taken(few, run, ms(9)).empty());
}

}  // namespace
}  // namespace pigou
