// The axes a capacity is searched along.
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "scenario/keys.hpp"
#include "study/capacity/capacity.hpp"

namespace pigou {
namespace {

constexpr double kReach = 64;  ///< how far from the start a search goes unless told otherwise

/// Keys under which more is more load.
constexpr std::string_view kAxes[] = {"load",
                                      "workload.rate_scale",
                                      "workload.overlay",
                                      "workload.thin",
                                      "workload.concurrency",
                                      "workload.sessions.rate",
                                      "workload.sessions.max_concurrent",
                                      "workload.synth.rate"};

/// The scenario's own value of a key, 0 where it has none.
double own_value(const std::string& key, const Scenario& scenario) {
  const auto resolved = nlohmann::ordered_json::parse(scenario.resolved);
  std::string pointer = "/" + key;
  for (char& c : pointer)
    if (c == '.') c = '/';
  const nlohmann::ordered_json::json_pointer place(pointer);
  if (!resolved.contains(place) || !resolved.at(place).is_number()) return 0;
  return resolved.at(place).get<double>();
}

}  // namespace

LoadAxis load_axis(const std::string& key, const Scenario& scenario, double low, double high,
                   double tolerance) {
  std::vector<std::string> known(std::begin(kAxes), std::end(kAxes));
  if (std::ranges::find(known, key) == known.end())
    throw UserError("--axis " + key + " is no axis of load", "it is none of Pigou's",
                    suggest_name(key, known));
  LoadAxis axis;
  axis.key = key;
  LoadRange& range = axis.range;
  range.tolerance = tolerance;
  double least = 1e-6, most = 1e5;
  range.start = own_value("workload.load", scenario);
  if (const ScenarioKey* row = key == "load" ? nullptr : find_scenario_key(key)) {
    range.whole = row->type == KeyType::kInteger;
    least = range.whole ? 1 : std::max(row->min, 1e-6);
    most = row->max;
    range.start = own_value(key, scenario);
    if (range.start <= 0) range.start = high > 0 ? high : low;
    if (range.start <= 0)
      throw UserError("--axis " + key + " has no value to start from",
                      "the scenario does not set it", "set it, or add --low or --high");
  }
  range.low = low > 0 ? low : std::max(least, range.start / kReach);
  range.high = high > 0 ? high : std::min(most, range.start * kReach);
  if (range.whole) range.low = std::max(1.0, std::ceil(range.low));
  if (range.whole) range.high = std::floor(range.high);
  if (range.low < least || range.high > most || range.low > range.high)
    throw UserError("--low and --high span nothing",
                    shortest_text(range.low) + " to " + shortest_text(range.high) + " of " + key,
                    "use " + shortest_text(least) + " <= low <= high <= " + shortest_text(most));
  range.start = std::clamp(range.start, range.low, range.high);
  return axis;
}

std::vector<std::string> axis_settings(const std::string& key, double load) {
  return {(key == "load" ? "workload.load" : key) + "=" + shortest_text(load)};
}

}  // namespace pigou
