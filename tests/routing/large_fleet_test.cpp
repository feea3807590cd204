// Large fleets are decided by vectorised passes, bounds and kept columns: do they choose as the
// plain rule does?
#include <gtest/gtest.h>

#include <algorithm>

#include "core/random_stream.hpp"
#include "routing/fake_view.hpp"
#include "routing/llm_d/prefix_index.hpp"
#include "routing/parts/rendezvous.hpp"

namespace pigou {
namespace {

constexpr std::uint32_t kPods = 700;  // several blocks of candidates, and a part of one

/// A fleet with gauges and overlaps drawn from small ranges, so that ties are common.
FakeView drawn_fleet(std::uint64_t seed) {
  const RandomStream stream(seed, "fleet");
  FakeView view(kPods);
  for (std::uint32_t i = 0; i < kPods; ++i) {
    const auto below = [&](std::uint32_t n, std::uint32_t k) { return stream.below(n, i, k); };
    view.seen[i] = {below(4, 0), below(3, 1), 0.25 * below(4, 2), 0};
    view.overlap[i] = below(8, 3) == 0 ? static_cast<std::int32_t>(below(64, 4)) : 0;
    view.active_prefill_tokens[i] = below(50'000, 5);
  }
  return view;
}

TEST(LargeFleet, LlmDChoosesFromBoundsAsFromTheTotalsItNotes) {
  const std::vector<std::vector<std::string>> profiles = {
      {},
      {"prefix_state=precise"},
      {"prefix_state=precise", "queue_weight=1", "running_weight=1", "prefix_weight=5"},
      {"prefix_state=precise", "kv_weight=0", "prefix_length_weight=0.5"},
      {"prefix_state=precise", "queue_weight=0", "kv_weight=0", "prefix_weight=0",
       "running_weight=1"},
  };
  for (const auto& profile : profiles) {
    for (RequestId request = 0; request < 40; ++request) {
      FakeView view = drawn_fleet(request);
      if (request % 3 == 0)
        for (std::uint32_t i = 0; i < kPods; ++i) view.up.push_back(i % 5 == 0 ? 0 : 1);
      const auto policy = policy_for(view, "llm-d-epp", profile);
      const auto asked = policy->clone();
      const std::uint32_t chosen = answer(*policy, view, request).instance;
      view.keep_notes();
      EXPECT_EQ(chosen, answer(*asked, view, request).instance) << "request " << request;
      const auto& noted = view.noted().candidates;
      const auto best = std::ranges::min_element(noted, {}, &DecisionNote::Candidate::cost);
      const auto cost =
          std::ranges::find(noted, InstanceId{chosen}, &DecisionNote::Candidate::instance);
      ASSERT_NE(cost, noted.end());
      EXPECT_EQ(cost->cost, best->cost);
    }
  }
}

TEST(LargeFleet, LlmDFollowsTheGaugesThatChangedAsIfItReadThemAll) {
  constexpr std::uint32_t kDecodes = 330;
  using Columns = GaugeColumns;
  for (const std::vector<std::string>& profile :
       {std::vector<std::string>{}, {"queue_weight=0", "running_weight=1"}, {"kv_weight=0"}}) {
    FakeView view(kPods, kDecodes);
    const auto follows = policy_for(view, "llm-d-epp", profile);
    const auto reads_all = policy_for(view, "llm-d-epp", profile);
    const RandomStream stream(7, "changes");
    std::vector<std::uint64_t> changes(Columns::blocks_of(kPods) + Columns::blocks_of(kDecodes));
    std::uint64_t change = 0;
    for (RequestId request = 0; request < 300; ++request) {
      const auto below = [&](std::uint32_t n, std::uint32_t k) {
        return stream.below(n, request, k);
      };
      // At times nobody's, at times the widest range comes or goes.
      for (std::uint32_t k = 0; k < below(12, 0); ++k) {
        const std::uint32_t i = below(kPods + kDecodes, 5 * k + 1);
        const std::uint32_t most = below(8, 5 * k + 2) == 0 ? 9 : 4;
        view.seen[i] = {below(most, 5 * k + 3), below(most, 5 * k + 4), 0.25 * below(5, 5 * k + 5),
                        0};
        const bool decodes = i >= kPods;
        changes[decodes ? Columns::blocks_of(kPods) + (i - kPods) / Columns::kGaugeBlock
                        : i / Columns::kGaugeBlock] = ++change;
      }
      // Prompts with a common beginning, of which more and more pods hold some.
      view.ask(2048, {below(3, 90), 10 + below(3, 91), 20 + below(5, 92), 30 + below(9, 93)});
      view.gauge_changes = changes;
      const Action followed = answer(*follows, view, request);
      view.gauge_changes.clear();
      const Action read = answer(*reads_all, view, request);
      ASSERT_EQ(followed.instance, read.instance) << "request " << request;
      ASSERT_EQ(followed.decode_instance, read.decode_instance) << "request " << request;
    }
  }
}

TEST(LargeFleet, LlmDBoundsACrowdThatHoldsTheBeginningAsIfItReadAllPods) {
  FakeView view(kPods);
  const auto follows = policy_for(view, "llm-d-epp");
  const auto reads_all = policy_for(view, "llm-d-epp");
  std::vector<std::uint64_t> changes(GaugeColumns::blocks_of(kPods));
  std::uint64_t change = 0;
  const auto set = [&](std::uint32_t i, SeenGauges seen) {
    view.seen[i] = seen;
    changes[i / GaugeColumns::kGaugeBlock] = ++change;
  };
  const RandomStream stream(9, "crowd");
  for (std::uint32_t i = 0; i < kPods; ++i) set(i, {9, 9, 0.9, 0});
  std::uint32_t followed_beginning = 0;
  for (RequestId request = 0; request < 900; ++request) {
    const auto below = [&](std::uint32_t n, std::uint32_t k) {
      return stream.below(n, request, k);
    };
    // One idle pod after the other takes a prompt, two in three with the common beginning; then
    // all are about as busy, and that beginning decides.
    const std::uint32_t idle = request < kPods ? request.value : kNoIndex;
    if (idle != kNoIndex) set(idle, {0, 0, 0, 0});
    if (idle == kNoIndex) set(below(kPods, 0), {1, 2, 0.75 + 0.125 * below(2, 1), 0});
    view.ask(2048, {request % 3 == 0 && idle != kNoIndex ? 5U : 1U, 100 + request});
    view.gauge_changes = changes;
    const Action followed = answer(*follows, view, request);
    view.gauge_changes.clear();
    ASSERT_EQ(followed.instance, answer(*reads_all, view, request).instance)
        << "request " << request;
    if (idle == kNoIndex)
      followed_beginning += followed.instance % 3 != 0 ? 1 : 0;
    else
      set(idle, {1, 2, 0.75 + 0.125 * below(2, 1), 0});
  }
  EXPECT_GT(followed_beginning, 190U) << "of 200";
}

TEST(LargeFleet, RendezvousWinnersHaveTheLargestHashes) {
  Rendezvous rendezvous(kPods);
  const RandomStream stream(3, "rendezvous");
  for (std::uint32_t round = 0; round < 60; ++round) {
    // From everybody to two: then the second winner is often the first's other choice.
    std::vector<std::uint8_t> eligible(kPods, round < 20 ? 1 : 0);
    for (std::uint32_t n = 0; round >= 20 && n < 62 - round; ++n)
      eligible[(stream.below(kPods / 2, round, n) * 2 + n) % kPods] = 1;
    FleetSide side;
    side.columns.count = kPods;
    if (round >= 10) side.columns.eligible = eligible.data();
    if (usable_count(side) < 2) continue;
    const std::uint64_t key = stream.bits(round % 7);  // known or not, and to other instances
    const auto winner = [&](std::uint64_t seed, std::uint32_t skip) {
      std::uint32_t best = kNoIndex;
      const auto hash = [&](std::uint32_t i) { return mix64(key ^ mix64(i ^ mix64(seed))); };
      for (std::uint32_t i = 0; i < kPods; ++i)
        if (side.usable(i) && i != skip && (best == kNoIndex || hash(i) > hash(best))) best = i;
      return best;
    };
    const auto [first, second] = rendezvous.winners(side, key);
    EXPECT_EQ(first, winner(1, kNoIndex));
    EXPECT_EQ(second, winner(2, first));
    EXPECT_EQ(rendezvous.winners(side, key).first, first) << "asked again";
  }
}

TEST(LargeFleet, APrefixIndexOfManyPodsCountsWhatEachHolds) {
  // Pods hold prompts that share their beginning; capacities cut the oldest of some.
  EppPrefixIndex index(kPods);
  const RandomStream stream(4, "prefixes");
  std::vector<std::vector<EppChunk>> sent(kPods);
  for (std::uint32_t p = 0; p < kPods; ++p) {
    sent[p] = {{1, 4}};
    for (std::uint64_t k = 0; k < stream.below(6, p); ++k) sent[p].push_back({2 + k, 2});
    index.add(p, sent[p], p % 7 == 0 ? 3 : 100);
  }
  const std::vector<EppChunk> asked = {{1, 4}, {2, 2}, {3, 2}, {4, 2}, {5, 2}, {6, 2}};
  PrefixHits hits(kPods);
  EppPlace place;
  index.find(asked, place);
  index.match(asked, place, hits);
  for (std::uint32_t p = 0; p < kPods; ++p) {
    std::int32_t all = 0;
    for (const EppChunk& chunk : sent[p]) all += chunk.blocks;
    EXPECT_EQ(hits[p], p % 7 == 0 ? std::min(all, 3) : all) << "pod " << p;
  }
  for (std::uint32_t p = 0; p < kPods; ++p) index.add(p, sent[p], 100);  // whole again
  index.find(asked, place);
  index.match(asked, place, hits);
  for (std::uint32_t p = 0; p < kPods; ++p) {
    const std::int64_t held = index.blocks(p);
    EXPECT_EQ(hits[p], held) << "pod " << p;
  }
}

}  // namespace
}  // namespace pigou
