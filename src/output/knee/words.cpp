// What is said of knees in sentences: a part of report.hpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "game/knee/crossing.hpp"
#include "game/knee/drift.hpp"
#include "output/knee/report.hpp"
#include "output/text/numbers.hpp"

namespace pigou {
namespace {

std::string load_text(double load) { return significant(load, 3) + "x"; }

std::string rate_text(const KneeTask& task, const KneeCell& cell, double load) {
  return significant(load * cell.whole.rate_per_s, 3) + " " + knee_rate_unit(task);
}

std::string interval_text(const KneeTask& task, const KneeEstimate& estimate) {
  if (std::isnan(estimate.low)) {
    const auto found = std::ranges::count_if(estimate.by_part, [](double v) { return v == v; });
    return "no interval, as " + std::to_string(found) + " of " + std::to_string(task.parts) +
           " parts found it";
  }
  return fmt::format("{:g} % interval {} to {}", task.confidence * 100,
                     significant(estimate.low, 3), significant(estimate.high, 3));
}

/// Why a cell has no limit.
std::string without_limit(const KneeCell& cell) {
  const LoadPoint& lowest = cell.whole.points.front();
  const LoadPoint& highest = cell.whole.points.back();
  if (lowest.drift.drifts()) {
    const auto& counts = lowest.requests;
    const bool unserved = !counts.all_finished();
    return "the backlog grows at the lowest load tried, " + load_text(lowest.load) +
           (unserved ? ", where " + grouped(counts.arrived - counts.finished) + " of " +
                           grouped(counts.arrived) + " requests were not served"
                     : "");
  }
  return "above " + load_text(highest.load);
}

/// Routers whose requests are not all served: their cost is of those that were.
std::string unserved_note(const KneeTask& task) {
  std::uint64_t runs = 0;
  for (const KneeCell& cell : task.cells)
    for (const LoadPoint& point : cell.whole.points) runs += point.requests.all_finished() ? 0 : 1;
  if (runs == 0) return "";
  return "; in " + grouped(runs) +
         " replays of the whole trace some requests were not served: they stay in the backlog, and "
         "costs are of the others";
}

}  // namespace

const char* knee_rate_unit(const KneeTask& task) {
  return task.sessions ? "sessions/s" : "requests/s";
}

std::string knee_label(const KneeCell& cell) {
  std::string text = cell.label;
  for (const Setting& setting : cell.settings) text += ", " + setting.key + "=" + setting.value;
  return text;
}

std::optional<BesideBest> beside_best(const KneeTask& task, const KneeCell& cell) {
  if (!cell.onset.load) return std::nullopt;
  BesideBest found;
  double least = std::numeric_limits<double>::infinity(), own = 0;
  std::size_t known = 0;
  for (const KneeCell& other : task.cells) {
    std::vector<AtLoad> costs;
    for (const LoadPoint& point : other.whole.points) costs.push_back({point.load, point.cost_s});
    const auto cost = value_at(costs, *cell.onset.load);
    if (!cost) continue;
    ++known;
    if (&other == &cell) own = *cost;
    if (*cost < least) least = *cost, found.best = &other;
  }
  if (known < 2 || !(own > 0)) return std::nullopt;
  found.ratio = own / least;
  return found;
}

std::string knee_verdict(const KneeTask& task, const KneeCell& cell) {
  std::string text;
  if (cell.onset.load)
    text = "onset " + load_text(*cell.onset.load) + " (" + rate_text(task, cell, *cell.onset.load) +
           ")";
  else
    text = std::string(cost_title(task.cost)) + " never doubles up to " +
           load_text(cell.whole.points.back().load);
  if (!cell.limit.load) return text + ", no limit: " + without_limit(cell);
  text += ", limit " + load_text(*cell.limit.load) + " (" +
          rate_text(task, cell, *cell.limit.load) + "), " + interval_text(task, cell.limit);
  const auto beside = beside_best(task, cell);
  if (!beside) return text;
  if (beside->best == &cell) return text + "; at its onset the cheapest of those measured";
  return text + "; at its onset " + significant(beside->ratio, 3) +
         " times the cost of the cheapest of those measured (" + knee_label(*beside->best) + ")";
}

std::string knee_assumptions(const KneeTask& task) {
  const KneeCell& cell = task.cells.front();
  const char* const whole = task.sessions ? "sessions" : "requests";
  return std::string("cost is mean ") + cost_title(task.cost) +
         ", onset is where it is twice that of the lowest load, limit where the backlog (" + whole +
         " under way) grows by over " + percent(kDriftShare) +
         " of arrivals over the last two thirds, less that; intervals by Student's t over " +
         std::to_string(task.parts) +
         (task.sessions ? " parts of the sessions" : " stretches of the trace") +
         ", each replayed alone and compared by " + knee_rate_unit(task) + unserved_note(task) +
         "; " +
         joined(assumptions(cell.scenario, cell.lowest,
                            {{cell.scenario.config.router.name, cell.label, cell.lowest.unused}}));
}

}  // namespace pigou
