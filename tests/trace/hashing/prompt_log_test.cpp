// A log of prompts becomes a trace without their words.
#include "trace/hashing/prompt_log.hpp"

#include <fstream>
#include <sstream>

#include "trace/formats/mutation_testing.hpp"

namespace pigou {
namespace {

using pigou::testing::error_of;
using pigou::testing::ScratchFolder;

const HashKey& key() {
  static const HashKey key("a salt for tests only, 2026");
  return key;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Hashes a log of these lines; the target and its text.
struct Hashed {
  ScratchFolder folder;
  std::string target;
  HashReport report;

  explicit Hashed(const std::string& lines, const HashOptions& options = {}) {
    target = folder.path("out.jsonl");
    report = hash_prompts(folder.write("in.jsonl", lines), target, key(), options, [] {});
  }
  Trace trace() const { return read_trace(target); }
};

std::string words(int from, int to) {
  std::string text;
  for (int w = from; w < to; ++w) text.append("word").append(std::to_string(w)).append(" ");
  return text;
}

std::string row(const std::string& arrival, const std::string& prompt, const std::string& rest) {
  return "{\"arrival\": " + arrival + ", \"prompt\": \"" + prompt + "\"" + rest + "}\n";
}

TEST(PromptLog, KeepsTimesLengthsAndWhatWasRecordedAndNoWord) {
  const Hashed hashed(
      row("1700000000.25", words(0, 100),
          ", \"output\": \"secret answer\", \"session\": \"alice\", \"instance\": \"pod-3\", "
          "\"ttft\": 0.125, \"e2e\": 2.5, \"cached_tokens\": 32") +
      row("1700000001", words(0, 100) + words(500, 600),
          ", \"output_tokens\": 7, \"session\": 42"));
  const std::string text = text_of(hashed.target);
  for (const char* word : {"word", "secret", "answer", "alice", "prompt"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
  const Trace trace = hashed.trace();
  EXPECT_EQ(trace.format, "hashed");
  ASSERT_EQ(trace.rows(), 2U);
  EXPECT_EQ(trace.block_tokens, 16U);
  const auto length = static_cast<std::uint32_t>(words(0, 100).size());
  EXPECT_EQ(trace.input_tokens[0], length / 4);
  EXPECT_EQ(trace.output_tokens, (std::vector<std::uint32_t>{3, 7}));
  EXPECT_EQ(trace.arrival[1].ps, kPsPerSecond * 3 / 4);
  EXPECT_EQ(trace.recorded_ttft[0].ps, kPsPerSecond / 8);
  EXPECT_EQ(trace.recorded_service[0].ps, kPsPerSecond * 5 / 2);
  EXPECT_EQ(trace.recorded_ttft[1].ps, -1);
  EXPECT_EQ(trace.recorded_cached_tokens, (std::vector<std::int32_t>{32, -1}));
  ASSERT_NE(trace.label("instance"), nullptr);
  EXPECT_EQ(trace.label("instance")->values, (std::vector<std::string>{"pod-3"}));
  const auto first = trace.blocks(0);
  const auto second = trace.blocks(1);
  ASSERT_EQ(first.size(), length / 64);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), second.begin()));
  EXPECT_EQ(hashed.report.text_rows, 2U);
}

TEST(PromptLog, EveryFormOfAPromptIsRead) {
  std::string tokens = "[";
  for (int t = 0; t < 40; ++t) tokens.append(t == 0 ? "" : ",").append(std::to_string(100'000 + t));
  tokens += "]";
  const std::string end = ", \"output_token_ids\": [1, 2, 3]}\n";
  const Hashed hashed("{\"arrival\": 0, \"token_ids\": " + tokens + end +
                      "{\"arrival\": 1, \"prompt\": " + tokens + end +
                      "{\"arrival\": 2, \"prompt\": \"" + std::string(80, 'x') + "\"" + end +
                      "{\"arrival\": 3, \"messages\": [{\"role\": \"user\", \"content\": \"" +
                      std::string(72, 'x') + "\"}]" + end);
  const Trace trace = hashed.trace();
  EXPECT_EQ(trace.input_tokens, (std::vector<std::uint32_t>{40, 40, 20, 19}));
  EXPECT_EQ(trace.output_tokens, (std::vector<std::uint32_t>{3, 3, 3, 3}));
  EXPECT_EQ(trace.blocks(0).size(), 2U);
  EXPECT_TRUE(std::equal(trace.blocks(0).begin(), trace.blocks(0).end(), trace.blocks(1).begin()));
  EXPECT_NE(trace.blocks(2)[0], trace.blocks(0)[0]);
  EXPECT_NE(trace.blocks(3)[0], trace.blocks(2)[0]);
}

TEST(PromptLog, AChatThatGoesOnBeginsWithTheIdsOfTheOneBefore) {
  const auto message = [](const char* role, const std::string& content) {
    return std::string("{\"role\": \"") + role + "\", \"content\": " + content + "}";
  };
  const std::string opening =
      message("system", "\"" + words(0, 40) + "\"") + ", " +
      message("user", "[{\"type\": \"text\", \"text\": \"" + words(40, 90) +
                          "\"}, {\"type\": \"image_url\", \"url\": \"u\"}]");
  const auto chat = [](double at, const std::string& messages) {
    return "{\"arrival\": " + std::to_string(at) + ", \"session\": \"s\", \"messages\": [" +
           messages + "], \"output_tokens\": 20}\n";
  };
  const std::string more = opening + ", " + message("assistant", "\"" + words(90, 130) + "\"") +
                           ", " + message("user", "\"" + words(130, 160) + "\"");
  const Hashed hashed(chat(0, opening) + chat(5, more));
  const Trace trace = hashed.trace();
  const auto first = trace.blocks(0);
  const auto second = trace.blocks(1);
  ASSERT_GT(first.size(), 8U);
  ASSERT_GT(second.size(), first.size() + 4);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), second.begin()));
  ASSERT_EQ(trace.previous_turn.size(), 2U);
  EXPECT_EQ(trace.previous_turn[1], 0U);
}

TEST(PromptLog, FieldsAreFoundUnderTheirOwnNames) {
  HashOptions options;
  for (const auto& [field, value] : std::vector<std::pair<std::string, std::string>>{
           {"arrival", "ts:time"},
           {"prompt", "body.text"},
           {"output_tokens", "usage.completion_tokens"},
           {"ttft", "t.first:ms"},
           {"instance", "pod.name"}})
    set_prompt_field(options.fields, field, value);
  options.cut = {8, 2, true};
  const Hashed hashed("{\"ts\": \"2026-01-02T03:04:05.5Z\", \"body\": {\"text\": \"" +
                          std::string(50, 'q') +
                          "\"}, \"usage\": {\"completion_tokens\": 9}, \"t\": {\"first\": 250}, "
                          "\"pod.name\": \"a\\\"b\"}\n",
                      options);
  const Trace trace = hashed.trace();
  EXPECT_EQ(trace.block_tokens, 8U);
  EXPECT_EQ(trace.input_tokens[0], 25U);
  EXPECT_EQ(trace.blocks(0).size(), 4U);
  EXPECT_EQ(trace.output_tokens[0], 9U);
  EXPECT_EQ(trace.recorded_ttft[0].ps, kPsPerSecond / 4);
  EXPECT_EQ(trace.label("instance")->values[0], "a\"b");
  EXPECT_NE(error_of([&] { set_prompt_field(options.fields, "promt", "x"); }).find("prompt"),
            std::string::npos);
  EXPECT_NE(error_of([&] { set_prompt_field(options.fields, "ttft", "x:days"); }).find("s, ms"),
            std::string::npos);
}

TEST(PromptLog, ErrorsNameRowAndFieldAndQuoteNothing) {
  const auto message = [](const std::string& line) {
    return error_of([&] { Hashed hashed(row("0", "ok", ", \"output_tokens\": 1") + line); });
  };
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {row("\"the secret\"", "x", ", \"output_tokens\": 1"), "'arrival' cannot be read"},
      {row("-3", "x", ", \"output_tokens\": 1"), "'arrival' cannot be read"},
      {row("0", "x", ", \"output_tokens\": \"the secret\""), "'output_tokens' cannot be read"},
      {row("0", "x", ", \"output_tokens\": 1, \"e2e\": \"the secret\""), "'e2e' cannot be read"},
      {row("0", "x", ""), "it has no output length"},
      {"{\"arrival\": 0, \"output_tokens\": 1}\n", "it has no prompt"},
      {"{\"prompt\": \"the secret\", \"output_tokens\": 1}\n", "'arrival' is missing"},
      {"{\"arrival\": 0, \"token_ids\": \"the secret\", \"output_tokens\": 1}\n", "'token_ids'"},
      {"{\"arrival\": 0, \"token_ids\": [1, -2], \"output_tokens\": 1}\n", "'token_ids'"},
      {"{\"arrival\": 0, \"messages\": [\"the secret\"], \"output_tokens\": 1}\n", "'messages'"},
      {"{\"arrival\": 0, \"prompt\": [\"the secret\"], \"output_tokens\": 1}\n", "'prompt'"},
      {"[\"the secret\"]\n", "no JSON object"},
      {"{\"the secret\n", "broken JSON"}};
  for (const auto& [line, expected] : mistakes) {
    const std::string error = message(line);
    EXPECT_NE(error.find("line 2"), std::string::npos) << line << error;
    EXPECT_NE(error.find(expected), std::string::npos) << line << error;
    EXPECT_EQ(error.find("secret"), std::string::npos) << error;
  }
}

