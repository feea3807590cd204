// pigou knee: from which load on routers cost twice as much, and from which they drift.
#include <algorithm>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "cli/priced_load.hpp"
#include "core/error.hpp"
#include "output/knee/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/progress_bar.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"

namespace pigou {
namespace {

using Texts = std::vector<std::string>;
constexpr std::uint64_t kMostParts = 100;
constexpr const char* kLoadForms =
    "give two loads or more, FIRST:LAST:STEP or a list, above 0 and rising";

po::options_description visible_options() {
  po::options_description options("Knee");
  options.add_options()  //
      ("router", po::value<Texts>()->value_name("NAME[:K=V,...]"),
       "a router to measure, several, or all; default the scenario's")  //
      ("vary", po::value<Texts>()->value_name("KEY=LIST"),
       "a second axis, as in pigou sweep: router parameters, pool counts, signals.age_s, "
       "gateway.replicas")  //
      ("cost", po::value<std::string>()->value_name("ttft|e2e"),
       "whose mean is the cost; default ttft for split clusters, e2e for aggregated ones")  //
      ("parts", po::value<Count>()->value_name("N"),
       "stretches of the trace that intervals are from, 4 or more; default 4")  //
      ("confidence", po::value<double>()->value_name("X")->default_value(0.95, "0.95"),
       "of the intervals")                                                                     //
      ("jobs,j", po::value<Count>()->value_name("N"), "runs at a time; default one per core")  //
      ("output,o", po::value<std::string>()->value_name("FILE"),
       "write knees and cost against load: FILE.json, or FILE.h5 with a manifest beside it")  //
      ("json", po::bool_switch(), "print the JSON document instead of the table")             //
      ("quiet,q", po::bool_switch(), "no progress on stderr");
  options.add(scenario_options());
  return options;
}

/// Loads that --load lists, rising.
ChainLoads given_loads(const po::variables_map& values) {
  ChainLoads loads;
  if (values.count("load") == 0) return loads;
  const auto text = values["load"].as<std::string>();
  const auto fault = [&](const char* why) {
    throw UserError("--load " + text + " does not fit", why, kLoadForms);
  };
  if (!lists_loads(values)) fault("a knee is found along several loads");
  loads.grid = listed_loads(values, kLoadForms);
  if (loads.grid.size() < 2) fault("a knee is found along several loads");
  loads.given = true;
  return loads;
}

void check_axis(const std::vector<Axis>& axes) {
  for (const Axis& axis : axes)
    for (const std::string& key : axis.keys)
      if (key == "workload.load" || key == "workload.part" || key == "seed" || key == "router" ||
          key == "router.name")
        throw UserError("--vary " + key + " does not fit",
                        "knee sets load and parts itself, and takes routers one by one",
                        "use --load FIRST:LAST:STEP, --parts or --router");
}

KneeTask make_task(const po::variables_map& values) {
  KneeTask task;
  task.loads = given_loads(values);
  task.parts = count_option(values, "parts", kLeastParts, kMostParts);
  if (task.parts < kLeastParts)
    throw UserError("--parts cannot be " + std::to_string(task.parts),
                    "an interval needs at least four", "use 4 to 100");
  task.confidence = values["confidence"].as<double>();
  if (!(task.confidence > 0.5 && task.confidence < 1))
    throw UserError("--confidence cannot be " + significant(task.confidence, 6),
                    "it lies outside its range", "use a number above 0.5 and below 1");
  if (values.count("vary") > 0)
    for (const auto& text : values["vary"].as<Texts>()) task.axes.push_back(parse_axis(text));
  check_axis(task.axes);
  task.cells = knee_cells(scenario_request(values), routers_to_run(values), task.axes);
  for (std::size_t i = 0; i < task.cells.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (knee_label(task.cells[i]) == knee_label(task.cells[j]))
        throw UserError("--router " + task.cells[i].label + " is given twice", "once says it all",
                        "remove one or give it other parameters");
  const Scenario& scenario = task.cells.front().scenario;
  if (scenario.workload.part.parts > 1)
    throw UserError("workload.part does not fit", "a knee takes its own parts of the trace",
                    "use workload.window_s or workload.head");
  task.cost = cost_option(values, scenario.config.cluster);
  return task;
}

void find_with_progress(KneeTask& task, const po::variables_map& values) {
  const auto threads = static_cast<unsigned>(count_option(values, "jobs", default_threads(), 4096));
  ProgressLine line(!values["quiet"].as<bool>());
  find_knees(task, threads, [&](const KneeProgress& now) {
    const auto all = std::max<std::size_t>(now.chains_total, 1);
    line.show(grouped(now.runs_done) + " runs, " + grouped(now.chains_done) + " of " +
                  grouped(now.chains_total) + " traces and parts",
              static_cast<double>(now.chains_done) / static_cast<double>(all));
    return !interrupted();
  });
  if (interrupted()) throw Interrupted{};
}

}  // namespace

int knee_command(const Invocation& invocation) {
  const auto values = parse_scenario_command("knee", invocation.arguments, visible_options());
  ManifestFacts facts;
  facts.started_at = utc_now();
  facts.command_line = invocation.command_line;
  const std::string file = document_file_option(values);
  watch_interrupts();
  KneeTask task = make_task(values);
  for (const KneeCell& cell : task.cells) refuse_inputs_of(cell.scenario, file);
  say_who_is_left_out(values);
  facts.times.load_s = invocation.process_seconds();
  find_with_progress(task, values);
  facts.times.run_s = invocation.process_seconds() - facts.times.load_s;
  if (!file.empty())
    write_document(
        invocation, file, task.cells.front().scenario, facts, [&] { return knee_json(task); },
        [&](const OutputTarget& target) { write_knee_file(target, task); });
  RunTimes times;
  times.process_s = invocation.process_seconds();
  print(values["json"].as<bool>() ? knee_json(task) : knee_table(task, times, file));
  return kExitOk;
}

std::string knee_help() {
  return "usage: pigou knee SCENARIO [--router NAME ... | --router all] [--vary KEY=LIST] "
         "[options]\n\n"
         "Finds the load from which on each router costs twice as much (onset) and the one from "
         "which\n"
         "its backlog grows without end (limit), with intervals, for every setting of a second "
         "axis.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
