// The rows of the scenario key table, in the order of the resolved scenario.
#pragma once

#include <algorithm>
#include <array>

#include "scenario/keys.hpp"
#include "scenario/workload_rows.hpp"

namespace pigou {
namespace key_rows {

inline constexpr auto kPools = std::to_array<ScenarioKey>({
    {"cluster.pools[].name", kText, "1", "", 0, 0, "Name of the pool; by default its role."},
    {"cluster.pools[].role", kChoice, "1", "\"aggregated\"", 0, 0,
     "aggregated instances prefill and decode; a split cluster has at least one prefill and one "
     "decode pool.",
     "aggregated|prefill|decode"},
    {"cluster.pools[].count", kInteger, "instances", "1", 1, 65536, "Instances in the pool."},
    {"cluster.pools[].gpu", kText, "1", "", 0, 0, "GPU of the catalogue (`pigou list gpus`)."},
    {"cluster.pools[].model", kText, "1", "", 0, 0,
     "Model of the catalogue (`pigou list models`)."},
    {"cluster.pools[].dtype", kText, "1", "\"bf16\"", 0, 0,
     "Number format of weights and matrix work."},
    {"cluster.pools[].kv_dtype", kText, "1", "", 0, 0,
     "Number format of the KV cache, bf16 or fp8; by default bf16."},
    {"cluster.pools[].tp", kInteger, "GPUs", "1", 1, 64, "Tensor-parallel GPUs per instance."},
    {"cluster.pools[].pp",
     kInteger,
     "stages",
     "1",
     1,
     64,
     "Pipeline stages per instance.",
     {},
     "pipeline parallelism is not modelled yet"},
    {"cluster.pools[].dp",
     kInteger,
     "ranks",
     "1",
     1,
     1024,
     "Data-parallel ranks per instance.",
     {},
     "data-parallel ranks are not modelled yet; raise count instead"},
    {"cluster.pools[].ep", kInteger, "GPUs", "1", 1, 1024, "Expert-parallel GPUs per instance."},
    {"cluster.pools[].allow_roofline", kFlag, "1", "false", 0, 1,
     "Where no measured row covers the shape, use the roofline and say so in every result."},
    {"cluster.pools[].step_s", kReal, "s", "", 1e-9, 1000,
     "Every engine step takes exactly this long: for queueing-theory tests, instead of gpu and "
     "model."},
    {"cluster.pools[].prefill_s_per_token", kReal, "s", "", 1e-12, 1,
     "Instead of gpu and model: a step that computes prompt tokens takes this for each of its "
     "tokens. With decode_step_s."},
    {"cluster.pools[].decode_step_s", kReal, "s", "", 1e-9, 1000,
     "With prefill_s_per_token: what a step takes besides if anyone decodes in it."},
    {"cluster.pools[].cached_s_per_token", kReal, "s", "", 0, 1,
     "With prefill_s_per_token: for each token that a prompt's chunk finds computed, such as the "
     "loading of cached KV; 0 by default."},
});

inline constexpr auto kEngine = std::to_array<ScenarioKey>({
    {"cluster.pools[].engine.kind", kChoice, "1", "\"vllm-v1\"", 0, 0,
     "Engine whose rules the instances follow.", "vllm-v1"},
    {"cluster.pools[].engine.max_num_seqs", kInteger, "sequences", "", 1, 65536,
     "Seats: sequences running at once. By default 1024 on GPUs of 70 GiB and more except A100, "
     "else 256."},
    {"cluster.pools[].engine.max_num_batched_tokens", kInteger, "tokens", "", 1, 1048576,
     "Tokens one step may hold. By default 8192 on GPUs of 70 GiB and more except A100, else "
     "2048."},
    {"cluster.pools[].engine.max_model_len", kInteger, "tokens", "131072", 1, kCount,
     "Longest prompt plus output an instance accepts."},
    {"cluster.pools[].engine.gpu_memory_utilization", kReal, "1", "0.9", 0.01, 1,
     "Share of GPU memory the engine may use."},
    {"cluster.pools[].engine.kv_tokens", kInteger, "tokens", "", 1, 1e12,
     "KV capacity per instance. By default what the weights leave of the engine's memory."},
    {"cluster.pools[].engine.long_prefill_token_threshold", kInteger, "tokens", "0", 0, kCount,
     "Longest chunk of one prompt in a step; 0 is no limit."},
    {"cluster.pools[].engine.block_size", kInteger, "tokens", "16", 1, 65536,
     "Tokens per KV block; the same in every pool."},
    {"cluster.pools[].engine.enable_prefix_caching", kFlag, "1", "true", 0, 1,
     "Reuse cached blocks of equal prefixes."},
    {"cluster.pools[].engine.enable_chunked_prefill", kFlag, "1", "true", 0, 1,
     "Split prompts over steps. Without it max_num_batched_tokens must reach max_model_len."},
    {"cluster.pools[].engine.scheduler_reserve_full_isl", kFlag, "1", "true", 0, 1,
     "Admit a request only when its whole prompt fits in the free blocks."},
    {"cluster.pools[].engine.max_loras", kInteger, "adapters", "", 1, 65536,
     "LoRA adapters one step may mix, where requests have the label `adapter`; unset: room for "
     "all. "
     "vLLM's own default is 1."},
    {"cluster.pools[].engine.kv_events", kChoice, "1", "\"after-step\"", 0, 0,
     "When the engine tells routers of blocks stored and evicted: after-step as vLLM from about "
     "0.14 on, at-schedule (before the step) as up to about 0.11.",
     "after-step|at-schedule"},
    {"cluster.pools[].engine.host_step_s", kReal, "s", "0", 0, 1, "Host time added to every step."},
});

inline constexpr auto kRest = std::to_array<ScenarioKey>({
    {"engine.fast_forward", kFlag, "1", "true", 0, 1,
     "Take a decode run as one event; false steps one by one (same bytes, slower)."},
    {"engine.reference_cache", kFlag, "1", "false", 0, 1,
     "One cache node per engine block (same bytes, slower)."},
    {"network.bandwidth_gb_per_s", kReal, "GB/s", "0", 0, 1e6,
     "Bandwidth of each instance's link; 0 is tp times the GPU's network card."},
    {"network.latency_s", kReal, "s", "0.0004", 0, 1000, "Fixed time of one KV transfer."},
    {"pd.first_token", kChoice, "1", "\"decode\"", 0, 0,
     "Side whose first token the client sees in a split cluster: decode as vLLM with NIXL, "
     "llm-d "
     "and Dynamo.",
     "decode|prefill"},
    {"gateway.replicas", kInteger, "routers", "1", 1, 256,
     "Router replicas, each with a policy object, bookings and a queue of its own."},
    {"gateway.replica_choice", kChoice, "1", "\"round-robin\"", 0, 0,
     "Replica an arrival goes to; session: always the same for one conversation.",
     "round-robin|random|session"},
    {"gateway.decision_s", kReal, "s", "0", 0, 1000,
     "Time of one decision; a replica takes one after the other, in order of arrival."},
    {"gateway.network_s", kReal, "s", "0", 0, 1000,
     "From the end of a decision until the call is at its engine."},
    {"gateway.feedback_s", kReal, "s", "0", 0, 1000,
     "From a first token or the end of a request until its replica's books know."},
    {"gateway.sync", kFlag, "1", "false", 0, 1,
     "Replicas tell each other what they book, as Dynamo's replica_sync and SMG's mesh."},
    {"gateway.sync_latency_s", kReal, "s", "0", 0, 1000,
     "Time until the other replicas have booked it too."},
});

inline constexpr auto kFleet = std::to_array<ScenarioKey>({
    {"fleet.events[].at_s", kReal, "s", "0", 0, kSeconds, "When it happens."},
    {"fleet.events[].pool", kText, "1", "", 0, 0, "Pool of the instance; by default the first."},
    {"fleet.events[].index", kInteger, "1", "0", 0, 65535, "Which of the pool's, from 0."},
    {"fleet.events[].action", kChoice, "1", "\"fail\"", 0, 0,
     "join and recover start an instance that is down; drain lets it finish what it has; fail "
     "loses "
     "its calls and its cache.",
     "join|drain|fail|recover"},
    {"fleet.start_down[].pool", kText, "1", "", 0, 0, "Pool of an instance that joins later."},
    {"fleet.start_down[].index", kInteger, "1", "0", 0, 65535, "Which of the pool's, from 0."},
    at_least(1e-3, {"fleet.mtbf_s", kReal, "s", "0", 0, kSeconds,
                    "Mean time between failures of one instance, exponential; 0 is never."}),
    {"fleet.mttr_s", kReal, "s", "60", 0, kSeconds,
     "Mean time until an instance that failed by chance starts again, exponential."},
    {"fleet.boot_s", kReal, "s", "0", 0, kSeconds,
     "From starting until an instance takes requests, with an empty cache."},
    {"fleet.detection_s", kReal, "s", "0", 0, kSeconds,
     "From a failure until routers stop sending there; calls sent meanwhile are refused."},
    {"fleet.retry", kChoice, "1", "", 0, 0,
     "Which lost requests are tried again: those without a token yet, or all, going on from the "
     "tokens there are; unset: as the router has it (`pigou list routers`).",
     "before-first-token|continue"},
    {"fleet.retries", kInteger, "placements", "", 0, 1000,
     "Times one request is tried again before it has failed; unset: as many as the router does by "
     "its defaults."},
    {"fleet.retry_backoff_s", kReal, "s", "", 0, 3600,
     "Wait before the first retry, in whole milliseconds; 0 is none; unset: as the router has it, "
     "like the keys below."},
    {"fleet.retry_backoff_max_s", kReal, "s", "", 0, 3600, "Longest wait, before its jitter."},
    {"fleet.retry_backoff_multiplier", kReal, "1", "", 1, 100,
     "Each wait is this many times the one before."},
    {"fleet.retry_backoff_jitter", kReal, "1", "", 0, 1,
     "A wait is drawn uniformly from this share below to this share above."},
    {"fleet.nobody", kChoice, "1", "", 0, 0,
     "While a router may send to nobody: requests wait in the gateway, or each attempt is a lost "
     "one.",
     "wait|lose"},
    {"fleet.breaker_failures", kInteger, "requests", "", 0, kCount,
     "Losses running before a first token after which a router sends no more to an instance; 0 is "
     "no circuit breaker."},
    {"fleet.breaker_successes", kInteger, "requests", "", 1, kCount,
     "First tokens running after which an instance let through again counts as whole."},
    {"fleet.breaker_open_s", kReal, "s", "", 0.001, kSeconds,
     "How long an open circuit breaker lets nobody through."},
});

inline constexpr auto kControl = std::to_array<ScenarioKey>({
    {"control.changes[].at_s", kReal, "s", "0", 0, kSeconds,
     "When the router's parameter changes."},
    {"control.changes[].parameter", kText, "1", "", 0, 0,
     "A parameter that may change during a run (`pigou list routers`)."},
    {"control.changes[].value", kReal, "1", "", -1e15, 1e15,
     "What it is from then on, in the parameter's own unit and range."},
});

inline constexpr auto kAsked = std::to_array<ScenarioKey>({
    {"router.name", kText, "1", "\"round-robin\"", 0, 0,
     "Policy (`pigou list routers`); its parameters stand beside the name."},
    {"router.policy_config", kText, "1", "", 0, 0,
     "dynamo-*@2026-08: Dynamo's own file of policy classes, YAML or by its ending .json, looked "
     "up "
     "beside the scenario, then in the current directory; or what it holds, as an object. Results "
     "hold the object (docs/policy-classes.md)."},
    {"router.served_model_name", kText, "1", "", 0, 0,
     "With policy_config: the name among its `models` that is served; unset: the one that means "
     "the pools' model."},
    {"slo.ttft_s", kReal, "s", "0", 0, kSeconds, "Target for time to first token; 0 is not set."},
    {"slo.tpot_s", kReal, "s", "0", 0, kSeconds, "Target for time per output token; 0 is not set."},
    {"slo.e2e_s", kReal, "s", "0", 0, kSeconds, "Target for the whole request; 0 is not set."},
    {"output.requests", kChoice, "1", "\"full\"", 0, 0, "Rows of /result/requests.",
     "full|sample|none"},
    {"output.sample", kInteger, "requests", "10000", 1, kCount,
     "Rows kept under output.requests=sample."},
    at_least(1e-6, {"output.timeline_s", kReal, "s", "0", 0, kSeconds,
                    "Period of the timeline; 0 chooses it from the length of the trace."}),
});

inline constexpr auto kSignals = std::to_array<ScenarioKey>({
    {"signals.age_s", kReal, "s", "", 0, 3600,
     "One age for all that routers are told: replaces the policy's KV event latency and snapshot "
     "delay and `gateway.feedback_s`; unset: each has its own."},
    {"signals.kv_event_loss", kReal, "1", "0", 0, 1,
     "Probability that what an engine says of its cache at one instant does not reach a replica."},
    {"signals.kv_resync", kChoice, "1", "\"gap\"", 0, 0,
     "When a replica that has lost KV events gets an instance's whole state: when the next one "
     "shows the gap (Dynamo), round after round, or never (llm-d).",
     "gap|periodic|never"},
    at_least(1e-6, {"signals.kv_resync_s", kReal, "s", "0.1", 0, kSeconds,
                    "gap: from seeing it until the state is believed; periodic: the period."}),
    {"signals.eager", kFlag, "1", "false", 0, 1,
     "Copy router signals at every tick instead of evaluating them lazily (same bytes, slower)."},
});

/// Engine keys are declared for pools; the top-level defaults are the same rows under "engine.".
constexpr ScenarioKey engine_default(ScenarioKey key) {
  key.path.remove_prefix(std::string_view("cluster.pools[].").size());
  return key;
}

template <class... Rows>
constexpr auto join(const Rows&... rows) {
  std::array<ScenarioKey, (std::tuple_size_v<Rows> + ...)> all{};
  auto out = all.begin();
  ((out = std::ranges::copy(rows, out).out), ...);
  return all;
}

constexpr auto engine_defaults() {
  auto rows = kEngine;
  std::ranges::transform(rows, rows.begin(), engine_default);
  return rows;
}

}  // namespace key_rows

inline constexpr auto kScenarioKeys = key_rows::join(
    key_rows::kHead, key_rows::kWorkload, key_rows::kReplay, key_rows::kRead, key_rows::kMapping,
    key_rows::kSynth, key_rows::kPools, key_rows::kEngine, key_rows::engine_defaults(),
    key_rows::kRest, key_rows::kFleet, key_rows::kControl, key_rows::kAsked, key_rows::kSignals);

}  // namespace pigou
