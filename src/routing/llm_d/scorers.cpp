#include "routing/llm_d/scorers.hpp"

#include <algorithm>

namespace pigou {

void EppColdOrder::unlink(InstanceId instance) {
  Link& link = links_[instance];
  (link.older == kNoIndex ? oldest_ : links_[link.older].newer) = link.newer;
  (link.newer == kNoIndex ? newest_ : links_[link.newer].older) = link.older;
  link = {};
  --size_;
}

void EppColdOrder::touch(InstanceId instance) {
  if (links_[instance].used) unlink(instance);
  links_[instance] = {newest_, kNoIndex, true};
  (newest_ == kNoIndex ? oldest_ : links_[newest_].newer) = instance;
  newest_ = instance;
  if (++size_ > remembered_) unlink(oldest_);
}

bool epp_cold(const EppPods& pods) {
  if (pods.matched == nullptr) return true;
  for (std::uint32_t i = 0; i < pods.count; ++i)
    if (pods.kept(i) && pods.matched[i] > 0) return false;
  return true;
}

void EppScorers::least_waiting(const EppPods& pods) { score_plain(kQueueScorer, pods); }
void EppScorers::least_running(const EppPods& pods) { score_plain(kRunningScorer, pods); }
void EppScorers::kv_usage(const EppPods& pods) { score_plain(kKvScorer, pods); }

/// Of the pods with a hit, (hit - least) / (most - least), equal hits 1; the others 0.
void EppScorers::prefix_in_range(const EppPods& pods) {
  std::int32_t least = INT32_MAX;
  std::int32_t most = 0;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    if (!pods.kept(i) || pods.matched[i] == 0) continue;
    least = std::min(least, pods.matched[i]);
    most = std::max(most, pods.matched[i]);
  }
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    const std::int32_t hit = pods.matched[i];
    const double range = static_cast<double>(most - least);
    score_[i] = hit == 0 ? 0.0 : most > least ? static_cast<double>(hit - least) / range : 1.0;
  }
}

void EppScorers::prefix(const EppPods& pods) {
  if (plain(kPrefixScorer)) return score_plain(kPrefixScorer, pods);
  prefix_in_range(pods);
}

/// Whether a score is a formula of the pod's own columns and the pool's extremes.
bool EppScorers::plain(EppScorer scorer) const {
  const EppPrefixSettings& prefix = settings_.prefix;
  if (scorer == kPrefixScorer) return prefix.state != EppPrefixState::kPrecise || !prefix.min_max;
  return scorer < kPrefixScorer;
}

/// `guess`: a range to try first, where bound() will see to it.
void EppScorers::add_plain(EppScorer scorer, double weight, const EppPods& pods,
                           const EppRange* guess) {
  const EppPrefixSettings& prefix = settings_.prefix;
  const std::uint32_t* counts = scorer == kQueueScorer ? pods.waiting : pods.running;
  if (scorer == kQueueScorer || scorer == kRunningScorer)
    plain_.add_range(weight, counts, guess != nullptr ? *guess : epp_range(pods, counts),
                     guess != nullptr);
  else if (scorer == kKvScorer)
    plain_.add_free(weight, pods.kv_usage);
  else
    plain_.add_prefix(weight, pods, prefix.length_weight, prefix.length_tokens);
}

void EppScorers::score_plain(EppScorer scorer, const EppPods& pods) {
  plain_.clear();
  add_plain(scorer, 1, pods, nullptr);
  plain_.sum(0, pods.count, score_.data());
}

