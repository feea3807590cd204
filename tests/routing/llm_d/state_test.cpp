// llm-d's filters, detector, queue and prefix index by hand.
#include <gtest/gtest.h>

#include <algorithm>

#include "depth.hpp"
#include "routing/llm_d/filters.hpp"
#include "routing/llm_d/prefix_index.hpp"
#include "routing/llm_d/saturation.hpp"
#include "routing/llm_d/testing.hpp"

namespace pigou {
namespace {

using Kept = std::vector<std::uint8_t>;

TEST(EppFilters, AffinityKeepsPodsThatHoldFourFifths) {
  EppAffinitySettings settings = epp_defaults().affinity;
  FakePods fake(3);
  fake.matched = {8, 7, 10};
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 0, 1}));
  fake.keep = {1, 1, 1};
  fake.matched = {7, 7, 0};
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 1, 1})) << "nobody is sticky";
  fake.matched = {10, 0, 0};
  settings.exploration = 0.1;
  epp_filter_affinity(settings, fake.pods(), 0.09);
  EXPECT_EQ(fake.keep, (Kept{1, 1, 1})) << "exploring";
}

TEST(EppFilters, AffinityBreaksWhenTheStickyPodIsEighteenSecondsBehind) {
  const EppAffinitySettings settings = epp_defaults().affinity;
  FakePods fake(2);
  fake.matched = {10, 0};
  fake.tokens = {18 * 15928, 0};
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 0})) << "18 s exactly";
  fake.keep = {1, 1};
  fake.tokens[0] += 16;
  epp_filter_affinity(settings, fake.pods(), 0);
  EXPECT_EQ(fake.keep, (Kept{1, 1}));
}

TEST(EppFilters, TheTierIsThosePredictedToMeetTheTargets) {
  FakePods fake(3);
  fake.ttft_headroom = {1, -1, 1};
  fake.tpot_headroom = {0, 1, -1};
  epp_filter_headroom(fake.pods(), 0.01, 0.5);
  EXPECT_EQ(fake.keep, (Kept{1, 0, 0}));
  fake.keep = {1, 1, 1};
  epp_filter_headroom(fake.pods(), 0.01, 0.005);
  EXPECT_EQ(fake.keep, (Kept{0, 1, 1})) << "exploring the others";
  fake.keep = {0, 1, 1};
  epp_filter_headroom(fake.pods(), 0.01, 0.5);
  EXPECT_EQ(fake.keep, (Kept{0, 1, 1})) << "one kind only";
}

TEST(EppFilters, FullPodsAreTakenAwayUnlessAllAre) {
  EppSaturationSettings settings = epp_defaults().saturation;
  FakePods fake(4);
  fake.waiting = {5, 4, 0, 0};
  fake.kv_usage = {0, 0.7, 0.8, 0};
  fake.tick = {0, 0, 0, -1};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{0, 1, 0, 0})) << "5 waiting, 0.8 used and never scraped are out";
  fake.keep = {1, 0, 1, 1};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{1, 0, 1, 1})) << "all: the filter is open";
  settings.headroom = 0.2;
  fake.keep = {1, 1, 1, 1};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{1, 1, 1, 0})) << "limits 6 and 0.96";
  settings.detector = EppDetector::kConcurrency;
  settings.headroom = 0;
  fake.keep = {1, 1, 1, 1};
  fake.requests = {99, 100, 500, 100};
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{1, 0, 0, 0}));
  fake.requests[0] = 100;
  epp_filter_saturated(settings, fake.pods());
  EXPECT_EQ(fake.keep, (Kept{0, 0, 0, 0})) << "by concurrency nobody may be left";
}

