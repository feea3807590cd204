// Does choosing without a scan choose what the scan chooses?
#include <gtest/gtest.h>

#include "routing/dynamo/choice.hpp"
#include "simulation/prefix_fleet.hpp"
#include "simulation/router_replicas.hpp"

namespace pigou {
namespace {

/// Asks the view for the choice without a scan beside the policy's own, which scans.
std::uint64_t compare_choices(const RandomScenario& scenario) {
  RouterReplicas router(scenario.config);
  Simulation simulation(scenario.workload, scenario.config, router.needs());
  const DynamoKvCost cost;
  Scorer scorer;
  std::uint64_t compared = 0;
  std::uint64_t compared_fast = 0;
  while (const Decision* decision = simulation.advance()) {
    RouterView& view = simulation.view();
    const std::uint64_t draw = mix64(compared);
    if (decision->hook == Hook::kArrival) {
      const std::uint32_t fast = view.least_separable(draw);
      if (fast != kNoIndex) ++compared_fast;
      view.measure_overlap();
      const auto scan =
          scorer.choose(cost, ArgminChoice{}, view.request().row, view.entry(), PoolRow{}, draw);
      // A second segment held by very many is left to the scan.
      if (fast != kNoIndex) {
        EXPECT_EQ(fast, scan.index) << "decision " << compared;
      }
    } else {
      const auto scan = scorer.choose(DynamoDecodeCost{}, ArgminChoice{}, view.request().row,
                                      view.decode(), PoolRow{}, draw);
      EXPECT_EQ(view.least_decode_blocks(draw), scan.index) << "decision " << compared;
      ++compared_fast;
    }
    ++compared;
    router.answer(*decision, simulation);
    if (testing::Test::HasFailure()) break;
  }
  return compared_fast;
}

/// The shortlist beside a scan of all bounds: who is on it, and what its columns say. Returns how
/// often there was one.
std::uint64_t compare_shortlists(const RandomScenario& scenario, double above) {
  RouterReplicas router(scenario.config);
  Simulation simulation(scenario.workload, scenario.config, router.needs());
  const DynamoKvCost bound;
  std::uint64_t listed = 0;
  while (const Decision* decision = simulation.advance()) {
    RouterView& view = simulation.view();
    const InstanceShortlist list = view.near_least_separable(above);
    if (decision->hook == Hook::kArrival && !list.instances.empty()) {
      ++listed;
      view.measure_overlap();
      const InstanceColumns all = view.entry();
      const RequestRow& row = view.request().row;
      double least = bound(row, all, {}, 0);
      for (std::int64_t i = 1; i < all.count; ++i) least = std::min(least, bound(row, all, {}, i));
      std::size_t k = 0;
      for (std::int64_t i = 0; i < all.count; ++i) {
        if (bound(row, all, {}, i) > least + above) continue;
        EXPECT_LT(k, list.instances.size());
        if (k == list.instances.size()) break;
        EXPECT_EQ(list.instances[k], i);
        EXPECT_EQ(list.columns.overlap_blocks[k], all.overlap_blocks[i]);
        EXPECT_EQ(list.columns.shared_active_blocks[k], all.shared_active_blocks[i]);
        EXPECT_EQ(list.columns.active_prefill_tokens[k], all.active_prefill_tokens[i]);
        EXPECT_EQ(list.columns.active_blocks[k], all.active_blocks[i]);
        EXPECT_EQ(list.columns.active_requests[k], all.active_requests[i]);
        ++k;
      }
      EXPECT_EQ(k, list.instances.size());
    }
    router.answer(*decision, simulation);
    if (testing::Test::HasFailure()) break;
  }
  return listed;
}

TEST(SeparableChoice, shortlists_those_within_a_distance_of_the_least_and_nobody_else) {
  EXPECT_GT(compare_shortlists(fleet(4, false), 0), 1000U);
  EXPECT_GT(compare_shortlists(fleet(5, false), 2.5), 1000U);
  EXPECT_GT(compare_shortlists(fleet(6, true), 2.5), 1000U);
}

/// Credit that decays: the choice by the shortlist beside the one by scoring all.
std::uint64_t compare_decayed(const RandomScenario& scenario, double decay) {
  RouterReplicas router(scenario.config);
  Simulation simulation(scenario.workload, scenario.config, router.needs());
  DynamoCosting costing;
  costing.terms.overlap_score_credit_decay = decay;
  DynamoChoice choice(costing, DynamoTiers());
  const DynamoBooks books;
  std::uint64_t compared = 0, listed_times = 0;
  while (const Decision* decision = simulation.advance()) {
    RouterView& view = simulation.view();
    if (decision->hook == Hook::kArrival) {
      const std::uint64_t draw = mix64(++compared);
      if (!view.near_least_separable(1e-6).instances.empty()) ++listed_times;
      const std::uint32_t listed = choice.entry(view, entry_side(view), books, true, draw);
      EXPECT_EQ(listed, choice.entry(view, entry_side(view), books, false, draw)) << compared;
    }
    router.answer(*decision, simulation);
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_EQ(compared, 4000U);
  return listed_times;
}

TEST(SeparableChoice, equals_the_scan_where_credit_decays) {
  EXPECT_GT(compare_decayed(fleet(7, false), 1), 2000U);
  EXPECT_GT(compare_decayed(fleet(8, true), 0.2), 2000U);
}

TEST(SeparableChoice, EqualsTheScanOverAnAggregatedFleetTiesIncluded) {
  EXPECT_GT(compare_choices(fleet(1, false)), 3000U);
  EXPECT_GT(compare_choices(fleet(2, false)), 3000U);
}

RandomScenario min_ttft_fleet(std::uint64_t seed) {
  RandomScenario scenario = fleet(seed, false);
  scenario.config.router.name = "min-ttft";
  scenario.config.router.values = default_values(find_policy("min-ttft").parameters);
  scenario.config.cluster.pools[0].model.step.prefill_s_per_token = 1e-4;
  return scenario;
}

/// Every estimate of min-ttft beside its trees. Counts requests of which all is cached somewhere,
/// where the last token has to be computed all the same.
std::uint64_t compare_least_ttft(const RandomScenario& scenario, std::uint64_t& whole) {
  RouterReplicas router(scenario.config);
  Simulation simulation(scenario.workload, scenario.config, router.needs());
  Scorer scorer;
  std::uint64_t compared = 0;
  while (const Decision* decision = simulation.advance()) {
    RouterView& view = simulation.view();
    const std::uint64_t draw = compared % 4 == 0 ? 0 : mix64(compared);
    const std::uint32_t fast = view.least_separable(draw);
    view.measure_overlap();
    const InstanceColumns all = view.entry();
    const RequestRow& row = view.request().row;
    const MinTtftCost cost{view.request().block_tokens};
    const auto scan = scorer.choose(cost, ArgminChoice{}, row, all, PoolRow{}, draw);
    if (fast != kNoIndex) {
      EXPECT_EQ(fast, scan.index) << "decision " << compared;
      ++compared;
      for (std::int64_t i = 0; i < all.count; ++i)
        if (all.overlap_blocks[i] * cost.block_tokens == row.input_tokens) {
          ++whole;
          break;
        }
    }
    router.answer(*decision, simulation);
    if (testing::Test::HasFailure()) break;
  }
  return compared;
}

TEST(SeparableChoice, equals_the_scan_for_the_least_ttft) {
  std::uint64_t whole = 0;
  EXPECT_GT(compare_least_ttft(min_ttft_fleet(1), whole), 3000U);
  EXPECT_GT(compare_least_ttft(min_ttft_fleet(2), whole), 3000U);
  EXPECT_GT(whole, 20U);
}

TEST(SeparableChoice, leaves_the_least_ttft_of_unlike_instances_to_the_scan) {
  RandomScenario scenario = min_ttft_fleet(3);
  PoolConfig slow = scenario.config.cluster.pools[0];
  slow.name = "slow";
  slow.count = 1;
  slow.model.step.prefill_s_per_token *= 2;
  scenario.config.cluster.pools.push_back(slow);
  std::uint64_t whole = 0;
  EXPECT_EQ(compare_least_ttft(scenario, whole), 0U);
}

TEST(SeparableChoice, EqualsTheScanOnBothSidesOfASplitFleet) {
  EXPECT_GT(compare_choices(fleet(3, true)), 7000U);
}

}  // namespace
}  // namespace pigou