/// Bounds on the totals, if all scores asked for are plain. Waiting or running seldom have another
/// range than at the last decision.
bool EppScorers::bound(const EppWeights& weights, const EppPods& pods) {
  const bool both = weights[kQueueScorer] > 0 && weights[kRunningScorer] > 0;
  plain_.clear();
  for (std::size_t s = 0; s < kEppScorers; ++s) {
    if (weights[s] <= 0) continue;
    if (!plain(static_cast<EppScorer>(s))) return false;
    add_plain(static_cast<EppScorer>(s), weights[s], pods, both ? nullptr : &last_range_);
  }
  if (const std::size_t block = plain_.bound_kept(pods, gauge_bounds_, bounds_.data()); block > 0)
    bound_by(block);
  else if (plain_.bound(pods, bounds_.data()))
    bound_by(kKeyBlock);
  else
    return false;
  last_range_ = plain_.guessed_range();
  return true;
}

void EppScorers::expect_bounds(const EppWeights& weights, const EppPods& pods) {
  if (!pods.all_kept || pods.gauge_changes == nullptr) return;
  for (std::size_t s = kPrefixScorer + 1; s < kEppScorers; ++s)
    if (weights[s] > 0) return;
  EppGaugeTerms gauges;
  gauges.changes = pods.gauge_changes;
  gauges.pods = pods.count;
  const bool queue = weights[kQueueScorer] > 0;
  if (queue && weights[kRunningScorer] > 0) return;
  gauges.count_weight = weights[queue ? kQueueScorer : kRunningScorer];
  if (gauges.count_weight > 0) gauges.counts = queue ? pods.waiting : pods.running;
  gauges.usage_weight = weights[kKvScorer];
  if (gauges.usage_weight > 0) gauges.usage = pods.kv_usage;
  if (gauges.counts != nullptr || gauges.usage != nullptr) gauge_bounds_.follow(gauges);
}

/// Bounds of blocks of so many pods have been written.
void EppScorers::bound_by(std::size_t block) {
  bound_block_ = block;
  const std::size_t blocks = (total_.size() + block - 1) / block;
  bound_count_ = (blocks + kBoundLanes - 1) / kBoundLanes * kBoundLanes;
  std::fill(bounds_.data() + blocks, bounds_.data() + bound_count_, -2.0F);
}

void EppScorers::load_aware(const EppPods& pods) {
  const double full = settings_.load_aware_threshold;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    const double waiting = static_cast<double>(pods.waiting[i]);
    score_[i] = 0.5 * (1.0 - (waiting < full ? waiting : full) / full);
  }
}

void EppScorers::active_requests(const EppPods& pods) {
  std::int64_t most = 0;
  for (std::uint32_t i = 0; i < pods.count; ++i)
    most = pods.kept(i) ? std::max(most, pods.requests[i]) : most;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    const std::int64_t active = pods.requests[i];
    score_[i] = active <= settings_.idle_requests || most == 0
                    ? 1.0
                    : static_cast<double>(most - active) / static_cast<double>(most) *
                          settings_.max_busy_score;
  }
}

void EppScorers::token_load(const EppPods& pods) {
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    const auto load = static_cast<double>(pods.tokens[i] + pods.uncached_tokens(i));
    score_[i] = 1.0 - std::min(1.0, load / settings_.token_load_threshold);
  }
}

void EppScorers::no_hit_lru(const EppPods& pods, const EppColdOrder& cold) {
  const std::uint32_t candidates = pods.kept_count();
  const bool warm = !epp_cold(pods);
  for (std::uint32_t i = 0; i < pods.count; ++i) score_[i] = warm ? 0.5 : 1.0;
  if (warm || candidates <= 1) return;
  // Never used first, in order; then by age, counted over all pods that are remembered.
  const auto last = static_cast<double>(candidates - 1);
  std::uint32_t rank = 0;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    if (!pods.kept(i) || cold.used(pods.id(i))) continue;
    score_[i] = 1.0 - static_cast<double>(rank) / last;
    ++rank;
  }
  cold.from_oldest([&](InstanceId instance) {
    if (instance >= pods.first && instance < pods.first + pods.count)
      score_[instance - pods.first] = 1.0 - static_cast<double>(rank) / last;
    ++rank;
  });
}

