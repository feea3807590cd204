// Scores and chooses, one block per request. Each thread owns a contiguous run of candidates, so
// that running sums of weights follow the order of ids; all sums are of integers.
#include <cub/block/block_scan.cuh>

#include "kernels/costs/list.hpp"
#include "kernels/score_choose_launcher.hpp"
#include "kernels/thread_body.hpp"

namespace pigou {
namespace {
constexpr int kThreads = 256;

template <class Cost, class Choice>
__global__ void choose_block(BatchView view, Cost cost, Choice choice, ChoiceResult* results) {
  using Scan = cub::BlockScan<unsigned long long, kThreads>;
  __shared__ typename Scan::TempStorage scan;
  __shared__ long long lowest, highest;  // keys
  __shared__ unsigned kept;              // first trial that keeps its candidate
  const std::int64_t r = blockIdx.x;
  const InstanceColumns columns = view.columns(r);
  const auto key = [&, request = view.request_rows[r], pool = view.pools[view.state_of[r]]](
                       std::int64_t i) { return candidate_key(cost, request, columns, pool, i); };
  const CandidateRun run = run_of(columns.count, kThreads, threadIdx.x);
  if (threadIdx.x == 0) lowest = kNotEligibleKey, highest = INT64_MIN, kept = ~0u, results[r] = {};
  __syncthreads();
  const KeyBounds bounds = bounds_of_run(key, run);
  atomicMin(&lowest, bounds.lowest);
  atomicMax(&highest, bounds.highest);
  __syncthreads();
  if (lowest == kNotEligibleKey) return;

  const auto weight = choice.template weight<typename Cost::value_type>(lowest, highest);
  if (Choice::kTries && columns.count >= kTrialsFrom) {
    std::uint32_t tried = 0;
    if (trial_keeps(key, weight, view.draws[r], threadIdx.x, columns.count, tried))
      atomicMin(&kept, threadIdx.x);
    __syncthreads();
    if (kept == threadIdx.x) results[r] = {tried, 0, lowest};
    if (kept != ~0u) return;
  }
  unsigned long long own = weight_of_run(key, weight, run), before = 0, total = 0;
  Scan(scan).ExclusiveSum(own, before, total);
  const std::uint64_t share = drawn_share(choice.rest(view.draws[r], columns.count), total);
  if (share < before || share >= before + own) return;
  results[r] = {find_in_run(key, weight, run.first, share - before), total, lowest};
}
}  // namespace
template <class Cost, class Choice>
void launch(const BatchView& view, const Cost& cost, const Choice& choice, ChoiceResult* results) {
  choose_block<<<static_cast<unsigned>(view.requests), kThreads>>>(view, cost, choice, results);
}

#define PIGOU_COST(Cost, pass)                                                             \
  template void launch(const BatchView&, const Cost&, const ArgminChoice&, ChoiceResult*); \
  template void launch(const BatchView&, const Cost&, const SoftmaxChoice&, ChoiceResult*);
#include "kernels/costs/list.inc"
#undef PIGOU_COST
}  // namespace pigou
