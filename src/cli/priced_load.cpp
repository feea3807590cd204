#include "cli/priced_load.hpp"

#include "core/error.hpp"
#include "core/parse_number.hpp"
#include "study/vary.hpp"

namespace pigou {
namespace {

bool is_json(const std::string& file) { return file.ends_with(".json"); }

}  // namespace

SocialCost cost_option(const po::variables_map& values, const ClusterConfig& cluster) {
  if (values.count("cost") == 0) return usual_cost(cluster);
  const auto cost = values["cost"].as<std::string>();
  for (const SocialCost known : {SocialCost::kTtft, SocialCost::kE2e})
    if (cost == cost_name(known)) return known;
  throw UserError("--cost cannot be '" + cost + "'", "it is none of Pigou's costs",
                  suggest_name(cost, {"ttft", "e2e"}));
}

std::vector<double> listed_loads(const po::variables_map& values, const std::string& suggestion) {
  const auto text = values["load"].as<std::string>();
  const Axis axis = parse_axis("workload.load=" + text);
  std::vector<double> loads;
  for (const auto& position : axis.values) {
    double load = 0;
    if (!parse_number(position[0], load) || !(load > 0) || (!loads.empty() && load <= loads.back()))
      throw UserError("--load " + text + " does not fit", "loads are numbers above 0 that rise",
                      suggestion);
    loads.push_back(load);
  }
  return loads;
}

std::string document_file_option(const po::variables_map& values) {
  if (values.count("output") == 0) return {};
  auto file = values["output"].as<std::string>();
  if (!is_json(file)) return result_file_option(values);
  check_target(file);
  return file;
}

void write_document(const Invocation& invocation, const std::string& file, const Scenario& scenario,
                    ManifestFacts facts, const std::function<std::string()>& json,
                    const std::function<void(const OutputTarget&)>& write_hdf5) {
  const OutputTarget target(file, invocation.output);
  if (is_json(file)) return write_file(target, json());
  write_hdf5(target);
  facts.trace = identify_trace(scenario);
  facts.times.process_s = invocation.process_seconds();
  write_manifest(target, scenario, facts);
}

}  // namespace pigou
