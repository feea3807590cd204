#include "game/index/poa_hat.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.hpp"
#include "game/assignment/assignment.hpp"

namespace pigou {
namespace {

/// The value that a share of sorted `values` does not exceed.
double quantile(const std::vector<double>& values, double share) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = std::ceil(share * static_cast<double>(values.size()));
  return values[static_cast<std::size_t>(std::max(1.0, place)) - 1];
}

/// Largest factor with the smallest: no pairing of two sorted lists has a smaller sum of products.
double least_product(std::vector<double> a, std::vector<double> b) {
  std::ranges::sort(a);
  std::ranges::sort(b, std::greater<>());
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

PoaHat summarise(std::span<const IndexWindow> windows) {
  PoaHat hat;
  hat.windows = windows.size();
  std::vector<double> ratios;
  double observed = 0, optimal = 0, worst = 0;
  for (const IndexWindow& window : windows) {
    ratios.push_back(window.ratio());
    observed += window.observed;
    optimal += window.optimal;
    worst += window.worst;
  }
  std::ranges::sort(ratios);
  hat.median = quantile(ratios, 0.5);
  hat.p90 = quantile(ratios, 0.9);
  hat.max = quantile(ratios, 1);
  hat.of_sums = observed / optimal;
  hat.bound = worst / optimal;
  return hat;
}

std::vector<IndexWindow> residents_windows(std::span<const ServedRequest> served,
                                           std::uint32_t engines) {
  require(engines > 0, "an index needs an engine");
  std::vector<IndexWindow> windows;
  std::vector<std::size_t> resident;  // who came before and may still be prefilling
  for (std::size_t first = 0; first + engines <= served.size(); first += engines) {
    const double now_s = served[first].arrival_s;
    std::erase_if(resident,
                  [&](std::size_t q) { return served[q].arrival_s + served[q].ttft_s <= now_s; });
    std::vector<double> price(engines, 1.0), prefill;
    for (const std::size_t q : resident)
      if (served[q].arrival_s < now_s) price[served[q].engine.value] += served[q].prefill_s;
    IndexWindow window;
    const double dearest = *std::ranges::max_element(price);
    for (std::size_t r = first; r < first + engines; ++r) {
      prefill.push_back(std::max(1e-9, served[r].prefill_s));
      window.observed += prefill.back() * price[served[r].engine.value];
      window.worst += prefill.back() * dearest;
      resident.push_back(r);
    }
    window.optimal = least_product(prefill, price);
    windows.push_back(window);
  }
  return windows;
}

IndexWindow logit_window(const LogitWindow& window, double overlap_weight) {
  const std::size_t n = window.engines;
  require(window.chosen.size() == n, "a window has one member per engine");
  constexpr double kPart = 1 << 20;  // logits become integers of this part of a block
  AssignmentCosts costs{n, n, std::vector<std::int64_t>(n * n)};
  IndexWindow result;
  for (std::size_t r = 0; r < n; ++r) {
    double dearest = 0;
    for (std::size_t e = 0; e < n; ++e) {
      const double fresh = window.prompt_blocks[r] - window.cached_blocks[r * n + e];
      const double logit =
          overlap_weight * (window.prefill_blocks[e] + fresh) + window.decode_blocks[e] + fresh;
      costs.cost[r * n + e] =
          std::min<std::int64_t>(kMostCost, std::llround(std::max(0.0, logit) * kPart));
      dearest = std::max(dearest, static_cast<double>(costs.at(r, e)) / kPart);
    }
    result.observed += static_cast<double>(costs.at(r, window.chosen[r].value)) / kPart;
    result.worst += dearest;
  }
  result.optimal = static_cast<double>(cheapest_assignment(costs).cost) / kPart;
  return result;
}

double rectangular_ratio(std::uint32_t requests, std::uint32_t engines) {
  return static_cast<double>(requests) / engines;
}

}  // namespace pigou
