// pigou compare: one scenario, several routers, the same seeds.
#include "study/compare.hpp"
#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "output/compare/report.hpp"
#include "output/run/result_file.hpp"
#include "output/text/progress_bar.hpp"
#include "routing/policy_table.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"

namespace pigou {
namespace {

po::options_description visible_options() {
  po::options_description options("Compare");
  options.add_options()  //
      ("router", po::value<std::vector<std::string>>()->value_name("NAME[:K=V,...]"),
       "a router to compare, the first is the reference; give two or more, or all")  //
      ("seeds", po::value<Count>()->value_name("N"),
       "seeds per router, from the scenario's on; default 5, one where nothing is drawn")      //
      ("jobs,j", po::value<Count>()->value_name("N"), "runs at a time; default one per core")  //
      ("output,o", po::value<std::string>()->value_name("FILE.h5"),
       "write every run's summary, and FILE.h5.manifest.json beside it")           //
      ("json", po::bool_switch(), "print one JSON document instead of the table")  //
      ("quiet,q", po::bool_switch(), "no progress on stderr");
  options.add(scenario_options());
  return options;
}

po::variables_map parse(const Invocation& invocation) {
  po::options_description hidden;
  hidden.add_options()("threads", po::value<Count>(), "the former name of --jobs");
  auto values = parse_scenario_command("compare", invocation.arguments, visible_options(), hidden);
  const auto given = router_options(values);
  const auto routers = given.size();
  const bool one = routers == 1 && given[0] != "all" && !given[0].starts_with("all:");
  if (one) find_policy(given[0].substr(0, given[0].find(':')));  // a misspelt name, say "al"?
  if (routers == 0 || one)
    throw UserError(routers == 0 ? "no router given" : "only one router given",
                    "compare needs two or more", "add --router NAME for each (pigou list routers)");
  return values;
}

/// One arm per --router, each a scenario resolved on its own, so its parameters are checked.
std::vector<CompareArm> make_arms(const po::variables_map& values, const std::string& file) {
  std::vector<CompareArm> arms;
  for (const auto& router : routers_to_run(values)) {
    ScenarioRequest request = scenario_request(values);
    request.router = router;
    CompareArm arm;
    arm.scenario = resolve_scenario(request);
    refuse_inputs_of(arm.scenario, file);
    const auto colon = router.find(':');
    arm.label = arm.scenario.config.router.name;
    if (colon != std::string::npos) arm.label += router.substr(colon);
    for (const auto& other : arms)
      if (other.label == arm.label)
        throw UserError("--router " + router + " is given twice", "it would be compared to itself",
                        "remove one or give it other parameters");
    arms.push_back(std::move(arm));
  }
  return arms;
}

Comparison compare_with_progress(const po::variables_map& values, std::vector<CompareArm> arms) {
  const std::uint64_t first = arms.front().scenario.config.seed;
  const auto seeds = count_option(values, "seeds", 5, kMostSeeds);
  check_seeds(first, seeds);
  const char* const jobs = values.count("threads") > 0 ? "threads" : "jobs";
  const auto threads = static_cast<unsigned>(count_option(values, jobs, default_threads(), 4096));
  ProgressLine line(!values["quiet"].as<bool>());
  return compare_routers(std::move(arms), first, seeds, threads, [&](const CompareProgress& now) {
    line.show(std::to_string(now.done) + " of " + std::to_string(now.total) + " runs",
              static_cast<double>(now.done) / static_cast<double>(now.total));
    return !interrupted();
  });
}

}  // namespace

int compare_command(const Invocation& invocation) {
  const auto values = parse(invocation);
  ManifestFacts facts;
  facts.started_at = utc_now();
  facts.command_line = invocation.command_line;
  const std::string file = result_file_option(values);
  watch_interrupts();
  auto arms = make_arms(values, file);
  say_who_is_left_out(values);
  RunTimes times;
  times.load_s = invocation.process_seconds();
  const Comparison comparison = compare_with_progress(values, std::move(arms));
  const double after_run = invocation.process_seconds();
  times.run_s = after_run - times.load_s;
  if (interrupted()) throw Interrupted{};
  if (!file.empty()) {
    const Scenario& scenario = comparison.arms.front().scenario;
    const OutputTarget target(file, invocation.output);
    write_comparison_file(target, comparison);
    times.process_s = invocation.process_seconds();
    times.write_s = times.process_s - after_run;
    facts.times = times;
    facts.trace = identify_trace(scenario);
    for (const auto& arm : comparison.arms)
      for (const auto& run : arm.runs) facts.events += run.events;
    write_manifest(target, scenario, facts);
  }
  times.process_s = invocation.process_seconds();
  print(values["json"].as<bool>() ? comparison_json(comparison, times, file)
                                  : comparison_table(comparison, times, file));
  return kExitOk;
}

std::string compare_help() {
  return "usage: pigou compare SCENARIO --router NAME --router NAME ... [options]\n\n"
         "Replays the scenario under each router with the same seeds and says which did better,\n"
         "by how much and how sure.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
