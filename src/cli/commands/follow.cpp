// pigou follow: the simulated cluster, routed by another process over stdin and stdout. Built for
// conformance runs (scripts/conformance), good for any router that is not written in C++.
#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/counterfactual.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "scenario/trace_source.hpp"
#include "simulation/router_replicas.hpp"
#include "simulation/simulation.hpp"
#include "study/figures.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

po::options_description visible_options() {
  po::options_description options("Follow");
  options.add_options()  //
      ("shadow", po::value<std::vector<std::string>>()->value_name("NAME[:K=V,...]"),
       "also say what this router would choose in the same state; may be repeated");
  options.add(scenario_options());
  return options;
}

po::variables_map parse(const Invocation& invocation) {
  return parse_scenario_command("follow", invocation.arguments, visible_options());
}

void say(const Json& line) { print(line.dump() + "\n"); }

/// The peer's next answer: {"instance": n}.
std::uint32_t hear(RequestId request, std::uint32_t instances) {
  std::string line;
  if (!std::getline(std::cin, line))
    throw UserError("the peer stopped answering",
                    "request " + std::to_string(request) + " waits for an instance",
                    "look at its own messages");
  const Json answer = Json::parse(line, nullptr, false);
  const auto found = answer.is_object() ? answer.find("instance") : answer.end();
  if (!answer.is_object() || found == answer.end() || !found->is_number_unsigned() ||
      found->get<std::uint64_t>() >= instances)
    throw UserError("the peer answered '" + line.substr(0, 80) + "'",
                    "an instance below " + std::to_string(instances) + " is expected",
                    "answer {\"instance\": 0}");
  return found->get<std::uint32_t>();
}

/// One followed simulation and the routers that shadow it.
class Follower {
 public:
  Follower(const Scenario& scenario, std::shared_ptr<const Workload> workload,
           std::vector<CounterfactualRouter> shadows)
      : workload_(std::move(workload)),
        shadows_(std::move(shadows)),
        simulation_(workload_, scenario.config, needs()) {
    simulation_.log_kv_events();
  }

  void run(const Scenario& scenario) {
    greet(scenario);
    std::vector<Action> actions;
    while (const Decision* decision = simulation_.advance()) {
      actions.clear();
      tell_kv_events();
      answer(*decision, actions);
      simulation_.apply(actions);
    }
    tell_kv_events();
    const RunSummary summary = simulation_.finish().summary;
    Json line = {{"event", "end"}};
    for (const Figure* figure : figures_called(kRequestCounts))
      line[std::string(figure->key)] = line[std::string(figure->alias)] = figure->count(summary);
    line["e2e_s.mean"] = line["e2e_mean_s"] = summary.e2e.mean;
    line["ttft_s.mean"] = line["ttft_mean_s"] = summary.ttft.mean;
    say(line);
  }

 private:
  ViewNeeds needs() const {
    ViewNeeds all = union_of_needs(shadows_);
    all.prefix_index = all.first_token = all.finish = true;
    all.separable = {};
    return all;
  }

  void greet(const Scenario& scenario) {
    const Cluster& cluster = simulation_.cluster();
    const EngineConfig& engine = cluster.pool_of(0).engine;
    say({{"event", "hello"},
         {"pigou", build_facts().version},
         {"scenario", scenario.name},
         {"requests", workload_->size()},
         {"instances", cluster.instances()},
         {"entry_instances", cluster.entry_instances()},
         {"block_tokens", engine.block_tokens},
         {"max_num_batched_tokens", engine.max_num_batched_tokens},
         {"kv_blocks", cluster.pool_of(0).kv_blocks},
         {"trace_block_tokens", workload_->trace.block_tokens}});
  }

  void tell_kv_events() {
    for (const SeenKvEvent& event : simulation_.log_kv_events())
      say({{"event", "kv"},
           {"instance", event.instance.value},
           {"segment", event.segment.value},
           {"held", event.held}});
    simulation_.log_kv_events().clear();
  }

