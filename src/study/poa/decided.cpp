#include "study/poa/decided.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_set>

#include "game/prefill_time.hpp"

namespace pigou {
namespace {

/// A pair that is none: dearer than any, and small enough for sums of a window.
constexpr std::int64_t kNotConsidered = std::int64_t{1} << 43;
constexpr std::uint64_t kMostNodes = 20'000;

std::int64_t to_ns(double seconds) {
  return std::min<std::int64_t>(std::llround(seconds * 1e9), kNotConsidered - 1);
}

/// Rows that placed a request's prompt for the first time, in order of time.
std::vector<std::size_t> placements(const DecisionColumns& decisions, std::size_t entries) {
  std::vector<std::size_t> rows;
  std::unordered_set<std::uint64_t> seen;
  for (std::size_t row = 0; row < decisions.rows(); ++row) {
    const std::int32_t instance = decisions.instance[row];
    if (instance < 0 || static_cast<std::size_t>(instance) >= entries) continue;
    if (decisions.attempt[row] == 0 && seen.insert(decisions.request[row]).second)
      rows.push_back(row);
  }
  return rows;
}

/// The candidate of a row that is `instance`, or the row's end.
std::size_t candidate_of(const DecisionColumns& decisions, std::size_t row, std::int32_t instance) {
  const auto begin = decisions.candidate.begin();
  const auto first = begin + static_cast<std::ptrdiff_t>(decisions.candidate_begin[row]);
  const auto last = begin + static_cast<std::ptrdiff_t>(decisions.candidate_begin[row + 1]);
  return static_cast<std::size_t>(std::find(first, last, instance) - begin);
}

class WindowBuilder {
 public:
  WindowBuilder(const DecisionColumns& decisions, const std::vector<const PoolConfig*>& pools)
      : decisions_(decisions), pools_(pools) {}

  DecidedWindow build(std::span<const std::size_t> rows) {
    DecidedWindow window;
    WindowGame& game = window.game;
    const std::size_t entries = pools_.size();
    game.members = rows.size();
    game.instances = entries;
    for (std::uint32_t i = 0; i < entries; ++i) window.instances.push_back(InstanceId{i});
    game.backlog_ns.assign(entries, 0);
    game.work_ns.assign(rows.size() * entries, kNotConsidered);
    std::vector<std::uint8_t> known(entries);
    std::vector<double> brought(entries);
    for (std::size_t m = 0; m < rows.size(); ++m) {
      const std::size_t row = rows[m];
      for (auto c = decisions_.candidate_begin[row]; c < decisions_.candidate_begin[row + 1]; ++c) {
        const auto i = static_cast<std::size_t>(decisions_.candidate[c]);
        if (i >= entries) continue;
        game.work_ns[m * entries + i] = to_ns(work_s(row, c, i));
        if (known[i] != 0) continue;
        known[i] = 1;
        const double tokens = static_cast<double>(decisions_.prefill_tokens[c]) - brought[i];
        game.backlog_ns[i] =
            to_ns(std::max(0.0, tokens) * pools_[i]->model.step.prefill_s_per_token);
      }
      const auto chosen = static_cast<std::uint32_t>(decisions_.instance[row]);
      window.observed.push_back(InstanceId{chosen});
      const std::size_t c = candidate_of(decisions_, row, decisions_.instance[row]);
      const bool considered = c < decisions_.candidate_begin[row + 1];
      // A policy that did not note where it sent the request leaves its work there unknown.
      if (!considered) game.work_ns[m * entries + chosen] = to_ns(work_s(row, c, chosen));
      brought[chosen] += uncached(row, c);
    }
    return window;
  }

 private:
  double uncached(std::size_t row, std::size_t candidate) const {
    return decisions_.input_tokens[row] - static_cast<double>(cached(row, candidate));
  }
  std::int64_t cached(std::size_t row, std::size_t candidate) const {
    return candidate < decisions_.candidate_begin[row + 1] ? decisions_.cached_tokens[candidate]
                                                           : 0;
  }
  double work_s(std::size_t row, std::size_t candidate, std::size_t instance) const {
    return prefill_alone_s(*pools_[instance], decisions_.input_tokens[row], cached(row, candidate));
  }

