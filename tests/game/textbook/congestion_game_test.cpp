// Do the textbook's games cost what the textbook says?
#include "game/textbook/congestion_game.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "depth.hpp"

namespace pigou {
namespace {

double price(const FlowGame& game) {
  return game.social_cost(game.equilibrium()) / game.social_cost(game.optimum());
}

TEST(Textbook, PigousTwoRoadsCostFourThirds) {
  const FlowGame roads{{{0, 1}, {1, 0}}, {{0}, {1}}};
  EXPECT_NEAR(price(roads), 4.0 / 3, 1e-9);
  EXPECT_NEAR(roads.equilibrium()[1], 1, 1e-9);
  EXPECT_NEAR(roads.optimum()[1], 0.5, 1e-9);
}

TEST(Textbook, BraesssBridgeCostsFourThirds) {
  // s-v: x, v-t: 1, s-w: 1, w-t: x, and the bridge v-w for nothing.
  const std::vector<AffineLatency> streets = {{1, 0}, {0, 1}, {0, 1}, {1, 0}, {0, 0}};
  const FlowGame without{streets, {{0, 1}, {2, 3}}};
  const FlowGame with{streets, {{0, 1}, {2, 3}, {0, 4, 3}}};
  EXPECT_NEAR(price(without), 1, 1e-9);
  EXPECT_NEAR(price(with), 4.0 / 3, 1e-9);
  EXPECT_NEAR(with.social_cost(with.equilibrium()) / without.social_cost(without.equilibrium()),
              4.0 / 3, 1e-9);
}

double whole(std::mt19937_64& rng, std::uint32_t most) {
  return static_cast<double>(rng() % (most + 1));
}

ResourceSet random_set(std::mt19937_64& rng, std::uint32_t resources) {
  ResourceSet set;
  for (std::uint32_t r = 0; r < resources; ++r)
    if (rng() % 2 == 0) set.push_back(r);
  if (set.empty()) set.push_back(static_cast<std::uint32_t>(rng() % resources));
  return set;
}

TEST(Textbook, AffineFlowNeverCostsOverFourThirds) {
  std::mt19937_64 rng(first_seed());
  const std::uint32_t count = draws(200, "flow games");
  for (std::uint32_t n = 0; n < count; ++n) {
    FlowGame game;
    for (std::uint32_t r = 0; r < 4; ++r) game.resources.push_back({whole(rng, 4), whole(rng, 4)});
    for (std::uint32_t p = 0; p < 3; ++p) game.paths.push_back(random_set(rng, 4));
    const double equilibrium = game.social_cost(game.equilibrium());
    const double optimum = game.social_cost(game.optimum());
    ASSERT_LE(equilibrium, 4.0 / 3 * optimum + 1e-6) << n;
    ASSERT_GE(equilibrium, optimum - 1e-6) << n;
  }
}

/// The least social cost of all profiles.
double least_cost(const AtomicGame& game) {
  AtomicGame::Profile profile(game.choices.size(), 0);
  double best = std::numeric_limits<double>::infinity();
  for (;;) {
    best = std::min(best, game.social_cost(profile));
    std::size_t p = 0;
    while (p < profile.size() && ++profile[p] == game.choices[p].size()) profile[p++] = 0;
    if (p == profile.size()) return best;
  }
}

TEST(Textbook, AffineCongestionGamesStayWithinFiveHalves) {
  std::mt19937_64 rng(first_seed());
  const std::uint32_t count = draws(200, "congestion games");
  for (std::uint32_t n = 0; n < count; ++n) {
    AtomicGame game;
    for (std::uint32_t r = 0; r < 5; ++r) game.resources.push_back({whole(rng, 3), whole(rng, 3)});
    game.choices.resize(1 + rng() % 5);
    for (auto& sets : game.choices)
      for (std::uint32_t c = 0; c < 3; ++c) sets.push_back(random_set(rng, 5));
    const AtomicGame::Profile reached = game.equilibrium();
    ASSERT_TRUE(game.is_equilibrium(reached)) << n;
    const double least = least_cost(game);
    ASSERT_LE(game.social_cost(reached), 2.5 * least + 1e-9) << n;
    ASSERT_GE(game.social_cost(reached), least - 1e-9) << n;
  }
}

TEST(Textbook, ThreePlayersReachFiveHalves) {
  // Christodoulou and Koutsoupias, STOC 2005: player i on h_i and g_i alone costs 2 each; in the
  // equilibrium it takes g_{i+1}, h_{i+1} and h_{i+2} and pays 5.
  AtomicGame game{std::vector<AffineLatency>(6, {1, 0}), {}};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const std::uint32_t next = (i + 1) % 3, after = (i + 2) % 3;
    game.choices.push_back({{3 + next, next, after}, {i, 3 + i}});
  }
  EXPECT_TRUE(game.is_equilibrium({0, 0, 0}));
  EXPECT_EQ(game.social_cost({0, 0, 0}), 15);
  EXPECT_EQ(least_cost(game), 6);
}

}  // namespace
}  // namespace pigou
