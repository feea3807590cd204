#include "trace/reader.hpp"

#include <gtest/gtest.h>

#include "io/output_file.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using testing::error_of;
using testing::ScratchFolder;

const char* const kMooncakeRows =
    "{\"timestamp\": 1000, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [7, 8]}\n"
    "{\"timestamp\": 1003, \"input_length\": 1030, \"output_length\": 0, "
    "\"hash_ids\": [7, 9, 1]}\n";

void expect_words(const std::string& message, const std::vector<std::string>& words) {
  for (const std::string& word : words)
    EXPECT_NE(message.find(word), std::string::npos) << "no '" << word << "' in: " << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
}

std::string read_error(const std::string& path, const ReadOptions& options = {}) {
  return error_of([&] { read_trace(path, options); });
}

TEST(MooncakeReader, DoesItReadTimesLengthsAndChainedIds) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write("x.jsonl", kMooncakeRows));
  EXPECT_EQ(trace.format, "mooncake");
  ASSERT_EQ(trace.rows(), 2U);
  EXPECT_EQ(trace.arrival[0].ps, 0);
  EXPECT_EQ(trace.arrival[1].ps, 3 * kPsPerMillisecond);
  EXPECT_EQ(trace.input_tokens, (std::vector<std::uint32_t>{600, 1030}));
  EXPECT_EQ(trace.output_tokens, (std::vector<std::uint32_t>{5, 0}));
  EXPECT_EQ(trace.block_tokens, 512U);
  EXPECT_EQ(trace.block_ids, (std::vector<std::uint32_t>{0, 1, 0, 2, 3}));
  EXPECT_EQ(trace.distinct_blocks, 4U);
}

TEST(MooncakeReader, DoLinesOfDynamosReplayKeepPrioritiesAndClassesAsLabels) {
  const ScratchFolder folder;
  const std::string row =
      R"({"timestamp": 0, "input_length": 1, "output_length": 1, "hash_ids": []%})";
  const auto line = [&](const std::string& more) {
    std::string text = row;
    return text.replace(text.find('%'), 1, more) + "\n";
  };
  const std::string plain = line("");
  const Trace trace = read_trace(
      folder.write("x.jsonl", plain + line(R"(, "priority": -5, "policy_class": "batch")") + plain +
                                  line(R"(, "strict_priority": 2, "priority": null)")));
  ASSERT_EQ(trace.labels.size(), 3U);
  const LabelColumn& priority = *trace.label("priority");
  EXPECT_EQ(priority.values, (std::vector<std::string>{"-5"}));
  EXPECT_EQ(priority.code, (std::vector<std::uint32_t>{kNoIndex, 0, kNoIndex, kNoIndex}));
  EXPECT_EQ(trace.label("policy_class")->values, (std::vector<std::string>{"batch"}));
  EXPECT_EQ(trace.label("strict_priority")->code[3], 0U);
  EXPECT_TRUE(read_trace(folder.write("y.jsonl", plain + line(", \"other\": 1"))).labels.empty());
  expect_words(read_error(folder.write("z.jsonl", plain + line(", \"priority\": \"high\""))),
               {"line 2", "'priority'", "a whole number is expected"});
}

TEST(MooncakeReader, AreCrlfLinesAndGzipAndAMissingLastLineEndTheSameToIt) {
  const ScratchFolder folder;
  std::string crlf = kMooncakeRows;
  crlf.pop_back();
  crlf.insert(crlf.find('\n'), "\r");
  OutputFile packed(folder.path("x.jsonl.gz"));
  packed.write(crlf);
  packed.commit();
  const Trace trace = read_trace(folder.path("x.jsonl.gz"));
  EXPECT_EQ(trace.input_tokens, (std::vector<std::uint32_t>{600, 1030}));
  EXPECT_EQ(trace.block_ids, (std::vector<std::uint32_t>{0, 1, 0, 2, 3}));
}