  const DecisionColumns& decisions_;
  const std::vector<const PoolConfig*>& pools_;
};

}  // namespace

std::vector<const PoolConfig*> entry_pools(const ClusterConfig& cluster) {
  std::vector<const PoolConfig*> pools;
  for (const PoolConfig& pool : cluster.pools)
    if (pool.role != Role::kDecode) pools.insert(pools.end(), pool.count, &pool);
  return pools;
}

PoaHat residents_hat(const RequestColumns& requests, const ClusterConfig& cluster) {
  const auto pools = entry_pools(cluster);
  std::vector<ServedRequest> served;
  for (std::size_t r = 0; r < requests.request.size(); ++r) {
    const std::int32_t instance = requests.instance[r];
    if (instance < 0 || static_cast<std::size_t>(instance) >= pools.size() ||
        std::isnan(requests.ttft_s[r]))
      continue;
    const auto engine = static_cast<std::uint32_t>(instance);
    served.push_back({requests.arrival_s[r], requests.ttft_s[r],
                      prefill_alone_s(*pools[engine], requests.input_tokens[r], 0),
                      InstanceId{engine}});
  }
  std::ranges::stable_sort(served, {}, &ServedRequest::arrival_s);
  return summarise(residents_windows(served, static_cast<std::uint32_t>(pools.size())));
}

std::vector<DecidedWindow> decided_windows(const DecisionColumns& decisions,
                                           const ClusterConfig& cluster, std::size_t size,
                                           std::size_t most) {
  const auto pools = entry_pools(cluster);
  const std::vector<std::size_t> rows = placements(decisions, pools.size());
  std::vector<DecidedWindow> windows;
  const std::size_t whole = rows.size() / size;
  const std::size_t kept = std::min(whole, most);
  WindowBuilder builder(decisions, pools);
  for (std::size_t w = 0; w < kept; ++w)
    windows.push_back(builder.build(std::span(rows).subspan(w * whole / kept * size, size)));
  return windows;
}

PoaHat logit_hat(const DecisionColumns& decisions, const ClusterConfig& cluster) {
  const auto n = static_cast<std::uint32_t>(entry_pools(cluster).size());
  const std::vector<std::size_t> rows = placements(decisions, n);
  std::vector<IndexWindow> windows;
  for (std::size_t first = 0; first + n <= rows.size(); first += n) {
    LogitWindow window;
    window.engines = n;
    bool all = true;
    for (std::size_t m = 0; all && m < n; ++m) {
      const std::size_t row = rows[first + m];
      const double block = std::max(1U, decisions.block_tokens[row]);
      window.prompt_blocks.push_back(decisions.input_tokens[row] / block);
      window.chosen.push_back(InstanceId{static_cast<std::uint32_t>(decisions.instance[row])});
      for (std::uint32_t e = 0; all && e < n; ++e) {
        const std::size_t c = candidate_of(decisions, row, static_cast<std::int32_t>(e));
        all = c < decisions.candidate_begin[row + 1];
        if (!all) break;
        window.cached_blocks.push_back(decisions.cached_tokens[c] / block);
        if (m > 0) continue;
        window.prefill_blocks.push_back(static_cast<double>(decisions.prefill_tokens[c]) / block);
        window.decode_blocks.push_back(static_cast<double>(decisions.active_blocks[c]));
      }
    }
    if (all) windows.push_back(logit_window(window, 1));
  }
  return summarise(windows);
}

WindowPrices window_prices(const std::vector<DecidedWindow>& windows) {
  WindowPrices prices;
  std::size_t members = 0, choices = 0;
  for (const DecidedWindow& window : windows) {
    const WindowOptimum best = window_optimum(window.game, window.observed, kMostNodes);
    const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
    const double observed = seconds(window_cost(window.game, window.observed));
    prices.windows += 1;
    members += window.game.members;
    choices += static_cast<std::size_t>(
        std::ranges::count_if(window.game.work_ns, [](auto w) { return w < kNotConsidered; }));
    prices.exact += best.exact() ? 1 : 0;
    prices.greedy_s += seconds(window_cost(window.game, greedy_placement(window.game)));
    prices.observed_s += observed;
    prices.best_s += seconds(best.cost_ns);
    prices.bound_s += seconds(best.bound_ns);
    if (best.cost_ns > 0)
      prices.worst_observed = std::max(prices.worst_observed, observed / seconds(best.cost_ns));
  }
  prices.choices = static_cast<double>(choices) / static_cast<double>(members);
  return prices;
}

}  // namespace pigou
