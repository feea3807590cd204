#include "workload/segments.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/error.hpp"
#include "depth.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using Tokens = std::vector<std::uint32_t>;

/// A random trace together with the tokens behind its ids.
struct Story {
  Trace trace;
  std::vector<Tokens> prompts;
  std::vector<Tokens> answers;
};

class StoryTeller {
 public:
  StoryTeller(std::uint32_t seed, std::uint32_t block_tokens, bool partial_ids, bool linked)
      : random_(seed), partial_ids_(partial_ids), linked_(linked) {
    story_.trace.block_tokens = block_tokens;
    story_.trace.block_begin.push_back(0);
  }

  Story tell(std::size_t rows) {
    for (std::size_t row = 0; row < rows; ++row) add_row();
    return std::move(story_);
  }

 private:
  std::uint32_t below(std::size_t n) { return static_cast<std::uint32_t>(random_() % n); }
  Tokens fresh(std::uint32_t most) {
    Tokens tokens(below(most + 1));
    for (std::uint32_t& token : tokens) token = next_token_++;
    return tokens;
  }

  void add_row() {
    const auto row = static_cast<std::uint32_t>(story_.prompts.size());
    std::uint32_t previous = kNoIndex;
    Tokens prompt;
    if (row > 0) {
      const std::uint32_t other = below(row);
      prompt = story_.prompts[other];
      const std::uint32_t what = below(5);
      if (linked_ && what < 2) {
        prompt.insert(prompt.end(), story_.answers[other].begin(), story_.answers[other].end());
        previous = other;
      } else if (what < 4) {
        prompt.resize(below(prompt.size() + 1));  // a branch, or an earlier end
      }
    }
    const Tokens tail = fresh(30);
    if (below(4) != 0) prompt.insert(prompt.end(), tail.begin(), tail.end());
    story_.prompts.push_back(prompt);
    story_.answers.push_back(fresh(30));
    name_blocks(prompt);
    story_.trace.input_tokens.push_back(static_cast<std::uint32_t>(prompt.size()));
    story_.trace.output_tokens.push_back(static_cast<std::uint32_t>(story_.answers.back().size()));
    story_.trace.arrival.push_back({row});
    if (linked_) story_.trace.previous_turn.push_back(previous);
  }

  void name_blocks(const Tokens& prompt) {
    const std::size_t size = story_.trace.block_tokens;
    for (std::size_t begin = 0; begin < prompt.size(); begin += size) {
      const std::size_t end = std::min(prompt.size(), begin + size);
      if (end - begin < size && !partial_ids_) break;
      Tokens key(prompt.begin(), prompt.begin() + static_cast<std::ptrdiff_t>(end));
      key.push_back(end - begin < size ? 1 : 0);  // a partial block's id is never a full one's
      const auto found = ids_.try_emplace(key, static_cast<std::uint32_t>(ids_.size())).first;
      story_.trace.block_ids.push_back(found->second);
    }
    story_.trace.distinct_blocks = static_cast<std::uint32_t>(ids_.size());
    story_.trace.block_begin.push_back(story_.trace.block_ids.size());
  }

  std::mt19937 random_;
  bool partial_ids_, linked_;
  Story story_;
  std::uint32_t next_token_ = 0;
  std::map<Tokens, std::uint32_t> ids_;
};

/// The oracle: every engine block of a row by name, without any tree.
std::vector<std::uint64_t> plain_blocks(const Trace& trace, std::size_t row, std::uint32_t size) {
  const auto ids = trace.blocks(row);
  const std::uint64_t named =
      std::min<std::uint64_t>(ids.size() * trace.block_tokens, trace.input_tokens[row]);
  std::vector<std::uint64_t> names;
  for (std::uint64_t end = size; end <= named; end += size) {
    const std::uint64_t last = (end - 1) / trace.block_tokens;
    names.push_back(std::uint64_t{ids[last]} << 32 | (end - last * trace.block_tokens));
  }
  return names;
}

template <class List>
std::size_t common_prefix(const List& a, const List& b) {
  std::size_t length = 0;
  while (length < a.size() && length < b.size() && a[length] == b[length]) ++length;
  return length;
}

std::uint32_t common_blocks(const SegmentedTrace& segments, std::span<const std::uint32_t> a,
                            std::span<const std::uint32_t> b) {
  std::uint32_t blocks = 0;
  for (std::size_t i = 0; i < common_prefix(a, b); ++i) blocks += segments.segment_blocks[a[i]];
  return blocks;
}

std::uint32_t blocks_of(const SegmentedTrace& segments, std::span<const std::uint32_t> path) {
  return common_blocks(segments, path, path);
}

void expect_well_formed(const Trace& trace, const SegmentedTrace& segments) {
  for (const std::uint32_t blocks : segments.segment_blocks) ASSERT_GT(blocks, 0U);
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    ASSERT_EQ(blocks_of(segments, segments.path(row)), segments.named_blocks(row));
    std::uint32_t before = kNoIndex;
    for (const auto part : {segments.path(row), segments.output_path(row)}) {
      for (const std::uint32_t segment : part) {
        ASSERT_EQ(segments.segment_parent[segment], before);
        before = segment;
      }
    }
  }
}

