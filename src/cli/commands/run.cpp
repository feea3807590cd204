// pigou run: one scenario, one router, one seed.
#include <charconv>

#include "cli/command.hpp"
#include "cli/interrupt.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "core/huge_pages.hpp"
#include "output/run/report.hpp"
#include "output/run/result_file.hpp"
#include "output/text/progress_bar.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/run.hpp"

namespace pigou {
namespace {

po::options_description visible_options() {
  po::options_description options("Run");
  options.add_options()  //
      ("router", po::value<std::string>()->value_name("NAME[:K=V,...]"),
       "replace the scenario's router (pigou list routers)")  //
      ("output,o", po::value<std::string>()->value_name("FILE.h5"),
       "write columns, timeline and summary, and FILE.h5.manifest.json beside it")  //
      ("decisions", po::value<std::string>()->value_name("N|all|sample"),
       "with -o: record the router's decisions about the first N requests, all of them, or those "
       "output.requests=sample keeps; pigou explain reads them")                   //
      ("json", po::bool_switch(), "print one JSON document instead of the table")  //
      ("quiet,q", po::bool_switch(), "no progress on stderr, no table on stdout");
  options.add(scenario_options());
  return options;
}

/// `--decisions` without a value means all; the words after it are left alone.
std::vector<std::string> with_decisions_value(std::vector<std::string> arguments) {
  const auto is_value = [](const std::string& word) {
    return word == "all" || word == "sample" ||
           (!word.empty() && word.find_first_not_of("0123456789") == std::string::npos);
  };
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != "--decisions") continue;
    if (i + 1 == arguments.size() || !is_value(arguments[i + 1])) arguments[i] = "--decisions=all";
  }
  return arguments;
}

DecisionOutput decision_output(const po::variables_map& values, const std::string& file) {
  if (values.count("decisions") == 0) return {};
  if (file.empty())
    throw UserError("--decisions has nowhere to go", "decisions are kept in the result file",
                    "add -o FILE.h5");
  const auto text = values["decisions"].as<std::string>();
  using Mode = DecisionOutput::Mode;
  if (text == "all") return {Mode::kAll, 0};
  if (text == "sample") return {Mode::kSample, 0};
  std::uint64_t first = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), first);
  if (code != std::errc{} || end != text.data() + text.size() || first == 0)
    throw UserError("--decisions cannot be " + text, "it counts requests",
                    "use a number above 0, all or sample");
  return {Mode::kFirst, first};
}

po::variables_map parse(const Invocation& invocation) {
  return parse_scenario_command("run", with_decisions_value(invocation.arguments),
                                visible_options());
}

ManifestFacts manifest_facts(const Invocation& invocation, const Scenario& scenario,
                             const RunTimes& times, const RunSummary& summary,
                             const std::string& started_at) {
  ManifestFacts facts;
  facts.command_line = invocation.command_line;
  facts.times = times;
  facts.trace = identify_trace(scenario);
  facts.started_at = started_at;
  facts.events = summary.events;
  return facts;
}

std::uint64_t instances_of(const Scenario& scenario) {
  std::uint64_t instances = 0;
  for (const PoolConfig& pool : scenario.config.cluster.pools) instances += pool.count;
  return instances;
}

}  // namespace

int run_command(const Invocation& invocation) {
  const auto values = parse(invocation);
  const std::string started_at = utc_now();
  const std::string file = result_file_option(values);
  ScenarioRequest request = scenario_request(values);
  if (values.count("router") > 0) request.router = values["router"].as<std::string>();

  const bool quiet = values["quiet"].as<bool>();
  watch_interrupts();
  Scenario scenario = resolve_scenario(request);
  refuse_inputs_of(scenario, file);
  scenario.config.output.decisions = decision_output(values, file);
  if (instances_of(scenario) >= 256) advise_huge_heap(std::size_t{1} << 30);
  const auto workload = make_workload(load_trace(scenario), scenario, scenario.config.seed);
  RunTimes times;
  times.load_s = invocation.process_seconds();
  RunResult result;
  {
    ProgressLine line(!quiet);
    result = run_simulation(workload, scenario.config, [&](const Progress& progress) {
      line.show(progress);
      return !interrupted();
    });
  }
  const double after_run = invocation.process_seconds();
  times.run_s = after_run - times.load_s;
  if (interrupted()) throw Interrupted{};
  const OutputTarget target(file, invocation.output);
  if (!file.empty()) write_run_file(target, scenario, result);
  times.process_s = invocation.process_seconds();
  times.write_s = times.process_s - after_run;
  if (!file.empty())
    write_manifest(target, scenario,
                   manifest_facts(invocation, scenario, times, result.summary, started_at));
  times.process_s = invocation.process_seconds();
  const RunReport report{scenario, result.summary, times, file};
  if (values["json"].as<bool>())
    print(report_json(report));
  else if (!quiet)
    print(report_table(report));
  return kExitOk;
}

std::string run_help() {
  return "usage: pigou run SCENARIO [options]\n\n"
         "Replays the scenario's trace and prints what its users would have seen.\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
