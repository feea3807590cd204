// Scores one request against every instance and chooses: the path a sequential simulation takes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/choices_body.hpp"
#include "kernels/costs/list.hpp"
#include "scoring/any_cost.hpp"

namespace pigou {

/// Candidates per block: long enough for any vector, short enough that the scalar search inside the
/// chosen block costs little.
inline constexpr std::size_t kKeyBlock = 128;

/// Keys of all candidates (kernels/choices_body.hpp) and the lowest of each block of them, so that
/// counting ties and finding the chosen one touches only blocks that hold the best.
struct CandidateKeys {
  std::vector<std::int64_t> keys;
  std::vector<std::int64_t> block_lowest;

  void resize(std::int64_t count) {
    keys.resize(static_cast<std::size_t>(count));
    block_lowest.resize((keys.size() + kKeyBlock - 1) / kKeyBlock);
  }
};

/// Recomputes `block_lowest` from keys filled elsewhere.
void find_block_lowest(CandidateKeys& out);

/// All keys. `out` has columns.count entries.
template <class Cost>
void fill_keys(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
               const PoolRow& pool, CandidateKeys& out) {
  for (std::int64_t i = 0; i < columns.count; ++i)
    out.keys[static_cast<std::size_t>(i)] = candidate_key(cost, request, columns, pool, i);
  find_block_lowest(out);
}

/// What choosing the lowest asks for: the lowest of each block, or for a block without the lowest
/// of all anything above that, and keys of the blocks that hold it; other keys are left as they
/// were. Dynamo's decay of credit takes two divisions a candidate, and without it a cost is at most
/// as high: only blocks of candidates that could then be the best are scored whole. That relies on
/// `pool` being that of the columns, and on active_blocks counting shared_active_blocks.
template <class Cost>
void fill_lowest_keys(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
                      const PoolRow& pool, CandidateKeys& out) {
  fill_keys(cost, request, columns, pool, out);
}

/// The lowest key, ties by `draw`, from what fill_lowest_keys() or fill_keys() left.
ChoiceResult choose_lowest(const CandidateKeys& keys, std::uint64_t draw);

/// Softmax over costs of type Value (int64 or double) behind `keys`, after the trials. `weights`
/// has their number of entries and afterwards holds each candidate's weight.
template <class Value>
ChoiceResult choose_softmax(const SoftmaxChoice& choice, const CandidateKeys& keys,
                            std::span<std::uint64_t> weights, std::uint64_t draw);

/// Lowest and highest key of the eligible candidates; where there is none, lowest is
/// kNotEligibleKey.
struct KeyRange {
  std::int64_t lowest = kNotEligibleKey;
  std::int64_t highest = INT64_MIN;
};
template <class Cost>
KeyRange key_range(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
                   const PoolRow& pool) {
  KeyRange range;
  for (std::int64_t i = 0; i < columns.count; ++i) {
    const std::int64_t key = candidate_key(cost, request, columns, pool, i);
    if (key == kNotEligibleKey) continue;
    range.lowest = key < range.lowest ? key : range.lowest;
    range.highest = key > range.highest ? key : range.highest;
  }
  return range;
}

// The costs that ship, in vectorised passes with the same results as those above, which serve any
// other cost, for instance one of an out-of-tree policy, in baseline vectors.
#define PIGOU_COST(Cost, pass)                                                                  \
  void fill_keys(const Cost&, const RequestRow&, const InstanceColumns&, const PoolRow&,        \
                 CandidateKeys&);                                                               \
  void fill_lowest_keys(const Cost&, const RequestRow&, const InstanceColumns&, const PoolRow&, \
                        CandidateKeys&);                                                        \
  KeyRange key_range(const Cost&, const RequestRow&, const InstanceColumns&, const PoolRow&);
#include "kernels/costs/list.inc"
#undef PIGOU_COST

/// The candidate that one of the trials of softmax keeps (kernels/softmax_body.hpp); index
/// kNoChoice: none does.
template <class Cost>
ChoiceResult try_softmax(const Cost& cost, const SoftmaxChoice& choice, const RequestRow& request,
                         const InstanceColumns& columns, const PoolRow& pool, std::uint64_t draw) {
  ChoiceResult result;
  const KeyRange range = key_range(cost, request, columns, pool);
  if (range.lowest == kNotEligibleKey) return result;
  const auto weight = choice.weight<typename Cost::value_type>(range.lowest, range.highest);
  for (std::uint64_t k = 0; k < kSoftmaxTrials; ++k) {
    const SoftmaxTrial trial = softmax_trial(draw, k, columns.count);
    const std::int64_t key = candidate_key(cost, request, columns, pool, trial.candidate);
    if (!trial.keeps(weight(key))) continue;
    result.index = static_cast<std::uint32_t>(trial.candidate);
    result.lowest_key = range.lowest;
    break;
  }
  return result;
}

/// The least prefill backlog of the eligible candidates; reads active_prefill_tokens.
PoolRow reduce_pool(const InstanceColumns& columns);

/// Active requests of the eligible candidates; all zero where nobody is eligible.
struct LoadSummary {
  std::int64_t candidates = 0;
  std::int64_t least = 0, most = 0, total = 0;
};
LoadSummary summarise_load(const InstanceColumns& columns);

/// Scratch and the two steps, cost then choice. Nothing is allocated once it has seen its largest
/// pool. Not thread-safe: one per simulation.
class Scorer {
 public:
  /// Where it runs, for results: one request at a time is the CPU's work in every build.
  static constexpr const char* kBackend = "cpu";

  template <class Cost>
  ChoiceResult choose(const Cost& cost, const ArgminChoice&, const RequestRow& request,
                      const InstanceColumns& columns, const PoolRow& pool, std::uint64_t draw) {
    keys_.resize(columns.count);
    fill_lowest_keys(cost, request, columns, pool, keys_);
    return choose_lowest(keys_, draw);
  }

  template <class Cost>
  ChoiceResult choose(const Cost& cost, const SoftmaxChoice& choice, const RequestRow& request,
                      const InstanceColumns& columns, const PoolRow& pool, std::uint64_t draw) {
    if (columns.count >= kTrialsFrom) {
      const ChoiceResult kept = try_softmax(cost, choice, request, columns, pool, draw);
      if (kept.index != kNoChoice) return kept;
    }
    keys_.resize(columns.count);
    weights_.resize(keys_.keys.size());
    fill_keys(cost, request, columns, pool, keys_);
    return choose_softmax<typename Cost::value_type>(choice, keys_, weights_, draw);
  }

  /// Throws InternalError with its name where a column that `cost` reads is not there. Costs a few
  /// instructions while the same columns come for the same kind of cost.
  template <class Cost>
  void check_columns(const Cost& cost, const InstanceColumns& columns) {
    const std::uint32_t there = columns_there(columns);
    if (checked_for_ == &kCostTag<Cost> && there == checked_) return;
    require_columns(cost.reads(), columns);
    checked_for_ = &kCostTag<Cost>;
    checked_ = there;
  }

  /// Each candidate's weight in the last softmax choice that weighed all.
  std::span<const std::uint64_t> weights() const { return weights_; }

 private:
  template <class Cost>
  static constexpr char kCostTag = 0;

  CandidateKeys keys_;
  std::vector<std::uint64_t> weights_;
  const char* checked_for_ = nullptr;  ///< kind of cost whose columns were last looked at
  std::uint32_t checked_ = 0;          ///< those that were there
};

}  // namespace pigou
