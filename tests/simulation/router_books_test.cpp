// What does a router's book say of blocks, and of decode instances' caches?
#include <gtest/gtest.h>

#include "simulation/simulation.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

/// Answers everything with instance 0 of its side, after `look` has read the view.
template <class Look>
Decide to_the_first(Look look) {
  return [look](const Decision& decision, RouterView& view, std::vector<Action>& actions) {
    look(decision, view);
    if (decision.hook == Hook::kArrival) actions.push_back({ActionKind::kPlace, decision.slot, 0});
    if (decision.hook == Hook::kPrefillDone)
      actions.push_back(
          {ActionKind::kPlaceDecode, decision.slot, kNoIndex, InstanceId{view.entry_count()}});
  };
}

TEST(RouterBooks, APartialBlockCountsUnlessOnlyWholeOnesDo) {
  for (const bool whole : {false, true}) {
    for (const bool split : {false, true}) {
      SmallRun small;
      small.pool(split ? Role::kPrefill : Role::kAggregated, 1);
      if (split) small.pool(Role::kDecode, 1);
      small.request(0, 24, 200, 0);    // a block and a half
      small.request(20, 33, 200, 10);  // two and a little
      small.request(40, 32, 5, 20);    // two
      ViewNeeds needs;
      needs.whole_blocks = whole;
      needs.shared_active = true;
      std::vector<std::int64_t> seen;
      small.run(needs, to_the_first([&](const Decision& decision, RouterView& view) {
                  if (decision.hook != (split ? Hook::kPrefillDone : Hook::kArrival)) return;
                  seen.push_back((split ? view.decode() : view.entry()).active_blocks[0]);
                }));
      const std::vector<std::int64_t> expected =
          whole ? std::vector<std::int64_t>{0, 1, 3} : std::vector<std::int64_t>{0, 2, 5};
      EXPECT_EQ(seen, expected);
    }
  }
}

TEST(RouterBooks, APromptCachedToItsEndBringsNoPrefillTokensToBooksOfWholeBlocks) {
  for (const bool whole : {false, true}) {
    SmallRun small;
    small.pool(Role::kAggregated, 1);
    small.request(0, 32, 2, 0);
    small.request(100, 32, 2, 0);    // all of it is there
    small.request(100.5, 32, 2, 0);  // looks while the second computes its last token
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.whole_blocks = whole;
    std::vector<std::int64_t> seen;
    const RunResult result = small.run(needs, to_the_first([&](const Decision&, RouterView& view) {
                                         seen.push_back(view.entry().active_prefill_tokens[0]);
                                       }));
    EXPECT_EQ(seen, (std::vector<std::int64_t>{0, 0, whole ? 0 : 16}));
    EXPECT_EQ(result.requests.believed_tokens[1], 16U) << "what the engine can hit, either way";
  }
}

TEST(RouterBooks, DecodeCachesAreHeardOfWhenAskedFor) {
  for (const bool asked : {false, true}) {
    SmallRun small;
    small.pool(Role::kPrefill, 1);
    small.pool(Role::kDecode, 2);
    small.request(0, 48, 5, 0);
    small.request(500, 48, 5, 0);
    ViewNeeds needs;
    needs.prefix_index = true;
    needs.decode_index = asked;
    std::vector<std::int32_t> first, second;
    small.run(needs, to_the_first([&](const Decision& decision, RouterView& view) {
                if (decision.hook != Hook::kPrefillDone) return;
                view.measure_overlap();
                first.push_back(view.decode().overlap_blocks[0]);
                second.push_back(view.decode().overlap_blocks[1]);
              }));
    EXPECT_EQ(first, (std::vector<std::int32_t>{0, asked ? 3 : 0}));
    EXPECT_EQ(second, (std::vector<std::int32_t>{0, 0}));
  }
}

TEST(RouterBooks, DynamoPrefillsLocallyWhatItsDecodeWorkerHolds) {
  SmallRun small;
  small.pool(Role::kPrefill, 1);
  small.pool(Role::kDecode, 1);
  for (std::uint32_t r = 0; r < 6; ++r) small.request(200.0 * r, 320, 5, 0);
  const RunResult off = small.run("dynamo-kv@2026-08");
  const RunResult on = small.run("dynamo-kv@2026-08", {{"conditional_disagg", 1}});
  EXPECT_EQ(off.summary.finished, 6U);
  EXPECT_EQ(on.summary.finished, 6U);
  EXPECT_EQ(off.requests.instance, std::vector<std::int32_t>(6, 0));
  EXPECT_EQ(on.requests.instance, (std::vector<std::int32_t>{0, 1, 1, 1, 1, 1}))
      << "the first is nowhere cached";
}

}  // namespace
}  // namespace pigou
