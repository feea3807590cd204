// The event tree: one step of the loop is a top, a move of its source and often a second change.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <queue>
#include <vector>

#include "core/event_tree.hpp"
#include "core/random_stream.hpp"

namespace {

/// Delay of the k-th event, spread over three orders of magnitude as engine steps and timers are.
std::int64_t delay_ps(std::uint64_t k) {
  return static_cast<std::int64_t>(pigou::mix64(k) % 1'000'000 + 1) << (k % 10);
}

void move_earliest(benchmark::State& state) {
  const auto sources = static_cast<std::uint32_t>(state.range(0));
  pigou::EventTree tree(sources);
  for (std::uint32_t i = 0; i < sources; ++i) tree.set(i, {delay_ps(i)}, pigou::Phase::kStepEnd);
  std::uint64_t k = sources;
  for (auto _ : state) {
    const pigou::EventKey key = tree.top();
    tree.set(key.source, {key.time.ps + delay_ps(++k)}, pigou::Phase::kStepEnd);
  }
  state.SetItemsProcessed(state.iterations());
}

/// The same work on the standard heap, which can neither change nor cancel: a yardstick.
void standard_heap(benchmark::State& state) {
  const auto later = [](const pigou::EventKey& a, const pigou::EventKey& b) { return b < a; };
  std::priority_queue<pigou::EventKey, std::vector<pigou::EventKey>, decltype(later)> heap(later);
  for (std::uint32_t i = 0; i < state.range(0); ++i)
    heap.push({{delay_ps(i)}, pigou::Phase::kStepEnd, i});
  auto k = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    pigou::EventKey key = heap.top();
    heap.pop();
    key.time.ps += delay_ps(++k);
    heap.push(key);
  }
  state.SetItemsProcessed(state.iterations());
}

void draw(benchmark::State& state) {
  const pigou::RandomStream stream(1, "bench");
  std::uint64_t entity = 0;
  for (auto _ : state) benchmark::DoNotOptimize(stream.bits(++entity));
  state.SetItemsProcessed(state.iterations());
}

}  // namespace

BENCHMARK(move_earliest)->RangeMultiplier(8)->Range(16, 8192);
BENCHMARK(standard_heap)->RangeMultiplier(8)->Range(16, 8192);
BENCHMARK(draw);
