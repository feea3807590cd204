// Scores and chooses, one block per request. Each thread owns a contiguous run of candidates, so
// that running sums of weights follow the order of ids; all sums are of integers.
#include <cub/block/block_scan.cuh>

#include "kernels/score_choose.hpp"

namespace pigou {
namespace {
constexpr int kThreads = 256;

template <class Cost, class Choice>
__global__ void choose_block(BatchView view, Cost cost, Choice choice, ChoiceResult* results) {
  using Scan = cub::BlockScan<unsigned long long, kThreads>;
  __shared__ typename Scan::TempStorage scan;
  __shared__ long long lowest, highest;  // keys
  const std::int64_t r = blockIdx.x;
  const InstanceColumns columns = view.columns(r);
  const auto key = [&, request = view.request_rows[r], pool = view.pools[view.state_of[r]]](
                       std::int64_t i) { return candidate_key(cost, request, columns, pool, i); };
  const std::int64_t run = (columns.count + kThreads - 1) / kThreads;
  const std::int64_t first = min(run * threadIdx.x, columns.count);
  const std::int64_t last = min(first + run, columns.count);
  if (threadIdx.x == 0) lowest = kNotEligibleKey, highest = INT64_MIN, results[r] = {};
  __syncthreads();
  long long low = kNotEligibleKey, high = INT64_MIN;
  for (std::int64_t i = first; i < last; ++i) {
    const long long k = key(i);
    low = min(low, k);
    if (k != kNotEligibleKey) high = max(high, k);
  }
  atomicMin(&lowest, low);
  atomicMax(&highest, high);
  __syncthreads();
  if (lowest == kNotEligibleKey) return;

  const auto weight = choice.template weight<typename Cost::value_type>(lowest, highest);
  unsigned long long own = 0, before = 0, total = 0;
  for (std::int64_t i = first; i < last; ++i) own += weight(key(i));
  Scan(scan).ExclusiveSum(own, before, total);
  const std::uint64_t share = drawn_share(view.draws[r], total);
  if (share < before || share >= before + own) return;
  std::int64_t i = first;
  for (std::uint64_t left = share - before, w; left >= (w = weight(key(i))); ++i) left -= w;
  results[r] = {static_cast<std::uint32_t>(i), total, lowest};
}
}  // namespace
template <class Cost, class Choice>
void launch(const BatchView& view, const Cost& cost, const Choice& choice, ChoiceResult* results) {
  choose_block<<<static_cast<unsigned>(view.requests), kThreads>>>(view, cost, choice, results);
}

#define PIGOU_LAUNCHES(Cost)                                                               \
  template void launch(const BatchView&, const Cost&, const ArgminChoice&, ChoiceResult*); \
  template void launch(const BatchView&, const Cost&, const SoftmaxChoice&, ChoiceResult*);
PIGOU_LAUNCHES(LeastOutstandingCost)
PIGOU_LAUNCHES(MinTtftCost)
PIGOU_LAUNCHES(DynamoKvCost)
PIGOU_LAUNCHES(DynamoLmetricCost)
PIGOU_LAUNCHES(DynamoDecodeCost)
}  // namespace pigou
