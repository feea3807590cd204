#include "trace/reader_testing.hpp"

namespace pigou {
namespace {

using namespace testing;
using Tokens = std::vector<std::uint32_t>;
using Words = std::vector<std::string>;

TEST(BailianReader, DoesItReadTimesInSecondsBlocksKindsAndTurns) {
  const Trace trace = read_trace(miniature("bailian.jsonl"));
  EXPECT_EQ(trace.format, "bailian");
  EXPECT_EQ(trace.block_tokens, 16U);
  EXPECT_EQ(trace.input_tokens, (Tokens{40, 35, 70, 16, 30, 128, 64, 5}));
  EXPECT_EQ(trace.output_tokens, (Tokens{20, 10, 33, 5, 8, 40, 12, 1}));
  EXPECT_EQ(milliseconds(trace.arrival),
            (std::vector<std::int64_t>{0, 1250, 6500, 8000, 11750, 14125, 15000, 15000}));
  EXPECT_EQ(words_of(trace, "kind"),
            (Words{"text", "search", "text", "image", "search", "text", "text", "file"}));
  EXPECT_EQ(trace.distinct_blocks, 17U);
  EXPECT_TRUE(trace.recorded_service.empty());
  EXPECT_FALSE(trace.closed_loop());
}

TEST(BailianReader, AreParentsLinkedWhereTheyAreThereAndThePromptHasRoomForThem) {
  const Trace trace = read_trace(miniature("bailian.jsonl"));
  constexpr std::uint32_t none = kNoIndex;
  // Chat 4 is shorter than its parent's prompt and answer; chat 6 names a parent not in the file.
  EXPECT_EQ(trace.previous_turn, (Tokens{none, none, 0, none, none, 2, none, none}));
  EXPECT_EQ(passed_over(trace), (Words{"parent links that the prompts do not bear out: 1"}));
}

std::string row(int chat, int parent, const std::string& time, int input, const std::string& ids) {
  return "{\"chat_id\": " + std::to_string(chat) +
         ", \"parent_chat_id\": " + std::to_string(parent) + ", \"timestamp\": " + time +
         ", \"input_length\": " + std::to_string(input) +
         ", \"output_length\": 4, \"type\": \"text\", \"turn\": 1, \"hash_ids\": [" + ids + "]}\n";
}

TEST(BailianReader, DoLinksFollowRowsThatAreSorted) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write(
      "x.jsonl",
      row(9, 8, "7.5", 40, "1,2,3") + row(8, -1, "2", 20, "1,4") + row(7, 9, "1", 60, "1,2,3,5")));
  EXPECT_EQ(trace.input_tokens, (Tokens{60, 20, 40}));
  // A child before its parent in time is no turn of it.
  EXPECT_EQ(trace.previous_turn, (Tokens{kNoIndex, kNoIndex, 1}));
  EXPECT_EQ(trace.out_of_order_rows, 2U);
}

TEST(BailianReader, AreBlocksThatDisagreeWithTheParentNoTurn) {
  const ScratchFolder folder;
  const Trace trace =
      read_trace(folder.write("x.jsonl", row(1, -1, "0", 20, "1,2") + row(2, 1, "5", 40, "9,2,3")));
  EXPECT_TRUE(trace.previous_turn.empty());
}

TEST(BailianReader, DoesABrokenRowNameLineAndField) {
  const std::string good = row(1, -1, "0", 20, "1,2");
  const auto error = [&](const std::string& from, const std::string& to) {
    return text_error("x.jsonl", good + replaced(good, from, to));
  };
  expect_words(error("\"chat_id\": 1", "\"chat_id\": \"a\""), {"line 2", "'chat_id' is \"a\""});
  expect_words(error("\"parent_chat_id\": -1", "\"parent_chat_id\": 1.5"),
               {"line 2", "'parent_chat_id' is 1.5", "-1 for none"});
  expect_words(error("\"timestamp\": 0", "\"timestamp\": -4"), {"'timestamp' is -4"});
  expect_words(error("\"timestamp\": 0, ", ""), {"'timestamp' is missing"});
  expect_words(error("20", "200"), {"'hash_ids' has 2 block ids", "13 blocks of 16"});
  expect_words(error("[1,2]", "[1,-2]"), {"'hash_ids' holds -2"});
  expect_words(error("\"text\"", "7"), {"'type' is 7", "a text is expected"});
  ReadOptions lenient;
  lenient.lenient = true;
  const ScratchFolder folder;
  const Trace trace = read_trace(
      folder.write("x.jsonl", good + replaced(good, "[1,2]", "[1,-2]") + "{\n" + good), lenient);
  EXPECT_EQ(trace.rows(), 2U);
  EXPECT_EQ(trace.skipped_rows, 2U);
}

}  // namespace
}  // namespace pigou
