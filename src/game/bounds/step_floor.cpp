#include "game/bounds/step_floor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace pigou {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr std::size_t kDecode = 0, kPrefill = 1, kMixed = 2;

void check(const StepModel& row) {
  for (std::size_t r = 0; r < 3; ++r)
    if (row.sequence_ps[r] < 0 || row.context_ps[r] < 0 || row.prefill_context_ps[r] < 0 ||
        row.attention_fs[r] < 0)
      throw UserError("no lower bound for this step row", "a coefficient of it is below 0",
                      "use a pool with another row");
}

/// Prompt tokens of a request whose chunk is one token while the step counts as decoding: where
/// the budget can be down to one, or a threshold makes chunks of one, that is any of them.
bool any_token_may_decode(const EngineConfig& engine) {
  return engine.max_num_batched_tokens <= engine.max_num_seqs ||
         engine.long_prefill_token_threshold == 1;
}

}  // namespace

StepFloor::StepFloor(std::span<const PoolConfig> pools)
    : any_step_(kInfinite),
      token_work_(kInfinite),
      work_per_token_(kInfinite),
      attention_fs_(kInfinite),
      context_ps_(kInfinite) {
  require(!pools.empty(), "a floor is of some pool");
  for (const PoolConfig& pool : pools) take_in(pool);
  lower_to_convex();
}

void StepFloor::take_in(const PoolConfig& pool) {
  const StepModel& row = pool.model.step;
  check(row);
  const auto budget = static_cast<std::size_t>(pool.engine.max_num_batched_tokens);
  const auto seats = std::min<std::size_t>(pool.engine.max_num_seqs, budget);
  const bool decodes = row.single_tokens_decode && any_token_may_decode(pool.engine);
  single_tokens_free_ = single_tokens_free_ || (row.single_tokens_decode && !decodes);
  // By tokens of a step: the least it lasts with a chunk of a prompt in it, and with anything.
  std::vector<double> chunk(budget + 1, kInfinite);
  for (std::size_t t = 1; t <= budget; ++t) {
    const auto time = [&](std::size_t r) {
      return std::max(1.0, static_cast<double>(row.token_ps[r][t] + row.sequence_ps[r]));
    };
    chunk[t] = std::min(time(kPrefill), time(kMixed));
    if (decodes && t <= seats) chunk[t] = std::min(chunk[t], time(kDecode));
    any_step_ = std::min(any_step_, chunk[t]);
    const auto tokens = static_cast<double>(t);
    work_per_token_ = std::min(work_per_token_, chunk[t] / tokens);
    if (t <= seats) {
      any_step_ = std::min(any_step_, time(kDecode));
      token_work_ = std::min(token_work_, static_cast<double>(row.token_ps[kDecode][t]) / tokens +
                                              static_cast<double>(row.sequence_ps[kDecode]));
    }
    regular_ = regular_ && row.token_ps[kMixed][t] >= row.token_ps[kPrefill][t] &&
               row.token_ps[kPrefill][t] >= row.token_ps[kPrefill][t - 1];
  }
  token_work_ = std::min(token_work_, work_per_token_);
  // The chunk is part of the step: at least as many tokens.
  for (std::size_t t = budget; t-- > 1;) chunk[t] = std::min(chunk[t], chunk[t + 1]);
  const std::size_t threshold = pool.engine.long_prefill_token_threshold;
  const std::size_t largest = threshold > 0 ? std::min(threshold, budget) : budget;
  if (least_step_.size() < largest + 1) least_step_.resize(largest + 1, kInfinite);
  for (std::size_t n = 1; n <= largest; ++n) least_step_[n] = std::min(least_step_[n], chunk[n]);
  attention_fs_ = std::min({attention_fs_, static_cast<double>(row.attention_fs[kPrefill]),
                            static_cast<double>(row.attention_fs[kMixed])});
  if (decodes) attention_fs_ = 0;
  // A token may also come from the end of a prompt computed anew behind `context` - n tokens, n of
  // them at once: 2A = n (2 context - n) is 4 context - 4 at least.
  context_ps_ = std::min({context_ps_, static_cast<double>(row.context_ps[kDecode]),
                          static_cast<double>(row.context_ps[kMixed]),
                          4 * static_cast<double>(row.attention_fs[kPrefill]) / 1000,
                          4 * static_cast<double>(row.attention_fs[kMixed]) / 1000});
}

