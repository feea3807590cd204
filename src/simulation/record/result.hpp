// What a finished simulation hands to the output room: plain columns and plain numbers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/step_model.hpp"
#include "simulation/record/decision_log.hpp"

namespace pigou {

enum class Outcome : std::uint8_t {
  kInFlight = 0,
  kFinished = 1,
  kRejected = 2,
  kTimedOut = 3,
  kFailed = 4,  ///< its instance failed, and no retry was left or allowed
};

/// mean, percentiles and maximum of one latency over finished requests; seconds. NaN when empty.
struct LatencySummary {
  double mean = 0, p50 = 0, p90 = 0, p99 = 0, max = 0, p95 = 0;
  std::uint64_t count = 0;  ///< requests, or gaps between tokens, that it is over
};

/// What became of the requests: those that arrived are the sum of the others. Retries are attempts.
struct RequestCounts {
  std::uint64_t arrived = 0, finished = 0, rejected = 0, timed_out = 0, failed = 0, in_flight = 0;
  std::uint64_t retries = 0;  ///< placements lost and asked for again

  RequestCounts& operator+=(const RequestCounts& more);
  bool all_finished() const { return finished == arrived; }
};

/// One row per request kept (all, a sample, or none), in order of `request`. What engines and
/// routers did (queue, hits, belief, instances) is of one attempt: the one that sent the client its
/// first token, the last one where none did.
struct RequestColumns {
  std::vector<std::uint64_t> request;  ///< number in the workload
  std::vector<double> arrival_s;
  std::vector<double> queue_s;  ///< arrival to first scheduled step; NaN if never
  std::vector<double> ttft_s;   ///< NaN if no first token
  std::vector<double> tpot_s;   ///< (last - first token) / (output - 1); NaN below 2 tokens
  std::vector<double> e2e_s;    ///< NaN if not finished
  std::vector<double> end_s;    ///< when it left, whatever its outcome
  std::vector<std::uint32_t> input_tokens;
  std::vector<std::uint32_t> output_tokens;
  std::vector<std::uint32_t> hit_tokens;       ///< real prefix hit at first admission
  std::vector<std::uint32_t> believed_tokens;  ///< router's belief for the chosen instance
  std::vector<std::int32_t> instance;          ///< prefill or aggregated instance, -1: none
  std::vector<std::int32_t> decode_instance;   ///< decode instance, -1: none
  std::vector<std::uint32_t> preemptions;      ///< of all attempts
  std::vector<std::uint32_t> attempts;         ///< placements, lost ones counted
  std::vector<std::uint32_t> attempt;          ///< the one the row is of, 1: the first; 0: of none
  std::vector<std::uint8_t> outcome;           ///< Outcome
  // What the trace says the recorded server did; empty where its format has no such column.
  std::vector<double> recorded_ttft_s;  ///< NaN: no record, here and below
  std::vector<double> recorded_tpot_s;
  std::vector<double> recorded_e2e_s;
  std::vector<std::int32_t> recorded_cached_tokens;    ///< -1: no record, here and below
  std::vector<std::int32_t> recorded_instance;         ///< as RecordedPlacement numbers them
  std::vector<std::int32_t> recorded_decode_instance;  ///< split clusters only
};

/// One row per period, whole cluster. All gauges at the row's instant.
struct TimelineColumns {
  std::vector<double> time_s;
  std::vector<std::uint32_t> in_flight;
  std::vector<std::uint32_t> running;         ///< sequences holding a seat
  std::vector<std::uint32_t> waiting;         ///< calls in engine waiting queues
  std::vector<std::uint64_t> kv_used_blocks;  ///< referenced blocks, all instances
  std::vector<double> cv_pending_prefill_tokens;
};

struct PoolSummary {
  std::string name;
  std::string role;
  std::uint32_t instances = 0;
  double utilisation = 0;  ///< share of instance-time spent inside a step
  double available = 1;    ///< share of instance-time in which it took requests
  std::uint64_t preemptions = 0;
  double kv_peak = 0;                    ///< highest share of KV blocks referenced on any instance
  std::uint64_t kv_capacity_tokens = 0;  ///< per instance
  std::uint64_t evicted_blocks = 0;
  std::uint64_t steps = 0;
  StepModelProvenance provenance;
  std::string engine;
};

/// One figure simulated and recorded, over the finished requests that have a record of it.
struct RecordedFigure {
  std::uint64_t requests = 0;
  LatencySummary simulated, recorded;
  /// Per request |simulated - recorded| over the recorded value (latencies) or over the prompt
  /// (cached tokens), as a fraction.
  LatencySummary request_error;
};

/// What a run and the record of the same requests have in common, and how far they are apart.
struct RecordedSummary {
  std::uint64_t requests = 0;    ///< ended requests with a record of anything but their instance
  std::uint64_t unfinished = 0;  ///< of them not finished here: in no figure
  bool closed_loop = false;      ///< who is sent when follows the simulated answers
  RecordedFigure ttft, tpot, e2e, cached_tokens;
  double simulated_hit_ratio = 0, recorded_hit_ratio = 0;  ///< of the prompts with a record
  /// First arrival to last end of the requests with a recorded E2E; NaN unless arrivals and
  /// requests are the trace's own.
  double simulated_makespan_s = 0, recorded_makespan_s = 0;
  std::uint64_t with_instance = 0;     ///< placed requests whose recorded instance is known
  std::uint64_t without_instance = 0;  ///< placed requests without one, where others have one
  std::uint64_t same_instance = 0;     ///< placed where the recorded router placed them
};

/// What the trace says of its requests and its router made no use of.
struct UnusedLabels {
  std::vector<std::string> labels;  ///< by name, in the trace's order
  /// The trace has sessions, though none by label, and the router asks for none.
  bool sessions = false;
  /// Router replicas that one session may reach, where its router tells sessions apart: 1, or all.
  std::uint32_t session_replicas = 1;
  std::uint64_t models = 1;  ///< words of the label `model` that one model served
};

/// A parameter of the router that changed during the run.
struct ParameterChangeRow {
  double time_s = 0;
  std::string parameter;
  double value = 0;
  bool by_controller = false;  ///< else by the scenario
};

struct RunSummary : RequestCounts {
  std::uint64_t breakers_opened = 0;
  std::uint64_t moved = 0;     ///< calls taken from one engine's waiting queue to another's
  std::uint64_t migrated = 0;  ///< running decodes moved to another instance
  std::map<std::string, std::uint64_t> rejected_by;
  std::uint64_t zero_output_requests = 0;
  std::uint64_t trace_rows = 0;      ///< of the trace after its transformations
  std::uint64_t inferred_turns = 0;  ///< of them, linked to an earlier row by infer_turns
  std::uint64_t adapters = 0;        ///< LoRA adapters its rows ask for
  UnusedLabels unused;
  LatencySummary ttft, tpot, itl, e2e, queue;
  bool exact_percentiles = true;  ///< false: histogram, at most 0.1 % off
  double input_tokens_per_s = 0, output_tokens_per_s = 0, requests_per_s = 0;
  double nominal_requests_per_s = 0, nominal_sessions_per_s = 0;  ///< see NominalRate; NaN: none
  double slo_attained_fraction = 0, goodput_requests_per_s = 0;
  std::uint64_t decisions = 0;
  LatencySummary
      decision_wait;     ///< of decisions, for their replica; NaN unless decisions take time
  double hit_ratio = 0;  ///< hit tokens / prompt tokens of admitted requests
  std::uint64_t hit_tokens = 0, phantom_hit_tokens = 0, missed_hit_tokens = 0;
  std::uint64_t kv_messages_lost = 0;    ///< KV messages times replicas that did not get them
  std::uint64_t kv_resyncs = 0;          ///< states of an instance believed whole by a replica
  double cv_pending_prefill_tokens = 0;  ///< time mean over timeline rows with any pending work
  std::uint64_t transferred_bytes = 0;
  double simulated_s = 0;  ///< first arrival to last event
  std::uint64_t events = 0, engine_steps = 0;
  bool random = false;  ///< some draw of the seed could change this result
  std::vector<PoolSummary> pools;
  std::vector<ParameterChangeRow> parameter_changes;  ///< in order of time
  std::optional<RecordedSummary> recorded;            ///< absent: the trace has no record
};

struct RunResult {
  RunSummary summary;
  RequestColumns requests;
  TimelineColumns timeline;
  DecisionColumns decisions;  ///< empty unless asked for
};

}  // namespace pigou
