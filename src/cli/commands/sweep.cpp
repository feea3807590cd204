// pigou sweep: a grid of settings, several seeds each, resumable.
#include <algorithm>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "output/run/result_file.hpp"
#include "output/sweep/report.hpp"
#include "output/text/numbers.hpp"
#include "output/text/progress_bar.hpp"
#include "simulation/run.hpp"
#include "study/executor/parallel.hpp"

namespace pigou {
namespace {

po::options_description visible_options() {
  po::options_description options("Sweep");
  options.add_options()  //
      ("vary", po::value<std::vector<std::string>>()->value_name("KEY=LIST"),
       "an axis: KEY=1,2,3 or KEY=1:8[:STEP] or zipped A,B=1:4,2:8; give one or more")  //
      ("seeds", po::value<Count>()->value_name("N"),
       "seeds per point, from the scenario's on; default 5, one where nothing is drawn")       //
      ("jobs,j", po::value<Count>()->value_name("N"), "runs at a time; default one per core")  //
      ("router", po::value<std::string>()->value_name("NAME[:K=V,...]"),
       "replace the scenario's router (pigou list routers)")  //
      ("output,o", po::value<std::string>()->value_name("FILE.h5"),
       "write all figures by point and seed; FILE.h5.points/ holds finished points until then")  //
      ("json", po::bool_switch(), "print one JSON document instead of the table")                //
      ("quiet,q", po::bool_switch(), "no progress on stderr, no table on stdout");
  options.add(scenario_options());
  return options;
}

po::variables_map parse(const Invocation& invocation) {
  auto values = parse_scenario_command("sweep", invocation.arguments, visible_options());
  if (values.count("vary") == 0 && !lists_loads(values))
    throw UserError("nothing to vary", "a sweep has an axis or more", "add --vary KEY=1,2,3");
  return values;
}

SweepPlan make_plan(const po::variables_map& values, unsigned threads) {
  std::vector<Axis> axes;
  if (values.count("vary") > 0)
    for (const auto& text : values["vary"].as<std::vector<std::string>>())
      axes.push_back(parse_axis(text));
  if (lists_loads(values))
    axes.push_back(parse_axis("workload.load=" + values["load"].as<std::string>()));
  grid_points(axes);
  ScenarioRequest request = scenario_request(values);
  if (values.count("router") > 0) request.router = values["router"].as<std::string>();
  const auto seeds = count_option(values, "seeds", 5, kMostSeeds);
  SweepPlan plan =
      plan_sweep(request, std::move(axes), seeds, threads, [] { return !interrupted(); });
  check_seeds(plan.base.config.seed, seeds);
  return plan;
}

/// "12 of 64 points, 00:01:10 left"
std::string progress_text(const SweepProgress& now, double wall_s) {
  std::string text = grouped(now.points_done) + " of " + grouped(now.points_total) + " points";
  if (now.points_found > 0) text += " (" + grouped(now.points_found) + " found)";
  if (now.runs_done > 0)
    text += ", " + clock_text(wall_s * now.runs_left / now.runs_done) + " left";
  return text;
}

/// Says what an interrupted sweep leaves, and returns the exit code.
int stopped(const SweepProgress& last, const std::string& folder) {
  const std::string points =
      grouped(last.points_done) + " of " + grouped(last.points_total) + " points";
  const std::string line = folder.empty()
                               ? points + " were done and nothing was kept: add -o FILE.h5"
                               : points + " are done and all finished runs kept in " + folder +
                                     "; the same command goes on from there";
  std::fprintf(stderr, "pigou: stopped (interrupted): %s\n", line.c_str());
  return kExitInterrupted;
}

/// No point writes over what one of them reads.
void refuse_inputs_of(const SweepPlan& plan, const std::string& file) {
  if (file.empty()) return;
  refuse_inputs_of(plan.base, file);
  const auto names_files = [](const std::string& key) {
    return key.starts_with("workload.") || key.find("policy_config") != std::string::npos;
  };
  const auto may_name_files = [&](const Axis& axis) {
    return std::ranges::any_of(axis.keys, names_files);
  };
  if (std::ranges::none_of(plan.axes, may_name_files)) return;
  for (std::size_t point = 0; point < plan.points; ++point)
    refuse_inputs_of(plan.resolve(point), file);
}

void remove_points(PointFolder& folder, const std::vector<std::string>& names) {
  const std::size_t others = folder.remove(names);
  if (others == 0) return;
  std::fprintf(stderr,
               "pigou: %s keeps %zu points of another scenario, trace or build; remove it if they "
               "are of no use\n",
               folder.path().c_str(), others);
}

}  // namespace

int sweep_command(const Invocation& invocation) {
  const auto values = parse(invocation);
  ManifestFacts facts;
  facts.started_at = utc_now();
  facts.command_line = invocation.command_line;
  const std::string file = result_file_option(values);
  const auto threads = static_cast<unsigned>(count_option(values, "jobs", default_threads(), 4096));
  watch_interrupts();
  const SweepPlan plan = make_plan(values, threads);
  refuse_inputs_of(plan, file);
  std::optional<PointFolder> folder;
  if (!file.empty()) folder.emplace(file + ".points");
  SweepResults results(plan, folder ? &*folder : nullptr);
  RunTimes times;
  times.load_s = invocation.process_seconds();
  SweepProgress last;
  try {
    ProgressLine line(!values["quiet"].as<bool>());
    run_sweep(plan, results, threads, [&](const SweepProgress& now) {
      last = now;
      const double all = now.runs_done + now.runs_left;
      const double wall_s = invocation.process_seconds() - times.load_s;
      line.show(progress_text(now, wall_s), all > 0 ? now.runs_done / all : 1);
      return !interrupted();
    });
    if (interrupted()) throw Interrupted{};
  } catch (const Interrupted&) {
    return stopped(last, folder ? folder->path().string() : "");
  }
  results.complete();
  const double after_run = invocation.process_seconds();
  times.run_s = after_run - times.load_s;
  facts.times = times;
  facts.times.process_s = after_run;
  if (folder) {
    const OutputTarget target(file, invocation.output);
    write_sweep_file(target, plan, results);
    facts.trace = identify_trace(plan.base);
    write_manifest(target, plan.base, facts);
    invocation.output->afterwards(
        [points = *folder, names = results.names()]() mutable { remove_points(points, names); });
  }
  times.process_s = invocation.process_seconds();
  times.write_s = times.process_s - after_run;
  if (values["json"].as<bool>())
    print(sweep_json(plan, results, times, file));
  else if (!values["quiet"].as<bool>())
    print(sweep_table(plan, results, times, file));
  return kExitOk;
}

std::string sweep_help() {
  return "usage: pigou sweep SCENARIO --vary KEY=LIST [--vary ...] [options]\n\n"
         "Runs the scenario at every point of a grid, with several seeds each, on all cores. "
         "Stopped\n"
         "anywhere, the same command goes on from the finished points.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