  void answer(const Decision& decision, std::vector<Action>& actions) {
    switch (decision.hook) {
      case Hook::kArrival:
        return place(decision, actions);
      case Hook::kPrefillDone:
        return place_decode(decision, actions);
      case Hook::kFirstToken:
      case Hook::kFinish:
        return notify(decision);
      default:
        return;
    }
  }

  void place(const Decision& decision, std::vector<Action>& actions) {
    const RequestView& request = simulation_.view().request();
    Json line = {{"event", "place"},
                 {"request", decision.request.value},
                 {"time_s", to_seconds(decision.time)},
                 {"input_tokens", request.row.input_tokens},
                 {"session", request.session},
                 {"copy", request.copy}};
    line["blocks"] =
        std::vector<std::uint32_t>(request.trace_blocks.begin(), request.trace_blocks.end());
    for (std::size_t s = 0; s < request.path.size(); ++s)
      line["segments"].push_back({request.path.segment(s).value, request.path.blocks(s)});
    for (CounterfactualRouter& shadow : shadows_) {
      const CounterfactualChoice choice = shadow.choose(decision, simulation_.view());
      line["shadows"][shadow.name()] = {
          {"choice", choice.instance.value}, {"tied", choice.tied}, {"rule", choice.rule}};
    }
    say(line);
    const InstanceId chosen{hear(decision.request, simulation_.view().entry_count())};
    for (CounterfactualRouter& shadow : shadows_)
      shadow.follow(decision, simulation_.view(), chosen);
    actions.push_back({ActionKind::kPlace, decision.slot, chosen});
  }

  void place_decode(const Decision& decision, std::vector<Action>& actions) {
    say({{"event", "place_decode"}, {"request", decision.request.value}});
    const InstanceId chosen{hear(decision.request, simulation_.cluster().instances())};
    if (chosen < simulation_.view().entry_count())
      throw UserError("the peer chose instance " + std::to_string(chosen) + " for decode",
                      "it is a prefill instance",
                      "answer one from " + std::to_string(simulation_.view().entry_count()));
    actions.push_back({ActionKind::kPlaceDecode, decision.slot, kNoIndex, chosen});
  }

  void notify(const Decision& decision) {
    say({{"event", decision.hook == Hook::kFinish ? "finish" : "first_token"},
         {"request", decision.request.value},
         {"time_s", to_seconds(decision.time)}});
    for (CounterfactualRouter& shadow : shadows_) shadow.notify(decision, simulation_.view());
  }

  std::shared_ptr<const Workload> workload_;
  std::vector<CounterfactualRouter> shadows_;
  Simulation simulation_;
};

std::vector<CounterfactualRouter> make_shadows(const po::variables_map& values,
                                               const Scenario& scenario,
                                               const ScenarioRequest& request) {
  std::vector<CounterfactualRouter> shadows;
  if (values.count("shadow") == 0) return shadows;
  for (const auto& text : values["shadow"].as<std::vector<std::string>>()) {
    ScenarioRequest variant = request;
    variant.router = text;
    const Scenario routed = resolve_scenario(variant);
    shadows.emplace_back(routed.config.router,
                         layout_of(scenario.config.cluster, scenario.config.seed));
  }
  return shadows;
}

}  // namespace

int follow_command(const Invocation& invocation) {
  const auto values = parse(invocation);
  const ScenarioRequest request = scenario_request(values);
  const Scenario scenario = resolve_scenario(request);
  if (scenario.config.control.on())
    throw UserError("control.changes cannot be followed",
                    "the router is another process, and its parameters are its own",
                    "leave the section control out");
  auto shadows = make_shadows(values, scenario, request);
  const auto workload = make_workload(load_trace(scenario), scenario, scenario.config.seed);
  Follower(scenario, workload, std::move(shadows)).run(scenario);
  return kExitOk;
}

std::string follow_help() {
  return "usage: pigou follow SCENARIO [options]\n\n"
         "Runs the scenario's cluster while another process routes: every decision is a line of\n"
         "JSON on stdout, every answer one on stdin (docs/commands/follow.md).\n\n" +
         options_text(visible_options());
}

}  // namespace pigou
