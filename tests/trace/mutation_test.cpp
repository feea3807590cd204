// Broken bytes in, a trace or one UserError out: never a crash, never a hang.
#include <gtest/gtest.h>

#include <random>

#include "core/error.hpp"
#include "io/text_file.hpp"
#include "trace/reader.hpp"
#include "trace/segments.hpp"
#include "trace/statistics.hpp"
#include "trace/workload.hpp"
#include "trace_testing.hpp"

namespace pigou {
namespace {

/// Mutations per format; PIGOU_MUTATIONS asks for more.
int mutations() {
  const char* const named = std::getenv("PIGOU_MUTATIONS");
  return named ? std::atoi(named) : 2'000;
}

class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    for (std::uint32_t round = 0; round <= below(3); ++round) mutate_once(text);
    return text;
  }

 private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : random_() % n; }

  void mutate_once(std::string& text) {
    static const char* const numbers[] = {
        "-1",  "1e308", "18446744073709551616", "99999999999", "0.5", "null", "\"\"", "[]", "{}",
        "NaN", ""};
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(text.size() - at, 1 + below(40));
    switch (below(8)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(random_());
        break;
      case 1:
        if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.resize(at);
        break;
      case 4:
        text.insert(at, text.substr(below(text.size()), length));
        break;
      case 5:
        duplicate_line(text, at);
        break;
      case 6:
        swap_fields(text, at);
        break;
      default:
        replace_number(text, at, numbers[below(std::size(numbers))]);
        break;
    }
  }

  static void duplicate_line(std::string& text, std::size_t at) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) return;
    const std::size_t begin = text.rfind('\n', at) + 1;
    if (begin <= end) text.insert(begin, text.substr(begin, end + 1 - begin));
  }

  static void swap_fields(std::string& text, std::size_t at) {
    const std::size_t first = text.find(',', at);
    const std::size_t second = first == std::string::npos ? first : text.find(',', first + 1);
    const std::size_t third = second == std::string::npos ? second : text.find(',', second + 1);
    if (third == std::string::npos) return;
    const std::string left = text.substr(first + 1, second - first - 1);
    const std::string right = text.substr(second + 1, third - second - 1);
    text.replace(first + 1, third - first - 1, right + "," + left);
  }

  static void replace_number(std::string& text, std::size_t at, const char* number) {
    const std::size_t begin = text.find_first_of("0123456789", at);
    if (begin == std::string::npos) return;
    const std::size_t end = text.find_first_not_of("0123456789.", begin);
    text.replace(begin, end == std::string::npos ? end : end - begin, number);
  }

  std::mt19937 random_;
};

/// What every reader promises; a broken promise downstream would crash or throw something else.
void expect_sound(const Trace& trace) {
  const std::size_t rows = trace.rows();
  ASSERT_GT(rows, 0U);
  ASSERT_EQ(trace.arrival.size(), rows);
  ASSERT_EQ(trace.output_tokens.size(), rows);
  for (const std::uint32_t id : trace.block_ids) ASSERT_LT(id, trace.distinct_blocks);
  std::vector<std::uint32_t> before(trace.distinct_blocks, kNoIndex - 1);
  for (std::size_t row = 0; row < rows; ++row) {
    std::uint32_t previous = kNoIndex;
    for (const std::uint32_t id : trace.blocks(row)) {
      ASSERT_TRUE(before[id] == kNoIndex - 1 || before[id] == previous);
      before[id] = previous;
      previous = id;
    }
    if (row == 0 || trace.closed_loop()) continue;
    ASSERT_LE(trace.arrival[row - 1], trace.arrival[row]);
  }
}

void try_mutations(const std::string& seed_text, const std::string& name, ReadOptions options) {
  const testing::ScratchFolder folder;
  Mutator mutator(7);
  int good = 0;
  for (int count = 0; count < mutations(); ++count) {
    const std::string text = mutator.mutate(seed_text);
    const std::string path = folder.write(name, text);
    options.lenient = count % 3 == 0;
    try {
      Trace trace = read_trace(path, options);
      expect_sound(trace);
      describe_statistics(compute_statistics(trace));
      WorkloadOptions workload;
      workload.infer_turns = !trace.closed_loop();
      workload.truncate_input_tokens = count % 2 == 0 ? 0 : 1000;
      build_workload(std::move(trace), workload, 16, 1);
      ++good;
    } catch (const UserError& error) {
      ASSERT_NE(std::string(error.what()).find("("), std::string::npos);
    }
  }
  EXPECT_GT(good, mutations() / 50);  // some survive, or the test tests one error only
}

std::string first_lines(const std::string& path, int lines) {
  LineReader reader(path);
  std::string text;
  for (std::string_view line; lines > 0 && reader.next(line); --lines)
    text.append(line).append("\n");
  return text;
}

TEST(Mutations, DoesMooncakeSurviveThem) {
  try_mutations(first_lines(testing::source_root() + "/traces/quickstart.jsonl.gz", 12), "x.jsonl",
                {});
}

TEST(Mutations, DoesMooncakeSurviveThemInsideGzip) {
  const testing::ScratchFolder folder;
  std::string text;
  std::vector<char> bytes(4'000);
  std::FILE* const file =
      std::fopen((testing::source_root() + "/traces/quickstart.jsonl.gz").c_str(), "rb");
  ASSERT_NE(file, nullptr);
  text.assign(bytes.data(), std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  Mutator mutator(9);
  for (int count = 0; count < mutations() / 4; ++count) {
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
