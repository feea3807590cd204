#include "simulation/random_scenario.hpp"

#include <algorithm>
#include <cstring>
#include <sstream>

#include "simulation/random_classes.hpp"
#include "simulation/router_replicas.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kTraceBlock = 64;

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : rng_(seed) {}
  std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(rng_() % (high - low + 1));
  }
  bool chance(double p) { return static_cast<double>(rng_() % 1'000'000) < p * 1e6; }
  std::mt19937_64& rng() { return rng_; }

 private:
  std::mt19937_64 rng_;
};

/// Prompts as random walks down a growing prefix tree, some ending inside a block.
void draw_rows(Draw& draw, Trace& trace, std::uint32_t rows, std::uint32_t longest) {
  std::vector<std::vector<std::uint32_t>> known = {{}};
  trace.block_tokens = kTraceBlock;
  trace.block_begin = {0};
  std::int64_t now = 0;
  const std::uint32_t gap_ms = draw.between(1, 120);
  const std::uint32_t answer = draw.between(2, 150);
  for (std::uint32_t r = 0; r < rows; ++r) {
    std::vector<std::uint32_t> path = known[draw.rng()() % known.size()];
    const std::uint32_t fresh = draw.between(0, 4);
    for (std::uint32_t b = 0; b < fresh && path.size() < longest; ++b)
      path.push_back(trace.distinct_blocks++);
    known.push_back(path);
    const auto full = static_cast<std::uint32_t>(path.size()) * kTraceBlock;
    trace.input_tokens.push_back(full + draw.between(full == 0 ? 1 : 0, kTraceBlock - 1));
    trace.output_tokens.push_back(draw.between(0, answer));
    trace.block_ids.insert(trace.block_ids.end(), path.begin(), path.end());
    trace.block_begin.push_back(trace.block_ids.size());
    trace.arrival.push_back({now});
    now += static_cast<std::int64_t>(draw.between(0, 2 * gap_ms)) * kPsPerMillisecond;
  }
}

/// Sessions of a few turns each instead of a stream.
void close_loop(Draw& draw, Trace& trace) {
  const auto rows = static_cast<std::uint32_t>(trace.rows());
  for (std::uint32_t r = 0; r < rows; ++r)
    trace.think.push_back({static_cast<std::int64_t>(draw.between(0, 500)) * kPsPerMillisecond});
  for (std::uint32_t first = 0; first < rows;) {
    const std::uint32_t end = std::min(rows, first + draw.between(1, 8));
    trace.lanes.push_back({first, end, trace.sessions++, kNoIndex});
    first = end;
  }
  std::fill(trace.arrival.begin(), trace.arrival.end(), SimTime{});
}

/// What a recorded server might have said of the rows: some have no record, and instance names need
/// not be as many as there are instances.
void draw_record(Draw& draw, Trace& trace, const ClusterConfig& cluster) {
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    const bool known = draw.chance(0.9);
    const std::int64_t ttft = std::int64_t{draw.between(1, 400)} * kPsPerMillisecond;
    trace.recorded_ttft.push_back({known ? ttft : -1});
    trace.recorded_service.push_back({known ? ttft * draw.between(1, 9) : -1});
    trace.recorded_cached_tokens.push_back(
        known ? static_cast<std::int32_t>(draw.between(0, trace.input_tokens[row])) : -1);
  }
  const bool split = cluster.pools.size() > 1;
  for (std::size_t side = 0; side < cluster.pools.size(); ++side) {
    const std::uint32_t names = draw.between(1, cluster.pools[side].count);
    LabelColumn& column = trace.add_label(!split      ? "instance"
                                          : side == 0 ? "prefill_instance"
                                                      : "decode_instance");
    column.code.assign(trace.rows(), kNoIndex);
    for (std::uint32_t& code : column.code)
      if (draw.chance(0.9)) code = column.code_of("pod-" + std::to_string(draw.between(1, names)));
  }
}

/// LoRA adapters, and pools with few places for them, now and then.
void draw_adapters(Draw& draw, Trace& trace, ClusterConfig& cluster) {
  if (draw.chance(0.6)) return;
  const std::uint32_t names = draw.between(1, 6);
  LabelColumn& column = trace.add_label("adapter");
  column.code.assign(trace.rows(), kNoIndex);
  for (std::uint32_t& code : column.code)
    if (draw.chance(0.8)) code = column.code_of("lora-" + std::to_string(draw.between(1, names)));
  for (PoolConfig& pool : cluster.pools)
    if (draw.chance(0.8)) pool.engine.max_loras = draw.between(1, 3);
}

