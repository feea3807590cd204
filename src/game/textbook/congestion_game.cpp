#include "game/textbook/congestion_game.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace pigou {
namespace {

std::vector<double> users_of(const AtomicGame& game, const AtomicGame::Profile& profile) {
  std::vector<double> users(game.resources.size());
  for (std::size_t p = 0; p < profile.size(); ++p)
    for (const std::uint32_t r : game.choices[p][profile[p]]) users[r] += 1;
  return users;
}

std::vector<double> users_of(const FlowGame& game, const FlowGame::Flow& flow) {
  std::vector<double> users(game.resources.size());
  for (std::size_t p = 0; p < flow.size(); ++p)
    for (const std::uint32_t r : game.paths[p]) users[r] += flow[p];
  return users;
}

double total(const std::vector<AffineLatency>& resources, const std::vector<double>& users) {
  double sum = 0;
  for (std::size_t r = 0; r < resources.size(); ++r) sum += users[r] * resources[r].at(users[r]);
  return sum;
}

/// The slope of what two paths do not share: how fast their latencies meet as flow changes over.
double slope_between(const FlowGame& game, const ResourceSet& a, const ResourceSet& b) {
  double slope = 0;
  for (const std::uint32_t r : a)
    if (std::ranges::find(b, r) == b.end()) slope += game.resources[r].slope;
  for (const std::uint32_t r : b)
    if (std::ranges::find(a, r) == a.end()) slope += game.resources[r].slope;
  return slope;
}

}  // namespace

double AtomicGame::social_cost(const Profile& profile) const {
  return total(resources, users_of(*this, profile));
}

double AtomicGame::cost_of(const Profile& profile, std::size_t player, std::uint32_t choice) const {
  Profile changed = profile;
  changed[player] = choice;
  const std::vector<double> users = users_of(*this, changed);
  double cost = 0;
  for (const std::uint32_t r : choices[player][choice]) cost += resources[r].at(users[r]);
  return cost;
}

bool AtomicGame::is_equilibrium(const Profile& profile) const {
  for (std::size_t p = 0; p < profile.size(); ++p)
    for (std::uint32_t c = 0; c < choices[p].size(); ++c)
      if (cost_of(profile, p, c) < cost_of(profile, p, profile[p])) return false;
  return true;
}

AtomicGame::Profile AtomicGame::equilibrium() const {
  Profile profile(choices.size(), 0);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t p = 0; p < profile.size(); ++p) {
      std::uint32_t best = profile[p];
      for (std::uint32_t c = 0; c < choices[p].size(); ++c)
        if (cost_of(profile, p, c) < cost_of(profile, p, best)) best = c;
      changed = changed || best != profile[p];
      profile[p] = best;
    }
  }
  return profile;
}

double FlowGame::social_cost(const Flow& flow) const {
  return total(resources, users_of(*this, flow));
}

double FlowGame::latency_of(const Flow& flow, std::size_t path) const {
  const std::vector<double> users = users_of(*this, flow);
  double latency = 0;
  for (const std::uint32_t r : paths[path]) latency += resources[r].at(users[r]);
  return latency;
}

FlowGame::Flow FlowGame::equilibrium() const {
  require(!paths.empty(), "flow needs a path");
  constexpr double kClose = 1e-12;
  constexpr int kMostRounds = 100'000;
  Flow flow(paths.size(), 0);
  flow[0] = 1;
  // From the slowest path in use to the fastest, until they meet: each round lowers the potential.
  for (int round = 0; round < kMostRounds; ++round) {
    std::size_t slowest = paths.size(), fastest = 0;
    for (std::size_t p = 0; p < paths.size(); ++p) {
      if (latency_of(flow, p) < latency_of(flow, fastest)) fastest = p;
      if (flow[p] > 0 &&
          (slowest == paths.size() || latency_of(flow, p) > latency_of(flow, slowest)))
        slowest = p;
    }
    const double ahead = latency_of(flow, slowest) - latency_of(flow, fastest);
    if (ahead <= kClose) break;
    const double slope = slope_between(*this, paths[slowest], paths[fastest]);
    const double moved = slope > 0 ? std::min(flow[slowest], ahead / slope) : flow[slowest];
    flow[slowest] -= moved;
    flow[fastest] += moved;
  }
  return flow;
}

FlowGame::Flow FlowGame::optimum() const {
  FlowGame taxed = *this;
  for (AffineLatency& latency : taxed.resources) latency.slope *= 2;
  return taxed.equilibrium();
}

}  // namespace pigou
