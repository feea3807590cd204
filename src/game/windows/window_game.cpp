#include "game/windows/window_game.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {
namespace {

void check(const WindowGame& game) {
  require(game.instances > 0 || game.members == 0, "a window's members need an instance");
  require(game.backlog_ns.size() == game.instances, "a backlog for every instance");
  require(game.work_ns.size() == game.members * game.instances, "a work for every pair");
}

}  // namespace

std::int64_t window_cost(const WindowGame& game, const WindowPlacement& placement) {
  check(game);
  std::vector<std::int64_t> ahead = game.backlog_ns;
  std::int64_t cost = 0;
  for (std::size_t m = 0; m < game.members; ++m) {
    const std::uint32_t i = placement[m].value;
    ahead[i] += game.work(m, i);
    cost += ahead[i];
  }
  return cost;
}

WindowPlacement greedy_placement(const WindowGame& game) {
  check(game);
  std::vector<std::int64_t> ahead = game.backlog_ns;
  WindowPlacement placement(game.members);
  for (std::size_t m = 0; m < game.members; ++m) {
    std::uint32_t best = 0;
    for (std::uint32_t i = 1; i < game.instances; ++i)
      if (ahead[i] + game.work(m, i) < ahead[best] + game.work(m, best)) best = i;
    ahead[best] += game.work(m, best);
    placement[m] = InstanceId{best};
  }
  return placement;
}

bool is_equilibrium(const WindowGame& game, const WindowPlacement& placement) {
  check(game);
  std::vector<std::int64_t> ahead = game.backlog_ns;
  for (std::size_t m = 0; m < game.members; ++m) {
    const std::uint32_t own = placement[m].value;
    for (std::size_t i = 0; i < game.instances; ++i)
      if (ahead[i] + game.work(m, i) < ahead[own] + game.work(m, own)) return false;
    ahead[own] += game.work(m, own);
  }
  return true;
}

}  // namespace pigou