PoolConfig draw_pool(Draw& draw, const char* name, Role role, std::uint32_t longest_tokens) {
  PoolConfig pool;
  pool.name = name;
  pool.role = role;
  pool.count = draw.between(1, role == Role::kDecode ? 3 : 6);
  pool.engine.max_num_seqs = draw.between(2, 24);
  pool.engine.max_num_batched_tokens = pool.engine.max_num_seqs + draw.between(8, 600);
  if (draw.chance(0.2)) pool.engine.long_prefill_token_threshold = draw.between(4, 128);
  if (draw.chance(0.1)) {
    pool.engine.enable_chunked_prefill = false;
    pool.engine.max_model_len = longest_tokens + 50;
    pool.engine.max_num_batched_tokens = pool.engine.max_model_len + pool.engine.max_num_seqs;
  }
  pool.engine.scheduler_reserve_full_isl = draw.chance(0.6);
  pool.engine.enable_prefix_caching = draw.chance(0.9);
  // Hot: room for little more than the longest request alone.
  pool.kv_blocks = longest_tokens / 16 + draw.between(1, draw.chance(0.7) ? 20 : 400);
  StepModel step = constant_step_model({kPsPerMillisecond}, 2048);
  for (std::size_t r = 0; r < 3; ++r) {
    for (std::size_t t = 0; t < step.token_ps[r].size(); ++t)
      step.token_ps[r][t] = static_cast<std::int64_t>(5'000'000'000 + 20'000'000 * t);
    step.sequence_ps[r] = 1'000'000;
    step.context_ps[r] = draw.chance(0.8) ? 26'901 : 0;
    step.attention_fs[r] = 2'130'000;
  }
  step.prefill_s_per_token = 2e-5;
  pool.model.step = step;
  pool.model.kv_bytes_per_token = 131'072;
  pool.model.nic_bytes_per_s = 1e9 * draw.between(1, 50);
  return pool;
}

/// Any of llm-d's profiles, however odd.
void draw_profile(Draw& draw, const PolicyInfo& info, ParameterValues& values) {
  for (std::size_t p = 0; p < info.parameters.size(); ++p) {
    const Parameter& parameter = info.parameters[p];
    const auto small = static_cast<double>(draw.between(1, 12));
    if (draw.chance(0.5)) continue;
    if (parameter.type == ParameterType::kFlag) values[p] = draw.chance(0.5) ? 1 : 0;
    if (parameter.type == ParameterType::kChoice)
      values[p] = draw.between(0, static_cast<std::uint32_t>(parameter.max));
    if (parameter.name.ends_with("_weight")) values[p] = std::min(parameter.max, small / 4);
    if (parameter.unit == "requests") values[p] = small;
    if (parameter.unit == "tokens") values[p] = small * 40;
    if (parameter.unit == "blocks") values[p] = small * 5;
    if (parameter.name.ends_with("_slo_s")) values[p] = small / 20;
    if (parameter.name == "speculative_ttl_s" || parameter.name == "max_ttft_penalty_s")
      values[p] = small / 5;
    if (parameter.name == "context_short_pods") values[p] = draw.between(0, 3);
  }
}

/// Options that are off by default: how often they are on, and what they are then.
struct Option {
  std::string_view name;
  double chance;
  double value;
};
constexpr Option kOptions[] = {
    {"temperature", 0.3, 0.7},
    {"router_queue_threshold", 0.3, 1},
    {"router_queue_policy", 0.4, 1},
    {"use_kv_events", 0.3, 0},
    {"router_ttl_s", 0.5, 0.5},
    {"active_decode_blocks_threshold", 0.2, 0.7},
    {"active_prefill_tokens_threshold_frac", 0.2, 2},
    {"kv_metrics_period_s", 0.3, 0.05},
    {"session_affinity_ttl_s", 0.3, 1},
    {"session_affinity_mode", 0.5, 1},
    {"conditional_disagg", 0.5, 3},
};

/// `wanted`, or one of those that can serve the cluster.
const PolicyInfo& draw_policy(Draw& draw, bool split, std::string_view wanted) {
  const auto table = policy_table();
  std::size_t at = draw.rng()() % table.size();
  if (!wanted.empty()) return find_policy(wanted);
  while (!misfit(table[at], split).empty()) at = (at + 1) % table.size();
  return table[at];
}

void draw_router(Draw& draw, RouterConfig& router, const PolicyInfo& info) {
  router.name = info.name;
  router.values = default_values(info.parameters);
  for (std::size_t p = 0; p < info.parameters.size(); ++p) {
    const Parameter& parameter = info.parameters[p];
    if (parameter.name == "kv_event_latency_s" || parameter.name == "snapshot_delay_s")
      router.values[p] = draw.chance(0.5) ? 0 : draw.between(1, 300) * 1e-3;
    for (const Option& option : kOptions)
      if (parameter.name == option.name && draw.chance(option.chance))
        router.values[p] = option.value;
  }
  if (info.name.starts_with("llm-d-epp")) draw_profile(draw, info, router.values);
}

/// Several slow routers that hear late, now and then.
GatewayConfig draw_gateway(Draw& draw) {
  GatewayConfig gateway;
  const auto seconds = [&] { return draw.chance(0.5) ? 0 : draw.between(1, 40) * 1e-3; };
  if (draw.chance(0.6)) return gateway;
  gateway.replicas = draw.between(1, 4);
  gateway.replica_choice = static_cast<ReplicaChoice>(draw.between(0, 2));
  gateway.decision_s = seconds();
  gateway.network_s = seconds();
  gateway.feedback_s = seconds();
  gateway.sync = draw.chance(0.5);
  gateway.sync_latency_s = seconds();
  return gateway;
}

/// KV events that get lost, and one age for everything, now and then.
SignalsConfig draw_signals(Draw& draw) {
  SignalsConfig signals;
  if (draw.chance(0.3)) signals.age_s = draw.chance(0.2) ? 0 : draw.between(1, 300) * 1e-3;
  if (draw.chance(0.6)) return signals;
  signals.kv_loss.probability = draw.between(1, 100) * 1e-2;
  signals.kv_loss.resync = static_cast<KvResync>(draw.between(0, 2));
  signals.kv_loss.resync_s = draw.between(1, 500) * 1e-3;
  return signals;
}

/// Waits before retries, attempts lost for want of an instance, and circuit breakers, now and then.
void draw_retries(Draw& draw, FleetConfig& fleet) {
  if (draw.chance(0.5))
    fleet.backoff = {draw.between(1, 400) * 1e-3, 1, draw.between(4, 12) * 0.25,
                     draw.between(0, 4) * 0.25};
  fleet.waits_for_somebody = draw.chance(0.6);
  if (draw.chance(0.5))
    fleet.breaker = {draw.between(1, 5), draw.between(1, 3), draw.between(1, 2000) * 1e-3};
}

/// Instances that come and go, now and then.
FleetConfig draw_fleet(Draw& draw, std::uint32_t instances) {
  FleetConfig fleet;
  if (draw.chance(0.6)) return fleet;
  const std::uint32_t events = draw.between(0, 12);
  for (std::uint32_t e = 0; e < events; ++e)
    fleet.events.push_back({draw.between(0, 6000) * 1e-3,
                            InstanceId{draw.between(0, instances - 1)},
                            static_cast<FleetAction>(draw.between(0, 3))});
  if (draw.chance(0.3)) fleet.start_down.push_back(InstanceId{draw.between(0, instances - 1)});
  if (draw.chance(0.4)) fleet.mtbf_s = draw.between(1, 8);
  fleet.mttr_s = draw.between(1, 2000) * 1e-3;
  if (draw.chance(0.5)) fleet.boot_s = draw.between(1, 500) * 1e-3;
  if (draw.chance(0.3)) fleet.detection_s = draw.between(1, 300) * 1e-3;
  if (draw.chance(0.5)) fleet.retry = RetryRule::kContinue;
  fleet.retries = draw.between(0, 4);
  return fleet;
}

/// Slow links, so that transfers queue, and clients that do not wait for them, now and then.
void draw_links(Draw& draw, SimulationConfig& config) {
  if (config.cluster.pools.size() < 2 || !draw.chance(0.4)) return;
  for (PoolConfig& pool : config.cluster.pools)
    pool.model.nic_bytes_per_s = 1e7 * draw.between(5, 100);
  config.cluster.network.latency_s = draw.chance(0.5) ? 0 : draw.between(1, 100) * 1e-3;
  if (draw.chance(0.5)) config.timeout_s = draw.between(100, 8000) * 1e-3;
}

}  // namespace

