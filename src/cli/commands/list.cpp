// pigou list: what there is to choose from, from the tables that the program itself uses.
#include <algorithm>
#include <sstream>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "model/catalogue.hpp"
#include "output/text/figure_list.hpp"
#include "output/text/table.hpp"
#include "routing/policy_table.hpp"
#include "scenario/keys.hpp"
#include "trace/format.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

/// A column of words without a title.
const TableColumn kWords = {"", "", TableColumn::Side::kLeft};

const char* parameter_type(ParameterType type) {
  switch (type) {
    case ParameterType::kInteger:
      return "integer";
    case ParameterType::kReal:
      return "real";
    case ParameterType::kFlag:
      return "flag";
    case ParameterType::kChoice:
      return "choice";
  }
  return "?";
}

const char* stage_name(DecodeStage stage) {
  return stage == DecodeStage::kWithPrefill ? "with-prefill" : "after-prefill";
}

Json parameter_json(const Parameter& parameter) {
  Json json = {
      {"name", parameter.name},
      {"type", parameter_type(parameter.type)},
      {"unit", parameter.unit},
      {"default", Json::parse(format_value(parameter, parameter.fallback), nullptr, false)}};
  if (json["default"].is_discarded()) json["default"] = format_value(parameter, parameter.fallback);
  if (parameter.type == ParameterType::kChoice) json["choices"] = parameter.choices;
  if (parameter.type == ParameterType::kInteger || parameter.type == ParameterType::kReal) {
    json["min"] = parameter.min;
    json["max"] = parameter.max;
    if (parameter.least > 0) json["least_but_0"] = parameter.least;
  }
  json["sentence"] = parameter.sentence;
  if (parameter.live) json["may_change_during_a_run"] = true;
  return json;
}

const char* retry_name(const LostRequests& lost) {
  return lost.continues ? "continue" : "before-first-token";
}

std::string lost_text(const LostRequests& lost) {
  if (lost.retries == 0) return "requests on a lost instance fail";
  std::string text =
      "requests on a lost instance are sent again, at most " + std::to_string(lost.retries) +
      (lost.retries == 1 ? " time" : " times") +
      (lost.continues ? ", with the tokens there are" : ", before their first token");
  const RetryBackoff& backoff = lost.backoff;
  if (backoff.initial_s == 0) return text;
  std::ostringstream words;
  words << text << ", after " << backoff.initial_s * 1e3 << " ms, each time " << backoff.multiplier
        << " times as long up to " << backoff.max_s << " s, +-" << 100 * backoff.jitter << " %";
  return words.str();
}

std::string breaker_text(const BreakerRule& rule) {
  std::ostringstream words;
  words << rule.failures << " losses running keep an instance away for " << rule.open_s
        << " s, then " << rule.successes
        << " first tokens running make it whole and one loss keeps it away again";
  return words.str();
}

Json lost_json(const LostRequests& lost) {
  const RetryBackoff& backoff = lost.backoff;
  return {{"retries", lost.retries},
          {"retry", retry_name(lost)},
          {"retry_backoff_s", backoff.initial_s},
          {"retry_backoff_max_s", backoff.max_s},
          {"retry_backoff_multiplier", backoff.multiplier},
          {"retry_backoff_jitter", backoff.jitter},
          {"nobody", lost.waits_for_somebody ? "wait" : "lose"},
          {"breaker_failures", lost.breaker.failures},
          {"breaker_successes", lost.breaker.successes},
          {"breaker_open_s", lost.breaker.open_s}};
}

Json router_json(const PolicyInfo& policy) {
  Json json;
  json["name"] = policy.name;
  json["summary"] = policy.summary;
  json["evidence"] = policy.evidence;
  json["signals"] = policy.signals;
  json["cost"] = policy.cost;
  json["lost"] = lost_json(policy.lost);
  json["decode_stage"] = stage_name(policy.decode_stage);
  json["random"] = policy.random;
  json["parameters"] = Json::array();
  for (const auto& parameter : policy.parameters)
    json["parameters"].push_back(parameter_json(parameter));
  return json;
}

std::string allowed(const Parameter& parameter) {
  if (parameter.type == ParameterType::kFlag) return "true or false";
  std::string text;
  if (parameter.type == ParameterType::kChoice) {
    for (const auto& choice : parameter.choices)
      text.append(text.empty() ? "" : ", ").append(choice);
    return text;
  }
  if (parameter.least > 0) text = "0, or ";
  text += format_value(parameter, parameter.least > 0 ? parameter.least : parameter.min);
  text.append(" to ").append(format_value(parameter, parameter.max));
  if (parameter.unit != "1") text.append(" ").append(parameter.unit);
  return text;
}

std::string router_text(const PolicyInfo& policy) {
  std::string text(policy.name);
  text.append("\n  ").append(policy.summary);
  text.append("\n  evidence: ").append(policy.evidence);
  text.append("\n  signals:  ").append(policy.signals);
  if (!policy.cost.empty()) text.append("\n  cost:     ").append(policy.cost);
  text.append("\n  lost:     ").append(lost_text(policy.lost));
  if (policy.lost.breaker.failures > 0)
    text.append("\n  breaker:  ").append(breaker_text(policy.lost.breaker));
  text.append("\n  decode:   chosen ").append(stage_name(policy.decode_stage)).append("\n");
  TextTable parameters({kWords, kWords});
  for (const auto& parameter : policy.parameters)
    parameters.row({"    " + std::string(parameter.name),
                    format_value(parameter, parameter.fallback) + " (" + allowed(parameter) +
                        ")  " + std::string(parameter.sentence) +
                        (parameter.live ? "; may change during a run" : "")});
  return text + parameters.text();
}

