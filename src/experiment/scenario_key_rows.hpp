// The rows of the scenario key table, in the order of the resolved scenario.
#pragma once

#include <algorithm>
#include <array>

#include "experiment/scenario_keys.hpp"

namespace pigou {
namespace key_rows {

using enum KeyType;
inline constexpr double kCount = 1e9;                // largest count a scenario may name
inline constexpr double kSeconds = 4.6e6;            // 53 days, the longest simulated span
inline constexpr double kSeed = 9007199254740991.0;  // 2^53 - 1, exact in every JSON reader

/// A time after which something is repeated: 0, or no shorter than `least`.
constexpr ScenarioKey at_least(double least, ScenarioKey key) {
  key.least = least;
  return key;
}

inline constexpr auto kHead = std::to_array<ScenarioKey>({
    {"name", kText, "1", "", 0, 0,
     "Name in results; by default the scenario file's name without .json."},
    {"seed", kInteger, "1", "1", 0, kSeed,
     "Seeds every random draw: jitter, ties, samples, session starts."},
});

inline constexpr auto kWorkload = std::to_array<ScenarioKey>({
    {"workload.trace", kText, "1", "", 0, 0,
     "Trace file or folder; looked up beside the scenario, in the current directory, then under "
     "PIGOU_DATA/traces. Without it and without `synth`, the bundled quickstart trace."},
    {"workload.format", kChoice, "1", "\"auto\"", 0, 0, "Trace format; auto looks at the content.",
     "auto|azure|bailian|burstgpt|claude-code|dynamo|generic|hashed|inference-perf|mooncake|otel|"
     "pigou|servegen|sglang-log|vidur|vllm-bench|vllm-log|vtc"},
    {"workload.lenient", kFlag, "1", "false", 0, 1,
     "Skip and count broken rows instead of stopping."},
    {"workload.spread", kFlag, "1", "false", 0, 1,
     "Requests that arrive at one instant go evenly over the time until the next one's: for traces "
     "on a coarse clock."},
    {"workload.warm_up.requests", kInteger, "requests", "", 1, kCount,
     "The first so many requests arrive at warm_up.rate, before the others; unset: none. No figure "
     "leaves them out."},
    {"workload.warm_up.rate", kReal, "requests/s", "", 1e-9, 1e9,
     "Their rate, before rate_scale divides all times."},
    {"workload.head", kInteger, "requests", "0", 0, kCount,
     "Keep the first rows only; 0 keeps all."},
    {"workload.window_s", kPair, "s", "", 0, kSeconds,
     "[begin, end): keep the requests that arrive inside, times re-based to 0."},
    {"workload.thin", kReal, "1", "1", 1e-9, 1,
     "Keep whole prefix trees (or sessions) with this probability; times between turns stay."},
    {"workload.sample_sessions", kReal, "1", "", 1e-9, 1,
     "Keep whole conversations, found by their block ids, or sessions with this probability; 1 by "
     "default."},
    {"workload.truncate_input_tokens", kInteger, "tokens", "0", 0, kCount,
     "Cut longer prompts to this length; 0 cuts none."},
    {"workload.infer_turns", kFlag, "1", "false", 0, 1,
     "Link requests whose block ids continue an earlier request's, so generated tokens can be "
     "hit."},
    {"workload.policy_class_shares", kText, "1", "", 0, 0,
     "An assumption for traces without the label policy_class: NAME:SHARE,... of the "
     "conversations, "
     "drawn by the seed, ask for this policy class or family, the rest for none."},
    {"workload.rate_scale", kReal, "1", "1", 1e-6, 1e6,
     "Divide arrival and think times by this: more load, but think times shrink too."},
    {"workload.repeat", kInteger, "copies", "1", 1, 100000,
     "Play the trace this many times in a row, with fresh block ids each time."},
    {"workload.overlay", kInteger, "copies", "1", 1, 100000,
     "Lay phase-shifted copies with fresh block ids over each other: load up, times between turns "
     "kept."},
    {"workload.jitter_s", kReal, "s", "0", 0, kSeconds,
     "Add a uniform draw from [0, jitter_s) to each open-loop arrival."},
    {"workload.concurrency", kInteger, "requests", "0", 0, 1000000,
     "Closed loop: keep this many requests outstanding and ignore arrival times; 0 is off."},
    {"workload.arrivals.family", kChoice, "1", "", 0, 0,
     "Draw arrivals instead of replaying them, row after row; unset: as recorded. A trace without "
     "times needs it or `concurrency`.",
     "poisson|gamma|weibull|constant|together"},
    {"workload.arrivals.rate", kReal, "requests/s", "", 1e-9, 1e9,
     "Mean rate of drawn arrivals; 1 by default."},
    {"workload.arrivals.cv", kReal, "1", "", 0.05, 50,
     "Standard deviation over mean of drawn gamma or weibull gaps; 1 by default."},
    {"workload.sessions.start", kChoice, "1", "\"together\"", 0, 0,
     "When closed-loop sessions start.", "together|poisson|recorded"},
    {"workload.sessions.rate", kReal, "sessions/s", "0", 0, 1e6,
     "Session starts per second under poisson."},
    {"workload.sessions.max_concurrent", kInteger, "sessions", "0", 0, kCount,
     "Sessions active at once; later ones wait for a free place. 0 is no limit."},
    {"workload.timeout_s", kReal, "s", "0", 0, kSeconds,
     "The client gives up this long after it sent the request; 0 is never."},
});

inline constexpr auto kRead = std::to_array<ScenarioKey>({
    {"workload.read.window_s", kPair, "s", "", 0, 1e9,
     "[begin, end): read only what arrives then, in seconds from the first request of the file. "
     "Recordings over 53 days need it."},
    {"workload.read.seed", kInteger, "1", "", 0, kSeed,
     "Seeds the requests drawn from servegen data, which stay the same under every `seed`; 1 by "
     "default."},
    {"workload.read.rate_scale", kReal, "1", "", 1e-9, 1e6,
     "servegen: multiplies every client's rate; 1 by default."},
    {"workload.read.clients", kText, "1", "", 0, 0,
     "servegen: numbers of the clients to draw, joined by commas; unset: all."},
    {"workload.read.max_clients", kInteger, "clients", "", 1, 1e6,
     "servegen: draw only the busiest clients of the window; unset: all."},
});

inline constexpr auto kMapping = std::to_array<ScenarioKey>({
    {"workload.mapping.arrival", kText, "1", "", 0, 0,
     "Generic reader: column (\"#1\": the first) or JSON key of the arrival time; unset: all at "
     "0."},
    {"workload.mapping.arrival_unit", kChoice, "1", "", 0, 0,
     "Generic reader: unit of the arrival time, time for calendar text; s by default.",
     "s|ms|us|ns|time"},
    {"workload.mapping.input_tokens", kText, "1", "", 0, 0,
     "Generic reader: column or key of the prompt length."},
    {"workload.mapping.output_tokens", kText, "1", "", 0, 0,
     "Generic reader: column or key of the output length."},
    {"workload.mapping.hash_ids", kText, "1", "", 0, 0,
     "Generic reader: column or key of the list of block ids; unset: no ids."},
    {"workload.mapping.block_tokens", kInteger, "tokens", "", 1, 1e6,
     "Generic reader: tokens per block id, needed with hash_ids."},
});

inline constexpr auto kSynth = std::to_array<ScenarioKey>({
    {"workload.synth.requests", kInteger, "requests", "1000", 1, 2e8,
     "Length of the synthetic trace; the last conversation is cut to hit it exactly."},
    {"workload.synth.arrivals", kChoice, "1", "\"poisson\"", 0, 0, "How conversations arrive.",
     "poisson|constant|together|gamma|weibull|on-off|series|diurnal"},
    {"workload.synth.rate", kReal, "conversations/s", "1", 1e-6, 1e9,
     "Conversations per second; under series a factor on the rates of the file."},
    {"workload.synth.cv", kReal, "1", "", 0.05, 50,
     "Standard deviation over mean of the gaps under gamma and weibull, and of what on-off, series "
     "and diurnal stretch; 1 by default."},
    {"workload.synth.on_s", kReal, "s", "", 1e-3, kSeconds,
     "on-off: mean length of the busy spells; 10 by default."},
    {"workload.synth.off_s", kReal, "s", "", 1e-3, kSeconds,
     "on-off: mean length of the silent spells; 10 by default."},
    {"workload.synth.period_s", kReal, "s", "", 1, kSeconds,
     "diurnal: length of a day; 86,400 by default."},
    {"workload.synth.amplitude", kReal, "1", "", 0, 1,
     "diurnal: swing of the rate as a share of its mean; 0.5 by default."},
    {"workload.synth.rate_file", kText, "1", "", 0, 0,
     "series: CSV lines of time_s,rate, looked up beside the scenario, then in the current"
     " directory."},
    {"workload.synth.input", kLength, "tokens", "2048", 1, 1e8,
     "New tokens of each turn, without the system prompt."},
    {"workload.synth.output", kLength, "tokens", "200", 1, 1e8, "Generated tokens of each turn."},
    {"workload.synth.correlation", kReal, "1", "", -0.999, 0.999,
     "Of input and output tokens, as a Gaussian copula; 0 by default."},
    {"workload.synth.groups", kInteger, "prompts", "0", 0, 1e6,
     "System prompts to draw from; 0 is none."},
    {"workload.synth.system_tokens", kInteger, "tokens", "0", 0, 1e8,
     "Length of each system prompt."},
    {"workload.synth.tree", kText, "1", "", 0, 0,
     "Instead of groups, system prompts that share their beginnings: FAN_OUTxTOKENS per level, "
     "e.g. 4x1024:8x512."},
    {"workload.synth.zipf", kReal, "1", "", 0, 10,
     "Popularity of group k is 1 / k to this power; 0, all alike, by default."},
    {"workload.synth.group_prompts", kInteger, "prompts", "", 0, 1e7,
     "First questions of each group, drawn again and again; 0, all are new, by default."},
    {"workload.synth.turns", kLength, "turns", "1", 1, 1e6, "Turns of each conversation."},
    {"workload.synth.think_s", kReal, "s", "0", 0, kSeconds,
     "Mean of the exponential pause between turns."},
    {"workload.synth.closed_loop", kFlag, "1", "true", 0, 1,
     "Conversations of several turns wait for answers; false: their times are fixed."},
    {"workload.synth.token_s", kReal, "s", "0.02", 0, 1000,
     "Fixed times: seconds assumed per generated token."},
    {"workload.synth.block_tokens", kInteger, "tokens", "512", 0, 1e6,
     "Tokens per block id; 0 gives no ids."},
    {"workload.synth.seed", kInteger, "1", "1", 0, kSeed,
     "Seeds the synthetic trace, which stays the same under every `seed`."},
});

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
     "Side whose first token the client sees in a split cluster: decode as vLLM with NIXL, llm-d "
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
    key_rows::kHead, key_rows::kWorkload, key_rows::kRead, key_rows::kMapping, key_rows::kSynth,
    key_rows::kPools, key_rows::kEngine, key_rows::engine_defaults(), key_rows::kRest,
    key_rows::kFleet, key_rows::kAsked, key_rows::kSignals);

}  // namespace pigou
