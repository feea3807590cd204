// Bounds on sums of llm-d scores from what is kept of the gauges.
#include <algorithm>
#include <bit>

#include "core/vector_versions.hpp"
#include "routing/llm_d/score_sums.hpp"

namespace pigou {
namespace {

/// For each kKeyBlock pods the highest of their totals and what they hold of the prompt. None is
/// negative, so that their bits order as they do: the highest integer is found in a vector.
PIGOU_VECTOR_VERSIONS void highest_with_hits(const float* totals, const std::int32_t* matched,
                                             float per_block, std::size_t pods,
                                             float* block_highest) {
  for (std::size_t first = 0; first < pods; first += kKeyBlock) {
    const std::size_t end = first + kKeyBlock < pods ? first + kKeyBlock : pods;
    std::int32_t highest = 0;
    for (std::size_t i = first; i < end; ++i) {
      const float total = totals[i] + static_cast<float>(matched[i]) * per_block;
      const auto bits = std::bit_cast<std::int32_t>(total);
      highest = bits > highest ? bits : highest;
    }
    *block_highest++ = std::bit_cast<float>(highest);
  }
}

}  // namespace

std::size_t EppScoreSum::bound_kept(const EppPods& pods, EppGaugeBounds& kept,
                                    float* block_highest) {
  if (!pods.all_kept || pods.gauge_changes == nullptr) return 0;
  EppGaugeTerms gauges;
  gauges.changes = pods.gauge_changes;
  gauges.pods = pods.count;
  EppScoreTerm* by_range = nullptr;
  const EppScoreTerm* by_prefix = nullptr;
  for (std::size_t k = 0; k < count_; ++k) {
    EppScoreTerm& term = terms_[k];
    if (term.is_guess) {
      by_range = &term;
      gauges.counts = term.counts;
      gauges.count_weight = term.weight;
    } else if (term.kind == EppScoreTerm::Kind::kFree) {
      gauges.usage = term.usage;
      gauges.usage_weight = term.weight;
    } else if (term.kind == EppScoreTerm::Kind::kPrefix) {
      by_prefix = &term;
    } else {
      return 0;
    }
  }
  if (gauges.counts == nullptr && gauges.usage == nullptr) return 0;
  kept.use(gauges);
  if (by_range != nullptr && kept.range() != by_range->range) {
    *by_range = epp_range_term(by_range->weight, by_range->counts, kept.range());
    by_range->is_guess = true;
  }
  rough_matched_ = nullptr;
  if (by_prefix != nullptr) {
    rough_matched_ = by_prefix->matched;
    rough_per_block_ = static_cast<float>(by_prefix->weight / by_prefix->divisor);
    if (!pods.few_hold) {
      highest_with_hits(kept.totals().data(), rough_matched_, rough_per_block_, pods.count,
                        block_highest);
      return kKeyBlock;
    }
  }
  std::ranges::copy(kept.block_highest(), block_highest);
  if (by_prefix == nullptr) return EppGaugeBounds::kBlock;
  for (const std::uint32_t instance : pods.holders) {
    const std::uint32_t i = instance - pods.first;
    if (i >= pods.count) continue;  // of the other side
    float& highest = block_highest[i / EppGaugeBounds::kBlock];
    highest = std::max(highest, rough_total(kept, i));
  }
  return EppGaugeBounds::kBlock;
}

}  // namespace pigou
