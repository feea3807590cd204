// The fast way through a Mooncake line gives what the checked parser gives, or leaves it alone.
#include <gtest/gtest.h>

#include "io/simdjson_parser.hpp"
#include "io/text_file.hpp"
#include "trace/formats/mooncake/line.hpp"
#include "trace/formats/mutation_testing.hpp"

namespace pigou {
namespace {

/// The text with the padding that lines have in a LineReader, filled with what would go on as a
/// list of ids: reading past the end would show.
std::string padded(const std::string& line) {
  std::string text = line;
  while (text.size() < line.size() + kTextPadding) text += "7, 8";
  return text;
}

bool scan(const std::string& line, MooncakeLine& row) {
  const std::string text = padded(line);
  return scan_mooncake_line(std::string_view(text).substr(0, line.size()), row);
}

/// What simdjson makes of the line: one object of exactly these four keys, whole numbers.
void expect_same(const std::string& line, const MooncakeLine& row) {
  const std::string text = padded(line);
  JsonParser parser;
  JsonElement document;
  const char* fault = nullptr;
  ASSERT_TRUE(parser.parse(std::string_view(text).substr(0, line.size()), document, fault)) << line;
  JsonObject object;
  ASSERT_EQ(document.get(object), simdjson::SUCCESS);
  EXPECT_EQ(object.size(), 4U);
  EXPECT_EQ(std::uint64_t(object["timestamp"]), row.timestamp_ms) << line;
  EXPECT_EQ(std::uint64_t(object["input_length"]), row.input_length) << line;
  EXPECT_EQ(std::uint64_t(object["output_length"]), row.output_length) << line;
  std::vector<std::uint64_t> ids;
  for (const JsonElement id : JsonArray(object["hash_ids"])) ids.push_back(std::uint64_t(id));
  EXPECT_EQ(ids, std::vector<std::uint64_t>(row.hash_ids().begin(), row.hash_ids().end())) << line;
}

constexpr const char* kUsual =
    "{\"timestamp\": 27482, \"input_length\": 6955, \"output_length\": 52, \"hash_ids\": [46, 47, "
    "2353, 123456789, 1234567890123456789, 0, 99999999, 100000000]}";

TEST(MooncakeLine, AreTheUsualShapesTaken) {
  MooncakeLine row;
  ASSERT_TRUE(scan(kUsual, row));
  expect_same(kUsual, row);
  EXPECT_EQ(row.count, 8U);
  for (const char* const line :
       {"{\"timestamp\":0,\"input_length\":1,\"output_length\":2,\"hash_ids\":[3,4]}",
        "{\"timestamp\": 0, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": []}",
        "{\"timestamp\":0, \"input_length\": 1,\"output_length\":2, "
        "\"hash_ids\":[9999999999999999999]}"}) {
    ASSERT_TRUE(scan(line, row)) << line;
    expect_same(line, row);
  }
}

TEST(MooncakeLine, IsAnythingElseLeftToTheCheckedParser) {
  MooncakeLine row;
  for (const char* const line :
       {"", "{", "{}", "[]",
        "{\"timestamp\": 01, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": []}",
        "{\"timestamp\": 1.5, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": []}",
        "{\"timestamp\": -1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": []}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [1, 2}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [1, 2",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [1, ",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [1, ]}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [00]}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [012345678]}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [1e3]}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": "
        "[12345678901234567890]}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [1]} ",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [1], \"x\": "
        "1}",
        "{\"timestamp\": 1, \"output_length\": 1, \"input_length\": 2, \"hash_ids\": [1]}",
        "{\"timestamp\": 1, \"input_length\": 1, \"output_length\": 2, \"hash_ids\": [\"1\"]}"})
    EXPECT_FALSE(scan(line, row)) << line;
}

TEST(MooncakeLine, DoMutatedLinesGiveWhatTheCheckedParserGives) {
  testing::Mutator mutator(5);
  MooncakeLine row;
  int taken = 0;
  for (int count = 0, end = testing::mutants(20'000); count < end; ++count) {
    const std::string line = mutator.mutate(kUsual);
    if (!scan(line, row)) continue;
    expect_same(line, row);
    if (HasFatalFailure()) return;
    ++taken;
  }
  EXPECT_GE(taken, testing::mutations() / 4);
}

TEST(MooncakeLine, AreWholeFilesReadAlikeWhenEveryLineIsUnusual) {
  const testing::ScratchFolder folder;
  std::string usual, unusual;
  std::uint32_t next = 3;
  for (int row = 0; row < 300; ++row) {
    const std::string time = std::to_string(row * 777 % 50'000);
    std::string ids = "0, 1";
    for (int i = 0; i < row % 7; ++i) ids += ", " + std::to_string(next++);
    if (row % 50 == 17) ids += ", 1";  // behind another predecessor
    const auto count = static_cast<int>(std::count(ids.begin(), ids.end(), ',')) + 1;
    const std::string input = std::to_string(count * 512 - row % 2);
    usual += "{\"timestamp\": " + time + ", \"input_length\": " + input +
             ", \"output_length\": 5, \"hash_ids\": [" + ids + "]}\n";
    unusual += "{\"hash_ids\": [" + ids + "] , \"output_length\": 5,\"timestamp\": " + time +
               ".0, \"input_length\": " + input + "}\r\n";
  }
  ReadOptions options;
  options.format = "mooncake";
  const Trace a = read_trace(folder.write("a.jsonl", usual), options);
  const Trace b = read_trace(folder.write("b.jsonl", unusual), options);
  EXPECT_EQ(a.arrival, b.arrival);
  EXPECT_EQ(a.input_tokens, b.input_tokens);
  EXPECT_EQ(a.block_begin, b.block_begin);
  EXPECT_EQ(a.block_ids, b.block_ids);
  EXPECT_EQ(a.distinct_blocks, b.distinct_blocks);
  EXPECT_EQ(a.chain_conflicts, b.chain_conflicts);
  EXPECT_GT(a.chain_conflicts, 0U);
}

}  // namespace
}  // namespace pigou
