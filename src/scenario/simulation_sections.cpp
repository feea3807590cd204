#include "scenario/simulation_sections.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "routing/policy_table.hpp"
#include "scenario/cluster_config.hpp"
#include "scenario/policy_profile.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

RouterConfig router_config(const Json& router) {
  const PolicyInfo& policy = find_policy(router.at("name").get<std::string>());
  RouterConfig config{std::string(policy.name), {}};
  for (const auto& parameter : policy.parameters) {
    const Json& value = router.at(std::string(parameter.name));
    config.values.push_back(parse_value(
        policy.name, parameter, value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return config;
}

GatewayConfig gateway_config(const Json& section) {
  GatewayConfig config;
  config.replicas = section.at("replicas");
  const auto choice = section.at("replica_choice").get<std::string>();
  if (choice == "random") config.replica_choice = ReplicaChoice::kRandom;
  if (choice == "session") config.replica_choice = ReplicaChoice::kSession;
  config.decision_s = section.at("decision_s");
  config.network_s = section.at("network_s");
  config.feedback_s = section.at("feedback_s");
  config.sync = section.at("sync");
  config.sync_latency_s = section.at("sync_latency_s");
  return config;
}

SignalsConfig signals_config(const Json& section) {
  SignalsConfig config;
  config.age_s = section.value("age_s", -1.0);
  KvLossConfig& loss = config.kv_loss;
  loss.probability = section.at("kv_event_loss");
  const auto resync = section.at("kv_resync").get<std::string>();
  if (resync == "periodic") loss.resync = KvResync::kPeriodic;
  if (resync == "never") loss.resync = KvResync::kNone;
  loss.resync_s = section.at("kv_resync_s");
  if (loss.resync == KvResync::kPeriodic && loss.resync_s <= 0)
    throw UserError("signals.kv_resync_s cannot be 0 where signals.kv_resync is periodic",
                    "it is the time between two states of an instance", "set a period");
  return config;
}

/// Instances are numbered as in results: entry pools first, then decode pools, as declared.
InstanceId instance_of(const ClusterConfig& cluster, const Json& named, const std::string& path) {
  const auto wanted = named.value("pool", cluster.pools.front().name);
  const auto index = named.at("index").get<std::uint32_t>();
  std::uint32_t first = 0;
  for (const bool decode : {false, true}) {
    for (const PoolConfig& pool : cluster.pools) {
      if ((pool.role == Role::kDecode) != decode) continue;
      if (pool.name == wanted && index < pool.count) return InstanceId{first + index};
      if (pool.name == wanted)
        throw UserError(path + " names instance " + std::to_string(index) + " of pool " + wanted,
                        "it has " + std::to_string(pool.count), "count from 0");
      first += pool.count;
    }
  }
  throw UserError(path + " names pool '" + wanted + "'", "there is none of this name",
                  "use the name of one of cluster.pools");
}

/// What the scenario leaves open about lost requests is as the router has it by its defaults, and
/// the resolved scenario says so.
void fill_lost(FleetConfig& config, Json& section, const LostRequests& lost) {
  const auto given = [&](const char* key, auto otherwise) {
    if (!section.contains(key)) section[key] = otherwise;
    return section.at(key).get<decltype(otherwise)>();
  };
  const std::string rule = lost.continues ? "continue" : "before-first-token";
  const bool continues = given("retry", rule) == "continue";
  config.retry = continues ? RetryRule::kContinue : RetryRule::kBeforeFirstToken;
  config.retries = given("retries", lost.retries);
  config.backoff = {given("retry_backoff_s", lost.backoff.initial_s),
                    given("retry_backoff_max_s", lost.backoff.max_s),
                    given("retry_backoff_multiplier", lost.backoff.multiplier),
                    given("retry_backoff_jitter", lost.backoff.jitter)};
  if (config.backoff.max_s < config.backoff.initial_s)
    throw UserError("fleet.retry_backoff_max_s is below fleet.retry_backoff_s",
                    "it bounds every wait, the first included", "raise it or lower the first");
  const std::string nobody = lost.waits_for_somebody ? "wait" : "lose";
  config.waits_for_somebody = given("nobody", nobody) == "wait";
  config.breaker = {given("breaker_failures", lost.breaker.failures),
                    given("breaker_successes", lost.breaker.successes),
                    given("breaker_open_s", lost.breaker.open_s)};
}

FleetConfig fleet_config(const ClusterConfig& cluster, Json& section, const LostRequests& lost) {
  FleetConfig config;
  static const std::vector<std::string> actions = {"join", "drain", "fail", "recover"};
  for (const Json& event : section.at("events")) {
    const auto action = std::ranges::find(actions, event.at("action").get<std::string>());
    config.events.push_back({event.at("at_s"), instance_of(cluster, event, "fleet.events"),
                             static_cast<FleetAction>(action - actions.begin())});
  }
  for (const Json& down : section.at("start_down"))
    config.start_down.push_back(instance_of(cluster, down, "fleet.start_down"));
  config.mtbf_s = section.at("mtbf_s");
  config.mttr_s = section.at("mttr_s");
  config.boot_s = section.at("boot_s");
  config.detection_s = section.at("detection_s");
  fill_lost(config, section, lost);
  return config;
}

/// The parameter of `policy` called `name`, which may change during a run.
std::uint32_t live_parameter(const PolicyInfo& policy, const std::string& name) {
  const std::size_t place = parameter_index(policy.name, policy.parameters, name);
  if (policy.parameters[place].live) return static_cast<std::uint32_t>(place);
  std::string may;
  for (const Parameter& parameter : policy.parameters)
    if (parameter.live) may.append(may.empty() ? "" : ", ").append(parameter.name);
  throw UserError("router." + name + " cannot change during a run",
                  "it decides what " + std::string(policy.name) + " keeps from the start",
                  may.empty() ? "no parameter of this router can: use another router"
                              : "those that can are " + may);
}

ControlConfig control_config(const Json& resolved, const PolicyInfo& policy) {
  ControlConfig config;
  if (!resolved.contains("control")) return config;
  for (const Json& change : resolved["control"].value("changes", Json::array())) {
    if (!change.contains("parameter") || !change.contains("value"))
      throw UserError("a change of control.changes has no parameter or no value",
                      "both say what changes", "name the parameter and its value from then on");
    const std::uint32_t place = live_parameter(policy, change["parameter"].get<std::string>());
    const double value = parse_value(policy.name, policy.parameters[place], change["value"].dump());
    config.changes.push_back({change.at("at_s"), place, value});
  }
  return config;
}

RequestOutput request_output(const std::string& name) {
  if (name == "sample") return RequestOutput::kSample;
  return name == "none" ? RequestOutput::kNone : RequestOutput::kFull;
}

std::shared_ptr<const PolicyFile> policy_file(const Json& resolved) {
  const Json& router = resolved.at("router");
  if (!router.contains("policy_config")) return nullptr;
  const Json& pool = resolved.at("cluster").at("pools").front();
  return policy_profile(router["policy_config"], router.value("served_model_name", ""),
                        pool.value("model", ""));
}

}  // namespace

void check_router_fits(const SimulationConfig& config) {
  const auto decodes = [](const PoolConfig& pool) { return pool.role == Role::kDecode; };
  const bool split = std::ranges::any_of(config.cluster.pools, decodes);
  const std::string_view why = misfit(find_policy(config.router.name), split);
  if (!why.empty())
    throw UserError("router " + config.router.name + " cannot serve this cluster", std::string(why),
                    "use another router, or other roles in cluster.pools");
}

SimulationConfig simulation_config(Json& resolved) {
  SimulationConfig config;
  config.cluster = resolve_cluster(resolved);
  config.router = router_config(resolved.at("router"));
  config.router.file = policy_file(resolved);
  config.gateway = gateway_config(resolved.at("gateway"));
  config.signals = signals_config(resolved.at("signals"));
  config.fleet =
      fleet_config(config.cluster, resolved.at("fleet"), find_policy(config.router.name).lost);
  config.control = control_config(resolved, find_policy(config.router.name));
  const Json& slo = resolved.at("slo");
  config.slo = {slo.at("ttft_s"), slo.at("tpot_s"), slo.at("e2e_s")};
  const Json& output = resolved.at("output");
  config.output = {request_output(output.at("requests")), output.at("sample"),
                   output.at("timeline_s")};
  config.first_token =
      resolved.at("pd").at("first_token") == "prefill" ? FirstToken::kPrefill : FirstToken::kDecode;
  config.timeout_s = resolved.at("workload").at("timeout_s");
  config.eager_signals = resolved.at("signals").at("eager");
  config.seed = resolved.at("seed");
  return config;
}

}  // namespace pigou