TEST(MooncakeReader, AreRowsOutOfOrderSortedAndCounted) {
  const ScratchFolder folder;
  const std::string row =
      "{\"timestamp\": %, \"input_length\": #, \"output_length\": 1, "
      "\"hash_ids\": []}\n";
  std::string text;
  for (const char* const part : {"5 1", "3 2", "5 3", "4 4"}) {
    std::string line = row;
    line.replace(line.find('%'), 1, 1, part[0]);
    line.replace(line.find('#'), 1, 1, part[2]);
    text += line;
  }
  const Trace trace = read_trace(folder.write("x.jsonl", text));
  EXPECT_EQ(trace.input_tokens, (std::vector<std::uint32_t>{2, 4, 1, 3}));
  EXPECT_EQ(trace.out_of_order_rows, 2U);
  EXPECT_EQ(trace.arrival[0].ps, 0);
  EXPECT_EQ(trace.arrival[3].ps, 2 * kPsPerMillisecond);
}

TEST(MooncakeReader, DoesABrokenRowNameFileLineFieldAndWhatWouldBeRight) {
  const ScratchFolder folder;
  const auto error_with = [&](const std::string& row) {
    return read_error(folder.write("x.jsonl", kMooncakeRows + row + "\n"));
  };
  const std::string rest = ", \"output_length\": 1, \"hash_ids\": [1]}";
  expect_words(error_with("{\"timestamp\": 1, \"input_length\": -3" + rest),
               {"x.jsonl' line 3", "'input_length' is -3", "whole number of tokens", "--lenient"});
  expect_words(error_with("{\"timestamp\": 1, \"input_length\": 1e12" + rest), {"100,000,000"});
  expect_words(error_with("{\"timestamp\": 1, \"input_length\": 2.5" + rest), {"is 2.5"});
  expect_words(error_with("{\"timestamp\": 1, \"input_length\": \"9\"" + rest), {"is \"9\""});
  expect_words(error_with("{\"timestamp\": 1" + rest), {"'input_length' is missing"});
  expect_words(error_with("{\"timestamp\": -1, \"input_length\": 5" + rest),
               {"'timestamp' is -1", "time of 0 or more"});
  expect_words(error_with("{\"timestamp\": 1, \"input_length\": 5000" + rest),
               {"'hash_ids' has 1 block ids", "10 blocks of 512"});
  expect_words(error_with("{\"timestamp\": 1, \"input"), {"line 3", "broken JSON"});
  expect_words(error_with("[1, 2]"), {"line 3", "a JSON object is expected"});
}

TEST(MooncakeReader, DoesLenientSkipAndCountWhatIsBroken) {
  const ScratchFolder folder;
  ReadOptions options;
  options.lenient = true;
  const std::string rows = kMooncakeRows;
  const std::string half =
      "{\"timestamp\": 1, \"input_length\": 512, \"output_length\": 1, "
      "\"hash_ids\": [7, \"x\"]}\n";
  const Trace trace = read_trace(folder.write("x.jsonl", rows + half + "junk\n" + rows), options);
  EXPECT_EQ(trace.rows(), 4U);
  EXPECT_EQ(trace.skipped_rows, 2U);
  EXPECT_EQ(trace.block_ids.size(), 10U);
  options.format = "mooncake";
  expect_words(read_error(folder.write("y.jsonl", "junk\n"), options),
               {"no usable row", "all of its rows are broken"});
}

TEST(AzureReader, DoesItReadTheLastLineWithoutLineEndAndAllSevenDecimals) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write(
      "x.csv",
      "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 23:59:59.9999999,374,44\r\n"
      "2023-11-17 00:00:01.0000001,396,109"));
  EXPECT_EQ(trace.format, "azure");
  ASSERT_EQ(trace.rows(), 2U);
  EXPECT_EQ(trace.arrival[1].ps, kPsPerSecond + 200'000);
  EXPECT_EQ(trace.output_tokens[1], 109U);
  EXPECT_EQ(trace.block_tokens, 0U);
}

TEST(AzureReader, DoesABrokenRowNameItsField) {
  const ScratchFolder folder;
  const auto error_with = [&](const std::string& row) {
    return read_error(folder.write("x.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\r\n" + row));
  };
  expect_words(error_with("2023-13-16 18:15:46.0,1,1"), {"line 2", "TIMESTAMP", "2023-11-16"});
  expect_words(error_with("2023-11-16 18:15:46.0,1.5,1"), {"ContextTokens", "'1.5'"});
  expect_words(error_with("2023-11-16 18:15:46.0,1,-1"), {"GeneratedTokens", "'-1'"});
  expect_words(error_with("2023-11-16 18:15:46.0,1"), {"2 fields", "3 are expected"});
}

