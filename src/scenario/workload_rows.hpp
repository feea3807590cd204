// The rows of what a run replays: the first part of the scenario key table.
#pragma once

#include <array>

#include "scenario/keys.hpp"

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

// What the trace is and which requests of it are replayed: until rate_scale.
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
    {"workload.part", kText, "1", "", 0, 0,
     "N/PARTS, e.g. 2/4: keep one of equally long stretches (of the sessions: in order of their "
     "starts), times re-based to 0; unset: all."},
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
});

// How often it is replayed, and when its requests are sent.
inline constexpr auto kReplay = std::to_array<ScenarioKey>({
    {"workload.repeat", kInteger, "copies", "1", 1, 100000,
     "Play the trace this many times in a row, with fresh block ids each time."},
    {"workload.overlay", kInteger, "copies", "1", 1, 100000,
     "Lay phase-shifted copies with fresh block ids over each other: load up, times between turns "
     "kept."},
    {"workload.load", kReal, "1", "1", 1e-9, 100000,
     "Load relative to the workload as it is without this key: whole copies over each other and of "
     "one more a part, with fresh block ids and times between turns kept. A higher load contains a "
     "lower one."},
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

}  // namespace key_rows
}  // namespace pigou