TEST(EppSaturation, IsTheMeanOfEachPodsFullerResource) {
  EppSaturationSettings settings = epp_defaults().saturation;
  FakePods fake(4);
  fake.waiting = {5, 0, 2, 9};
  fake.kv_usage = {0.4, 0.4, 0.8, 0};
  fake.tick = {0, 0, 0, -1};  // 1, .5, 1, and 1 for the pod never scraped
  const auto of = [&](std::vector<EppPods> sides) { return epp_saturation(settings, sides); };
  EXPECT_NEAR(of({fake.pods()}), 3.5 / 4, 1e-12);
  fake.keep = {0, 1, 0, 0};
  EXPECT_NEAR(of({fake.pods()}), 0.5, 1e-12);
  fake.keep = {0, 0, 0, 0};
  EXPECT_EQ(of({fake.pods()}), 1) << "an empty pool";
  settings.detector = EppDetector::kConcurrency;
  fake.keep = {1, 1, 0, 0};
  fake.requests = {30, 90, 7, 7};
  fake.tokens = {1'500'000, 0, 0, 0};
  EXPECT_NEAR(of({fake.pods()}), 0.6, 1e-12);
  settings.mode = EppConcurrency::kTokens;
  EXPECT_NEAR(of({fake.pods()}), 0.75, 1e-12);
  settings.mode = EppConcurrency::kHybrid;
  EXPECT_NEAR(of({fake.pods()}), 0.75, 1e-12);
  FakePods other(2);
  settings.mode = EppConcurrency::kRequests;
  EXPECT_NEAR(of({fake.pods(), other.pods()}), 0.3, 1e-12) << "both sides are one pool";
}

TEST(EppSaturation, TheProbabilisticAdmitterRisesWithTheFifthPower) {
  EXPECT_NEAR(epp_reject_probability(0.2), 300 * 0.00032, 1e-12);
  EXPECT_EQ(epp_reject_probability(0.4), 1);
  EXPECT_EQ(epp_reject_probability(0), 0);
}

/// A prompt whose blocks are chunks of their own.
std::vector<EppChunk> singles(const std::vector<std::uint64_t>& hashes) {
  std::vector<EppChunk> chunks;
  chunks.reserve(hashes.size());
  for (const std::uint64_t hash : hashes) chunks.push_back({hash, 1});
  return chunks;
}

std::vector<std::int32_t> hits_of(const EppPrefixIndex& index, const std::vector<EppChunk>& chunks,
                                  std::size_t pods) {
  static PrefixHits hits(0);
  if (hits.size() != pods) hits = PrefixHits(static_cast<std::uint32_t>(pods));
  EppPlace place;
  index.find(chunks, place);
  index.match(chunks, place, hits);
  return {hits.data(), hits.data() + pods};
}

using Hits = std::vector<std::int32_t>;

TEST(EppPrefixIndex, MatchesWhatAPodWasSentUpToTheFirstUnknownBlock) {
  EppPrefixIndex index(3);
  index.add(0, singles({1, 2, 3, 4}), 100);
  index.add(1, singles({1, 2, 9}), 100);
  EXPECT_EQ(hits_of(index, singles({1, 2, 3, 4}), 3), (Hits{4, 2, 0}));
  EXPECT_EQ(hits_of(index, singles({1, 7, 3}), 3), (Hits{1, 1, 0})) << "7 is held by nobody";
  index.forget(0);
  EXPECT_EQ(hits_of(index, singles({1, 2, 3, 4}), 3), (Hits{0, 2, 0}));
  EXPECT_EQ(index.blocks(0), 0);
}

TEST(EppPrefixIndex, ForgetsThePodsOldestBlocksBeyondItsCapacity) {
  EppPrefixIndex index(2);
  index.add(0, singles({1, 2, 3}), 4);
  index.add(0, singles({1}), 4);       // newest: 2, 3, 1
  index.add(0, singles({10, 11}), 4);  // 2 goes
  EXPECT_EQ(index.blocks(0), 4);
  EXPECT_EQ(hits_of(index, singles({1, 2, 3}), 2), (Hits{1, 0})) << "nobody holds 2";
  index.add(1, singles({1, 2, 3}), 4);
  EXPECT_EQ(hits_of(index, singles({1, 2, 3}), 2), (Hits{2, 3}))
      << "with 2 on another pod, 3 counts again, as in llm-d";
  index.remove(1, singles({1, 2}));
  EXPECT_EQ(hits_of(index, singles({1, 2, 3}), 2), (Hits{1, 0})) << "nobody holds 2";
  index.add(0, singles({1, 2}), 4);
  EXPECT_EQ(hits_of(index, singles({1, 2, 3}), 2)[1], 1) << "3 is still there";
}

