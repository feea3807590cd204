// Everything one simulation needs besides its workload.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster/config.hpp"
#include "core/ids.hpp"
#include "core/parameter.hpp"
#include "routing/lost_requests.hpp"
#include "routing/policy_file.hpp"
#include "simulation/record/decision_log.hpp"
#include "view/beliefs/kv_loss.hpp"

namespace pigou {

/// Which side's first token the client sees in a prefill/decode cluster. vLLM with NIXL, llm-d and
/// Dynamo stream from the decode engine, which computes the prompt's last token itself.
enum class FirstToken : std::uint8_t { kDecode, kPrefill };

enum class RequestOutput : std::uint8_t { kFull, kSample, kNone };

/// Latency targets; a request attains them if every target that is set holds. 0: not set.
struct SloConfig {
  double ttft_s = 0;
  double tpot_s = 0;
  double e2e_s = 0;
};

struct OutputConfig {
  RequestOutput requests = RequestOutput::kFull;
  std::uint32_t sample = 10000;  ///< rows kept under kSample, evenly by a hash of the request
  double timeline_s = 0;         ///< period of /result/timeline rows; 0: chosen from the trace span
  DecisionOutput decisions = {};  ///< /result/decisions; changes no other byte
};

struct RouterConfig {
  std::string name = "round-robin";
  ParameterValues values;  ///< in the order of the policy's parameter record
  std::shared_ptr<const PolicyFile> file = nullptr;  ///< PolicyLayout::file
};

/// Which router replica an arrival goes to. Session: always the same for one conversation.
enum class ReplicaChoice : std::uint8_t { kRoundRobin, kRandom, kSession };

/// The routers as servers: how many, how slow, and how late they hear. docs/signals.md.
struct GatewayConfig {
  std::uint32_t replicas = 1;  ///< each with a policy object and bookings of its own
  ReplicaChoice replica_choice = ReplicaChoice::kRoundRobin;
  double decision_s = 0;  ///< a replica decides one request after the other, this long each
  double network_s = 0;   ///< from the end of a decision until the call is at its engine
  double feedback_s = 0;  ///< from a first token or an end until the replica's books know
  bool sync = false;      ///< replicas tell each other what they book
  double sync_latency_s = 0;
};

/// What becomes of signals on their way to routers. docs/signals.md.
struct SignalsConfig {
  /// >= 0: replaces what a policy says of KV event latency and snapshot delay, and
  /// gateway.feedback_s, by one age.
  double age_s = -1;
  KvLossConfig kv_loss;
};

enum class FleetAction : std::uint8_t { kJoin, kDrain, kFail, kRecover };

/// `instance` counts all instances, entry pools first, as results do.
struct FleetEvent {
  double at_s = 0;
  InstanceId instance = 0;
  FleetAction action = FleetAction::kFail;
};

/// What becomes of a request whose instance fails: Envoy and SMG try again while nothing has been
/// streamed; Dynamo's migration goes on elsewhere with the tokens there are.
enum class RetryRule : std::uint8_t { kBeforeFirstToken, kContinue };

/// Instances that come and go. docs/fleet.md.
struct FleetConfig {
  std::vector<FleetEvent> events;
  std::vector<InstanceId> start_down;
  double mtbf_s = 0;       ///< mean time between failures of one instance, exponential; 0: none
  double mttr_s = 60;      ///< mean time until it comes back
  double boot_s = 0;       ///< from joining or recovering until it takes requests
  double detection_s = 0;  ///< from a failure until routers stop sending there
  RetryRule retry = RetryRule::kBeforeFirstToken;
  std::uint32_t retries = 1;  ///< per request
  RetryBackoff backoff;
  bool waits_for_somebody = true;  ///< LostRequests::waits_for_somebody
  BreakerRule breaker;
};

/// The router's parameter at this place of its declarations becomes `value`; it is declared live.
struct ParameterChange {
  double at_s = 0;
  std::uint32_t parameter = 0;
  double value = 0;
};

/// What changes the router and the fleet while they serve. docs/control.md.
struct ControlConfig {
  double period_s = 0;      ///< between ticks of a controller; 0: there is none
  double signal_age_s = 0;  ///< of the gauges it reads
  std::vector<ParameterChange> changes;

  bool on() const { return period_s > 0 || !changes.empty(); }
};

struct SimulationConfig {
  ClusterConfig cluster;
  RouterConfig router;
  GatewayConfig gateway;
  SignalsConfig signals;
  FleetConfig fleet;
  ControlConfig control;
  SloConfig slo;
  OutputConfig output;
  FirstToken first_token = FirstToken::kDecode;
  double timeout_s = 0;        ///< client gives up this long after arrival; 0: never
  bool eager_signals = false;  ///< signals at every tick, news as it comes; else when read
  std::uint64_t seed = 1;
};

}  // namespace pigou
