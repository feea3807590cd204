// llm-d's scorers: each gives every candidate a score in [0, 1]; a profile adds them by weight.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "routing/llm_d/pods.hpp"
#include "routing/llm_d/score_sums.hpp"
#include "routing/llm_d/settings.hpp"

namespace pigou {

/// Which pods were least recently sent a cold request: one list for both sides.
class EppColdOrder {
 public:
  EppColdOrder(std::uint32_t instances, std::uint32_t remembered)
      : links_(instances), remembered_(remembered) {}

  /// `instance` was sent a cold request.
  void touch(InstanceId instance);
  /// Calls visit(instance) from the least to the most recently used one.
  template <class Visit>
  void from_oldest(Visit visit) const {
    for (InstanceId i = oldest_; i != kNoIndex; i = links_[i].newer) visit(i);
  }
  bool used(InstanceId instance) const { return links_[instance].used; }

 private:
  struct Link {
    InstanceId older = kNoIndex, newer = kNoIndex;
    bool used = false;
  };
  void unlink(InstanceId instance);

  std::vector<Link> links_;
  InstanceId oldest_ = kNoIndex, newest_ = kNoIndex;
  std::uint32_t size_ = 0;
  std::uint32_t remembered_;
};

/// Scores of one side. Every scorer writes `score(i)` of the candidates; others are left alone.
class EppScorers {
 public:
  EppScorers(const EppSettings& settings, std::uint32_t pods)
      : settings_(settings), score_(pods, 0), total_(pods, 0) {
    bounds_.resize((GaugeColumns::blocks_of(pods) + kBoundLanes - 1) / kBoundLanes * kBoundLanes);
  }

  /// The weighted sum over the profile's scorers, each score cut to [0, 1]. `session_pod` is where
  /// the session was sent before, kNoIndex for nowhere. `bounds_suffice`: where the profile allows
  /// it, only bounds of blocks of pods are computed, and totals of those that are then asked for.
  void score_all(const EppWeights& weights, const EppPods& pods, const EppColdOrder& cold,
                 std::uint32_t session_pod, bool bounds_suffice = false);
  /// Says that score_all() will want bounds, in this decision, of these pods: what does not depend
  /// on the prompt is done while memory is waited for.
  void expect_bounds(const EppWeights& weights, const EppPods& pods);
  const std::vector<double>& totals() const { return total_; }

  /// Whether there are but bounds: no candidate of the b-th block of bound_block() pods has a total
  /// above bounds()[b] + bound_error(). Bounds go on below 0 up to a multiple of kBoundLanes.
  static constexpr std::size_t kBoundLanes = 16;
  bool bounded() const { return bounded_; }
  std::size_t bound_block() const { return bound_block_; }
  std::span<const float> bounds() const { return {bounds_.data(), bound_count_}; }
  double bound_error() const { return plain_.bound_error(); }
  /// Where blocks are smaller than kKeyBlock: all pods are candidates, and this is about the total
  /// of pod i, the highest of each block being its bound.
  float rough_total(std::size_t i) const { return plain_.rough_total(gauge_bounds_, i); }
  /// That total.
  double total(std::size_t i) const { return plain_.total(i); }
  /// Computes totals first..first+size-1. The columns are still those of score_all().
  void sum(std::size_t first, std::size_t size) { plain_.sum(first, size, total_.data()); }

  // One scorer each; scores() has the result, which is not cut to [0, 1] yet.
  void score_one(EppScorer scorer, const EppPods& pods, const EppColdOrder& cold,
                 std::uint32_t session_pod);
  void least_waiting(const EppPods& pods);
  void least_running(const EppPods& pods);
  void kv_usage(const EppPods& pods);
  void prefix(const EppPods& pods);
  void load_aware(const EppPods& pods);
  void active_requests(const EppPods& pods);
  void token_load(const EppPods& pods);
  void no_hit_lru(const EppPods& pods, const EppColdOrder& cold);
  void session(const EppPods& pods, std::uint32_t session_pod);
  void context_length(const EppPods& pods);
  void latency(const EppPods& pods);
  void lora_affinity(const EppPods& pods);
  const std::vector<double>& scores() const { return score_; }

 private:
  bool plain(EppScorer scorer) const;
  void add_plain(EppScorer scorer, double weight, const EppPods& pods, const EppRange* guess);
  bool bound(const EppWeights& weights, const EppPods& pods);
  void bound_by(std::size_t block);
  void score_plain(EppScorer scorer, const EppPods& pods);
  void prefix_in_range(const EppPods& pods);

  EppSettings settings_;
  std::vector<double> score_;
  std::vector<double> total_;
  EppScoreSum plain_;
  EppGaugeBounds gauge_bounds_;
  std::vector<float> bounds_;
  std::size_t bound_block_ = kKeyBlock, bound_count_ = 0;
  EppRange last_range_;
  bool bounded_ = false;
};

/// Whether no candidate holds any of the prompt.
bool epp_cold(const EppPods& pods);

/// latency-scorer: `out[i]` for the candidates (epp_latency.cpp).
void epp_score_latency(const EppLatencySettings& settings, const EppPods& pods,
                       std::vector<double>& out);

}  // namespace pigou
