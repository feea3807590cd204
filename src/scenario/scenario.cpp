#include "scenario/scenario.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "routing/policy_table.hpp"
#include "scenario/cluster_config.hpp"
#include "scenario/json.hpp"
#include "scenario/policy_config.hpp"
#include "scenario/set_option.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

std::string read_scenario_file(const std::string& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code))
    throw UserError("scenario '" + file + "' does not exist", "no such file",
                    "see scenarios/ for the ones that come with Pigou");
  if (std::filesystem::is_directory(file, code))
    throw UserError("scenario " + file + " cannot be read", "it is a folder",
                    "name one of the .json files in it");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in)
    throw UserError("scenario " + file + " cannot be read", "the file does not open",
                    "check its permissions");
  return text.str();
}

/// The file of that name beside the scenario if there is one, else in the current directory.
std::string beside(const std::filesystem::path& folder, const std::string& name) {
  std::error_code code;
  const auto place = folder / name;
  return std::filesystem::exists(place, code) ? place.string() : name;
}

/// A file found beside the scenario or in the current directory is named from the root on, so that
/// the resolved scenario runs from anywhere. What is looked up under PIGOU_DATA keeps its name, and
/// so runs on another machine, too.
void name_from_root(Json& text, std::size_t begin, const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto whole = text.get<std::string>();
  const fs::path name(whole.substr(begin));
  std::error_code code;
  if (name.empty() || name.is_absolute()) return;
  for (const fs::path& place : {folder / name, name}) {
    if (!fs::exists(place, code)) continue;
    const fs::path root = fs::canonical(place.has_parent_path() ? place.parent_path() : ".", code);
    if (!code) text = whole.substr(0, begin) + (root / place.filename()).string();
    return;
  }
}

void name_files_from_root(Json& workload, const std::filesystem::path& folder) {
  if (workload.contains("trace")) name_from_root(workload["trace"], 0, folder);
  if (!workload.contains("synth")) return;
  for (const auto& [key, value] : workload["synth"].items()) {
    if (!value.is_string()) continue;
    const std::size_t begin = named_file_at(key, value.get<std::string>());
    if (begin != std::string::npos) name_from_root(value, begin, folder);
  }
}

SynthOptions synth_options(const Json& section, const std::filesystem::path& folder) {
  SynthOptions options;
  for (const auto& [key, value] : section.items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (const std::size_t begin = named_file_at(key, text); begin != std::string::npos)
      text.replace(begin, std::string::npos, beside(folder, text.substr(begin)));
    set_synth_option(options, key, text);
  }
  return options;
}

void read_keys(const Json& section, ReadOptions& options) {
  if (!section.contains("read")) return;
  if (section.contains("synth"))
    throw UserError("workload gives both read and synth", "nothing is read for a synthetic trace",
                    "remove one of them");
  for (const auto& [key, value] : section["read"].items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (value.is_array()) text = value[0].dump() + ":" + value[1].dump();
    set_read_option(options, key, text);
  }
}

TraceSource trace_source(const Json& section, const std::filesystem::path& folder) {
  TraceSource source;
  source.file = section.value("trace", std::string{});
  if (section.contains("synth")) {
    if (!source.file.empty())
      throw UserError("workload gives both trace and synth", "requests come from one of them",
                      "remove the other");
    if (section.contains("mapping"))
      throw UserError("workload gives both mapping and synth", "a mapping is for a trace's columns",
                      "remove one of them");
    source.synth = synth_options(section["synth"], folder);
  }
  const auto format = section.at("format").get<std::string>();
  if (format != "auto") source.read.format = format;
  source.read.lenient = section.at("lenient").get<bool>();
  read_keys(section, source.read);
  if (!section.contains("mapping")) return source;
  ColumnMapping& mapping = source.read.mapping;
  const Json& given = section["mapping"];
  mapping.arrival = given.value("arrival", mapping.arrival);
  mapping.arrival_unit = given.value("arrival_unit", mapping.arrival_unit);
  mapping.input_tokens = given.value("input_tokens", mapping.input_tokens);
  mapping.output_tokens = given.value("output_tokens", mapping.output_tokens);
  mapping.hash_ids = given.value("hash_ids", mapping.hash_ids);
  mapping.block_tokens = given.value("block_tokens", mapping.block_tokens);
  if (!mapping.hash_ids.empty() && mapping.block_tokens == 0)
    throw UserError("workload.mapping.block_tokens is not set", "hash_ids need their block length",
                    "set it to the tokens per id");
  return source;
}

