// One request against every instance: cost, argmin, ties. The price of a routing scan.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/random_stream.hpp"
#include "scoring/scorer.hpp"

namespace {

/// Columns of `count` instances with plausible loads, the same in every run.
struct Pool {
  std::vector<std::int64_t> prefill, blocks, requests;
  std::vector<std::int32_t> overlap, shared;
  std::vector<double> s_per_token;
  pigou::InstanceColumns columns;

  explicit Pool(std::int64_t count) {
    const pigou::RandomStream stream(1, "bench");
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
      prefill.push_back(stream.below(40000, i, 0));
      blocks.push_back(stream.below(20000, i, 1));
      requests.push_back(stream.below(64, i, 2));
      overlap.push_back(static_cast<std::int32_t>(stream.below(200, i, 3)));
      shared.push_back(static_cast<std::int32_t>(stream.below(50, i, 4)));
      s_per_token.push_back(1e-4);
    }
    columns.count = count;
    columns.active_prefill_tokens = prefill.data();
    columns.active_blocks = blocks.data();
    columns.active_requests = requests.data();
    columns.overlap_blocks = overlap.data();
    columns.shared_active_blocks = shared.data();
    columns.prefill_s_per_token = s_per_token.data();
  }
};

template <class Cost, class Choice>
void choose_one(benchmark::State& state) {
  const Pool pool(state.range(0));
  const pigou::RequestRow request{4096, 256};
  pigou::Scorer scorer;
  std::uint64_t draw = 0;
  for (auto _ : state) {
    draw += 0x9e3779b97f4a7c15ULL;
    benchmark::DoNotOptimize(
        scorer.choose(Cost{}, Choice{}, request, pool.columns, pigou::PoolRow{}, draw));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

}  // namespace

BENCHMARK(choose_one<pigou::LeastOutstandingCost, pigou::ArgminChoice>)
    ->RangeMultiplier(8)
    ->Range(64, 4096);
BENCHMARK(choose_one<pigou::MinTtftCost, pigou::ArgminChoice>)->RangeMultiplier(8)->Range(64, 4096);
BENCHMARK(choose_one<pigou::DynamoKvCost, pigou::ArgminChoice>)
    ->RangeMultiplier(8)
    ->Range(64, 4096);
BENCHMARK(choose_one<pigou::DynamoDecodeCost, pigou::ArgminChoice>)
    ->RangeMultiplier(8)
    ->Range(64, 4096);
BENCHMARK(choose_one<pigou::DynamoKvCost, pigou::SoftmaxChoice>)
    ->RangeMultiplier(8)
    ->Range(64, 4096);