/// The greatest convex function below `least_step_` whose tangents are at 0 or above at no tokens:
/// then splitting a prompt into more chunks never makes it shorter, nor do uneven chunks.
void StepFloor::lower_to_convex() {
  const std::size_t largest = least_step_.size() - 1;
  // A pool with shorter chunks is no better than the largest chunk's step for longer ones.
  std::size_t best = 1;
  for (std::size_t n = 1; n <= largest; ++n)
    if (least_step_[n] * static_cast<double>(best) <= least_step_[best] * static_cast<double>(n))
      best = n;
  std::vector<std::size_t> hull;
  const auto slope = [&](std::size_t a, std::size_t b) {
    return (least_step_[b] - least_step_[a]) / static_cast<double>(b - a);
  };
  for (std::size_t n = 1; n <= best; ++n) {
    while (hull.size() > 1 && slope(hull[hull.size() - 2], hull.back()) >= slope(hull.back(), n))
      hull.pop_back();
    hull.push_back(n);
  }
  convex_.assign(largest + 1, 0);
  convex_[hull.front()] = least_step_[hull.front()];
  for (std::size_t edge = 1; edge < hull.size(); ++edge)
    for (std::size_t n = hull[edge - 1]; n <= hull[edge]; ++n)
      convex_[n] = least_step_[hull[edge - 1]] +
                   slope(hull[edge - 1], hull[edge]) * static_cast<double>(n - hull[edge - 1]);
  for (std::size_t n = best; n <= largest; ++n)
    convex_[n] = least_step_[best] / static_cast<double>(best) * static_cast<double>(n);
}

double StepFloor::prefill_wait_ps(std::int64_t tokens) const {
  if (tokens <= 0) return any_step_;
  const auto largest = static_cast<std::int64_t>(convex_.size()) - 1;
  const std::int64_t chunks = (tokens + largest - 1) / largest;
  const double each = static_cast<double>(tokens) / static_cast<double>(chunks);
  const auto below = static_cast<std::size_t>(each);
  const double part = each - static_cast<double>(below);
  const double step =
      part > 0 ? convex_[below] + part * (convex_[below + 1] - convex_[below]) : convex_[below];
  return std::max(static_cast<double>(chunks) * step, any_step_);
}

double StepFloor::prefill_work_ps(std::int64_t tokens) const {
  return work_per_token_ * static_cast<double>(std::max<std::int64_t>(tokens, 0));
}

double StepFloor::attention_ps(std::int64_t pairs2, std::int64_t tokens) const {
  const double all = attention_fs_ * static_cast<double>(pairs2) / 1000;
  return std::max(0.0, all - static_cast<double>(tokens));  // each step rounds down by under 1 ps
}

double StepFloor::decode_wait_ps(std::int64_t tokens, std::int64_t context) const {
  const auto n = static_cast<double>(tokens);
  const double contexts =
      n * static_cast<double>(std::max<std::int64_t>(context - 2, 0)) + n * (n - 1) / 2;
  return tokens <= 0 ? 0 : n * any_step_ + std::max(0.0, context_ps_ * contexts - n);
}

double StepFloor::decode_work_ps(std::int64_t tokens, std::int64_t context) const {
  return tokens <= 0 ? 0
                     : decode_wait_ps(tokens, context) +
                           static_cast<double>(tokens) * (token_work_ - any_step_);
}

}  // namespace pigou
