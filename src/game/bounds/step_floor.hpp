// What an engine step takes at least, whatever else is in it: the stuff of lower bounds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/config.hpp"

namespace pigou {

/// Least times over pools of instances, in ps. Two kinds: how long a step lasts that has a request
/// in it (a wait), and what share of it the request's tokens are (work, which adds up over those
/// that share a step). Both hold for any mix of requests, chunks and regimes the engine's rules
/// allow, so also for rows whose mixed steps are shorter than their prefill steps, or whose longer
/// steps are: the wait is taken from the convex floor below the row, never from the row itself.
class StepFloor {
 public:
  /// `pools` is not empty. Throws UserError where a row has a coefficient below 0.
  explicit StepFloor(std::span<const PoolConfig> pools);

  /// Wait of a request of which `tokens` prompt tokens are computed in steps, several if they do
  /// not fit; 0 tokens: of any one step.
  double prefill_wait_ps(std::int64_t tokens) const;
  /// The same tokens' work.
  double prefill_work_ps(std::int64_t tokens) const;
  /// What attention over `pairs2` adds to either: 2A of StepShape, the same however it is chunked.
  double attention_ps(std::int64_t pairs2, std::int64_t tokens) const;
  /// `tokens` more output tokens, one step each, behind `context` tokens: their wait and work.
  double decode_wait_ps(std::int64_t tokens, std::int64_t context) const;
  double decode_work_ps(std::int64_t tokens, std::int64_t context) const;

  /// A chunk of one prompt token that ends a prompt may count as decoding: such tokens are free.
  bool single_tokens_free() const { return single_tokens_free_; }
  /// The row passes the start-up check: no step is shorter than one with fewer tokens or without
  /// decodes, so that the floor is the row's own idle prefill.
  bool regular() const { return regular_; }
  double prefill_ps_per_token() const { return work_per_token_; }

 private:
  void take_in(const PoolConfig& pool);
  void lower_to_convex();

  std::vector<double> least_step_;  ///< by prompt tokens of one request in it, up to the largest
  std::vector<double> convex_;      ///< below it, every tangent of it at 0 or above at no tokens
  double any_step_, token_work_, work_per_token_;  ///< ps, ps, ps per token
  double attention_fs_, context_ps_;
  bool single_tokens_free_ = false;
  bool regular_ = true;
};

}  // namespace pigou