TEST(PromptLog, ABrokenRowLeavesNoFileOrIsSkippedAndCounted) {
  const std::string lines = row("0", words(0, 30), ", \"output_tokens\": 1") + "nonsense\n" +
                            row("1", words(0, 30), ", \"output_tokens\": 2");
  const ScratchFolder folder;
  const std::string source = folder.write("in.jsonl", lines);
  EXPECT_NE(error_of([&] { hash_prompts(source, folder.path("out"), key(), {}, [] {}); }), "");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  HashOptions lenient;
  lenient.lenient = true;
  const HashReport report = hash_prompts(source, folder.path("out"), key(), lenient, [] {});
  EXPECT_EQ(report.rows, 2U);
  EXPECT_EQ(report.skipped, 1U);
}

TEST(PromptLog, WhoIsStoppedLeavesNothing) {
  const ScratchFolder folder;
  std::string lines;
  for (int r = 0; r < 50; ++r) lines += row(std::to_string(r), "text", ", \"output_tokens\": 1");
  const std::string source = folder.write("in.jsonl", lines);
  int count = 0;
  const auto stop = [&] {
    if (++count == 20) throw std::string("stopped");
  };
  EXPECT_THROW(hash_prompts(source, folder.path("out"), key(), {}, stop), std::string);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Mutations, DoesTheHashOfPromptsSurviveThem) {
  std::string lines;
  for (int r = 0; r < 6; ++r) {
    lines +=
        row(std::to_string(r) + ".5", words(0, 10 + r), ", \"output_tokens\": 12, \"ttft\": 1");
    lines +=
        "{\"arrival\": \"7\", \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": "
        "\"text\", \"text\": \"hi\"}], \"n\": 1}], \"output\": \"abc\", \"session\": 3}\n";
    lines +=
        "{\"arrival\": 9, \"token_ids\": [1, 2, 3, 4, 5, 6], \"output_token_ids\": [4, 5], "
        "\"instance\": \"a\", \"cached_tokens\": 2}\n";
  }
  const ScratchFolder folder;
  testing::Mutator mutator(11);
  HashOptions options;
  options.cut = {4, 3, true};
  int good = 0;
  for (int count = 0, end = testing::mutants(); count < end; ++count) {
    const std::string source = folder.write("in.jsonl", mutator.mutate(lines));
    options.lenient = count % 3 == 0;
    try {
      hash_prompts(source, folder.path("out.jsonl"), key(), options, [] {});
      testing::expect_sound(read_trace(folder.path("out.jsonl")));
      ++good;
    } catch (const UserError& error) {
      EXPECT_EQ(std::string(error.what()).find("word0"), std::string::npos);
    }
  }
  EXPECT_GE(good, testing::mutations() / 20);
}

TEST(Mutations, DoesTheHashedFormatSurviveThem) {
  std::string lines;
  for (int r = 1; r < 12; ++r)
    lines += row(std::to_string(r), words(0, 20 + r),
                 ", \"output_tokens\": 12, \"ttft\": 1, \"e2e\": 2, \"session\": 1, "
                 "\"instance\": \"b\", \"cached_tokens\": 2");
  const Hashed hashed(lines);
  ReadOptions options;
  options.format = "hashed";
  testing::try_mutations(text_of(hashed.target), "x.jsonl", options);
}

}  // namespace
}  // namespace pigou
