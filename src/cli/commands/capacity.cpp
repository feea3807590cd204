// pigou capacity: the highest load that keeps the promises, by bisection.
#include <algorithm>
#include <cmath>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "output/capacity/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/progress_bar.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"

namespace pigou {
namespace {

using Texts = std::vector<std::string>;

po::options_description visible_options() {
  po::options_description options("Capacity");
  options.add_options()  //
      ("slo", po::value<Texts>()->value_name("TERM"),
       "what must hold: {ttft,tpot,itl,e2e}_s.{mean,p50,p90,p95,p99}<=5s or 80ms, or "
       "goodput.attained_fraction>=0.9 of the scenario's slo; all of several")  //
      ("router", po::value<Texts>()->value_name("NAME[:K=V,...]"),
       "a router to measure; several share seeds and loads; default the scenario's")  //
      ("axis", po::value<std::string>()->value_name("KEY")->default_value("load"),
       "what moves the load: load (overlay and thin together), workload.rate_scale, "
       "workload.overlay, workload.thin, workload.concurrency, workload.sessions.rate, "
       "workload.sessions.max_concurrent, workload.synth.rate")                                  //
      ("low", po::value<double>()->value_name("X"), "lowest load to try; default start / 64")    //
      ("high", po::value<double>()->value_name("X"), "highest load to try; default start x 64")  //
      ("tolerance", po::value<double>()->value_name("X")->default_value(0.05, "0.05"),
       "stop splitting gaps below this share of the load")  //
      ("confidence", po::value<double>()->value_name("X")->default_value(0.95, "0.95"),
       "of each load's interval, which makes its verdict")  //
      ("seeds", po::value<Count>()->value_name("N"),
       "seeds per load, from the scenario's on; default 5; 1 judges by blocks of the one run")  //
      ("most-seeds", po::value<Count>()->value_name("N"),
       "seeds an unsure load gets at most; default 4 x seeds")                                 //
      ("jobs,j", po::value<Count>()->value_name("N"), "runs at a time; default one per core")  //
      ("json", po::bool_switch(), "print one JSON document instead of the table")              //
      ("quiet,q", po::bool_switch(), "no progress on stderr");
  options.add(scenario_options());
  return options;
}

po::variables_map parse(const Invocation& invocation) {
  auto values = parse_scenario_command("capacity", invocation.arguments, visible_options());
  if (values.count("slo") == 0)
    throw UserError("no --slo given", "a capacity is the load that keeps a promise",
                    "add --slo 'ttft_s.p90<=5s'");
  return values;
}

double real_option(const po::variables_map& values, const char* name, double low, double high) {
  if (values.count(name) == 0) return 0;
  const double value = values[name].as<double>();
  if (!(value > low && value < high))
    throw UserError(
        "--" + std::string(name) + " cannot be " + significant(value, 6),
        "it lies outside its range",
        "use a number above " + significant(low, 6) + " and below " + significant(high, 6));
  return value;
}

void check_targets(const std::vector<SloTerm>& terms, const Scenario& scenario) {
  const SloConfig& slo = scenario.config.slo;
  for (const SloTerm& term : terms)
    if (term.kind == SloTerm::Kind::kAttainment && slo.ttft_s <= 0 && slo.tpot_s <= 0 &&
        slo.e2e_s <= 0)
      throw UserError("--slo " + term.text + " has nothing to attain",
                      "the scenario sets no slo targets", "add --set slo.ttft_s=5, say");
}

std::vector<CapacityArm> make_arms(const po::variables_map& values) {
  std::vector<CapacityArm> arms;
  const auto add = [&](const std::optional<std::string>& router) {
    ScenarioRequest request = scenario_request(values);
    request.router = router;
    Scenario scenario = resolve_scenario(request);
    std::string label = scenario.config.router.name;
    if (router && router->find(':') != std::string::npos)
      label += router->substr(router->find(':'));
    for (const auto& other : arms)
      if (other.label == label)
        throw UserError("--router " + *router + " is given twice", "once says it all",
                        "remove one or give it other parameters");
    arms.push_back({label, std::move(request), std::move(scenario), {}, CapacitySearch({}), 0});
  };
  if (values.count("router") == 0) add(std::nullopt);
  for (const auto& router : routers_to_run(values)) add(router);
  return arms;
}

CapacityTask make_task(const po::variables_map& values) {
  CapacityTask task;
  for (const auto& text : values["slo"].as<Texts>()) task.terms.push_back(parse_slo_term(text));
  task.confidence = real_option(values, "confidence", 0.5, 1);
  task.seeds = count_option(values, "seeds", 5, kMostSeeds);
  task.most_seeds = count_option(values, "most-seeds", 4 * task.seeds, 4 * kMostSeeds);
  const double tolerance = real_option(values, "tolerance", 0, 1);
  const double low = real_option(values, "low", 0, 1e9), high = real_option(values, "high", 0, 1e9);
  task.arms = make_arms(values);
  const Scenario& scenario = task.arms.front().scenario;
  check_targets(task.terms, scenario);
  for (const SloTerm& term : task.terms)
    if (term.kind == SloTerm::Kind::kItl && task.seeds == 1)
      throw UserError("--slo " + term.text + " needs more seeds",
                      "gaps between tokens are not kept by request, so one run has no blocks of "
                      "them",
                      "use --seeds 2 or more");
  task.axis = load_axis(values["axis"].as<std::string>(), scenario, low, high, tolerance);
  for (CapacityArm& arm : task.arms) arm.search = CapacitySearch(task.axis.range);
  task.first_seed = scenario.config.seed;
  check_seeds(task.first_seed, std::max(task.seeds, task.most_seeds));
  say_who_is_left_out(values);
  return task;
}

}  // namespace

int capacity_command(const Invocation& invocation) {
  const auto values = parse(invocation);
  const auto threads = static_cast<unsigned>(count_option(values, "jobs", default_threads(), 4096));
  watch_interrupts();
  CapacityTask task = make_task(values);
  {
    ProgressLine line(!values["quiet"].as<bool>());
    find_capacities(task, threads, [&](const CapacityProgress& now) {
      line.show(grouped(now.runs_done) + " runs, " + std::to_string(now.arms_done) + " of " +
                    std::to_string(now.arms_total) + " routers found",
                static_cast<double>(now.arms_done) / static_cast<double>(now.arms_total));
      return !interrupted();
    });
  }
  RunTimes times;
  times.process_s = invocation.process_seconds();
  print(values["json"].as<bool>() ? capacity_json(task, times) : capacity_table(task, times));
  return kExitOk;
}

std::string capacity_help() {
  return "usage: pigou capacity SCENARIO --slo TERM [--slo TERM ...] [--router NAME ...] "
         "[options]\n\n"
         "Finds by bisection the highest load at which each router keeps the promises, and says "
         "how\n"
         "sure that is.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