RandomScenario draw_scenario(std::uint64_t seed, std::string_view router) {
  Draw draw(seed);
  RandomScenario scenario;
  Trace trace;
  const std::uint32_t longest = draw.between(2, 16);
  draw_rows(draw, trace, draw.between(20, 250), longest);
  const bool closed = draw.chance(0.3);
  if (closed) close_loop(draw, trace);
  const std::uint32_t tokens = (longest + 1) * kTraceBlock + 150;
  ClusterConfig& cluster = scenario.config.cluster;
  bool split = draw.chance(0.4);
  if (!router.empty() && !misfit(find_policy(router), split).empty()) split = !split;
  cluster.pools.push_back(
      draw_pool(draw, "entry", split ? Role::kPrefill : Role::kAggregated, tokens));
  if (split) cluster.pools.push_back(draw_pool(draw, "decode", Role::kDecode, tokens));
  if (draw.chance(0.2)) scenario.config.timeout_s = draw.between(1, 4000) * 1e-3;
  if (draw.chance(0.3)) scenario.config.first_token = FirstToken::kPrefill;
  scenario.config.seed = seed;
  draw_router(draw, scenario.config.router, draw_policy(draw, split, router));
  Draw record(seed ^ 0x9e3779b97f4a7c15ULL);  // of its own: everything else stays as it was
  draw_record(record, trace, cluster);
  Draw adapters(seed ^ 0x94d049bb133111ebULL);
  draw_adapters(adapters, trace, cluster);
  draw_classes(seed, trace, scenario.config.router);
  Draw versions(seed ^ 0x2545f4914f6cdd1dULL);
  for (PoolConfig& pool : cluster.pools)
    if (versions.chance(0.25)) pool.engine.kv_events = KvEventTime::kAtSchedule;
  Draw signals(seed ^ 0xd1b54a32d192ed03ULL);
  scenario.config.signals = draw_signals(signals);
  scenario.config.gateway = draw_gateway(draw);
  std::uint32_t instances = 0;
  for (const PoolConfig& pool : cluster.pools) instances += pool.count;
  scenario.config.fleet = draw_fleet(draw, instances);
  Draw retries(seed ^ 0xbf58476d1ce4e5b9ULL);
  draw_retries(retries, scenario.config.fleet);
  Draw links(seed ^ 0x8ebc6af09c88c6e3ULL);
  draw_links(links, scenario.config);
  WorkloadOptions options;
  if (!closed && draw.chance(0.3)) options.overlay = 2;
  if (!closed && draw.chance(0.3)) options.jitter_s = 0.5;
  if (!closed && draw.chance(0.15)) options.concurrency = draw.between(1, 20);
  if (!closed && draw.chance(0.2)) options.infer_turns = true;
  if (closed && draw.chance(0.5)) options.sessions_max_concurrent = draw.between(1, 6);
  std::ostringstream words;
  words << "seed " << seed << ": " << trace.rows() << " rows, " << scenario.config.router.name
        << (split ? ", split" : ", aggregated") << (closed ? ", closed loop" : "") << ", "
        << scenario.config.gateway.replicas << " replicas, " << scenario.config.fleet.events.size()
        << " fleet events, mtbf " << scenario.config.fleet.mtbf_s << ", age "
        << scenario.config.signals.age_s << ", loss "
        << scenario.config.signals.kv_loss.probability;
  for (const PoolConfig& pool : cluster.pools)
    words << ", " << pool.name << " " << pool.count << " x " << pool.kv_blocks << " blocks, "
          << pool.engine.max_num_seqs << " seats, " << pool.engine.max_num_batched_tokens
          << " tokens, " << pool.engine.max_loras << " adapters";
  scenario.words = words.str();
  scenario.workload =
      std::make_shared<Workload>(build_workload(std::move(trace), options, 16, seed));
  return scenario;
}

RunResult run_checked(const RandomScenario& scenario, int every) {
  RouterReplicas router(scenario.config);
  Simulation simulation(scenario.workload, scenario.config, router.needs());
  int decisions = 0;
  drive(simulation, router, [&] {
    if (++decisions % every == 0) simulation.check_laws();
    return true;
  });
  simulation.check_laws();
  return simulation.finish();
}

}  // namespace pigou
