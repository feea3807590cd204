// Games and indices over what a router decided in a run.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/config.hpp"
#include "game/index/poa_hat.hpp"
#include "game/windows/window_game.hpp"
#include "simulation/record/result.hpp"

namespace pigou {

/// The pool of each instance that prompts are sent to, by its number.
std::vector<const PoolConfig*> entry_pools(const ClusterConfig& cluster);

/// PoA-hat over all requests of a run that kept its rows.
PoaHat residents_hat(const RequestColumns& requests, const ClusterConfig& cluster);

/// One window as the router saw it: who came, what the candidates' books said, where they went.
struct DecidedWindow {
  WindowGame game;
  WindowPlacement observed;
  std::vector<InstanceId> instances;  ///< by place in the game
};

/// Windows of `size` first placements in order of time, at most `most` of them, evenly spread. A
/// member's work on an instance is the idle prefill of what that does not hold of the prompt; an
/// instance's backlog is what the router's books had it prefill when it was first considered in
/// the window, less what members ahead had brought. A member may go to the instances that its
/// policy considered.
std::vector<DecidedWindow> decided_windows(const DecisionColumns& decisions,
                                           const ClusterConfig& cluster, std::size_t size,
                                           std::size_t most);

/// PoA-hat with Dynamo's logits, overlap weight 1, over windows of one request per instance in
/// which every instance was considered.
PoaHat logit_hat(const DecisionColumns& decisions, const ClusterConfig& cluster);

/// Sums of costs over windows.
struct WindowPrices {
  std::uint64_t windows = 0;
  std::uint64_t exact = 0;  ///< whose optimum is known to be one
  double greedy_s = 0, observed_s = 0;
  double best_s = 0;          ///< of the best placements found
  double bound_s = 0;         ///< no placements cost less
  double choices = 0;         ///< instances that a member's policy considered, mean
  double worst_observed = 0;  ///< largest observed / best of a window

  double greedy() const { return greedy_s / best_s; }
  double observed() const { return observed_s / best_s; }
};

WindowPrices window_prices(const std::vector<DecidedWindow>& windows);

}  // namespace pigou
