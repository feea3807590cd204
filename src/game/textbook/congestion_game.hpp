// Congestion games with affine latencies: what equilibrium and optimum cost, by formula.
#pragma once

#include <cstdint>
#include <vector>

namespace pigou {

/// Latency of a resource under x users: slope * x + constant, neither below 0.
struct AffineLatency {
  double slope = 0, constant = 0;

  double at(double users) const { return slope * users + constant; }
};

/// The resources one choice uses, each once.
using ResourceSet = std::vector<std::uint32_t>;

/// Players of weight 1 who each choose one of their sets and pay the latencies in it: Rosenthal,
/// International Journal of Game Theory 2 (1973). Best responses end in an equilibrium, since each
/// lowers the potential.
struct AtomicGame {
  std::vector<AffineLatency> resources;
  std::vector<std::vector<ResourceSet>> choices;  ///< by player, one at least

  using Profile = std::vector<std::uint32_t>;  ///< by player the place among its choices

  double social_cost(const Profile& profile) const;
  /// What `player` pays when it alone changes to `choice`.
  double cost_of(const Profile& profile, std::size_t player, std::uint32_t choice) const;
  bool is_equilibrium(const Profile& profile) const;
  /// The equilibrium that best responses in turn reach from everybody's first choice.
  Profile equilibrium() const;
};

/// A unit of flow from one source to one sink over paths, each so small that it counts for nothing
/// alone: Wardrop 1952; Roughgarden and Tardos, Journal of the ACM 49 (2002).
struct FlowGame {
  std::vector<AffineLatency> resources;
  std::vector<ResourceSet> paths;

  using Flow = std::vector<double>;  ///< by path, adding up to 1

  double social_cost(const Flow& flow) const;
  double latency_of(const Flow& flow, std::size_t path) const;
  /// Flow whose used paths are the fastest.
  Flow equilibrium() const;
  /// Flow of least cost: the equilibrium once every slope is doubled, for then each pays what it
  /// adds for others (Pigou 1920).
  Flow optimum() const;
};

}  // namespace pigou
