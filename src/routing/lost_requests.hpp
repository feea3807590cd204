// What routers do with a request whose instance is lost, and with an instance that loses them.
#pragma once

#include <cstdint>

namespace pigou {

/// How long a lost request stays in the gateway before retry k = 0, 1, ...: initial_s *
/// multiplier^k, at most max_s, in whole milliseconds cut off; that times 1 + U[-jitter, jitter],
/// rounded to a millisecond. initial_s = 0: it goes out again at once.
/// smg 1.9.0 model_gateway/src/routers/common/retry.rs.
struct RetryBackoff {
  double initial_s = 0;
  double max_s = 30;
  double multiplier = 1;
  double jitter = 0;
};

/// An instance that has lost `failures` requests running gets no more for open_s; then it does, and
/// `successes` first tokens running make it as it was, one more loss keeps it away for open_s
/// again. smg 1.9.0 model_gateway/src/worker/circuit_breaker.rs.
struct BreakerRule {
  std::uint32_t failures = 0;  ///< 0: there is no breaker
  std::uint32_t successes = 1;
  double open_s = 60;
};

/// What the real router does by its defaults; a scenario's fleet section replaces each of them.
struct LostRequests {
  std::uint32_t retries = 1;  ///< times a lost request is sent again
  bool continues = false;     ///< also after its first token, with the tokens there are
  RetryBackoff backoff = {};
  /// While nobody takes requests they wait in the gateway; false: each attempt then is a lost one.
  bool waits_for_somebody = true;
  BreakerRule breaker = {};
};

/// Dynamo's migration is off by default (--migration-limit 0); where it is on it goes on at once
/// with the tokens there are. docs.nvidia.com/dynamo, Request Migration.
inline constexpr LostRequests kDynamoLost = {.retries = 0, .continues = true};
/// SMG's and SGLang's gateway. Its max_retries 5 counts the first attempt; without an available
/// worker it answers 503, which is tried again like any other. smg 1.9.0
/// model_gateway/src/config/types.rs, routers/http/router.rs; the same counts in
/// sgl-project/sglang@0129b029 sgl-router/src/config/types.rs.
inline constexpr LostRequests kGatewayLost = {
    .retries = 4,
    .backoff = {.initial_s = 0.05, .max_s = 30, .multiplier = 1.5, .jitter = 0.2},
    .waits_for_somebody = false,
    .breaker = {.failures = 10, .successes = 3, .open_s = 60}};
/// The Envoy in front of llm-d's picker has no retry policy. llm-d/llm-d-router@1acafb46
/// config/charts/llm-d-router-standalone/values.yaml.
inline constexpr LostRequests kEnvoyLost = {.retries = 0};

}  // namespace pigou