WorkloadOptions workload_options(const Json& section) {
  WorkloadOptions options;
  options.head = section.at("head").get<std::uint64_t>();
  if (section.contains("window_s")) {
    options.window_begin_s = section["window_s"][0].get<double>();
    options.window_end_s = section["window_s"][1].get<double>();
    if (!(*options.window_begin_s < *options.window_end_s))
      throw UserError("workload.window_s holds no time", "its begin is not before its end",
                      "write [begin, end] in seconds");
  }
  if (section.contains("arrivals")) {
    const Json& arrivals = section["arrivals"];
    if (!arrivals.contains("family"))
      throw UserError("workload.arrivals.family is not set", "it says how arrivals are drawn",
                      "set it to e.g. poisson");
    ArrivalModel model;
    model.family = arrivals["family"].get<std::string>();
    model.rate = arrivals.value("rate", model.rate);
    model.cv = arrivals.value("cv", model.cv);
    options.arrivals = model;
  }
  options.thin = section.at("thin").get<double>();
  options.sample_sessions = section.value("sample_sessions", 1.0);
  options.truncate_input_tokens = section.at("truncate_input_tokens").get<std::uint32_t>();
  options.infer_turns = section.at("infer_turns").get<bool>();
  options.policy_class_shares = parse_class_shares(section.value("policy_class_shares", ""));
  options.rate_scale = section.at("rate_scale").get<double>();
  options.repeat = section.at("repeat").get<std::uint32_t>();
  options.overlay = section.at("overlay").get<std::uint32_t>();
  options.jitter_s = section.at("jitter_s").get<double>();
  options.concurrency = section.at("concurrency").get<std::uint32_t>();
  const Json& sessions = section.at("sessions");
  options.sessions_start = sessions.at("start").get<std::string>();
  options.sessions_rate = sessions.at("rate").get<double>();
  options.sessions_max_concurrent = sessions.at("max_concurrent").get<std::uint32_t>();
  if (options.sessions_start == "poisson" && options.sessions_rate <= 0)
    throw UserError("workload.sessions.rate is not set", "sessions start as a Poisson stream",
                    "set it to the sessions per second");
  return options;
}

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
std::uint32_t instance_of(const ClusterConfig& cluster, const Json& named,
                          const std::string& path) {
  const auto wanted = named.value("pool", cluster.pools.front().name);
  const auto index = named.at("index").get<std::uint32_t>();
  std::uint32_t first = 0;
  for (const bool decode : {false, true}) {
    for (const PoolConfig& pool : cluster.pools) {
      if ((pool.role == Role::kDecode) != decode) continue;
      if (pool.name == wanted && index < pool.count) return first + index;
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

/// Puts what the file of router.policy_config holds into its place, so that results need no file.
void embed_policy_config(Json& scenario, const std::filesystem::path& folder,
                         std::vector<std::filesystem::path>& files) {
  if (!scenario.contains("router") || !scenario["router"].is_object()) return;
  const auto found = scenario["router"].find("policy_config");
  if (found == scenario["router"].end() || !found->is_string()) return;
  const auto name = found->get<std::string>();
  files.emplace_back(beside(folder, name));
  *found = read_policy_config(name, folder);
}

/// A number inside a file of policy classes can be set, too.
void set_key(Json& scenario, const std::string& assignment, const char* option,
             Scenario& resolved) {
  if (assignment.starts_with("router.policy_config."))
    embed_policy_config(scenario, resolved.folder, resolved.files);
  apply_set(scenario, assignment, option);
}

RequestOutput request_output(const std::string& name) {
  if (name == "sample") return RequestOutput::kSample;
  return name == "none" ? RequestOutput::kNone : RequestOutput::kFull;
}

void check_router_fits(const SimulationConfig& config) {
  const auto decodes = [](const PoolConfig& pool) { return pool.role == Role::kDecode; };
  const bool split = std::ranges::any_of(config.cluster.pools, decodes);
  const std::string_view why = misfit(find_policy(config.router.name), split);
  if (!why.empty())
    throw UserError("router " + config.router.name + " cannot serve this cluster", std::string(why),
                    "use another router, or other roles in cluster.pools");
}

std::shared_ptr<const DynamoProfile> policy_classes(const Json& resolved) {
  const Json& router = resolved.at("router");
  if (!router.contains("policy_config")) return nullptr;
  const Json& pool = resolved.at("cluster").at("pools").front();
  return policy_profile(router["policy_config"], router.value("served_model_name", ""),
                        pool.value("model", ""));
}

SimulationConfig simulation_config(Json& resolved) {
  SimulationConfig config;
  config.cluster = resolve_cluster(resolved);
  config.router = router_config(resolved.at("router"));
  config.router.classes = policy_classes(resolved);
  config.gateway = gateway_config(resolved.at("gateway"));
  config.signals = signals_config(resolved.at("signals"));
  config.fleet =
      fleet_config(config.cluster, resolved.at("fleet"), find_policy(config.router.name).lost);
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

}  // namespace

std::string hex(std::uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, value >>= 4)
    *digit = kDigits[value & 15];
  return text;
}

Scenario resolve_scenario(const ScenarioRequest& request) {
  Json json = parse_scenario(read_scenario_file(request.file), request.file);
  if (request.router) apply_router(json, *request.router);
  Scenario scenario;
  const std::filesystem::path path(request.file);
  scenario.folder = path.parent_path();
  scenario.files.push_back(path);
  for (const auto& assignment : request.sets) set_key(json, assignment, "--set", scenario);
  for (const auto& assignment : request.varied) set_key(json, assignment, "--vary", scenario);
  if (request.seed) json["seed"] = *request.seed;
  embed_policy_config(json, scenario.folder, scenario.files);
  check_scenario(json);
  Json resolved = {{"name", path.stem().string()}};
  resolved.update(fill_defaults(json));
  scenario.name = resolved["name"].get<std::string>();
  name_files_from_root(resolved.at("workload"), scenario.folder);
  scenario.source = trace_source(resolved.at("workload"), scenario.folder);
  scenario.workload = workload_options(resolved.at("workload"));
  scenario.config = simulation_config(resolved);
  check_router_fits(scenario.config);
  // What the catalogue decided was added at the end; a second pass puts it where a reader of the
  // resolved file would put it, so that running that file gives the same bytes.
  resolved = fill_defaults(resolved);
  Json parameters = resolved["router"];
  parameters.erase("name");
  scenario.router_parameters = parameters.dump();
  scenario.resolved = resolved.dump(2, ' ', true, Json::error_handler_t::replace);
  scenario.hash = hex(hash_name(scenario.resolved));
  return scenario;
}

}  // namespace pigou
