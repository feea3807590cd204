#include "cli/options.hpp"

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdio>
#include <sstream>

#include "core/error.hpp"
#include "io/hdf5_writer.hpp"
#include "routing/policy_table.hpp"
#include "scenario/trace_source.hpp"

namespace pigou {
namespace {

constexpr std::uint64_t kMostCount = (std::uint64_t{1} << 53) - 1;

std::string lowercase_start(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

/// Whether the scenario's cluster has prefill and decode instances, whatever its router.
bool splits(const po::variables_map& values) {
  ScenarioRequest request = scenario_request(values);
  request.router = policy_table().front().name;
  const auto& pools = resolve_scenario(request).config.cluster.pools;
  return std::ranges::any_of(pools, [](const auto& pool) { return pool.role == Role::kDecode; });
}

/// Why `all` leaves a policy out; empty where it does not.
std::string_view left_out(const PolicyInfo& policy, bool split) {
  if (policy.demands.recorded_placement)
    return "it follows the trace's own record; name it beside all";
  return misfit(policy, split);
}

}  // namespace

void validate(boost::any& result, const std::vector<std::string>& texts, Count*, int) {
  po::validators::check_first_occurrence(result);
  const std::string& text = po::validators::get_single_string(texts);
  Count count;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), count.value);
  if (code != std::errc{} || end != text.data() + text.size() || count.value > kMostCount)
    throw po::invalid_option_value(text);
  result = count;
}

namespace {

constexpr const char* kSurplus = "surplus";

/// "did you mean '--router'?" for --routr.
std::string suggest_option(const po::options_description& visible, const std::string& written,
                           const std::string& command) {
  std::vector<std::string> names;
  for (const auto& option : visible.options()) names.push_back("--" + option->long_name());
  const std::string suggested = suggest_name(written, names);
  return suggested.starts_with("did you mean") ? suggested : "try pigou help " + command;
}

/// A value that may be left out follows an = sign: after a blank it is a word of its own.
[[noreturn]] void reject_surplus(const std::string& command,
                                 const std::vector<std::string>& arguments,
                                 const std::string& word) {
  const auto place = std::find(arguments.begin(), arguments.end(), word);
  const bool decisions = place != arguments.begin() && place != arguments.end() &&
                         (place - 1)->starts_with("--decisions");
  throw UserError("the command line cannot be read", "'" + word + "' is one word too many",
                  decisions ? "write --decisions=" + word + ", or remove it"
                            : "remove it, or try pigou help " + command);
}

}  // namespace

