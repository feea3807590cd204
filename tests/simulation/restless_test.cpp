// Do links, blocks, attempts and tokens add up whatever ends a request, and wherever it is moved?
#include <gtest/gtest.h>

#include <cmath>

#include "simulation/for_scenarios.hpp"
#include "simulation/router_replicas.hpp"

namespace pigou {
namespace {

constexpr auto kFinished = static_cast<std::uint8_t>(Outcome::kFinished);

/// What a whole run comes to.
struct Account {
  RunResult result;
  std::uint64_t gaps = 0;  ///< between tokens of one client, every one once
  std::uint64_t asked = 0;
};

/// Two decode instances that are full and exchange decodes wait for each other until a client gives
/// up: see that some do.
RandomScenario impatient(RandomScenario scenario) {
  if (scenario.config.timeout_s <= 0) scenario.config.timeout_s = 60;
  return scenario;
}

/// The scenario's policy, and somebody who keeps moving requests about: queued calls to instances
/// that take requests, decodes also to such as do not.
Account run_restless(const RandomScenario& scenario, bool only_available) {
  const SimulationConfig& config = scenario.config;
  const PolicyInfo& info = find_policy(config.router.name);
  PolicyLayout layout = layout_of(config.cluster, config.seed);
  layout.replicas = config.gateway.replicas;
  layout.file = config.router.file;
  std::vector<std::unique_ptr<Policy>> policies;
  for (; layout.replica < layout.replicas; ++layout.replica)
    policies.push_back(make_policy(info, config.router.values, layout));
  Simulation simulation(scenario.workload, config, policies[0]->needs());
  std::mt19937_64 rng(config.seed);
  std::vector<std::uint32_t> replica_of;  // by slot: a replica moves its own requests alone
  Account account;
  std::vector<Action> actions;
  while (const Decision* d = simulation.advance()) {
    actions.clear();
    RouterView& view = simulation.view();
    policies[d->replica]->decide(*d, view, actions);
    if (d->hook == Hook::kArrival) {
      if (d->slot >= replica_of.size()) replica_of.resize(d->slot + 1, kNoIndex);
      replica_of[d->slot] = d->replica;
    }
    const std::uint32_t entries = simulation.cluster().entry_instances();
    const std::uint32_t all = simulation.cluster().instances();
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(rng() % n); };
    for (int k = 0; k < 2 && !replica_of.empty(); ++k) {
      const bool queued = below(3) == 0;
      const std::uint32_t first = queued || entries == all ? 0 : entries;
      const InstanceId to{first + below((queued ? entries : all) - first)};
      const SlotId slot{below(static_cast<std::uint32_t>(replica_of.size()))};
      if (replica_of[slot] != d->replica) continue;
      if ((only_available || queued) && !view.available(to)) continue;
      const auto kind = queued ? ActionKind::kMoveQueued : ActionKind::kMigrate;
      actions.push_back({kind, slot, to});
      ++account.asked;
    }
    simulation.apply(actions);
    simulation.check_laws();
  }
  simulation.check_laws();
  account.gaps = simulation.cluster().inter_token.count();
  account.result = simulation.finish();
  return account;
}

TEST(Restless, Law01And02HoldAndEveryTokenIsSentOnce) {
  std::uint64_t moved = 0, migrated = 0, exact = 0, continued = 0, late = 0, failed = 0;
  for_scenarios(250, [&](const RandomScenario& scenario) {
    const Account account = run_restless(impatient(scenario), false);
    const RequestColumns& rows = account.result.requests;
    const RunSummary& s = account.result.summary;
    EXPECT_EQ(s.arrived, s.finished + s.rejected + s.timed_out + s.failed);
    std::uint64_t least = 0, most = 0;
    for (std::size_t r = 0; r < rows.request.size(); ++r) {
      const std::uint64_t gaps = std::max(1U, rows.output_tokens[r]) - 1;
      if (std::isnan(rows.ttft_s[r])) continue;
      most += gaps;
      if (rows.outcome[r] == kFinished) least += gaps;
      if (rows.outcome[r] == kFinished && rows.attempts[r] > 1) ++continued;
    }
    EXPECT_GE(account.gaps, least) << "a token was never sent";
    EXPECT_LE(account.gaps, most) << "a token was sent twice";
    exact += least == most ? 1 : 0;
    moved += s.moved, migrated += s.migrated, late += s.timed_out, failed += s.failed;
  });
  if (!whole_search()) return;
  EXPECT_GT(moved, 1000U);
  EXPECT_GT(migrated, 1000U);
  EXPECT_GT(exact, 60U) << "scenarios in which every stream that began ended";
  EXPECT_GT(continued, 50U);
  EXPECT_GT(late, 200U);
  EXPECT_GT(failed, 100U);
}

TEST(Restless, ADrainNeverRaisesAttempts) {
  std::uint64_t drains = 0;
  for_scenarios(150, [&](const RandomScenario& drawn) {
    RandomScenario scenario = impatient(drawn);
    FleetConfig& fleet = scenario.config.fleet;
    const double boot_s = fleet.boot_s;
    fleet = {};
    fleet.boot_s = boot_s;
    std::uint32_t instances = 0;
    for (const PoolConfig& pool : scenario.config.cluster.pools) instances += pool.count;
    std::mt19937_64 rng(scenario.config.seed);
    for (int k = 0; k < 40; ++k) {
      const bool drain = rng() % 2 == 0;
      fleet.events.push_back({static_cast<double>(rng() % 8000) * 1e-3,
                              InstanceId{static_cast<std::uint32_t>(rng() % instances)},
                              drain ? FleetAction::kDrain : FleetAction::kJoin});
      drains += drain ? 1 : 0;
    }
    const Account account = run_restless(scenario, true);
    for (std::size_t r = 0; r < account.result.requests.request.size(); ++r)
      ASSERT_LE(account.result.requests.attempts[r], 1U) << "request " << r;
    EXPECT_EQ(account.result.summary.retries, 0U);
  });
  EXPECT_GT(drains, 0U);
}

TEST(Restless, Law05FastForwardEqualsStepping) {
  for_scenarios(80, [&](const RandomScenario& scenario) {
    RandomScenario stepping = impatient(scenario);
    const Account fast = run_restless(stepping, false);
    stepping.config.cluster.fast_forward = false;
    stepping.config.cluster.reference_cache = true;
    const Account slow = run_restless(stepping, false);
    EXPECT_EQ(first_difference(fast.result, slow.result), "");
    EXPECT_EQ(fast.gaps, slow.gaps);
  });
}

}  // namespace
}  // namespace pigou
