#include "routing/llm_d/settings.hpp"

namespace pigou {
namespace {

/// Parameters after the two blocks of weights.
enum Value : std::size_t {
  kPicker = 2 * kEppScorers,
  kPrefixStateValue,
  kPreciseScale,
  kPrefixBlock,
  kAutoTune,
  kLruBlocks,
  kMaxPrefix,
  kLengthWeight,
  kLengthTokens,
  kSpeculativeTtl,
  kAffinity,
  kAffinityThreshold,
  kExploration,
  kTtftPenalty,
  kTtftSource,
  kPeakPrefill,
  kHeadroomTier,
  kExploreNegative,
  kSaturationFilter,
  kDetector,
  kQueueDepth,
  kKvThreshold,
  kConcurrencyMode,
  kMaxRequests,
  kMaxTokens,
  kHeadroom,
  kFlowControl,
  kDispatchCycle,
  kMaxQueued,
  kFairness,
  kOrdering,
  kSheddable,
  kAdmitter,
  kDeciderValue,
  kNonCached,
  kPromptTokens,
  kLoadAwareThreshold,
  kIdleRequests,
  kMaxBusy,
  kTokenLoadThreshold,
  kLruPods,
  kShortPods,
  kContextSplit,
  kContextMost,
  kPredictor,
  kTtftSlo,
  kTpotSlo,
  kTtftWeight,
  kTpotWeight,
  kStrategy,
  kTpotBase,
  kTpotPerRequest,
  kPeriod,
  kDelay,
  kLatency
};

Parameter flag(std::string_view name, double fallback, std::string_view sentence) {
  return {name, ParameterType::kFlag, "1", fallback, 0, 1, sentence};
}
Parameter choice(std::string_view name, std::vector<std::string_view> choices,
                 std::string_view sentence) {
  const auto last = static_cast<double>(choices.size() - 1);
  return {name, ParameterType::kChoice, "1", 0, 0, last, sentence, std::move(choices)};
}
Parameter real(std::string_view name, std::string_view unit, double fallback, double least,
               double most, std::string_view sentence) {
  return {name, ParameterType::kReal, unit, fallback, least, most, sentence};
}
Parameter whole(std::string_view name, std::string_view unit, double fallback, double least,
                double most, std::string_view sentence) {
  return {name, ParameterType::kInteger, unit, fallback, least, most, sentence};
}

void declare_weights(std::vector<Parameter>& out) {
  struct Row {
    std::string_view name, decode_name;
    double fallback;
    std::string_view sentence;
  };
  constexpr std::array<Row, kEppScorers> kRows = {{
      {"queue_weight", "decode_queue_weight", 2, "weight of queue-scorer: fewest waiting"},
      {"running_weight", "decode_running_weight", 0,
       "weight of the running-requests scorer: fewest running"},
      {"kv_weight", "decode_kv_weight", 2, "weight of kv-cache-utilization-scorer: 1 - KV usage"},
      {"prefix_weight", "decode_prefix_weight", 3,
       "weight of prefix-cache-scorer, or precise-prefix-cache-scorer under prefix_state=precise"},
      {"load_aware_weight", "decode_load_aware_weight", 0, "weight of load-aware-scorer"},
      {"active_request_weight", "decode_active_request_weight", 0,
       "weight of active-request-scorer: fewest in flight"},
      {"token_load_weight", "decode_token_load_weight", 0,
       "weight of token-load-scorer: fewest prompt tokens in flight"},
      {"no_hit_lru_weight", "decode_no_hit_lru_weight", 0,
       "weight of no-hit-lru-scorer: cold requests in turn"},
      {"session_affinity_weight", "decode_session_affinity_weight", 0,
       "weight of session-affinity-scorer"},
      {"context_length_weight", "decode_context_length_weight", 0,
       "weight of context-length-aware"},
      {"latency_weight", "decode_latency_weight", 0, "weight of latency-scorer"},
      {"lora_affinity_weight", "decode_lora_affinity_weight", 0,
       "weight of lora-affinity-scorer: pods that run the request's LoRA adapter"},
  }};
  for (const Row& row : kRows)
    out.push_back(real(row.name, "1", row.fallback, 0, 1e6, row.sentence));
  for (const Row& row : kRows)
    out.push_back(
        real(row.decode_name, "1", -1, -1, 1e6,
             "the same in the decode profile of a split cluster; -1: as without decode_"));
}

void declare_prefix(std::vector<Parameter>& out) {
  out.push_back(choice("picker", {"max-score", "random", "weighted-random"},
                       "how one pod is taken of the scored; random asks no scorer"));
  out.push_back(choice("prefix_state", {"approximate", "precise"},
                       "an own LRU of prompts sent, or the engines' KV events"));
  out.push_back(choice("precise_scale", {"absolute", "min-max"},
                       "hit blocks over the prompt's, or over the range of the pods with a hit, as "
                       "llm-d-inference-scheduler did in 2025"));
  out.push_back(whole("prefix_block_tokens", "tokens", 64, 1, 1e6,
                      "approximate: tokens per block, at least"));
  out.push_back(flag("prefix_auto_tune", 1,
                     "approximate: the engine's block size, if larger, and its number of blocks"));
  out.push_back(whole("prefix_lru_blocks", "blocks", 31250, 1, 1e9,
                      "approximate: blocks remembered per pod when not tuned"));
  out.push_back(whole("max_prefix_tokens", "tokens", 131072, 0, 1e9,
                      "approximate: leading tokens hashed; 0 is all"));
  out.push_back(real("prefix_length_weight", "1", 0, 0, 1,
                     "share of the prefix score that goes by matched length, squared"));
  out.push_back(
      real("prefix_length_tokens", "tokens", 8192, 1, 1e9, "matched length that scores 1 there"));
  out.push_back(real("speculative_ttl_s", "s", 0, 0, 3600,
                     "precise: a prompt sent counts as cached for this long; 0 is off, llm-d's "
                     "value when on is 2"));
}

void declare_filters(std::vector<Parameter>& out) {
  out.push_back(flag("affinity_filter", 0, "prefix-cache-affinity-filter in the entry profile"));
  out.push_back(real("affinity_threshold", "1", 0.8, 0, 1, "hit share from which a pod is sticky"));
  out.push_back(real("affinity_exploration", "1", 0, 0, 1, "probability of keeping all pods"));
  out.push_back(real("max_ttft_penalty_s", "s", 18, 0, 1e6,
                     "TTFT above the best other pod's at which stickiness breaks; 0 is never"));
  out.push_back(choice("affinity_ttft_source", {"prefill-throughput", "latency-predictor"},
                       "where that TTFT comes from"));
  out.push_back(real("peak_prefill_tokens_per_s", "tokens/s", 15928, 1e-6, 1e12,
                     "rate that turns tokens in flight into TTFT"));
  out.push_back(flag("headroom_tier_filter", 0, "slo-headroom-tier-filter in every profile"));
  out.push_back(real("explore_negative", "1", 0.01, 0, 1,
                     "probability of taking the pods predicted to miss the SLO"));
  out.push_back(flag("saturation_filter", 0, "the saturation detector as a filter"));
}

void declare_admission(std::vector<Parameter>& out) {
  out.push_back(choice("saturation_detector", {"utilization", "concurrency"},
                       "by scraped queue and KV usage, or by requests and tokens in flight"));
  out.push_back(real("queue_depth_threshold", "requests", 5, 1e-6, 1e9,
                     "utilization: waiting requests of a full pod"));
  out.push_back(
      real("kv_util_threshold", "1", 0.8, 1e-6, 1, "utilization: KV usage of a full pod"));
  out.push_back(
      choice("concurrency_mode", {"requests", "tokens", "hybrid"}, "concurrency: what is counted"));
  out.push_back(whole("max_concurrency", "requests", 100, 1, 1e9,
                      "concurrency: requests in flight of a full pod"));
  out.push_back(whole("max_token_concurrency", "tokens", 1e6, 1, 1e12,
                      "concurrency: tokens in flight of a full pod"));
  out.push_back(real("saturation_headroom", "1", 0, 0, 100,
                     "the filter's limits are the thresholds times 1 + this"));
  out.push_back(flag("flow_control", 0,
                     "queue in the router while the pool is saturated, by the label `priority`"));
  out.push_back(real("dispatch_cycle_s", "s", 0.001, 1e-6, 60,
                     "flow control: time between looks at the pool; one request leaves per look"));
  out.push_back(whole("max_queued_requests", "requests", 0, 0, 1e9,
                      "flow control: more are rejected; 0 is no limit"));
  out.push_back(choice("flow_fairness", {"global-strict", "round-robin"},
                       "flow control: tenants (label `tenant`) of one priority count for nothing, "
                       "or take turns"));
  out.push_back(choice("flow_ordering", {"fcfs", "slo-deadline"},
                       "flow control: who came first leaves first, or whose TTFT target (label "
                       "`slo_ttft_ms`) ends first"));
  out.push_back(choice("sheddable", {"false", "true", "negative"},
                       "rejected while the pool is saturated: nobody, all, or requests whose label "
                       "`priority` is below 0"));
  out.push_back(choice("admitter", {"none", "probabilistic"},
                       "probabilistic rejects sheddable requests with min(1, 300 saturation^5)"));
  out.push_back(choice("pd_decider", {"always", "prefix-based", "never"},
                       "split cluster: who prefills elsewhere than on the decode pod"));
  out.push_back(whole("non_cached_tokens", "tokens", 0, 0, 1e9,
                      "prefix-based: uncached tokens from which it does; 0 is never"));
  out.push_back(whole("pd_prompt_tokens", "tokens", 0, 0, 1e9,
                      "prefix-based: shorter prompts stay; 0 is no limit"));
}

void declare_scorers(std::vector<Parameter>& out) {
  out.push_back(real("load_aware_threshold", "requests", 128, 1, 1e9,
                     "load-aware: waiting requests that score 0"));
  out.push_back(whole("idle_threshold", "requests", 0, 0, 1e9,
                      "active-request: pods with no more in flight score 1"));
  out.push_back(real("max_busy_score", "1", 1, 0, 1, "active-request: best score of the others"));
  out.push_back(real("token_load_threshold", "tokens", 4194304, 1, 1e12,
                     "token-load: tokens in flight that score 0"));
  out.push_back(whole("no_hit_lru_pods", "pods", 1024, 1, 1e6, "no-hit-lru: pods remembered"));
  out.push_back(whole("context_short_pods", "pods", 0, 0, 65536,
                      "context-length: the first so many pods of a side are labelled for short "
                      "prompts, the others for long ones; 0: no labels"));
  out.push_back(real("context_split_tokens", "tokens", 8192, 1, 1e9,
                     "context-length: end of the short range, begin of the long one"));
  out.push_back(real("context_most_tokens", "tokens", 131072, 1, 1e9,
                     "context-length: end of the long range"));
  out.push_back(choice("predictor", {"on", "down"},
                       "latency predictor; down: the composite of KV, queue and prefix"));
  out.push_back(real("ttft_slo_s", "s", 0, 0, 1e6, "TTFT target of the requests; 0: none asked"));
  out.push_back(real("tpot_slo_s", "s", 0, 0, 1e6, "TPOT target of the requests; 0: none asked"));
  out.push_back(real("ttft_weight", "1", 0.8, 0, 1e6, "latency: weight of TTFT headroom"));
  out.push_back(real("tpot_weight", "1", 0.2, 0, 1e6, "latency: weight of TPOT headroom"));
  out.push_back(choice("headroom_strategy", {"least", "most"},
                       "latency: prefer pods close to the SLO or far from it"));
  out.push_back(real("predicted_tpot_base_s", "s", 0.0154, 0, 1000,
                     "latency: predicted TPOT of an idle pod; default Llama-70B TP4 on H100"));
  out.push_back(real("predicted_tpot_per_request_s", "s", 3.1e-5, 0, 1000,
                     "latency: predicted TPOT added by each running request; default likewise"));
  out.push_back(real("snapshot_period_s", "s", 0.05, 0.001, 3600, "time between scrapes of a pod"));
  out.push_back(
      real("snapshot_delay_s", "s", 0, 0, 3600, "time from a scrape until the router sees it"));
  out.push_back(real("kv_event_latency_s", "s", 0.001, 0, 3600,
                     "precise: time from a change in an engine's cache until the router knows; not "
                     "published, so a parameter"));
}

EppWeights weights_of(const ParameterValues& values, bool decode) {
  EppWeights weights{};
  for (std::size_t s = 0; s < kEppScorers; ++s) {
    const double own = values[kEppScorers + s];
    weights[s] = decode && own >= 0 ? own : values[s];
  }
  return weights;
}

std::int64_t count(double value) { return static_cast<std::int64_t>(value); }

EppPrefixSettings prefix_of(const ParameterValues& v) {
  EppPrefixSettings prefix;
  prefix.state = static_cast<EppPrefixState>(v[kPrefixStateValue]);
  prefix.min_max = v[kPreciseScale] != 0;
  prefix.block_tokens = count(v[kPrefixBlock]);
  prefix.auto_tune = v[kAutoTune] != 0;
  prefix.lru_blocks = count(v[kLruBlocks]);
  prefix.max_tokens = count(v[kMaxPrefix]);
  prefix.length_weight = v[kLengthWeight];
  prefix.length_tokens = v[kLengthTokens];
  prefix.speculative_ttl = from_seconds(v[kSpeculativeTtl], "router.speculative_ttl_s");
  return prefix;
}

EppLatencySettings latency_of(const ParameterValues& v) {
  return {v[kPredictor] == 0, v[kTtftSlo],       v[kTpotSlo],  v[kTtftWeight],
          v[kTpotWeight],     v[kStrategy] != 0, v[kTpotBase], v[kTpotPerRequest]};
}

EppSaturationSettings saturation_of(const ParameterValues& v) {
  return {static_cast<EppDetector>(v[kDetector]),
          static_cast<EppConcurrency>(v[kConcurrencyMode]),
          v[kQueueDepth],
          v[kKvThreshold],
          count(v[kMaxRequests]),
          count(v[kMaxTokens]),
          v[kHeadroom],
          v[kSaturationFilter] != 0};
}

}  // namespace

std::vector<Parameter> epp_parameters() {
  std::vector<Parameter> out;
  declare_weights(out);
  declare_prefix(out);
  declare_filters(out);
  declare_admission(out);
  declare_scorers(out);
  return out;
}

EppSettings epp_settings(const ParameterValues& v) {
  EppSettings s;
  s.entry = weights_of(v, false);
  s.decode = weights_of(v, true);
  s.picker = static_cast<EppPicker>(v[kPicker]);
  s.prefix = prefix_of(v);
  s.affinity = {v[kAffinity] != 0, v[kAffinityThreshold], v[kExploration],
                v[kTtftPenalty],   v[kTtftSource] != 0,   v[kPeakPrefill]};
  s.headroom_tier = v[kHeadroomTier] != 0;
  s.explore_negative = v[kExploreNegative];
  s.saturation = saturation_of(v);
  s.latency = latency_of(v);
  s.context = {static_cast<std::uint32_t>(v[kShortPods]), v[kContextSplit], v[kContextMost]};
  s.load_aware_threshold = v[kLoadAwareThreshold];
  s.idle_requests = count(v[kIdleRequests]);
  s.max_busy_score = v[kMaxBusy];
  s.token_load_threshold = v[kTokenLoadThreshold];
  s.no_hit_lru_pods = static_cast<std::uint32_t>(v[kLruPods]);
  s.decider = static_cast<EppDecider>(v[kDeciderValue]);
  s.non_cached_tokens = count(v[kNonCached]);
  s.prompt_tokens = count(v[kPromptTokens]);
  s.flow_control = v[kFlowControl] != 0;
  s.dispatch_cycle = from_seconds(v[kDispatchCycle], "router.dispatch_cycle_s");
  s.max_queued = count(v[kMaxQueued]);
  s.fairness = static_cast<EppFairness>(v[kFairness]);
  s.ordering = static_cast<EppOrdering>(v[kOrdering]);
  s.sheddable = static_cast<EppSheddable>(v[kSheddable]);
  s.probabilistic_admitter = v[kAdmitter] != 0;
  s.scrape_period_s = v[kPeriod];
  s.scrape_delay_s = v[kDelay];
  s.kv_event_latency_s = v[kLatency];
  return s;
}

}  // namespace pigou