po::variables_map parse_options(const std::string& command,
                                const std::vector<std::string>& arguments,
                                const po::options_description& visible,
                                const po::positional_options_description& positional,
                                const po::options_description& hidden) {
  namespace style = po::command_line_style;
  po::options_description all;
  all.add(visible).add(hidden);
  all.add_options()(kSurplus, po::value<std::vector<std::string>>());
  po::positional_options_description words = positional;
  if (words.max_total_count() != UINT_MAX) words.add(kSurplus, -1);
  po::variables_map values;
  try {
    po::store(po::command_line_parser(arguments)
                  .options(all)
                  .positional(words)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::unknown_option& error) {
    throw UserError("unknown option '" + error.get_option_name() + "'",
                    "pigou " + command + " has no such option",
                    suggest_option(visible, error.get_option_name(), command));
  } catch (const po::error& error) {
    throw UserError("the command line cannot be read", lowercase_start(error.what()),
                    "try pigou help " + command);
  }
  if (values.count(kSurplus) > 0)
    reject_surplus(command, arguments, values[kSurplus].as<std::vector<std::string>>()[0]);
  return values;
}

bool lists_loads(const po::variables_map& values) {
  return values.count("load") > 0 &&
         values["load"].as<std::string>().find_first_of(":,") != std::string::npos;
}

namespace {

void refuse_load_list(const po::variables_map& values, const std::string& command) {
  if (!lists_loads(values)) return;
  throw UserError("--load " + values["load"].as<std::string>() + " does not fit",
                  command + " replays one load", "give one number, or use pigou sweep or knee");
}

}  // namespace

po::variables_map parse_scenario_command(const std::string& command,
                                         const std::vector<std::string>& arguments,
                                         const po::options_description& visible,
                                         const po::options_description& hidden) {
  po::options_description unseen;
  unseen.add(hidden).add_options()("scenario", po::value<std::string>());
  po::positional_options_description positional;
  positional.add("scenario", 1);
  auto values = parse_options(command, arguments, visible, positional, unseen);
  if (values.count("scenario") == 0)
    throw UserError("no scenario given", command + " replays one", "try pigou help " + command);
  if (command != "sweep" && command != "knee" && command != "poa")
    refuse_load_list(values, command);
  return values;
}

po::options_description scenario_options() {
  po::options_description options("Scenario");
  options.add_options()  //
      ("set", po::value<std::vector<std::string>>()->value_name("PATH=VALUE"),
       "set any key of the scenario (pigou help scenario); may be repeated")  //
      ("load", po::value<std::string>()->value_name("X"),
       "load relative to the workload as recorded, for workload.load; a list or range, "
       "FIRST:LAST:STEP, where the command takes several")  //
      ("seed", po::value<Count>()->value_name("N"), "seed of every random draw");
  return options;
}

ScenarioRequest scenario_request(const po::variables_map& values) {
  ScenarioRequest request;
  request.file = values["scenario"].as<std::string>();
  if (values.count("set") > 0) request.sets = values["set"].as<std::vector<std::string>>();
  if (values.count("load") > 0 && !lists_loads(values))
    request.sets.push_back("workload.load=" + values["load"].as<std::string>());
  if (values.count("seed") > 0) request.seed = values["seed"].as<Count>().value;
  return request;
}

std::uint64_t count_option(const po::variables_map& values, const char* name,
                           std::uint64_t fallback, std::uint64_t most) {
  if (values.count(name) == 0) return fallback;
  const std::uint64_t count = values[name].as<Count>().value;
  if (count == 0 || count > most)
    throw UserError("--" + std::string(name) + " cannot be " + std::to_string(count),
                    count == 0 ? "nothing would run" : "that is too many",
                    "use 1 to " + std::to_string(most));
  return count;
}

std::vector<std::string> router_options(const po::variables_map& values) {
  if (values.count("router") == 0) return {};
  return values["router"].as<std::vector<std::string>>();
}

std::vector<std::string> routers_to_run(const po::variables_map& values) {
  std::vector<std::string> routers;
  for (const auto& router : router_options(values)) {
    if (router.starts_with("all:"))
      throw UserError("--router " + router + " cannot be read", "all takes no parameters",
                      "write --router all, and --router NAME:KEY=VALUE beside it");
    if (router != "all") {
      routers.push_back(router);
      continue;
    }
    const bool split = splits(values);
    for (const PolicyInfo& policy : policy_table())
      if (left_out(policy, split).empty()) routers.emplace_back(policy.name);
  }
  return routers;
}

void say_who_is_left_out(const po::variables_map& values) {
  if (std::ranges::count(router_options(values), "all") == 0) return;
  const bool split = splits(values);
  for (const PolicyInfo& policy : policy_table()) {
    const std::string_view why = left_out(policy, split);
    if (!why.empty())
      std::fprintf(stderr, "pigou: --router all leaves out %s (%s)\n",
                   std::string(policy.name).c_str(), std::string(why).c_str());
  }
}

std::string result_file_option(const po::variables_map& values) {
  if (values.count("output") == 0) return {};
  auto file = values["output"].as<std::string>();
  check_result_target(file);
  return file;
}

void refuse_inputs_of(const Scenario& scenario, const std::string& file) {
  if (file.empty()) return;
  const auto inputs = all_inputs(scenario);
  refuse_inputs(file, inputs);
  refuse_inputs(manifest_name(file), inputs);
}

void check_seeds(std::uint64_t first, std::uint64_t count) {
  if (count - 1 <= kMostCount - first) return;
  throw UserError(
      std::to_string(count) + " seeds from " + std::to_string(first) + " on are too many",
      "the largest seed is " + std::to_string(kMostCount),
      "begin with a smaller one, --seed 1 say");
}

std::string options_text(const po::options_description& options) {
  std::ostringstream text;
  text << options;
  return text.str();
}

}  // namespace pigou
