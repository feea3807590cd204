// Do a router's books grow with answers as docs/routers.md says of router_track_output_blocks?
#include <gtest/gtest.h>

#include <map>

#include "simulation/small_run.hpp"

namespace pigou {
namespace {

ViewNeeds output_needs(OutputBlocks output) {
  ViewNeeds needs;
  needs.whole_blocks = needs.shared_active = true;
  needs.output_blocks = output;
  return needs;
}

/// Active blocks of the instance `at` as every arrival finds them, by request.
struct Seen {
  std::uint32_t at = 0;
  std::map<std::uint32_t, std::int64_t> blocks;
  void operator()(const Decision& d, RouterView& view, std::vector<Action>& out) {
    const bool decode = d.hook == Hook::kPrefillDone;
    if (!decode) {
      const InstanceColumns columns = at == 0 ? view.entry() : view.decode();
      blocks[d.request] = columns.active_blocks[0];
    }
    out.push_back(
        decode ? Action{ActionKind::kPlaceDecode, d.slot, kNoIndex, InstanceId{view.entry_count()}}
               : Action{ActionKind::kPlace, d.slot, 0});
  }
};

/// One answer of 40 tokens at 1 ms each behind a prompt of 64, and who looks at it when.
SmallRun one_answer(Role role = Role::kAggregated) {
  SmallRun small;
  small.pool(role, 1);
  small.request(0, 64, 40, 0);
  for (const double ms : {0.5, 1.5, 16.5, 17.5, 32.5, 33.5, 60.0}) small.request(ms, 16, 1, 900);
  return small;
}

// The look at 0.5 ms finds the prompt's 4 blocks. From 1 ms on there are n tokens after n ms: the
// first opens block 5, token 17 block 6, token 33 block 7. A look adds a block while it is served.
std::map<std::uint32_t, std::int64_t> looks(SmallRun& small, OutputBlocks output) {
  Seen seen;
  small.run(output_needs(output), std::ref(seen));
  return seen.blocks;
}

TEST(OutputBlocks, CountFromTheTokenThatOpensThem) {
  SmallRun small = one_answer();
  auto plain = looks(small, OutputBlocks::kNone);
  auto whole = looks(small, OutputBlocks::kWhole);
  const std::vector<std::int64_t> added = {0, 0, 1, 1, 2, 2, 3, 0};
  for (std::uint32_t r = 0; r < 8; ++r) EXPECT_EQ(whole[r] - plain[r], added[r]) << r;
  EXPECT_EQ(plain[3], 4);
}

TEST(OutputBlocks, FadeWithWhatIsStillToCome) {
  SmallRun small = one_answer();
  auto fading = looks(small, OutputBlocks::kFading);
  EXPECT_EQ(fading[1], 4) << "no token yet";
  EXPECT_EQ(fading[3], 5) << "5 blocks * (1 - 1 / 40) = 4.9";
  EXPECT_EQ(fading[4], 4) << "6 * (1 - 17 / 40) = 3.45, and the block of the look before";
  EXPECT_EQ(fading[6], 2) << "7 * (1 - 33 / 40) = 1.2, and that block";
  EXPECT_EQ(fading[7], 0);
}

TEST(OutputBlocks, SharedBlocksDoNotFade) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 64, 40, 0);
  small.request(2, 64, 200, 0);  // the same four blocks
  small.request(20.5, 16, 1, 900);
  auto fading = looks(small, OutputBlocks::kFading);
  // 4 whole; the first's two, opened at token 17 of 40, the second's two, opened at 17 of 200.
  EXPECT_EQ(fading[2], 7) << "4 + 2 * 0.575 + 2 * 0.915 = 6.98";
}

TEST(OutputBlocks, OfASplitRequestAreItsDecodeWorkers) {
  SmallRun small = one_answer(Role::kPrefill);
  small.pool(Role::kDecode, 1);
  small.config.cluster.network.latency_s = 0;
  Seen seen;
  seen.at = 1;
  small.run(output_needs(OutputBlocks::kWhole), std::ref(seen));
  EXPECT_GE(seen.blocks[6], 4 + 3) << "its prompt and three of its answer's";
  EXPECT_EQ(seen.blocks[7], 0);
}

TEST(OutputBlocks, AreTheSameStepByStep) {
  SmallRun fast = one_answer(), slow = one_answer();
  slow.config.cluster.fast_forward = false;
  EXPECT_EQ(looks(fast, OutputBlocks::kFading), looks(slow, OutputBlocks::kFading));
}

TEST(OutputBlocks, DynamosOptionsRunToTheEnd) {
  for (const bool split : {false, true}) {
    SmallRun small;
    small.pool(split ? Role::kPrefill : Role::kAggregated, 2);
    if (split) small.pool(Role::kDecode, 2);
    for (std::uint32_t r = 0; r < 60; ++r) small.request(0.2 * r, 16 * (1 + r % 9), 30, 3 * r % 40);
    using Set = std::vector<std::pair<std::string_view, double>>;
    for (const Set& set : {Set{{"router_track_output_blocks", 1}, {"expected_output", 1}},
                           Set{{"router_prefill_load_model", 1}, {"router_track_active_blocks", 0}},
                           Set{{"use_kv_events", 0}, {"router_approximate_cache_policy", 1}},
                           Set{{"use_kv_events", 0}, {"router_max_tree_size", 50}},
                           Set{{"router_queue_threshold", 0.1}, {"router_queue_policy", 1}}}) {
      const RunResult result = small.run("dynamo-kv@2026-08", set);
      EXPECT_EQ(result.summary.finished, 60U) << set[0].first << split;
    }
  }
}

}  // namespace
}  // namespace pigou
