#include "scoring/scorer.hpp"

#include <algorithm>

#include "scoring/scan.hpp"

namespace pigou {
namespace {

/// Keys of block `b`, and the lowest of them.
template <class Cost>
PIGOU_HD std::int64_t score_block(Cost cost, RequestRow request, InstanceColumns columns,
                                  PoolRow pool, std::int64_t b, CandidateKeys& out) {
  constexpr auto block = static_cast<std::int64_t>(kKeyBlock);
  const std::int64_t first = b * block;
  const std::int64_t left = columns.count - first;
  const std::int64_t size = left < block ? left : block;
  std::int64_t* __restrict keys = out.keys.data();
  const std::int64_t lowest =
      columns.eligible == nullptr
          ? scan_block<true, true>(cost, request, columns, pool, first, size, keys)
          : scan_block<true, false>(cost, request, columns, pool, first, size, keys);
  out.block_lowest[static_cast<std::size_t>(b)] = lowest;
  return lowest;
}

/// Keys of the blocks that hold the lowest of all.
template <class Cost>
PIGOU_HD void keep_best(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
                        const PoolRow& pool, CandidateKeys& out) {
  const auto blocks = static_cast<std::int64_t>(out.block_lowest.size());
  const std::int64_t lowest = lowest_of(out.block_lowest.data(), blocks);
  if (lowest == kNotEligibleKey) return;
  for (std::int64_t b = 0; b < blocks; ++b)
    if (out.block_lowest[static_cast<std::size_t>(b)] == lowest)
      score_block(cost, request, columns, pool, b, out);
}

/// The lowest of each block, and keys of the blocks that hold the lowest of all: for costs that are
/// computed twice sooner than they are written once.
template <class Cost>
PIGOU_HD void fill_best(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
                        const PoolRow& pool, CandidateKeys& out) {
  scan_all<false>(cost, request, columns, pool, out);
  keep_best(cost, request, columns, pool, out);
}

template <class Cost>
PIGOU_HD void fill_all_terms(const Cost& cost, const RequestRow& request,
                             const InstanceColumns& columns, const PoolRow& pool,
                             CandidateKeys& out) {
  with_terms(
      cost, [&](const Cost& set) __attribute__((always_inline)) {
        scan_decay<true>(set, request, columns, pool, out);
      });
}

/// Lower bounds first, without the decay of credit; then the blocks that may hold the lowest, the
/// most promising first. Every operation of the cost is monotone in the credit, rounding included.
template <class Cost>
PIGOU_HD void fill_by_bound(const Cost& cost, const RequestRow& request,
                            const InstanceColumns& columns, const PoolRow& pool,
                            CandidateKeys& out) {
  const Cost bound = without_decay(cost);
  scan_all<false>(bound, request, columns, pool, out);
  if (!(cost.terms.overlap_score_credit_decay > 0))
    return keep_best(bound, request, columns, pool, out);
  const std::int64_t* block_lowest = out.block_lowest.data();
  const auto blocks = static_cast<std::int64_t>(out.block_lowest.size());
  std::int64_t best = 0;
  for (std::int64_t b = 1; b < blocks; ++b) best = block_lowest[b] < block_lowest[best] ? b : best;
  std::int64_t lowest = score_block(cost, request, columns, pool, best, out);
  for (std::int64_t b = 0; b < blocks; ++b) {
    if (b == best || block_lowest[b] > lowest) continue;
    const std::int64_t exact = score_block(cost, request, columns, pool, b, out);
    lowest = exact < lowest ? exact : lowest;
  }
}

/// One block is scored at once.
template <class Cost>
PIGOU_HD void fill_lowest_terms(const Cost& cost, const RequestRow& request,
                                const InstanceColumns& columns, const PoolRow& pool,
                                CandidateKeys& out) {
  if (columns.count <= static_cast<std::int64_t>(kKeyBlock))
    return fill_all_terms(cost, request, columns, pool, out);
  with_terms(
      cost, [&](const Cost& set) __attribute__((always_inline)) {
        fill_by_bound(set, request, columns, pool, out);
      });
}

template <CostPass kPass, class Cost>
PIGOU_HD void fill_all(const Cost& cost, const RequestRow& request, const InstanceColumns& columns,
                       const PoolRow& pool, CandidateKeys& out) {
  if constexpr (kPass == CostPass::kBound)
    fill_all_terms(cost, request, columns, pool, out);
  else
    scan_all<true>(cost, request, columns, pool, out);
}

template <CostPass kPass, class Cost>
PIGOU_HD void fill_lowest(const Cost& cost, const RequestRow& request,
                          const InstanceColumns& columns, const PoolRow& pool, CandidateKeys& out) {
  if constexpr (kPass == CostPass::kBound)
    fill_lowest_terms(cost, request, columns, pool, out);
  else if constexpr (kPass == CostPass::kLook)
    fill_best(cost, request, columns, pool, out);
  else
    scan_all<true>(cost, request, columns, pool, out);
}

PIGOU_VECTOR_VERSIONS std::uint64_t count_equal(const std::int64_t* keys, std::size_t count,
                                                std::int64_t wanted) {
  std::uint64_t equal = 0;
  for (std::size_t i = 0; i < count; ++i) equal += keys[i] == wanted ? 1 : 0;
  return equal;
}

}  // namespace

// One function, compiled for each width of vectors, for every cost and pass.
#define PIGOU_COST(Cost, pass)                                                                     \
  PIGOU_VECTOR_VERSIONS void fill_keys(const Cost& cost, const RequestRow& request,                \
                                       const InstanceColumns& columns, const PoolRow& pool,        \
                                       CandidateKeys& out) {                                       \
    fill_all<CostPass::pass>(cost, request, columns, pool, out);                                   \
  }                                                                                                \
  PIGOU_VECTOR_VERSIONS void fill_lowest_keys(const Cost& cost, const RequestRow& request,         \
                                              const InstanceColumns& columns, const PoolRow& pool, \
                                              CandidateKeys& out) {                                \
    fill_lowest<CostPass::pass>(cost, request, columns, pool, out);                                \
  }
#include "kernels/costs/list.inc"
#undef PIGOU_COST

void find_block_lowest(CandidateKeys& out) {
  const auto keys = out.keys.begin();
  for (std::size_t block = 0; block < out.block_lowest.size(); ++block) {
    const std::size_t first = block * kKeyBlock;
    const std::size_t last = std::min(first + kKeyBlock, out.keys.size());
    out.block_lowest[block] = *std::min_element(keys + static_cast<std::ptrdiff_t>(first),
                                                keys + static_cast<std::ptrdiff_t>(last));
  }
}

ChoiceResult choose_lowest(const CandidateKeys& candidates, std::uint64_t draw) {
  ChoiceResult result;
  const std::int64_t lowest = lowest_key(candidates);
  if (lowest == kNotEligibleKey) return result;
  const std::int64_t* keys = candidates.keys.data();
  const std::size_t count = candidates.keys.size();
  const auto ties_in_block = [&](std::size_t first, std::size_t size) -> std::uint64_t {
    if (candidates.block_lowest[first / kKeyBlock] != lowest) return 0;
    return count_equal(keys + first, size, lowest);
  };
  for (std::size_t first = 0; first < count; first += kKeyBlock)
    result.weight_total += ties_in_block(first, std::min(kKeyBlock, count - first));
  result.lowest_key = lowest;
  result.index = find_share(count, drawn_share(draw, result.weight_total), ties_in_block,
                            [&](std::size_t i) { return ArgminWeight{lowest}(keys[i]); });
  return result;
}

PIGOU_VECTOR_VERSIONS PoolRow reduce_pool(const InstanceColumns& columns) {
  const std::int64_t* tokens = columns.active_prefill_tokens;
  const std::uint8_t* eligible = columns.eligible;
  std::int64_t least = INT64_MAX;
  if (eligible == nullptr) {
    for (std::int64_t i = 0; i < columns.count; ++i) least = tokens[i] < least ? tokens[i] : least;
  } else {
    for (std::int64_t i = 0; i < columns.count; ++i)
      least = eligible[i] != 0 && tokens[i] < least ? tokens[i] : least;
  }
  return {least == INT64_MAX ? 0 : least};
}

namespace {

/// Blocks of candidates are independent of each other: one long chain of comparisons would wait
/// for itself.
template <bool kAllEligible>
PIGOU_HD LoadSummary summarise(const std::int64_t* loads, const std::uint8_t* eligible,
                               std::int64_t count) {
  LoadSummary all{0, INT64_MAX, INT64_MIN, 0};
  for (std::int64_t first = 0; first < count; first += static_cast<std::int64_t>(kKeyBlock)) {
    const std::int64_t left = count - first;
    const std::int64_t size = left < static_cast<std::int64_t>(kKeyBlock) ? left : kKeyBlock;
    LoadSummary part{0, INT64_MAX, INT64_MIN, 0};
    for (std::int64_t i = first; i < first + size; ++i) {
      const bool counts = kAllEligible || eligible[i] != 0;
      const std::int64_t load = loads[i];
      part.least = counts && load < part.least ? load : part.least;
      part.most = counts && load > part.most ? load : part.most;
      part.total += counts ? load : 0;
      part.candidates += counts ? 1 : 0;
    }
    all.least = part.least < all.least ? part.least : all.least;
    all.most = part.most > all.most ? part.most : all.most;
    all.total += part.total;
    all.candidates += part.candidates;
  }
  return all;
}

}  // namespace

PIGOU_VECTOR_VERSIONS LoadSummary summarise_load(const InstanceColumns& columns) {
  const LoadSummary all =
      columns.eligible == nullptr
          ? summarise<true>(columns.active_requests, nullptr, columns.count)
          : summarise<false>(columns.active_requests, columns.eligible, columns.count);
  return all.candidates == 0 ? LoadSummary{} : all;
}

}  // namespace pigou
