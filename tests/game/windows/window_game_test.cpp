// Is greedy an equilibrium, and is the optimum the least of all placements?
#include "game/windows/window_game.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "depth.hpp"

namespace pigou {
namespace {

WindowGame random_game(std::mt19937_64& rng, std::size_t members, std::size_t instances,
                       std::uint64_t most) {
  WindowGame game{members, instances, {}, {}};
  for (std::size_t i = 0; i < instances; ++i)
    game.backlog_ns.push_back(static_cast<std::int64_t>(rng() % (3 * most + 1)));
  for (std::size_t e = 0; e < members * instances; ++e)
    game.work_ns.push_back(static_cast<std::int64_t>(rng() % (most + 1)));
  return game;
}

/// Calls `f` with every placement.
template <class F>
void for_all_placements(const WindowGame& game, F f) {
  WindowPlacement placement(game.members, InstanceId{0});
  for (;;) {
    f(placement);
    std::size_t m = 0;
    while (m < game.members && ++placement[m].value == game.instances)
      placement[m++] = InstanceId{0};
    if (m == game.members) return;
  }
}

template <class F>
void for_random_games(std::uint32_t count, F f) {
  std::mt19937_64 rng(first_seed());
  const std::uint32_t drawn = draws(count, "window games");
  for (std::uint32_t n = 0; n < drawn; ++n) {
    SCOPED_TRACE(n);
    const std::size_t members = 1 + rng() % 6, instances = 1 + rng() % 4;
    f(random_game(rng, members, instances, n % 3 == 0 ? 2 : 1'000'000));
    if (testing::Test::HasFailure()) return;
  }
}

TEST(WindowGame, TheOptimumIsTheLeastOfAllPlacements) {
  for_random_games(300, [](const WindowGame& game) {
    std::int64_t least = INT64_MAX;
    for_all_placements(game, [&](const WindowPlacement& placement) {
      least = std::min(least, window_cost(game, placement));
    });
    const WindowOptimum optimum = window_optimum(game, {});
    EXPECT_EQ(optimum.cost_ns, least);
    EXPECT_EQ(window_cost(game, optimum.placement), least);
    EXPECT_TRUE(optimum.exact());
    const WindowOptimum searched = window_optimum(game, {}, 1);
    EXPECT_LE(searched.bound_ns, least) << "without branch and bound the bound holds";
    EXPECT_GE(searched.cost_ns, least);
  });
}

TEST(WindowGame, GreedyIsTheOnlyEquilibriumButForTies) {
  for_random_games(300, [](const WindowGame& game) {
    const WindowPlacement greedy = greedy_placement(game);
    EXPECT_TRUE(is_equilibrium(game, greedy));
    const bool ties = std::ranges::max(game.work_ns) <= 2;
    if (ties) return;
    for_all_placements(game, [&](const WindowPlacement& placement) {
      EXPECT_EQ(is_equilibrium(game, placement), placement == greedy);
    });
  });
}

TEST(WindowGame, ALargeWindowHasABoundCloseBelow) {
  std::mt19937_64 rng(5);
  const WindowGame game = random_game(rng, 48, 8, 1'000'000);
  const WindowOptimum optimum = window_optimum(game, greedy_placement(game), 20'000);
  EXPECT_LE(optimum.bound_ns, optimum.cost_ns);
  EXPECT_GT(static_cast<double>(optimum.bound_ns), 0.8 * static_cast<double>(optimum.cost_ns));
  EXPECT_LE(optimum.cost_ns, window_cost(game, greedy_placement(game)));
}

TEST(WindowGame, TwoBigBehindOneSmallCostMoreThanTheyNeed) {
  // The small one takes the quick instance, where the big one behind it then waits or goes slow.
  const WindowGame game{2, 2, {0, 0}, {1, 2, 10, 100}};
  EXPECT_EQ(greedy_placement(game), (WindowPlacement{InstanceId{0}, InstanceId{0}}));
  EXPECT_EQ(window_cost(game, greedy_placement(game)), 12);
  EXPECT_EQ(window_optimum(game, {}).cost_ns, 12);
  const WindowGame other{2, 2, {0, 0}, {10, 11, 1, 100}};
  EXPECT_EQ(window_cost(other, greedy_placement(other)), 21);
  EXPECT_EQ(window_optimum(other, {}).cost_ns, 12);
}

}  // namespace
}  // namespace pigou