const char* const kSession =
    "{\"id\":\"a\",\"block_size\":4,\"hash_id_scope\":\"local\",\"requests\":["
    "{\"t\":0.0,\"type\":\"n\",\"in\":9,\"out\":3,\"hash_ids\":[1,2],\"api_time\":2.0},"
    "{\"t\":3.0,\"type\":\"subagent\",\"requests\":["
    "{\"t\":0.0,\"type\":\"n\",\"in\":4,\"out\":1,\"hash_ids\":[9],\"think_time\":0.0},"
    "{\"t\":5.0,\"type\":\"n\",\"in\":8,\"out\":1,\"hash_ids\":[9,8],\"think_time\":1.5}]},"
    "{\"t\":7.5,\"type\":\"s\",\"in\":13,\"out\":2,\"hash_ids\":[1,2,3],\"ttft\":0.25}]}";

TEST(ClaudeCodeReader, DoSubAgentsRunAsLanesBesideTheirParent) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write("trace_1.json", kSession));
  EXPECT_EQ(trace.format, "claude-code");
  ASSERT_EQ(trace.rows(), 4U);
  ASSERT_EQ(trace.lanes.size(), 2U);
  EXPECT_EQ(trace.lanes[0].trigger, kNoIndex);
  EXPECT_EQ(trace.lanes[1].first_row, 2U);
  EXPECT_EQ(trace.lanes[1].trigger, 0U);
  EXPECT_EQ(trace.lanes[1].session, 0U);
  EXPECT_EQ(trace.think[1].ps, kPsPerSecond * 11 / 2);  // 7.5 - (0 + 2), none was recorded
  EXPECT_EQ(trace.think[2].ps, kPsPerSecond);           // 3 - (0 + 2) after its trigger
  EXPECT_EQ(trace.think[3].ps, kPsPerSecond * 3 / 2);
  EXPECT_EQ(trace.arrival[3].ps, kPsPerSecond * 8);
  EXPECT_EQ(trace.recorded_ttft[1].ps, kPsPerSecond / 4);
  EXPECT_EQ(trace.recorded_ttft[0].ps, -1);
  // 13 tokens hold the 9 + 3 before and the full blocks agree; 8 tokens hold 4 + 1.
  EXPECT_EQ(trace.previous_turn, (std::vector<std::uint32_t>{kNoIndex, 0, kNoIndex, 2}));
}

TEST(ClaudeCodeReader, AreIdsOfDifferentFilesDifferent) {
  const ScratchFolder folder;
  folder.write("trace_1.json", kSession);
  folder.write("trace_2.json", kSession);
  folder.write("notes.txt", "not a session");
  const Trace trace = read_trace(folder.path());
  EXPECT_EQ(trace.sessions, 2U);
  EXPECT_EQ(trace.distinct_blocks, 10U);
  EXPECT_EQ(trace.blocks(4)[0], 5U);
}

TEST(ClaudeCodeReader, DoErrorsNameTheFileAndTheRequest) {
  const ScratchFolder folder;
  std::string text = kSession;
  text.replace(text.find("\"in\":13"), 7, "\"in\":-1");
  expect_words(read_error(folder.write("trace_1.json", text)),
               {"trace_1.json' request 3", "field 'in' is -1", "whole number"});
  expect_words(read_error(folder.write("trace_1.json", std::string(kSession, 200))),
               {"trace_1.json", "broken JSON"});
  const ScratchFolder empty;
  ReadOptions sessions;
  sessions.format = "claude-code";
  expect_words(read_error(empty.path(), sessions), {"holds no session", "trace_*.json"});
  ReadOptions lenient;
  lenient.lenient = true;
  const Trace trace = read_trace(folder.write("trace_1.json", text), lenient);
  EXPECT_EQ(trace.rows(), 3U);
  EXPECT_EQ(trace.skipped_rows, 1U);
}

