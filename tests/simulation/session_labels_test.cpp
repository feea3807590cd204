// A session that the trace names stays with one instance, or one router replica, whoever asks.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "simulation/small_run.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kRows = 240;
constexpr std::uint32_t kSessions = 12;

/// Prompts with openings that sessions share, and a session's word on nine rows of ten.
Trace labelled_trace(std::uint64_t seed, bool closed_loop) {
  std::mt19937_64 draws(seed);
  SmallRun rows;
  LabelColumn label{.name = "session", .values = {}, .code = {}};
  for (std::uint32_t row = 0; row < kRows; ++row) {
    rows.request(1.5 * row, 16 * static_cast<std::uint32_t>(1 + draws() % 12),
                 static_cast<std::uint32_t>(1 + draws() % 6), 20 * (draws() % 4));
    label.code.push_back(kNoIndex);
    if (draws() % 10 != 0)
      label.code.back() = label.code_of("s" + std::to_string(draws() % kSessions));
  }
  Trace trace = std::move(rows.trace);
  trace.labels.push_back(std::move(label));
  trace.previous_turn.assign(kRows, kNoIndex);
  for (std::uint32_t row = 1; row < kRows; row += 3) trace.previous_turn[row] = row - 1;
  if (!closed_loop) return trace;
  trace.think.assign(kRows, SimTime{20 * kPsPerMillisecond});
  for (std::uint32_t row = 0; row < kRows; row += 8)  // lanes know nothing of the labels
    trace.lanes.push_back({row, row + 8, trace.sessions++, kNoIndex});
  return trace;
}

/// The workloads that every router is tried on.
std::vector<std::shared_ptr<const Workload>> workloads() {
  WorkloadOptions plain, copies, some;
  copies.overlay = 3;
  copies.jitter_s = 0.5;
  some.sample_sessions = 0.6;
  some.infer_turns = true;
  std::vector<std::shared_ptr<const Workload>> all;
  const auto add = [&](bool closed_loop, const WorkloadOptions& options) {
    all.push_back(std::make_shared<Workload>(
        build_workload(labelled_trace(all.size() + 1, closed_loop), options, 16, 1)));
  };
  for (const WorkloadOptions& options : {plain, copies, some}) add(false, options);
  add(true, plain);
  copies.jitter_s = 0;
  add(true, copies);
  return all;
}

using Places = std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::int32_t>>;

/// Where the requests of each named session of each copy were; rows without a word are left out.
template <class PlaceOf>
Places places_of(const Workload& workload, PlaceOf place_of) {
  const LabelColumn& label = *workload.trace.label("session");
  Places places;
  for (RequestId request = 0; request < workload.size(); ++request) {
    const std::uint32_t word = label.code[workload.row[request]];
    if (word != kNoIndex) places[{workload.copy_of(request), word}].insert(place_of(request));
  }
  return places;
}

void expect_one_each(const Places& places, const std::string& what) {
  for (const auto& [session, at] : places)
    EXPECT_EQ(at.size(), 1U) << what << ": session " << session.second << " of copy "
                             << session.first;
}

std::size_t spread_sessions(const Places& places) {
  return static_cast<std::size_t>(
      std::ranges::count_if(places, [](const auto& entry) { return entry.second.size() > 1; }));
}

/// What makes a router keep sessions together whatever else it weighs; nothing: it never does.
std::optional<std::vector<std::pair<std::string_view, double>>> sticky(const PolicyInfo& info) {
  std::vector<std::pair<std::string_view, double>> set;
  for (const LabelSetting& advice : info.label_settings) {
    if (advice.label != RequestLabel::kSession) continue;
    const auto equals = advice.setting.find('=');
    const std::string_view key = advice.setting.substr(0, equals);
    const std::size_t p = parameter_index(info.name, info.parameters, key);
    set.emplace_back(key,
                     parse_value(info.name, info.parameters[p], advice.setting.substr(equals + 1)));
    if (key == "session_affinity_weight") set.back().second = 1e6;
  }
  if (info.name == "chwbl") set.emplace_back("load_factor", 1000);
  const bool always =
      info.label_settings.empty() && make_policy(info, default_values(info.parameters), {4, 0})
                                         ->needs()
                                         .labels.has(RequestLabel::kSession);
  if (set.empty() && !always) return std::nullopt;
  return set;
}

