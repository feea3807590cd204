// The parameters of llm-d's router, and what they come to: one profile per side of the fleet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/parameter.hpp"
#include "core/time.hpp"
#include "view/request_label.hpp"

namespace pigou {

/// Scorers, in the order their weighted scores are added.
enum EppScorer : std::size_t {
  kQueueScorer,
  kRunningScorer,
  kKvScorer,
  kPrefixScorer,
  kLoadAwareScorer,
  kActiveRequestScorer,
  kTokenLoadScorer,
  kNoHitLruScorer,
  kSessionScorer,
  kContextLengthScorer,
  kLatencyScorer,
  kLoraAffinityScorer,
  kEppScorers
};

enum class EppPicker : std::uint8_t { kMaxScore, kRandom, kWeightedRandom };
enum class EppPrefixState : std::uint8_t { kApproximate, kPrecise };
enum class EppDetector : std::uint8_t { kUtilization, kConcurrency };
enum class EppConcurrency : std::uint8_t { kRequests, kTokens, kHybrid };
/// Which requests are rejected while the pool is saturated.
enum class EppSheddable : std::uint8_t { kNone, kAll, kNegative };
enum class EppDecider : std::uint8_t { kAlways, kPrefixBased, kLocal };

/// Weights of one scheduling profile; 0: the scorer is not in it.
using EppWeights = std::array<double, kEppScorers>;

struct EppPrefixSettings {
  EppPrefixState state = EppPrefixState::kApproximate;
  bool min_max = false;  ///< precise: hits scaled to the candidates' range, as in 2025
  std::int64_t block_tokens = 64;
  bool auto_tune = true;
  std::int64_t lru_blocks = 31250;
  std::int64_t max_tokens = 131072;
  double length_weight = 0;
  double length_tokens = 8192;
  SimTime speculative_ttl;
};

struct EppAffinitySettings {
  bool on = false;
  double threshold = 0.8;
  double exploration = 0;
  double max_ttft_penalty_s = 18;
  bool by_predictor = false;
  double peak_prefill_tokens_per_s = 15928;
};

struct EppSaturationSettings {
  EppDetector detector = EppDetector::kUtilization;
  EppConcurrency mode = EppConcurrency::kRequests;
  double queue_depth = 5;
  double kv_usage = 0.8;
  std::int64_t max_requests = 100;
  std::int64_t max_tokens = 1'000'000;
  double headroom = 0;
  bool filters = false;
};

struct EppLatencySettings {
  bool predicts = true;
  double ttft_slo_s = 0;
  double tpot_slo_s = 0;
  double ttft_weight = 0.8;
  double tpot_weight = 0.2;
  bool most_headroom = false;
  double tpot_base_s = 0;
  double tpot_per_request_s = 0;
};

struct EppContextSettings {
  std::uint32_t short_pods = 0;
  double split_tokens = 8192;
  double most_tokens = 131072;
};

/// Of flow control: whether tenants take turns, and who leaves first.
enum class EppFairness : std::uint8_t { kGlobalStrict, kRoundRobin };
enum class EppOrdering : std::uint8_t { kFcfs, kSloDeadline };

struct EppSettings {
  EppWeights entry{};   ///< aggregated or prefill profile
  EppWeights decode{};  ///< decode profile of a split cluster
  EppPicker picker = EppPicker::kMaxScore;
  EppPrefixSettings prefix;
  EppAffinitySettings affinity;
  bool headroom_tier = false;
  double explore_negative = 0.01;
  EppSaturationSettings saturation;
  EppLatencySettings latency;
  EppContextSettings context;
  double load_aware_threshold = 128;
  std::int64_t idle_requests = 0;
  double max_busy_score = 1;
  double token_load_threshold = 4194304;
  std::uint32_t no_hit_lru_pods = 1024;
  EppDecider decider = EppDecider::kAlways;
  std::int64_t non_cached_tokens = 0;
  std::int64_t prompt_tokens = 0;
  bool flow_control = false;
  SimTime dispatch_cycle;
  std::int64_t max_queued = 0;
  EppFairness fairness = EppFairness::kGlobalStrict;
  EppOrdering ordering = EppOrdering::kFcfs;
  EppSheddable sheddable = EppSheddable::kNone;
  bool probabilistic_admitter = false;
  double scrape_period_s = 0.05;
  double scrape_delay_s = 0;
  double kv_event_latency_s = 0;

  /// Whether any profile in use has the scorer; a random picker asks none.
  bool scores(EppScorer scorer, bool split) const {
    return picker != EppPicker::kRandom && (entry[scorer] > 0 || (split && decode[scorer] > 0));
  }
  /// What it uses of what clients say.
  LabelSet labels(bool split) const {
    LabelSet labels;
    labels.add(RequestLabel::kSession, scores(kSessionScorer, split));
    labels.add(RequestLabel::kPriority, flow_control || sheddable == EppSheddable::kNegative);
    labels.add(RequestLabel::kTenant, flow_control && fairness == EppFairness::kRoundRobin);
    labels.add(RequestLabel::kSloTtft, flow_control && ordering == EppOrdering::kSloDeadline);
    return labels;
  }
};

/// Declarations in the order of the values `epp_settings` reads.
std::vector<Parameter> epp_parameters();
EppSettings epp_settings(const ParameterValues& values);

}  // namespace pigou
