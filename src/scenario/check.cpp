// Strictness and defaults: a scenario against the key table.
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "routing/policy_table.hpp"
#include "scenario/json.hpp"
#include "scenario/keys.hpp"
#include "scenario/policy_config.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

/// Sections whose presence means something: a trace is replaced, parameters change during the run.
constexpr std::string_view kOptionalSections[] = {"workload.synth", "control"};

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > 60 ? text.substr(0, 57) + "..." : text;
}

[[noreturn]] void reject(const std::string& path, const ScenarioKey& key, const Json& value) {
  std::string why(key.sentence);
  if (why.ends_with('.')) why.pop_back();
  throw UserError(path + " cannot be " + shown(value), why, "use " + range_text(key));
}

bool in_range(const ScenarioKey& key, const Json& value) {
  if (!value.is_number()) return false;
  const double number = value.get<double>();
  if (number > 0 && number < key.least) return false;
  return std::isfinite(number) && number >= key.min && number <= key.max;
}

bool is_whole(const ScenarioKey& key, const Json& value) {
  return in_range(key, value) && value.get<double>() == std::floor(value.get<double>());
}

bool is_choice(const ScenarioKey& key, const Json& value) {
  if (!value.is_string()) return false;
  const auto name = value.get<std::string>();
  if (name.empty() || name.find('|') != std::string::npos) return false;
  return ("|" + std::string(key.choices) + "|").find("|" + name + "|") != std::string::npos;
}

bool acceptable(const ScenarioKey& key, const Json& value) {
  switch (key.type) {
    case KeyType::kInteger:
      return is_whole(key, value);
    case KeyType::kReal:
      return in_range(key, value);
    case KeyType::kFlag:
      return value.is_boolean();
    case KeyType::kText:
      return value.is_string() && !value.get<std::string>().empty() &&
             value.get<std::string>().find('\0') == std::string::npos;
    case KeyType::kChoice:
      return is_choice(key, value);
    case KeyType::kLength:
      // The text form is judged by the synthesiser, which owns it.
      return value.is_string() ? value.get<std::string>().starts_with("lognormal:") ||
                                     value.get<std::string>().starts_with("histogram:")
                               : is_whole(key, value);
    case KeyType::kPair:
      return value.is_array() && value.size() == 2 && in_range(key, value[0]) &&
             in_range(key, value[1]);
  }
  return false;
}

/// One spelling per value, so that equal scenarios have equal bytes and equal hashes.
Json canonical(const ScenarioKey& key, const Json& value) {
  const bool whole = key.type == KeyType::kInteger || key.type == KeyType::kLength;
  if (whole && value.is_number()) return static_cast<std::int64_t>(value.get<double>());
  if (key.type == KeyType::kReal) return value.get<double>();
  if (key.type == KeyType::kPair) return {value[0].get<double>(), value[1].get<double>()};
  return value;
}

void check_value(const std::string& path, const ScenarioKey& key, const Json& value) {
  if (!acceptable(key, value)) reject(path, key, value);
  if (!key.not_built.empty() && canonical(key, value) != Json::parse(key.fallback))
    throw UserError(path + " cannot be " + shown(value) + " yet", std::string(key.not_built),
                    "use " + std::string(key.fallback) + " or leave it out");
}

void check_section(const Json& section, const std::string& path, const std::string& table_path);

void check_list(const Json& list, const std::string& path, const std::string& table_path) {
  if (!list.is_array())
    throw UserError(path + " cannot be " + shown(list), "it holds one object per member",
                    "write a list of objects");
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::string name = std::to_string(i);
    if (list[i].is_object() && list[i].contains("name") && list[i]["name"].is_string())
      name = list[i]["name"].get<std::string>();
    check_section(list[i], path + "." + name, table_path + "[]");
  }
}

[[noreturn]] void reject_unknown(const std::string& path, const std::string& name,
                                 const std::string& table_path) {
  const auto known = scenario_section(table_path);
  std::string suggestion = suggest_name(name, known);
  // A key put into the wrong section is a slip too; later rows are the shorter paths.
  if (!suggestion.starts_with("did you mean"))
    for (const auto& key : scenario_keys())
      if (key.path.ends_with("." + name)) suggestion = "it belongs at " + std::string(key.path);
  throw UserError("unknown key '" + (path.empty() ? name : path + "." + name) + "'",
                  "no such key in " + (path.empty() ? std::string("a scenario") : path),
                  suggestion);
}

void check_section(const Json& section, const std::string& path, const std::string& table_path) {
  if (!section.is_object())
    throw UserError(
        (path.empty() ? std::string("the scenario") : path) + " cannot be " + shown(section),
        "it is a section", "write an object of keys");
  for (const auto& [name, value] : section.items()) {
    const std::string here = path.empty() ? name : path + "." + name;
    const std::string there = table_path.empty() ? name : table_path + "." + name;
    if (there == "router") continue;
    if (value.is_null()) continue;  // null is "not given", so a resolved file reads back
    if (const ScenarioKey* key = find_scenario_key(there))
      check_value(here, *key, value);
    else if (is_scenario_section(there))
      check_section(value, here, there);
    else if (is_scenario_list(there))
      check_list(value, here, there);
    else
      reject_unknown(path, name, table_path);
  }
}

bool fits(const Parameter& parameter, const Json& value) {
  if (parameter.type == ParameterType::kFlag) return value.is_boolean();
  if (parameter.type == ParameterType::kChoice) return value.is_string();
  return value.is_number();
}

/// Whether `key` is one of the two that say what policy classes a router has.
bool is_class_key(const std::string& key) {
  return key == "policy_config" || key == "served_model_name";
}

