// Law 9: names carry no meaning. Relabelling blocks or declaring pools in another order changes
// nothing but the ties that docs/laws.md lists.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "simulation/for_scenarios.hpp"
#include "simulation/simulation.hpp"

namespace pigou {
namespace {

/// The same workload with its block ids permuted.
std::shared_ptr<const Workload> relabelled(const Workload& workload, std::uint64_t seed) {
  auto other = std::make_shared<Workload>(workload);
  std::vector<std::uint32_t> name(workload.trace.distinct_blocks);
  std::iota(name.begin(), name.end(), 0U);
  std::shuffle(name.begin(), name.end(), std::mt19937_64(seed));
  for (std::uint32_t& id : other->trace.block_ids) id = name[id];
  other->segments = build_segments(other->trace, workload.segments.engine_block_tokens);
  return other;
}

/// Policies that hash the names of blocks: other names are another draw of their hash functions.
bool hashes_names(std::string_view policy) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"dualmap", "consistent-hash",
                                                                     "chwbl", "smg-prefix-hash"},
                             [&](std::string_view hashing) { return policy.starts_with(hashing); });
}

TEST(Relabelling, Law09TheNamesOfBlocksChangeNothing) {
  for_scenarios(120, [&](const RandomScenario& scenario) {
    if (hashes_names(scenario.config.router.name)) return;
    RandomScenario other = scenario;
    other.workload = relabelled(*scenario.workload, scenario.config.seed);
    EXPECT_EQ(first_difference(run_checked(scenario, 1 << 30), run_checked(other, 1 << 30)), "");
  });
}

TEST(Relabelling, Law09DeclaringTheDecodePoolFirstChangesNothing) {
  for_scenarios(80, [&](const RandomScenario& scenario) {
    if (scenario.config.cluster.pools.size() < 2) return;
    RandomScenario other = scenario;
    std::swap(other.config.cluster.pools[0], other.config.cluster.pools[1]);
    EXPECT_EQ(first_difference(run_checked(scenario, 1 << 30), run_checked(other, 1 << 30)), "");
  });
}

TEST(Relabelling, Law09EqualPoolsMayBeDeclaredInAnyOrder) {
  for_scenarios(80, [&](const RandomScenario& scenario) {
    if (scenario.config.cluster.pools.size() > 1) return;
    RandomScenario ab = scenario;
    ab.config.cluster.pools.push_back(scenario.config.cluster.pools[0]);
    ab.config.cluster.pools[1].name = "other";
    RandomScenario ba = ab;
    std::swap(ba.config.cluster.pools[0], ba.config.cluster.pools[1]);
    EXPECT_EQ(first_difference(run_checked(ab, 1 << 30), run_checked(ba, 1 << 30)), "");
  });
}

/// A run under a rule that knows instances by a label, not by their place in the cluster.
RunResult run_by_label(const RandomScenario& scenario, const std::vector<std::uint32_t>& place) {
  Simulation simulation(scenario.workload, scenario.config, ViewNeeds{});
  while (const Decision* decision = simulation.advance()) {
    const auto label = static_cast<std::uint32_t>(mix64(decision->request) % place.size());
    simulation.apply({{ActionKind::kPlace, decision->slot, InstanceId{place[label]}, kNoIndex, 0}});
  }
  return simulation.finish();
}

/// `result` with every instance called by its label.
RunResult in_labels(RunResult result, const std::vector<std::uint32_t>& place) {
  for (std::int32_t& instance : result.requests.instance) {
    const auto found = std::find(place.begin(), place.end(), static_cast<std::uint32_t>(instance));
    if (instance >= 0) instance = static_cast<std::int32_t>(found - place.begin());
  }
  // The record of a log names places by their order.
  result.requests.recorded_instance.clear();
  result.summary.recorded.reset();
  std::sort(result.summary.pools.begin(), result.summary.pools.end(),
            [](const PoolSummary& a, const PoolSummary& b) { return a.name < b.name; });
  return result;
}

TEST(Relabelling, Law09UnequalPoolsMayBeDeclaredInAnyOrderUnderARuleWithoutTies) {
  int compared = 0;
  for_scenarios(120, [&](const RandomScenario& scenario) {
    if (scenario.config.fleet.mtbf_s > 0 || !scenario.config.fleet.events.empty() ||
        !scenario.config.fleet.start_down.empty()) {
      return;  // its instances are named by number
    }
    if (scenario.config.cluster.pools.size() > 1) return;
    RandomScenario ab = scenario;
    const RandomScenario stranger = draw_scenario(scenario.config.seed + 1000);
    if (stranger.config.cluster.pools.size() > 1) return;
    ab.config.cluster.pools.push_back(stranger.config.cluster.pools[0]);
    ab.config.cluster.pools[1].name = "other";
    RandomScenario ba = ab;
    std::swap(ba.config.cluster.pools[0], ba.config.cluster.pools[1]);
    const std::uint32_t first = ab.config.cluster.pools[0].count;
    std::vector<std::uint32_t> at_ab(first + ab.config.cluster.pools[1].count);
    std::iota(at_ab.begin(), at_ab.end(), 0U);
    std::vector<std::uint32_t> at_ba = at_ab;
    std::rotate(at_ba.begin(), at_ba.end() - first, at_ba.end());
    EXPECT_EQ(first_difference(in_labels(run_by_label(ab, at_ab), at_ab),
                               in_labels(run_by_label(ba, at_ba), at_ba)),
              "");
    ++compared;
  });
  if (!whole_search()) return;
  EXPECT_GT(compared, 20);
}

}  // namespace
}  // namespace pigou