void list_routers(bool json) {
  Json all = Json::array();
  std::string text;
  for (const auto& policy : policy_table()) {
    if (json)
      all.push_back(router_json(policy));
    else
      text.append(text.empty() ? "" : "\n").append(router_text(policy));
  }
  print(json ? all.dump(2) + "\n" : text);
}

void list_names(const std::vector<std::string>& names, bool json) {
  std::string text;
  for (const auto& name : names) text.append(name).append("\n");
  print(json ? Json(names).dump(2) + "\n" : text);
}

void list_formats(bool json) {
  Json all = Json::array();
  TextTable table({kWords, kWords, kWords});
  for (const TraceFormat& format : trace_format_table()) {
    const bool written = format.write != nullptr;
    all.push_back({{"name", format.name}, {"sentence", format.sentence}, {"written", written}});
    table.row(
        {std::string(format.name), written ? "read, write" : "read", std::string(format.sentence)});
  }
  print(json ? all.dump(2) + "\n" : table.text());
}

Json choices_json(const ScenarioKey& key) {
  Json choices = Json::array();
  std::string_view rest = key.choices;
  while (true) {
    const auto bar = rest.find('|');
    choices.push_back(rest.substr(0, bar));
    if (bar == std::string_view::npos) return choices;
    rest.remove_prefix(bar + 1);
  }
}

Json key_json(const ScenarioKey& key) {
  Json json = {{"path", key.path}, {"type", type_name(key.type)}, {"unit", key.unit}};
  json["default"] = key.fallback.empty() ? Json() : Json::parse(key.fallback);
  if (!key.choices.empty()) json["choices"] = choices_json(key);
  if (key.type == KeyType::kInteger || key.type == KeyType::kReal || key.type == KeyType::kPair) {
    json["min"] = key.min;
    json["max"] = key.max;
    if (key.least > 0) json["least_but_0"] = key.least;
  }
  if (!key.not_built.empty()) json["not_built"] = key.not_built;
  json["sentence"] = key.sentence;
  return json;
}

std::string pool_path(const ScenarioKey& key) {
  return std::string("cluster.pools[].").append(key.path);
}

void list_keys(bool json) {
  Json all = Json::array();
  std::string text;
  for (const auto& key : scenario_keys()) {
    if (json) {
      all.push_back(key_json(key));
      continue;
    }
    text.append(key.path).append("\n  ").append(key.sentence).append("\n  ");
    text.append(key.fallback.empty() ? "unset" : key.fallback);
    text.append(" (").append(range_text(key)).append(")\n");
  }
  print(json ? all.dump(2) + "\n" : text);
}

/// The key table of docs/scenario.md; a test holds the page to it.
void list_keys_as_markdown() {
  std::string text = "| key | default | range | meaning |\n|---|---|---|---|\n";
  for (const auto& key : scenario_keys()) {
    // Defaults for all pools: the same rows again, told in prose.
    if (key.path.starts_with("engine.") && find_scenario_key(pool_path(key)) != nullptr) continue;
    text.append("| `").append(key.path).append("` | ");
    text.append(key.fallback.empty() ? "unset" : key.fallback);
    text.append(" | ").append(range_text(key)).append(" | ").append(key.sentence);
    if (!key.not_built.empty()) text.append(" Other values: ").append(key.not_built).append(".");
    text.append(" |\n");
  }
  print(text);
}

void list_figures(bool json, bool markdown) {
  print(json ? figure_list_json() : markdown ? figure_list_markdown() : figure_list_text());
}

po::options_description visible_options() {
  po::options_description options("List");
  options.add_options()                                       //
      ("json", po::bool_switch(), "print one JSON document")  //
      ("markdown", po::bool_switch(),
       "scenario-keys, figures: print the table of docs/scenario.md, docs/metrics.md");
  return options;
}

}  // namespace

int list_command(const Invocation& invocation) {
  po::options_description hidden;
  hidden.add_options()("what", po::value<std::string>()->default_value(""));
  po::positional_options_description positional;
  positional.add("what", 1);
  const auto values =
      parse_options("list", invocation.arguments, visible_options(), positional, hidden);
  const auto what = values["what"].as<std::string>();
  const bool json = values["json"].as<bool>();
  if (values["markdown"].as<bool>() && what != "scenario-keys" && what != "figures")
    throw UserError("--markdown cannot be used here",
                    "only scenario-keys and figures have that form", "remove it or use --json");
  if (what == "routers")
    list_routers(json);
  else if (what == "gpus")
    list_names(catalogue_gpus(), json);
  else if (what == "models")
    list_names(catalogue_models(), json);
  else if (what == "formats")
    list_formats(json);
  else if (what == "figures")
    list_figures(json, values["markdown"].as<bool>());
  else if (what == "scenario-keys")
    values["markdown"].as<bool>() ? list_keys_as_markdown() : list_keys(json);
  else if (what.empty())
    throw UserError("nothing to list", "list prints one table",
                    "use one of routers, gpus, models, formats, figures, scenario-keys");
  else
    throw UserError(
        "there is no list of '" + what + "'", "it is not one of the tables",
        suggest_name(what, {"routers", "gpus", "models", "formats", "figures", "scenario-keys"}));
  return kExitOk;
}

std::string list_help() {
  return "usage: pigou list routers|gpus|models|formats|figures|scenario-keys [--json]\n\n"
         "Prints the tables the program itself uses, with units, defaults and ranges.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
