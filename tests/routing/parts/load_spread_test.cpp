// Kept minima and vectorised passes over loads: do they say what a plain loop says?
#include "routing/parts/load_spread.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/random_stream.hpp"
#include "depth.hpp"
#include "routing/fake_view.hpp"

namespace pigou {
namespace {

TEST(LowestCounts, AreTheMinimaOfEachBlockAndTheFirstOfAllThoseOfAPlainLoop) {
  for (const std::uint32_t instances : {1U, 64U, 200U}) {
    const RandomStream stream(instances, "counts");
    LowestCounts counts(instances);
    std::vector<std::int64_t> plain(instances, 0);
    for (std::uint32_t step = 0, steps = draws(5000, "steps"); step < steps; ++step) {
      const auto i = static_cast<std::uint32_t>(stream.below(instances, step, 0));
      const std::int64_t amount = static_cast<std::int64_t>(stream.below(9, step, 1)) - 3;
      counts.add(i, amount);
      plain[i] += amount;
      ASSERT_EQ(counts[i], plain[i]);
      if (step % 3 != 0) continue;
      ASSERT_EQ(counts.first_lowest(), std::ranges::min_element(plain) - plain.begin());
      const std::size_t b = i / LowestCounts::kBlock;
      const auto first = plain.begin() + static_cast<std::ptrdiff_t>(b * LowestCounts::kBlock);
      const auto end = std::min<std::size_t>((b + 1) * LowestCounts::kBlock, instances);
      ASSERT_EQ(counts.lowest_of_block(b),
                *std::min_element(first, plain.begin() + static_cast<std::ptrdiff_t>(end)));
    }
  }
}

TEST(LoadSpread, LeastMostAndTheFirstOfTheLeastAreThoseOfAPlainLoop) {
  for (std::uint32_t round = 0, fleets = draws(300, "fleets"); round < fleets; ++round) {
    const RandomStream stream(round, "loads");
    const auto instances = static_cast<std::uint32_t>(1 + stream.below(300, 0));
    std::vector<std::int64_t> loads(instances);
    std::vector<std::uint8_t> eligible(instances);
    LowestCounts counts(instances);
    for (std::uint32_t i = 0; i < instances; ++i) {
      loads[i] = static_cast<std::int64_t>(stream.below(1 + round % 40, i, 1));
      eligible[i] = stream.below(4, i, 2) < round % 5 ? 1 : 0;
      counts.add(i, static_cast<std::int64_t>(stream.below(5, i, 3)));
    }
    InstanceColumns columns;
    columns.count = instances;
    columns.active_requests = loads.data();
    if (round % 2 == 0) columns.eligible = eligible.data();
    LoadSpread spread;
    spread.measure(columns);
    std::vector<std::uint32_t> usable;
    for (std::uint32_t i = 0; i < instances; ++i)
      if (round % 2 != 0 || eligible[i] != 0) usable.push_back(i);
    const auto load = [&](std::uint32_t i) { return loads[i]; };
    const auto both = [&](std::uint32_t i) { return std::pair(loads[i], counts[i]); };
    if (usable.empty()) {
      EXPECT_EQ(spread.most() - spread.least(), 0);
      EXPECT_EQ(spread.first_least(columns), 0U);
      EXPECT_EQ(spread.first_least(columns, counts), 0U);
      continue;
    }
    EXPECT_EQ(spread.least(), loads[*std::ranges::min_element(usable, {}, load)]);
    EXPECT_EQ(spread.most(), loads[*std::ranges::max_element(usable, {}, load)]);
    EXPECT_EQ(spread.first_least(columns), *std::ranges::min_element(usable, {}, load));
    EXPECT_EQ(spread.first_least(columns, counts), *std::ranges::min_element(usable, {}, both));
  }
}

TEST(LoadSpread, CacheAwareRoutersChooseTheSameWhetherOrNotTheyNoteWhy) {
  constexpr std::uint32_t kWorkers = 300;
  for (const char* const router : {"sglang-cache-aware", "smg-cache-aware"}) {
    for (const std::string uneven : {"balance_abs_threshold=1000", "balance_abs_threshold=0"}) {
      FakeView view(kWorkers);
      const auto quiet = policy_for(view, router, {uneven});
      const auto noting = quiet->clone();
      const RandomStream stream(5, "fleet");
      for (RequestId request = 0; request < 400; ++request) {
        for (std::uint32_t i = 0; i < kWorkers; ++i)
          view.active_requests[i] = static_cast<std::int64_t>(stream.below(4, request, i));
        const auto block = [&](std::uint32_t k) {
          return stream.below(3, request, 1000 + k) + 10 * k;
        };
        view.ask(1536, {block(0), block(1), block(2)});
        view.keep_notes(false);
        const Action chosen = answer(*quiet, view, request);
        view.keep_notes();
        const Action noted = answer(*noting, view, request);
        ASSERT_EQ(chosen.instance, noted.instance) << router << " request " << request;
        ASSERT_EQ(chosen.believed_tokens, noted.believed_tokens);
      }
    }
  }
}

}  // namespace
}  // namespace pigou