TEST(GenericReader, DoCsvColumnsAndUnitsMap) {
  const ScratchFolder folder;
  ReadOptions options;
  set_mapping(options.mapping, "arrival", "when:us");
  set_mapping(options.mapping, "input_tokens", "in");
  set_mapping(options.mapping, "output_tokens", "out");
  set_mapping(options.mapping, "hash_ids", "ids");
  set_mapping(options.mapping, "block_tokens", "16");
  const Trace trace =
      read_trace(folder.write("x.csv",
                              "out,\"ids\",when,in\n3,\"[5, 6]\",1700000000000001,32\n"
                              "4,5;18446744073709551615,1700000000000003.5,33\n"),
                 options);
  EXPECT_EQ(trace.arrival[1].ps, 2'500'000);
  EXPECT_EQ(trace.input_tokens, (std::vector<std::uint32_t>{32, 33}));
  EXPECT_EQ(trace.block_ids, (std::vector<std::uint32_t>{0, 1, 0, 2}));
}

TEST(GenericReader, DoJsonLinesAndColumnsByNumberMap) {
  const ScratchFolder folder;
  ReadOptions options;
  set_mapping(options.mapping, "arrival", "at:ms");
  set_mapping(options.mapping, "input_tokens", "p");
  set_mapping(options.mapping, "output_tokens", "d");
  const Trace json = read_trace(
      folder.write("x.jsonl", "{\"p\":1,\"d\":2,\"at\":10}\n{\"p\":3,\"d\":4,\"at\":10.5}\n"),
      options);
  EXPECT_EQ(json.arrival[1].ps, kPsPerMillisecond / 2);
  ReadOptions numbered;
  set_mapping(numbered.mapping, "input_tokens", "#1");
  set_mapping(numbered.mapping, "output_tokens", "#2");
  const Trace csv = read_trace(folder.write("x.csv", "10,20\n30,40\n"), numbered);
  EXPECT_EQ(csv.input_tokens, (std::vector<std::uint32_t>{10, 30}));
  EXPECT_EQ(csv.arrival[1].ps, 0);
}

TEST(GenericReader, DoWrongMappingsSuggestTheRightOnes) {
  const ScratchFolder folder;
  ColumnMapping mapping;
  expect_words(error_of([&] { set_mapping(mapping, "input_token", "x"); }), {"'input_tokens'"});
  expect_words(error_of([&] { set_mapping(mapping, "arrival", "x:h"); }), {"'h'", "s, ms, us, ns"});
  expect_words(error_of([&] { set_mapping(mapping, "block_tokens", "0"); }), {"block_tokens"});
  ReadOptions options;
  options.mapping.input_tokens = "promt";
  options.mapping.output_tokens = "decode";
  expect_words(read_error(folder.write("x.csv", "prompt,decode\n1,2\n"), options),
               {"no column 'promt'", "'prompt'"});
}

TEST(Readers, DoTheyExplainFilesThatAreNoTraces) {
  const ScratchFolder folder;
  ReadOptions mooncake;
  mooncake.format = "mooncake";
  expect_words(read_error(folder.path("absent.jsonl")), {"cannot open", "absent.jsonl"});
  expect_words(read_error(folder.path(), mooncake), {"is a folder", "a file is expected"});
  expect_words(read_error(folder.write("empty.jsonl", "")), {"'", "is empty"});
  expect_words(read_error(folder.write("x.txt", "hello\n")), {"not a trace format", "mooncake"});
  mooncake.format = "moncake";
  expect_words(read_error(folder.path("x.txt"), mooncake), {"'moncake'", "'mooncake'"});
}

TEST(Readers, IsATruncatedGzipFileAnErrorEvenUnderLenient) {
  const ScratchFolder folder;
  OutputFile packed(folder.path("x.jsonl.gz"));
  for (int copy = 0; copy < 1000; ++copy) packed.write(kMooncakeRows);
  packed.commit();
  const auto size = std::filesystem::file_size(folder.path("x.jsonl.gz"));
  std::filesystem::resize_file(folder.path("x.jsonl.gz"), size - 12);
  ReadOptions lenient;
  lenient.lenient = true;
  expect_words(read_error(folder.path("x.jsonl.gz"), lenient),
               {"cannot decompress", "x.jsonl.gz", "ends too early", "gzip -t"});
}

}  // namespace
}  // namespace pigou