void EppScorers::session(const EppPods& pods, std::uint32_t session_pod) {
  for (std::uint32_t i = 0; i < pods.count; ++i) score_[i] = pods.id(i) == session_pod ? 1.0 : 0.0;
}

void EppScorers::context_length(const EppPods& pods) {
  constexpr double kOutside = 0.3;  // best score of a range the prompt is not in
  const EppContextSettings& context = settings_.context;
  const auto tokens = static_cast<double>(pods.input_tokens);
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    if (context.short_pods == 0) {
      score_[i] = 0.5;  // without a label
      continue;
    }
    const bool is_short = i < context.short_pods;
    const double least = is_short ? 0 : context.split_tokens;
    const double most = is_short ? context.split_tokens : context.most_tokens;
    if (tokens >= least && tokens <= most) {
      const double width = most - least;
      const double fit = 0.7 / (1.0 + width / 1e4) + 0.3 * (most - tokens) / width;
      score_[i] = width > 0 ? kOutside + (1.0 - kOutside) * fit : 1.0;
    } else {
      const double distance = tokens > most ? tokens - most : least - tokens;
      score_[i] = kOutside / (1.0 + distance / 1000.0);
    }
  }
}

void EppScorers::latency(const EppPods& pods) {
  epp_score_latency(settings_.latency, pods, score_);
}

/// The base model is no adapter: for it, too, a pod with room beats one without. Source:
/// llm-d/llm-d-router@533a218d scorer/loraaffinity/lora_affinity.go.
void EppScorers::lora_affinity(const EppPods& pods) {
  const AdapterColumns& adapters = pods.adapters;
  const std::uint32_t asked = pods.request_adapter;
  for (std::uint32_t i = 0; i < pods.count; ++i) {
    const std::size_t pod = pods.id(i);
    if (adapters.sets == nullptr)
      score_[i] = 0;  // engines without LoRA say nothing
    else if (adapters.running(pod, asked))
      score_[i] = 1;
    else if (adapters.named[pod] < adapters.most[pod])
      score_[i] = 0.8;
    else
      score_[i] = adapters.waiting(pod, asked) ? 0.6 : 0;
  }
}

void EppScorers::score_one(EppScorer scorer, const EppPods& pods, const EppColdOrder& cold,
                           std::uint32_t session_pod) {
  switch (scorer) {
    case kQueueScorer:
      return least_waiting(pods);
    case kRunningScorer:
      return least_running(pods);
    case kKvScorer:
      return kv_usage(pods);
    case kPrefixScorer:
      return prefix(pods);
    case kLoadAwareScorer:
      return load_aware(pods);
    case kActiveRequestScorer:
      return active_requests(pods);
    case kTokenLoadScorer:
      return token_load(pods);
    case kNoHitLruScorer:
      return no_hit_lru(pods, cold);
    case kSessionScorer:
      return session(pods, session_pod);
    case kContextLengthScorer:
      return context_length(pods);
    case kLatencyScorer:
      return latency(pods);
    case kLoraAffinityScorer:
      return lora_affinity(pods);
    case kEppScorers:
      return;
  }
}

void EppScorers::score_all(const EppWeights& weights, const EppPods& pods, const EppColdOrder& cold,
                           std::uint32_t session_pod, bool bounds_suffice) {
  bounded_ = bounds_suffice && bound(weights, pods);
  if (bounded_) return;
  plain_.clear();
  std::size_t s = 0;
  for (; s < kEppScorers && (weights[s] <= 0 || plain(static_cast<EppScorer>(s))); ++s)
    if (weights[s] > 0) add_plain(static_cast<EppScorer>(s), weights[s], pods, nullptr);
  plain_.sum(0, pods.count, total_.data());
  for (; s < kEppScorers; ++s) {
    if (weights[s] <= 0) continue;
    score_one(static_cast<EppScorer>(s), pods, cold, session_pod);
    epp_add_scores(weights[s], score_.data(), pods.count, total_.data());
  }
}

}  // namespace pigou