void set_up(SmallRun& run, const PolicyInfo& info, bool split) {
  run.config.cluster.pools.clear();
  run.pool(split ? Role::kPrefill : Role::kAggregated, 5);
  if (split) run.pool(Role::kDecode, 5);
  run.config.router.name = info.name;
  run.config.router.values = default_values(info.parameters);
  const auto set = sticky(info).value();
  for (const auto& [key, value] : set)
    run.config.router.values[parameter_index(info.name, info.parameters, key)] = value;
}

void expect_sticky(const PolicyInfo& info, bool split, std::uint32_t replicas) {
  for (const auto& workload : workloads()) {
    SmallRun run;
    set_up(run, info, split);
    run.config.gateway.replicas = replicas;
    run.config.gateway.replica_choice = ReplicaChoice::kSession;
    const RequestColumns rows = run_simulation(workload, run.config).requests;
    const std::string what = std::string(info.name) + (split ? " split, " : " whole, ") +
                             (workload->trace.closed_loop() ? "closed" : "open");
    // llm-d's session header names the pod that answered: prefill sides are chosen without it.
    if (!split || !info.name.starts_with("llm-d"))
      expect_one_each(places_of(*workload, [&](auto r) { return rows.instance[r]; }), what);
    if (split)
      expect_one_each(places_of(*workload, [&](auto r) { return rows.decode_instance[r]; }),
                      what + ", decode");
  }
}

/// Without the label the same router spreads the same requests: what keeps them together is the
/// label and nothing else.
void expect_spread_without(const PolicyInfo& info) {
  SmallRun run;
  set_up(run, info, false);
  const auto labelled = workloads().front();
  run.trace = labelled_trace(1, false);
  run.trace.labels.clear();
  const RequestColumns rows = run_simulation(run.workload(), run.config).requests;
  EXPECT_GT(spread_sessions(places_of(*labelled, [&](auto r) { return rows.instance[r]; })), 5U)
      << info.name;
}

TEST(SessionLabels, DoesOneSessionStayWithOneInstanceUnderEveryRouterThatCanKeepIt) {
  std::size_t routers = 0;
  for (const PolicyInfo& info : policy_table()) {
    if (!sticky(info)) continue;
    ++routers;
    expect_spread_without(info);
    for (const bool split : {false, true})
      if (misfit(info, split).empty())
        for (const std::uint32_t replicas : {1U, 3U}) expect_sticky(info, split, replicas);
  }
  EXPECT_GE(routers, 8U) << "session-affinity, smg-manual, smg-consistent-hash, consistent-hash, "
                            "chwbl, dynamo-kv, dynamo-lmetric, llm-d-epp";
}

TEST(SessionLabels, DoesTheGatewayKeepOneSessionAtOneReplica) {
  for (const auto& workload : workloads()) {
    SmallRun run;
    run.pool(Role::kAggregated, 5);
    run.config.gateway.replicas = 4;
    run.config.gateway.replica_choice = ReplicaChoice::kSession;
    Simulation simulation(workload, run.config, {});
    std::vector<std::int32_t> replica(workload->size(), -1);
    while (const Decision* decision = simulation.advance()) {
      replica[decision->request] = static_cast<std::int32_t>(decision->replica);
      simulation.apply({{ActionKind::kPlace, decision->slot, InstanceId{decision->request % 5}}});
    }
    expect_one_each(places_of(*workload, [&](auto r) { return replica[r]; }), "gateway");
  }
}

TEST(SessionLabels, IsALabelThatItsRouterDoesNotUseNamed) {
  SmallRun run;
  run.trace = labelled_trace(1, false);
  run.trace.labels.push_back(run.trace.labels[0]);
  run.trace.labels.back().name = "priority";
  for (std::string& word : run.trace.labels.back().values) word = "1";
  run.pool(Role::kAggregated, 2);
  const auto unused = [&](std::string_view router,
                          const std::vector<std::pair<std::string_view, double>>& set = {}) {
    return run.run(router, set).summary.unused.labels;
  };
  using Labels = std::vector<std::string>;
  EXPECT_EQ(unused("round-robin"), (Labels{"session", "priority"}));
  EXPECT_EQ(unused("consistent-hash"), (Labels{"session", "priority"}));
  EXPECT_EQ(unused("consistent-hash", {{"key", 1}}), Labels{"priority"});
  EXPECT_EQ(unused("dynamo-kv@2026-08", {{"router_queue_threshold", 1}}), Labels{"session"});
  EXPECT_EQ(
      unused("dynamo-kv@2026-08", {{"router_queue_threshold", 1}, {"session_affinity_ttl_s", 60}}),
      Labels{});
}

}  // namespace
}  // namespace pigou
