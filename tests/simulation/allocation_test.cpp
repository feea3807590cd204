// Does a decision allocate once the router is warm? Counts calls of operator new inside decide().
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <new>

#include "simulation/real_cluster.hpp"
#include "simulation/router_replicas.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define PIGOU_COUNTS_NEW 0  // the sanitizer's own operator new stays
#else
#define PIGOU_COUNTS_NEW 1
#endif

namespace {
std::uint64_t news = 0;  // the tests of this program run in one thread
}  // namespace

#if PIGOU_COUNTS_NEW
void* operator new(std::size_t bytes) {
  ++news;
  if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::align_val_t align) {
  ++news;
  const auto step = static_cast<std::size_t>(align);
  if (void* memory = std::aligned_alloc(step, (bytes + step - 1) / step * step)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace pigou {
namespace {

/// Allocations in all the decisions that count, however many: tables that double as what they hold
/// grows. The most seen are five; four of llm-d's with split pools (its index's hashes, their
/// second buffer at its first compaction, its parts, a scratch list).
constexpr double kDoublings = 6;
/// In a thousand decisions, of these alone; docs/performance.md says why.
const std::map<std::string_view, double> kGrowing = {{"smg-cache-aware@73da68c", 1500},
                                                     {"sglang-cache-aware@2025", 100}};

struct Counted {
  std::uint64_t decisions = 0;
  std::uint64_t news = 0;
};

/// Decisions of the second half of the requests, when tables and scratch have their sizes.
Counted second_half(const PolicyInfo& info, bool split) {
  WorkloadOptions options;
  options.head = 2000;
  options.overlay = 2;
  options.jitter_s = 3;
  options.infer_turns = true;
  const auto workload = real_workload(kConversation, options, split ? 4 : 8, split ? 4 : 0);
  SimulationConfig config = mooncake_config(split, info.name);
  if (split) config.cluster.pools[0].count = config.cluster.pools[1].count = 4;
  const auto policy =
      make_policy(info, config.router.values, layout_of(config.cluster, config.seed));
  Simulation simulation(workload, config, policy->needs());
  std::vector<Action> actions;
  actions.reserve(4096);
  Counted counted;
  while (const Decision* decision = simulation.advance()) {
    actions.clear();
    RouterView& view = simulation.view();
    const std::uint64_t before = news;
    policy->decide(*decision, view, actions);
    if (decision->request != kNoIndex && decision->request > workload->size() / 2) {
      ++counted.decisions;
      counted.news += news - before;
    }
    simulation.apply(actions);
  }
  return counted;
}

TEST(Allocation, ADecisionMakesNoneOnceTheRouterIsWarm) {
  PIGOU_NEEDS_TRACE(kConversation);
  if (PIGOU_COUNTS_NEW == 0) GTEST_SKIP() << "the sanitizer counts its own";
  for (const PolicyInfo& info : policy_table()) {
    if (info.demands.recorded_placement) continue;  // the trace has no record to follow
    for (const bool split : {false, true}) {
      if (!misfit(info, split).empty()) continue;
      const Counted counted = second_half(info, split);
      ASSERT_GT(counted.decisions, 1000U) << info.name;
      const auto growing = kGrowing.find(info.name);
      const double most = growing == kGrowing.end()
                              ? kDoublings
                              : growing->second * static_cast<double>(counted.decisions) / 1000.0;
      EXPECT_LE(static_cast<double>(counted.news), most)
          << info.name << (split ? ", split: " : ": ") << counted.news << " in "
          << counted.decisions << " decisions";
    }
  }
}

}  // namespace
}  // namespace pigou