TEST(Segments, DoTheyMatchAsPlainBlockListsDoForEveryPairOfRows) {
  for (const std::uint32_t engine_block : {1U, 2U, 4U, 8U, 16U, 24U}) {
    for (std::uint32_t seed = 0, end = draws(40, "traces"); seed < end; ++seed) {
      const Story story = StoryTeller(seed, 8, seed % 2 == 0, false).tell(40);
      const SegmentedTrace segments = build_segments(story.trace, engine_block);
      expect_well_formed(story.trace, segments);
      std::vector<std::vector<std::uint64_t>> plain;
      for (std::size_t row = 0; row < story.trace.rows(); ++row)
        plain.push_back(plain_blocks(story.trace, row, engine_block));
      for (std::size_t a = 0; a < plain.size(); ++a) {
        ASSERT_EQ(segments.named_blocks(a), plain[a].size());
        for (std::size_t b = 0; b < a; ++b)
          ASSERT_EQ(common_blocks(segments, segments.path(a), segments.path(b)),
                    common_prefix(plain[a], plain[b]))
              << "rows " << a << " and " << b << ", seed " << seed << ", " << engine_block;
      }
    }
  }
}

TEST(Segments, DoLinkedTurnsShareAllTheyShouldAndNothingElse) {
  for (const std::uint32_t engine_block : {1U, 2U, 4U, 8U, 16U, 24U}) {
    for (std::uint32_t seed = 0, end = draws(40, "traces"); seed < end; ++seed) {
      const Story story = StoryTeller(seed, 8, seed % 2 == 0, true).tell(40);
      const SegmentedTrace segments = build_segments(story.trace, engine_block);
      expect_well_formed(story.trace, segments);
      for (std::size_t a = 0; a < story.trace.rows(); ++a) {
        const auto plain = plain_blocks(story.trace, a, engine_block);
        ASSERT_GE(segments.named_blocks(a), plain.size());
        ASSERT_LE(segments.named_blocks(a) * engine_block, story.prompts[a].size());
        for (std::size_t b = 0; b < a; ++b) {
          const std::uint32_t shared = common_blocks(segments, segments.path(a), segments.path(b));
          ASSERT_LE(shared * engine_block, common_prefix(story.prompts[a], story.prompts[b]));
          // Two rows that end in one partial block and go on differently follow their next turns
          // from there on; up to that block nothing may be lost.
          std::size_t least = common_prefix(plain, plain_blocks(story.trace, b, engine_block));
          least = least * engine_block / 8 * 8 / engine_block;
          ASSERT_GE(shared, least)
              << "rows " << a << " and " << b << ", seed " << seed << ", " << engine_block;
        }
      }
    }
  }
}

TEST(Segments, DoesTheNextTurnHitAllThatItsIdsNameOfTheAnswerBefore) {
  for (const std::uint32_t engine_block : {1U, 2U, 4U, 8U, 16U, 24U}) {
    for (std::uint32_t seed = 0, end = draws(40, "traces"); seed < end; ++seed) {
      const Story story = StoryTeller(seed, 8, seed % 2 == 0, true).tell(40);
      const SegmentedTrace segments = build_segments(story.trace, engine_block);
      std::vector<bool> continued(story.trace.rows(), false);
      for (std::size_t row = 0; row < story.trace.rows(); ++row) {
        const std::uint32_t previous = story.trace.previous_turn[row];
        if (previous == kNoIndex || continued[previous]) continue;
        continued[previous] = true;
        std::vector<std::uint32_t> whole(segments.path(previous).begin(),
                                         segments.path(previous).end());
        whole.insert(whole.end(), segments.output_path(previous).begin(),
                     segments.output_path(previous).end());
        const std::size_t said = story.prompts[previous].size() + story.answers[previous].size();
        const std::size_t named = std::min<std::size_t>(story.trace.blocks(row).size() * 8,
                                                        story.trace.input_tokens[row]);
        ASSERT_GE(blocks_of(segments, whole), std::min(said, named) / engine_block);
        ASSERT_LE(blocks_of(segments, whole) * engine_block, said);
        ASSERT_GE(common_blocks(segments, whole, segments.path(row)),
                  std::min(said, named) / engine_block);
      }
    }
  }
}

TEST(Segments, DoesARepeatedPromptMatchTheFirstOneWhoseNextTurnRenamedItsLastBlock) {
  Trace trace;  // rows 0 and 2 are one prompt of 12 tokens, row 1 is the next turn of row 0
  trace.block_tokens = 8;
  trace.distinct_blocks = 4;
  trace.arrival.resize(3);
  trace.input_tokens = {12, 24, 12};
  trace.output_tokens = {6, 1, 1};
  trace.block_ids = {0, 1, 0, 2, 3, 0, 1};
  trace.block_begin = {0, 2, 5, 7};
  trace.previous_turn = {kNoIndex, 0, kNoIndex};
  const SegmentedTrace segments = build_segments(trace, 4);
  EXPECT_EQ(segments.named_blocks(0), 3U);
  EXPECT_EQ(common_blocks(segments, segments.path(0), segments.path(2)), 3U);
  EXPECT_EQ(blocks_of(segments, segments.output_path(0)), 1U);  // tokens 12 to 16 of 18
  EXPECT_TRUE(segments.output_path(1).empty());
  EXPECT_EQ(common_blocks(segments, segments.path(2), segments.path(1)), 3U);
}

TEST(Segments, DoesATraceWithoutIdsGetEmptyPaths) {
  Trace trace;
  trace.arrival.resize(2);
  trace.input_tokens = {100, 200};
  trace.output_tokens = {1, 1};
  const SegmentedTrace segments = build_segments(trace, 16);
  EXPECT_EQ(segments.count(), 0U);
  EXPECT_TRUE(segments.path(1).empty());
  EXPECT_EQ(segments.named_blocks(1), 0U);
}

TEST(Segments, IsABlockSizeThatDividesNeitherWayAnError) {
  Trace trace = StoryTeller(1, 12, true, false).tell(3).trace;
  const std::string message = testing::error_of([&] { build_segments(trace, 8); });
  EXPECT_NE(message.find("engine blocks of 8 tokens"), std::string::npos) << message;
  EXPECT_NE(testing::error_of([&] { build_segments(trace, 0); }), "");
}

}  // namespace
}  // namespace pigou