void check_class_key(const PolicyInfo& policy, const std::string& key, const Json& router) {
  const std::string path = "router." + key;
  if (!policy.policy_config)
    throw UserError(path + " does not go with " + std::string(policy.name),
                    "policy classes are those of Dynamo's router",
                    "use dynamo-kv@2026-08 or dynamo-lmetric@2026-08, or leave it out");
  if (key == "policy_config") {
    checked_policy_config(router[key]);
    return;
  }
  check_value(path, *find_scenario_key(path), router[key]);
  if (!router.contains("policy_config") || router["policy_config"].is_null())
    throw UserError(path + " is set without router.policy_config",
                    "it chooses among the models of that file", "set both, or neither");
}

void check_router(const Json& router) {
  if (!router.is_object())
    throw UserError("router cannot be " + shown(router), "it is a section",
                    "write { \"name\": \"round-robin\" }");
  const Json name = router.value("name", Json("round-robin"));
  const ScenarioKey& name_key = *find_scenario_key("router.name");
  check_value("router.name", name_key, name);
  const PolicyInfo& policy = find_policy(name.get<std::string>());
  for (const auto& [key, value] : router.items()) {
    if (key == "name" || value.is_null()) continue;
    if (is_class_key(key)) {
      check_class_key(policy, key, router);
      continue;
    }
    const auto& parameter = policy.parameters[parameter_index(policy.name, policy.parameters, key)];
    // parse_value is the one judge of range and unit; a value of the wrong kind goes to it as JSON,
    // so that a text keeps its quotes and is no number.
    const std::string text = value.is_string() ? value.get<std::string>() : shown(value);
    if (fits(parameter, value))
      parse_value(policy.name, parameter, text);
    else
      parse_value(policy.name, parameter, shown(value));
  }
}

Json value_or_default(const ScenarioKey& key, const Json& section, std::string_view name) {
  const auto found = section.find(std::string(name));
  if (found != section.end() && !found->is_null()) return canonical(key, *found);
  return key.fallback.empty() ? Json() : canonical(key, Json::parse(key.fallback));
}

Json subsection(const Json& section, const std::string& name) {
  const auto found = section.find(name);
  return found != section.end() && found->is_object() ? *found : Json::object();
}

/// Fills `section` of the table; unset keys without a default stay out.
Json filled(const Json& section, const std::string& table_path) {
  Json result = Json::object();
  const std::string prefix = table_path.empty() ? "" : table_path + ".";
  for (const auto& name : scenario_section(table_path)) {
    const std::string there = prefix + name;
    if (const ScenarioKey* key = find_scenario_key(there)) {
      Json value = value_or_default(*key, section, name);
      if (!value.is_null()) result[name] = std::move(value);
    } else if (is_scenario_list(there)) {
      Json list = Json::array();
      const auto found = section.find(name);
      if (found != section.end() && found->is_array())
        for (const auto& member : *found) list.push_back(filled(member, there + "[]"));
      result[name] = std::move(list);
    } else if (std::ranges::find(kOptionalSections, there) == std::end(kOptionalSections) ||
               section.contains(name)) {
      Json inner = filled(subsection(section, name), there);
      if (!inner.empty()) result[name] = std::move(inner);
    }
  }
  return result;
}

/// Writes the top-level engine defaults into every pool that does not say otherwise.
void push_engine_defaults(Json& scenario) {
  Json defaults = subsection(scenario, "engine");
  Json own = Json::object();
  for (const char* name : {"fast_forward", "reference_cache"}) {
    if (!defaults.contains(name)) continue;
    own[name] = defaults[name];
    defaults.erase(name);
  }
  scenario["engine"] = own;
  if (!scenario.contains("cluster") || !scenario["cluster"].contains("pools")) return;
  for (auto& pool : scenario["cluster"]["pools"]) {
    Json engine = defaults;
    const Json given = subsection(pool, "engine");
    for (const auto& [name, value] : given.items())
      if (!value.is_null()) engine[name] = value;
    pool["engine"] = engine;
  }
}

Json filled_router(const Json& router) {
  const PolicyInfo& policy = find_policy(router.value("name", std::string("round-robin")));
  Json result = {{"name", policy.name}};
  for (const auto& parameter : policy.parameters) {
    const auto found = router.find(std::string(parameter.name));
    double value = parameter.fallback;
    if (found != router.end() && !found->is_null())
      value = parse_value(policy.name, parameter,
                          found->is_string() ? found->get<std::string>() : found->dump());
    Json& out = result[std::string(parameter.name)];
    if (parameter.type == ParameterType::kFlag)
      out = value != 0;
    else if (parameter.type == ParameterType::kChoice)
      out = format_value(parameter, value);
    else if (parameter.type == ParameterType::kInteger)
      out = static_cast<std::int64_t>(value);
    else
      out = value;
  }
  const auto given = [&](const char* key) {
    return router.contains(key) && !router[key].is_null();
  };
  if (given("policy_config"))
    result["policy_config"] = checked_policy_config(router["policy_config"]);
  if (given("served_model_name")) result["served_model_name"] = router["served_model_name"];
  return result;
}

}  // namespace

void check_scenario(const Json& scenario) {
  check_section(scenario, "", "");
  if (scenario.contains("router") && !scenario["router"].is_null())
    check_router(scenario["router"]);
}

Json fill_defaults(const Json& scenario) {
  Json given = scenario;
  push_engine_defaults(given);
  Json result = filled(given, "");
  // Only the switches stay at the top: the rest now stands in each pool.
  Json switches = Json::object();
  for (const char* name : {"fast_forward", "reference_cache"})
    switches[name] = result["engine"][name];
  result["engine"] = switches;
  result["router"] = filled_router(subsection(scenario, "router"));
  return result;
}

}  // namespace pigou
