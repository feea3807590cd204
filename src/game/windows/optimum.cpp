// The least a window can cost: a part of window_game.hpp.
#include <algorithm>

#include "game/assignment/assignment.hpp"
#include "game/windows/window_game.hpp"

namespace pigou {
namespace {

/// From the last member to the first, what a member adds depends only on how many of those behind
/// it share its instance: its backlog once, its work for itself and for each of them.
class BranchAndBound {
 public:
  BranchAndBound(const WindowGame& game, std::uint64_t most_nodes)
      : game_(game), behind_(game.instances), now_(game.members), nodes_left_(most_nodes) {
    // The least each member adds whoever is behind it, summed over those still to place.
    least_before_.assign(game.members + 1, 0);
    for (std::size_t m = 0; m < game.members; ++m) {
      std::int64_t least = INT64_MAX;
      for (std::size_t i = 0; i < game.instances; ++i) least = std::min(least, added(m, i));
      least_before_[m + 1] = least_before_[m] + least;
    }
  }

  /// False where the nodes ran out; `best` is then the best seen.
  bool improve(WindowPlacement& best, std::int64_t& cost) {
    best_ = &best;
    best_cost_ = &cost;
    descend(game_.members, 0);
    return nodes_left_ > 0;
  }

 private:
  std::int64_t added(std::size_t member, std::size_t instance) const {
    return game_.backlog_ns[instance] + (behind_[instance] + 1) * game_.work(member, instance);
  }

  void descend(std::size_t left, std::int64_t so_far) {
    if (nodes_left_ == 0) return;
    --nodes_left_;
    if (so_far + rest_bound(left) >= *best_cost_) return;
    if (left == 0) {
      *best_ = now_;
      *best_cost_ = so_far;
      return;
    }
    const std::size_t member = left - 1;
    std::vector<std::uint32_t> order(game_.instances);
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](std::uint32_t a, std::uint32_t b) {
      return added(member, a) < added(member, b);
    });
    for (const std::uint32_t i : order) {
      const std::int64_t more = added(member, i);
      now_[member] = InstanceId{i};
      ++behind_[i];
      descend(member, so_far + more);
      --behind_[i];
    }
  }

  /// At least what those ahead add, given who is behind them by now.
  std::int64_t rest_bound(std::size_t left) const {
    std::int64_t sum = 0;
    for (std::size_t m = 0; m < left; ++m) {
      std::int64_t least = INT64_MAX;
      for (std::size_t i = 0; i < game_.instances; ++i) least = std::min(least, added(m, i));
      sum += least;
    }
    return std::max(sum, least_before_[left]);
  }

  const WindowGame& game_;
  std::vector<std::int64_t> behind_, least_before_;
  WindowPlacement now_;
  WindowPlacement* best_ = nullptr;
  std::int64_t* best_cost_ = nullptr;
  std::uint64_t nodes_left_;
};

/// Moves of one member and exchanges of two while any is cheaper.
void search_nearby(const WindowGame& game, WindowPlacement& placement, std::int64_t& cost) {
  const auto keep = [&](const WindowPlacement& other) {
    const std::int64_t cost_there = window_cost(game, other);
    if (cost_there >= cost) return false;
    cost = cost_there;
    placement = other;
    return true;
  };
  constexpr int kMostRounds = 50;
  bool better = true;
  for (int round = 0; better && round < kMostRounds; ++round) {
    better = false;
    for (std::size_t a = 0; a < game.members; ++a) {
      for (std::uint32_t i = 0; i < game.instances; ++i) {
        WindowPlacement other = placement;
        other[a] = InstanceId{i};
        better = keep(other) || better;
      }
      for (std::size_t b = 0; b < a; ++b) {
        WindowPlacement other = placement;
        std::swap(other[a], other[b]);
        better = keep(other) || better;
      }
    }
  }
}

/// The cheapest with the order free: the k-th from the end of an instance delays k with its work.
std::int64_t free_order_bound(const WindowGame& game) {
  AssignmentCosts costs{game.members, game.members * game.instances, {}};
  costs.cost.reserve(costs.rows * costs.columns);
  for (std::size_t m = 0; m < game.members; ++m)
    for (std::size_t i = 0; i < game.instances; ++i)
      for (std::size_t k = 1; k <= game.members; ++k)
        costs.cost.push_back(std::min(
            kMostCost, game.backlog_ns[i] + static_cast<std::int64_t>(k) * game.work(m, i)));
  return cheapest_assignment(costs).cost;
}

}  // namespace

WindowOptimum window_optimum(const WindowGame& game, const WindowPlacement& start,
                             std::uint64_t most_nodes) {
  WindowOptimum optimum;
  optimum.placement = greedy_placement(game);
  optimum.cost_ns = window_cost(game, optimum.placement);
  if (start.size() == game.members) {
    const std::int64_t cost = window_cost(game, start);
    if (cost < optimum.cost_ns) {
      optimum.placement = start;
      optimum.cost_ns = cost;
    }
  }
  search_nearby(game, optimum.placement, optimum.cost_ns);
  optimum.bound_ns = std::min(free_order_bound(game), optimum.cost_ns);
  if (optimum.exact()) return optimum;
  if (BranchAndBound(game, most_nodes).improve(optimum.placement, optimum.cost_ns))
    optimum.bound_ns = optimum.cost_ns;
  return optimum;
}

}  // namespace pigou