TEST(EppPrefixIndex, ChunksAreTheSameAsTheirBlocks) {
  // Random prompts over a few prefixes, as chunks and as single blocks: equal hits all along.
  EppPrefixIndex by_chunk(3), by_block(3);
  const RandomStream draws(7, "chunks");
  for (std::uint32_t step = 0, end = pigou::draws(3000, "prompts"); step < end; ++step) {
    std::vector<EppChunk> chunks, blocks;
    std::uint64_t hash = 0;
    const std::uint32_t length = 1 + draws.below(6, step, 0);
    for (std::uint32_t c = 0; c < length; ++c) {
      hash = mix64(hash ^ (draws.below(3, step, c + 1) + 1ULL));
      chunks.push_back({hash, static_cast<std::int32_t>(1 + hash % 5)});
      for (std::int32_t b = 0; b < chunks.back().blocks; ++b)
        blocks.push_back({mix64(hash) + static_cast<std::uint64_t>(b), 1});
    }
    ASSERT_EQ(hits_of(by_chunk, chunks, 3), hits_of(by_block, blocks, 3)) << step;
    const std::uint32_t pod = draws.below(3, step, 20);
    by_chunk.add(pod, chunks, 60 + pod);
    by_block.add(pod, blocks, 60 + pod);
    ASSERT_EQ(by_chunk.blocks(pod), by_block.blocks(pod)) << step;
  }
}

/// The same from the definition: of each pod the hashes of its blocks, the oldest first.
struct PlainIndex {
  std::vector<std::vector<std::uint64_t>> pods;

  static std::vector<std::uint64_t> blocks_of(const std::vector<EppChunk>& chunks) {
    std::vector<std::uint64_t> blocks;
    for (const EppChunk& chunk : chunks)
      for (std::int32_t b = 0; b < chunk.blocks; ++b)
        blocks.push_back(mix64(chunk.hash) + static_cast<std::uint64_t>(b));
    return blocks;
  }
  Hits hits(const std::vector<EppChunk>& chunks) const {
    Hits hits(pods.size(), 0);
    for (const std::uint64_t block : blocks_of(chunks)) {
      bool known = false;
      for (std::size_t p = 0; p < pods.size(); ++p) {
        const bool held = std::ranges::find(pods[p], block) != pods[p].end();
        hits[p] += held ? 1 : 0;
        known = known || held;
      }
      if (!known) break;
    }
    return hits;
  }
  void remove(std::uint32_t pod, const std::vector<EppChunk>& chunks) {
    for (const std::uint64_t block : blocks_of(chunks)) std::erase(pods[pod], block);
  }
  void add(std::uint32_t pod, const std::vector<EppChunk>& chunks, std::size_t capacity) {
    remove(pod, chunks);
    for (const std::uint64_t block : blocks_of(chunks)) pods[pod].push_back(block);
    const std::size_t size = pods[pod].size();
    if (size > capacity)
      pods[pod].erase(pods[pod].begin(),
                      pods[pod].begin() + static_cast<std::ptrdiff_t>(size - capacity));
  }
};

TEST(EppPrefixIndex, HoldsWhatALruOfSingleBlocksHolds) {
  // Few pods hold parts in place, many in a list or a column; small capacities cut parts anywhere.
  for (const std::uint32_t pods : {2U, 5U, 80U}) {
    for (const std::uint32_t capacity : {7U, 40U, 400U}) {
      EppPrefixIndex index(pods);
      PlainIndex plain{std::vector<std::vector<std::uint64_t>>(pods)};
      const RandomStream draws(pods + capacity, "prompts");
      for (std::uint32_t step = 0, end = pigou::draws(1500, "prompts"); step < end; ++step) {
        std::vector<EppChunk> chunks;
        std::uint64_t hash = 0;
        const std::uint32_t length = 1 + draws.below(8, step, 0);
        for (std::uint32_t c = 0; c < length; ++c) {
          hash = mix64(hash ^ (draws.below(c < 2 ? 1 : 3, step, c + 1) + 1ULL));
          chunks.push_back({hash, static_cast<std::int32_t>(1 + hash % 5)});
        }
        ASSERT_EQ(hits_of(index, chunks, pods), plain.hits(chunks)) << step;
        const std::uint32_t pod = draws.below(pods, step, 20);
        index.add(pod, chunks, capacity);
        plain.add(pod, chunks, capacity);
        if (step % 200 == 199) {
          index.forget(step / 200 % pods);
          plain.pods[step / 200 % pods].clear();
        }
        for (std::uint32_t p = 0; p < pods; ++p)
          ASSERT_EQ(index.blocks(p), static_cast<std::int64_t>(plain.pods[p].size())) << step;
      }
      for (std::uint32_t p = 0; p < pods; ++p) index.forget(p);
      EXPECT_EQ(index.parts(), 0U) << "what nobody holds is gone";
    }
  }
}

