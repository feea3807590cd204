#include "output/text/setting_unit.hpp"

#include "routing/policy_table.hpp"
#include "scenario/keys.hpp"

namespace pigou {

std::string setting_unit(const std::string& key, const Scenario& scenario) {
  constexpr std::string_view kRouter = "router.", kPools = "cluster.pools.";
  std::string path = key;
  if (path.starts_with(kPools)) {
    const auto dot = path.find('.', kPools.size());
    if (dot != std::string::npos) path = "cluster.pools[]" + path.substr(dot);
  }
  if (const ScenarioKey* known = find_scenario_key(path)) return std::string(known->unit);
  for (const auto& parameter : find_policy(scenario.config.router.name).parameters)
    if (key == std::string(kRouter).append(parameter.name)) return std::string(parameter.unit);
  return "1";
}

std::string setting_title(const std::string& key, const Scenario& scenario) {
  const std::string unit = setting_unit(key, scenario);
  return unit == "1" || key.ends_with("_" + unit) ? key : key + " " + unit;
}

}  // namespace pigou
