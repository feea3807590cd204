#include "scenario/scenario.hpp"

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "scenario/beside.hpp"
#include "scenario/json.hpp"
#include "scenario/policy_config.hpp"
#include "scenario/set_option.hpp"
#include "scenario/simulation_sections.hpp"
#include "scenario/workload_section.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

std::string read_scenario_file(const std::string& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code))
    throw UserError("scenario '" + file + "' does not exist", "no such file",
                    "see scenarios/ for the ones that come with Pigou");
  if (std::filesystem::is_directory(file, code))
    throw UserError("scenario " + file + " cannot be read", "it is a folder",
                    "name one of the .json files in it");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in)
    throw UserError("scenario " + file + " cannot be read", "the file does not open",
                    "check its permissions");
  return text.str();
}

/// Puts what the file of router.policy_config holds into its place, so that results need no file.
void embed_policy_config(Json& scenario, const std::filesystem::path& folder,
                         std::vector<std::filesystem::path>& files) {
  if (!scenario.contains("router") || !scenario["router"].is_object()) return;
  const auto found = scenario["router"].find("policy_config");
  if (found == scenario["router"].end() || !found->is_string()) return;
  const auto name = found->get<std::string>();
  files.emplace_back(beside(folder, name));
  *found = read_policy_config(name, folder);
}

/// A number inside a file of policy classes can be set, too.
void set_key(Json& scenario, const std::string& assignment, const char* option,
             Scenario& resolved) {
  if (assignment.starts_with("router.policy_config."))
    embed_policy_config(scenario, resolved.folder, resolved.files);
  apply_set(scenario, assignment, option);
}

}  // namespace

std::string hex(std::uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 4)
    *digit = kDigits[value & 15];
  return text;
}

Scenario resolve_scenario(const ScenarioRequest& request) {
  Json json = parse_scenario(read_scenario_file(request.file), request.file);
  if (request.router) apply_router(json, *request.router);
  Scenario scenario;
  const std::filesystem::path path(request.file);
  scenario.folder = path.parent_path();
  scenario.files.push_back(path);
  for (const auto& assignment : request.sets) set_key(json, assignment, "--set", scenario);
  for (const auto& assignment : request.varied) set_key(json, assignment, "--vary", scenario);
  if (request.seed) json["seed"] = *request.seed;
  embed_policy_config(json, scenario.folder, scenario.files);
  check_scenario(json);
  Json resolved = {{"name", path.stem().string()}};
  resolved.update(fill_defaults(json));
  scenario.name = resolved["name"].get<std::string>();
  name_files_from_root(resolved.at("workload"), scenario.folder);
  scenario.source = trace_source(resolved.at("workload"), scenario.folder);
  scenario.workload = workload_options(resolved.at("workload"));
  scenario.config = simulation_config(resolved);
  check_router_fits(scenario.config);
  // What the catalogue decided was added at the end; a second pass puts it where a reader of the
  // resolved file would put it, so that running that file gives the same bytes.
  resolved = fill_defaults(resolved);
  Json parameters = resolved["router"];
  parameters.erase("name");
  scenario.router_parameters = parameters.dump();
  scenario.resolved = resolved.dump(2, ' ', true, Json::error_handler_t::replace);
  scenario.hash = hex(hash_name(scenario.resolved));
  return scenario;
}

}  // namespace pigou
