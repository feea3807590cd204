// pigou poa: what a router's selfish placements cost, over what none can beat and over the best.
#include <algorithm>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "cli/priced_load.hpp"
#include "core/error.hpp"
#include "output/poa/report.hpp"
#include "output/text/progress_bar.hpp"
#include "routing/policy_table.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"

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

/// Loads that --load lists, rising; the scenario's own without it.
std::vector<double> given_loads(const po::variables_map& values, const Scenario& scenario) {
  if (!lists_loads(values)) return {scenario.workload.load};
  return listed_loads(values, "give one, a list, or FIRST:LAST:STEP");
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

PoaTask make_task(const po::variables_map& values) {
  PoaTask task;
  task.routers = make_routers(values);
  const Scenario& scenario = task.routers.front().scenario;
  task.loads = given_loads(values, scenario);
  task.cost = cost_option(values, scenario.config.cluster);
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

}  // namespace

int poa_command(const Invocation& invocation) {
  const auto values = parse_scenario_command("poa", invocation.arguments, visible_options());
  ManifestFacts facts;
  facts.started_at = utc_now();
  facts.command_line = invocation.command_line;
  const std::string file = document_file_option(values);
  watch_interrupts();
  PoaTask task = make_task(values);
  for (const PoaRouter& router : task.routers) refuse_inputs_of(router.scenario, file);
  facts.times.load_s = invocation.process_seconds();
  find_with_progress(task, values);
  facts.times.run_s = invocation.process_seconds() - facts.times.load_s;
  if (!file.empty())
    write_document(
        invocation, file, task.routers.front().scenario, facts, [&] { return poa_json(task); },
        [&](const OutputTarget& target) { write_poa_file(target, task); });
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
