#include "routing/dynamo/parameters.hpp"

namespace pigou {
namespace {

std::vector<Parameter> cost_parameters() {
  return {
      live({"overlap_score_credit", ParameterType::kReal, "1", 1, 0, 100,
            "prefill blocks credited per block believed cached on the worker"}),
      live({"overlap_score_credit_decay", ParameterType::kReal, "1", 0, 0, 1000,
            "how fast credit fades with prefill load above the least loaded worker"}),
      live({"prefill_load_scale", ParameterType::kReal, "1", 1, 0, 1000,
            "weight of the prefill term against the decode term"}),
      live({"decode_active_request_weight", ParameterType::kReal, "blocks", 0, 0, 1e6,
            "cost per active request on the worker"}),
      {"host_cache_hit_weight", ParameterType::kReal, "1", 0.75, 0, 1,
       "the same per block in a worker's host memory; engines here have GPU memory only"},
      {"disk_cache_hit_weight", ParameterType::kReal, "1", 0.25, 0, 1,
       "the same per block on a worker's disk; engines here have GPU memory only"},
      {"shared_cache_multiplier", ParameterType::kReal, "1", 0, 0, 1,
       "the same per block in a cache all workers share, 0.5 where Dynamo has one; here is none"},
      live({"temperature", ParameterType::kReal, "1", 0, 0, 1000,
            "softmax temperature relative to the spread of costs; 0 picks the lowest"})};
}

std::vector<Parameter> book_parameters() {
  return {{"router_track_active_blocks", ParameterType::kFlag, "1", 1, 0, 1,
           "count the blocks of active requests; else the decode term is 0"},
          {"assume_kv_reuse", ParameterType::kFlag, "1", 1, 0, 1,
           "count blocks that active sequences share only once"},
          {"router_track_output_blocks", ParameterType::kFlag, "1", 0, 0, 1,
           "count the blocks answers fill as their tokens stream through the router"},
          {"expected_output",
           ParameterType::kChoice,
           "1",
           0,
           0,
           1,
           "length hint that lets a request's own blocks fade as its answer grows: none, or what "
           "the trace recorded (a client that knows)",
           {"none", "recorded"}},
          {"router_track_prefill_tokens", ParameterType::kFlag, "1", 1, 0, 1,
           "count prefill tokens in flight and those a request brings"},
          {"router_prefill_load_model",
           ParameterType::kChoice,
           "1",
           0,
           0,
           1,
           "prefill tokens in flight last until the first token, or fade at the worker's modelled "
           "prefill speed (in the place of Dynamo's aic)",
           {"none", "linear"}}};
}

std::vector<Parameter> index_parameters() {
  return {{"use_kv_events", ParameterType::kFlag, "1", 1, 0, 1,
           "believe what workers publish; else that they hold what they were sent"},
          {"router_approximate_cache_policy",
           ParameterType::kChoice,
           "1",
           0,
           0,
           1,
           "without events: a prompt is believed for router_ttl_s, or while it fits into the "
           "worker's cache, the least recently used going first",
           {"ttl", "lru"}},
          {"router_ttl_s", ParameterType::kReal, "s", 120, 0, 1e6,
           "ttl: how long a prompt sent to a worker is believed there"},
          {"router_max_tree_size", ParameterType::kInteger, "blocks", 0, 0, 1e12,
           "ttl: prune once more are believed, all workers together; 1048576 until 1.0, 0 is off"},
          {"router_prune_target_ratio", ParameterType::kReal, "1", 0.8, 0, 1,
           "ttl: pruning leaves this share of router_max_tree_size"}};
}

std::vector<Parameter> queue_parameters() {
  return {
      {"router_queue_threshold", ParameterType::kReal, "1", 0, 0, 1e6,
       "without policy classes: queue in the router while every worker holds more prefill tokens "
       "than this times max_num_batched_tokens; 0 is Dynamo's None (off)"},
      {"router_queue_policy",
       ParameterType::kChoice,
       "1",
       0,
       0,
       2,
       "without policy classes: who leaves the queue first: the earliest, the fewest uncached "
       "tokens, the latest",
       {"fcfs", "wspt", "lcfs"}}};
}

std::vector<Parameter> admission_parameters() {
  return {
      {"active_decode_blocks_threshold", ParameterType::kReal, "1", 0, 0, 1,
       "a worker with more than this share of its KV blocks in use takes no requests; 0 is off"},
      {"active_prefill_tokens_threshold", ParameterType::kInteger, "tokens", 0, 0, 1e12,
       "a worker with more prefill tokens in flight takes no requests; 0 is off"},
      {"active_prefill_tokens_threshold_frac", ParameterType::kReal, "1", 0, 0, 1e6,
       "the same in units of max_num_batched_tokens; 0 is off"},
      {"kv_metrics_period_s",
       ParameterType::kReal,
       "s",
       0,
       0,
       3600,
       "time between workers' reports of KV blocks in use, which the blocks threshold then "
       "reads beside the router's books; 0: they report none",
       {},
       0.001}};
}

std::vector<Parameter> affinity_parameters() {
  return {{"session_affinity_ttl_s", ParameterType::kReal, "s", 0, 0, 4.6e6,
           "a session keeps its worker until idle for this long; 0 is Dynamo's None (off)"},
          {"session_affinity_mode",
           ParameterType::kChoice,
           "1",
           0,
           0,
           1,
           "whether a session is refused or sent elsewhere while its worker is overloaded",
           {"hard", "soft"}}};
}

std::vector<Parameter> conditional_parameters() {
  return {{"conditional_disagg",
           ParameterType::kChoice,
           "1",
           0,
           0,
           3,
           "split cluster: when a request is prefilled on its decode worker: never, little to "
           "compute there, busy prefill worker, either",
           {"off", "isl_bounding", "prefill_load", "isl_or_load"}},
          {"conditional_disagg_eff_isl_threshold", ParameterType::kInteger, "tokens", 2048, 0, 1e9,
           "isl_bounding: fewer tokens than this beyond what the decode worker holds"},
          {"conditional_disagg_eff_isl_ratio_threshold", ParameterType::kReal, "1", 0.7, 0, 10,
           "isl_bounding: and less than this share of the prompt"},
          {"conditional_disagg_prefill_busy_threshold", ParameterType::kReal, "1", 0, 0, 1e6,
           "prefill_load: busy above this times max_num_batched_tokens; 0: router_queue_threshold"},
          {"conditional_disagg_decode_busy_threshold", ParameterType::kReal, "1", 0, 0, 1,
           "never on a decode worker with more than this share of its KV blocks booked; 0 is off"},
          {"router_config_override", ParameterType::kFlag, "1", 0, 0, 1,
           "requests bring credit and temperature of their own: labels `overlap_score_credit` and "
           "`router_temperature`"},
          {"kv_event_latency_s", ParameterType::kReal, "s", 0.001, 0, 3600,
           "time from a change in an engine's cache until the router knows; not published, "
           "so a parameter"}};
}

}  // namespace

std::vector<LabelSetting> dynamo_label_settings() {
  return {{RequestLabel::kSession, "session_affinity_ttl_s=3600"},
          {RequestLabel::kPriority, "router_queue_threshold=1"},
          {RequestLabel::kStrictPriority, "router_queue_threshold=1"},
          {RequestLabel::kPolicyClass, "policy_config=FILE"},
          {RequestLabel::kOverlapCredit, "router_config_override=true"},
          {RequestLabel::kTemperature, "router_config_override=true"}};
}

std::vector<Parameter> dynamo_parameters() {
  std::vector<Parameter> all = cost_parameters();
  for (const auto& more : {book_parameters(), index_parameters(), queue_parameters(),
                           admission_parameters(), affinity_parameters(), conditional_parameters()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace pigou
