// Does the column of hits that llm-d's router puts back prompt by prompt say what a new one would?
#include "routing/llm_d/prefix_hits.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/random_stream.hpp"

namespace pigou {
namespace {

/// What is said of one prompt: crowds first, as the parts of a prompt are.
struct Prompt {
  std::vector<std::vector<std::uint64_t>> crowds;  ///< a bit for each pod
  std::vector<std::pair<std::uint32_t, std::int32_t>> few;
};

/// Everybody but `absent` pods, drawn by (prompt, crowd).
std::vector<std::uint64_t> crowd_without(std::uint32_t pods, std::uint32_t absent,
                                         const RandomStream& stream, std::uint32_t prompt,
                                         std::uint32_t crowd) {
  std::vector<std::uint64_t> bits((pods + 63) / 64, 0);
  for (std::uint32_t p = 0; p < pods; ++p) bits[p / 64] |= std::uint64_t{1} << p % 64;
  for (std::uint32_t k = 0; k < absent; ++k) {
    const std::size_t p = stream.below(pods, prompt, 100 * crowd + k);
    bits[p / 64] &= ~(std::uint64_t{1} << p % 64);
  }
  return bits;
}

Prompt draw_prompt(std::uint32_t pods, const RandomStream& stream, std::uint32_t prompt) {
  Prompt drawn;
  for (std::uint32_t c = 0; c < stream.below(3, prompt, 1); ++c)
    drawn.crowds.push_back(
        crowd_without(pods, stream.below(pods / 24, prompt, 2 + c), stream, prompt, 1 + c));
  for (std::uint32_t k = 0; k < stream.below(8, prompt, 5); ++k)
    drawn.few.emplace_back(static_cast<std::uint32_t>(stream.below(pods, prompt, 10 + k)),
                           static_cast<std::int32_t>(stream.below(4, prompt, 20 + k)));
  return drawn;
}

std::vector<std::int32_t> counted(std::uint32_t pods, const Prompt& prompt, std::int32_t blocks) {
  std::vector<std::int32_t> held(pods, 0);
  for (const auto& crowd : prompt.crowds)
    for (std::uint32_t p = 0; p < pods; ++p)
      held[p] += (crowd[p / 64] >> p % 64 & 1) != 0 ? blocks : 0;
  for (const auto& [pod, own] : prompt.few) held[pod] += own;
  return held;
}

TEST(PrefixHits, PromptAfterPromptTheColumnIsThatOfANewOne) {
  for (const std::uint32_t pods : {64U, 100U, 1024U, 1100U}) {
    const RandomStream stream(pods, "hits");
    PrefixHits hits(pods);
    for (std::uint32_t number = 0; number < 400; ++number) {
      const Prompt prompt = draw_prompt(pods, stream, number);
      const auto blocks = static_cast<std::int32_t>(1 + stream.below(3, number, 0));
      hits.begin();
      for (const auto& crowd : prompt.crowds) hits.add_to_crowd(crowd, blocks);
      for (const auto& [pod, own] : prompt.few) hits.add(pod, own);
      hits.done();
      const auto expected = counted(pods, prompt, blocks);
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), hits.data()))
          << pods << " pods, prompt " << number;
      if (!hits.few()) continue;
      for (std::uint32_t p = 0; p < pods; ++p) {
        const bool named = std::ranges::find(hits.holders(), p) != hits.holders().end();
        ASSERT_TRUE(named || hits[p] == 0) << "pod " << p << " holds " << hits[p];
      }
    }
  }
}

}  // namespace
}  // namespace pigou
