// Broken bytes in, a trace or one UserError out: never a crash, never a hang.
#include <gtest/gtest.h>

#include "io/text_file.hpp"
#include "trace/formats/mutation_testing.hpp"

namespace pigou {
namespace {

using testing::expect_sound;
using testing::mutants;
using testing::Mutator;
using testing::try_mutations;

std::string first_lines(const std::string& path, int lines) {
  LineReader reader(path);
  std::string text;
  for (std::string_view line; lines > 0 && reader.next(line); --lines)
    text.append(line).append("\n");
  return text;
}

TEST(Mutations, DoesMooncakeSurviveThem) {
  try_mutations(first_lines(source_root() + "/traces/quickstart.jsonl.gz", 12), "x.jsonl", {});
}

TEST(Mutations, DoesMooncakeSurviveThemInsideGzip) {
  const testing::ScratchFolder folder;
  std::string text;
  std::vector<char> bytes(4'000);
  std::FILE* const file = std::fopen((source_root() + "/traces/quickstart.jsonl.gz").c_str(), "rb");
  ASSERT_NE(file, nullptr);
  text.assign(bytes.data(), std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  Mutator mutator(9);
  for (int count = 0, end = mutants(500); count < end; ++count) {
    const std::string path = folder.write("x.gz", mutator.mutate(text));
    try {
      expect_sound(read_trace(path));
    } catch (const UserError&) {
    }
  }
}

TEST(Mutations, DoesAzureSurviveThem) {
  std::string text = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";
  for (int row = 10; row < 30; ++row)
    text.append("2023-11-16 18:15:").append(std::to_string(row)).append(".6805900,374,44\r\n");
  try_mutations(text, "x.csv", {});
}

TEST(Mutations, DoesClaudeCodeSurviveThem) {
  std::string text = "{\"id\":\"a\",\"block_size\":64,\"hash_id_scope\":\"local\",\"requests\":[";
  std::string ids = "1";
  for (int row = 2; row < 9; ++row) {
    ids.append(",").append(std::to_string(row));
    const std::string call = std::string("{\"t\":") + std::to_string(row * 7) +
                             ".5,\"type\":\"n\",\"in\":" + std::to_string(64 * row + 9) +
                             ",\"out\":44,\"hash_ids\":[" + ids +
                             "],\"api_time\":2.5,\"think_time\":1.25}";
    text += row == 5 ? "{\"t\":30.0,\"type\":\"subagent\",\"requests\":[" + call + "]}" : call;
    text += row == 8 ? "]}" : ",";
  }
  try_mutations(text, "trace_1.json", {});
}

TEST(Mutations, DoesGenericSurviveThem) {
  ReadOptions options;
  set_mapping(options.mapping, "arrival", "when:ms");
  set_mapping(options.mapping, "input_tokens", "in");
  set_mapping(options.mapping, "output_tokens", "out");
  set_mapping(options.mapping, "hash_ids", "ids");
  set_mapping(options.mapping, "block_tokens", "16");
  std::string csv = "when,in,out,ids\n";
  std::string json;
  for (int row = 1; row < 15; ++row) {
    const std::string number = std::to_string(row);
    csv += number + "00.5,34,5,\"1 2 " + number + "\"\n";
    json +=
        "{\"when\": " + number + "00.5, \"in\": 34, \"out\": 5, \"ids\": [1, 2, " + number + "]}\n";
  }
  try_mutations(csv, "x.csv", options);
  try_mutations(json, "x.jsonl", options);
}

}  // namespace
}  // namespace pigou