TEST(EppPrefixIndex, APromptThatIsTakenAwayIsGoneWhateverElseBeganLikeIt) {
  // Prompts are taken away some time after they were sent, as what is speculated upon is.
  EppPrefixIndex index(3);
  PlainIndex plain{std::vector<std::vector<std::uint64_t>>(3)};
  std::vector<std::vector<EppChunk>> sent;
  const RandomStream draws(9, "taken");
  constexpr std::uint32_t kLater = 20;
  for (std::uint32_t step = 0, end = pigou::draws(2000, "prompts"); step < end; ++step) {
    std::vector<EppChunk> chunks;
    std::uint64_t hash = 0;
    for (std::uint32_t c = 0; c < 1 + draws.below(6, step, 0); ++c) {
      hash = mix64(hash ^ (draws.below(2, step, c + 1) + 1ULL));
      chunks.push_back({hash, 1});
    }
    if (step >= kLater) {
      const auto& old = sent[step - kLater];
      index.remove((step - kLater) % 3, old);
      plain.remove((step - kLater) % 3, old);
    }
    ASSERT_EQ(hits_of(index, chunks, 3), plain.hits(chunks)) << step;
    index.add(step % 3, chunks, 1 << 20);
    plain.add(step % 3, chunks, 1 << 20);
    sent.push_back(chunks);
    for (std::uint32_t p = 0; p < 3; ++p)
      ASSERT_EQ(index.blocks(p), static_cast<std::int64_t>(plain.pods[p].size())) << step;
  }
}

TEST(EppPromptChunks, FollowThePromptsBeginnings) {
  const auto chunks = [](std::int64_t tokens, std::vector<std::uint32_t> ids, std::uint32_t number,
                         std::int64_t block = 64, std::int64_t most = 0, bool partial = true) {
    RequestView request;
    request.row.input_tokens = tokens;
    request.trace_blocks = ids;
    request.trace_block_tokens = 512;
    EppPromptChunks made;
    made.compute(request, number, block, most, partial, EppPrefixIndex(1));
    return std::vector<EppChunk>(made.all().begin(), made.all().end());
  };
  const auto blocks_of = [](const std::vector<EppChunk>& all) {
    std::int32_t blocks = 0;
    for (const EppChunk& chunk : all) blocks += chunk.blocks;
    return blocks;
  };
  const auto shared = [](const std::vector<EppChunk>& a, const std::vector<EppChunk>& b) {
    std::int32_t blocks = 0;
    for (std::size_t c = 0; c < std::min(a.size(), b.size()) && a[c].hash == b[c].hash; ++c)
      blocks += a[c].blocks;
    return blocks;
  };
  const auto a = chunks(1100, {5, 6, 7}, 1);
  EXPECT_EQ(blocks_of(a), 18) << "a partial last block counts";
  EXPECT_EQ(blocks_of(chunks(1100, {5, 6, 7}, 1, 64, 0, false)), 17);
  EXPECT_EQ(a.size(), 3U);
  EXPECT_EQ(shared(a, chunks(1100, {5, 6, 7}, 2)), 18);
  EXPECT_EQ(shared(a, chunks(1100, {5, 8, 7}, 1)), 8) << "512 tokens in common";
  EXPECT_EQ(shared(a, chunks(1100, {5}, 1)), 8);
  EXPECT_EQ(shared(chunks(600, {}, 1), chunks(600, {}, 2)), 0) << "no ids: its own";
  EXPECT_EQ(blocks_of(chunks(1100, {5, 6, 7}, 1, 64, 256)), 4);
  EXPECT_EQ(blocks_of(chunks(1100, {5, 6, 7}, 1, 1024)), 2) << "a block over two of the trace's";
  EXPECT_EQ(shared(chunks(1100, {5, 6, 7}, 1, 1024), chunks(1100, {5, 9, 7}, 1, 1024)), 0);
  // Blocks of 100: the sixth reaches over the border at 512, so five are common, not six.
  EXPECT_EQ(shared(chunks(1100, {5, 6, 7}, 1, 100), chunks(1100, {5, 9, 7}, 1, 100)), 5);
}

}  // namespace
}  // namespace pigou
