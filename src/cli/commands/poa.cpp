// pigou poa: what a router's selfish placements cost, over what none can beat and over the best.
#include <algorithm>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "output/poa/report.hpp"
#include "output/run/result_file.hpp"
#include "output/text/progress_bar.hpp"
#include "routing/policy_table.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"
#include "study/knee/knee.hpp"
#include "study/vary.hpp"

namespace pigou {
namespace {

using Texts = std::vector<std::string>;
constexpr std::uint64_t kMostWindow = 64;

/// What a router is compared with unless it is said otherwise.
constexpr const char* kReference[] = {"round-robin",       "min-ttft",
                                      "dynamo-kv@2026-08", "dualmap@2602.06502",
                                      "llm-d-epp@ebab687", "smg-cache-aware@73da68c"};

po::options_description visible_options() {
  po::options_description options("Price of anarchy");
  options.add_options()  //
      ("router", po::value<Texts>()->value_name("NAME[:K=V,...]"),
       "the router to price, one; default the scenario's")  //
      ("routers", po::value<Texts>()->value_name("NAME[:K=V,...]"),
       "a router among which the best known is sought, several, or none; default round-robin, "
       "min-ttft, dynamo-kv, dualmap, llm-d-epp and smg-cache-aware")  //
      ("cost", po::value<std::string>()->value_name("ttft|e2e"),
       "whose mean is the cost; default ttft for split clusters, e2e for aggregated ones")  //
      ("window", po::value<Count>()->value_name("W"),
       "requests in a window's game, up to 64; default 8")  //
      ("seeds", po::value<Count>()->value_name("N"),
       "seeds per router and load, from the scenario's on; default 1")                         //
      ("jobs,j", po::value<Count>()->value_name("N"), "runs at a time; default one per core")  //
      ("output,o", po::value<std::string>()->value_name("FILE"),
       "write FILE.json, or FILE.h5 with a manifest beside it")                    //
      ("json", po::bool_switch(), "print the JSON document instead of the table")  //
      ("quiet,q", po::bool_switch(), "no progress on stderr");
  options.add(scenario_options());
  return options;
}

bool is_json(const std::string& file) { return file.ends_with(".json"); }

std::string output_file(const po::variables_map& values) {
  if (values.count("output") == 0) return {};
  auto file = values["output"].as<std::string>();
  if (!is_json(file)) return result_file_option(values);
  check_target(file);
  return file;
}

/// Loads that --load lists, rising; the scenario's own without it.
std::vector<double> given_loads(const po::variables_map& values, const Scenario& scenario) {
  if (!lists_loads(values)) return {scenario.workload.load};
  const auto text = values["load"].as<std::string>();
  const Axis axis = parse_axis("workload.load=" + text);
  std::vector<double> loads;
  for (const auto& position : axis.values) {
    double load = 0;
    if (!parse_number(position[0], load) || !(load > 0) || (!loads.empty() && load <= loads.back()))
      throw UserError("--load " + text + " does not fit", "loads are numbers above 0 that rise",
                      "give one, a list, or FIRST:LAST:STEP");
    loads.push_back(load);
  }
  return loads;
}

PoaRouter make_router(const po::variables_map& values, const std::optional<std::string>& router) {
  PoaRouter made;
  made.request = scenario_request(values);
  made.request.router = router;
  made.scenario = resolve_scenario(made.request);
  made.label = made.scenario.config.router.name;
  if (router && router->find(':') != std::string::npos)
    made.label += router->substr(router->find(':'));
  return made;
}

/// The router asked about, then those it is compared with; one that is named again counts once.
std::vector<PoaRouter> make_routers(const po::variables_map& values) {
  const Texts asked = router_options(values);
  if (asked.size() > 1 || (!asked.empty() && (asked[0] == "all" || asked[0].starts_with("all:"))))
    throw UserError("--router names several", "poa prices one router",
                    "name one, and compare it with --routers NAME");
  std::vector<PoaRouter> routers = {
      make_router(values, asked.empty() ? std::nullopt : std::optional(asked[0]))};
  const bool given = values.count("routers") > 0;
  const Texts named =
      given ? values["routers"].as<Texts>() : Texts(std::begin(kReference), std::end(kReference));
  if (given && named.size() == 1 && named[0] == "none") return routers;
  bool split = false;
  for (const PoolConfig& pool : routers[0].scenario.config.cluster.pools)
    split = split || pool.role == Role::kDecode;
  for (const std::string& name : named) {
    if (!given && !misfit(find_policy(name), split).empty()) continue;
    PoaRouter router = make_router(values, name);
    const bool twice = std::ranges::any_of(
        routers, [&](const PoaRouter& other) { return other.label == router.label; });
    if (!twice) routers.push_back(std::move(router));
  }
  return routers;
}

SocialCost cost_option(const po::variables_map& values, const Scenario& scenario) {
  if (values.count("cost") == 0)
    return usual_cost(scenario.config.cluster) == KneeCost::kTtft ? SocialCost::kTtft
                                                                  : SocialCost::kE2e;
  const auto cost = values["cost"].as<std::string>();
  if (cost != "ttft" && cost != "e2e")
    throw UserError("--cost cannot be '" + cost + "'", "it is none of Pigou's costs",
                    suggest_name(cost, {"ttft", "e2e"}));
  return cost == "ttft" ? SocialCost::kTtft : SocialCost::kE2e;
}

PoaTask make_task(const po::variables_map& values) {
  PoaTask task;
  task.routers = make_routers(values);
  const Scenario& scenario = task.routers.front().scenario;
  task.loads = given_loads(values, scenario);
  task.cost = cost_option(values, scenario);
  task.window = count_option(values, "window", task.window, kMostWindow);
  task.first_seed = scenario.config.seed;
  task.seeds = count_option(values, "seeds", task.seeds, kMostSeeds);
  check_seeds(task.first_seed, task.seeds);
  return task;
}

void find_with_progress(PoaTask& task, const po::variables_map& values) {
  const auto threads = static_cast<unsigned>(count_option(values, "jobs", default_threads(), 4096));
  ProgressLine line(!values["quiet"].as<bool>());
  find_prices(task, threads, [&](const PoaProgress& now) {
    line.show(std::to_string(now.done) + " of " + std::to_string(now.total) + " runs",
              static_cast<double>(now.done) / static_cast<double>(now.total));
    return !interrupted();
  });
  if (interrupted()) throw Interrupted{};
}

void write_file(const Invocation& invocation, const PoaTask& task, const std::string& file,
                ManifestFacts facts) {
  const OutputTarget target(file, invocation.output);
  if (is_json(file)) {
    pigou::write_file(target, poa_json(task));
    return;
  }
  write_poa_file(target, task);
  const Scenario& scenario = task.routers.front().scenario;
  facts.trace = identify_trace(scenario);
  facts.times.process_s = invocation.process_seconds();
  write_manifest(target, scenario, facts);
}

}  // namespace

int poa_command(const Invocation& invocation) {
  const auto values = parse_scenario_command("poa", invocation.arguments, visible_options());
  ManifestFacts facts;
  facts.started_at = utc_now();
  facts.command_line = invocation.command_line;
  const std::string file = output_file(values);
  watch_interrupts();
  PoaTask task = make_task(values);
  for (const PoaRouter& router : task.routers) refuse_inputs_of(router.scenario, file);
  facts.times.load_s = invocation.process_seconds();
  find_with_progress(task, values);
  facts.times.run_s = invocation.process_seconds() - facts.times.load_s;
  if (!file.empty()) write_file(invocation, task, file, facts);
  RunTimes times;
  times.process_s = invocation.process_seconds();
  print(values["json"].as<bool>() ? poa_json(task) : poa_table(task, times, file));
  return kExitOk;
}

std::string poa_help() {
  return "usage: pigou poa SCENARIO [--router NAME] [--load FIRST:LAST:STEP] [options]\n\n"
         "Says what a router costs over what no router can beat and over the best known one, under "
         "each\n"
         "load, with the games of its windows and the published index.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
