#include "trace/synthesis/from_numbers.hpp"
#include "trace/writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "io/text_file.hpp"
#include "trace/reader.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

using testing::error_of;
using testing::ScratchFolder;

SynthOptions options_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  SynthOptions options;
  for (const auto& [key, value] : pairs) set_synth_option(options, key, value);
  return options;
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> lines;
  LineReader reader(path);
  for (std::string_view line; reader.next(line);) lines.emplace_back(line);
  return lines;
}

TEST(Synthesis, DoFixedPromptsHoldDistinctBlocksAndArriveAsAPoissonStream) {
  const Trace trace = synthesize_trace(options_of({{"requests", "20000"}, {"rate", "40"}}));
  ASSERT_EQ(trace.rows(), 20'000U);
  EXPECT_EQ(trace.distinct_blocks, 80'000U);
  EXPECT_EQ(trace.blocks(7).size(), 4U);
  EXPECT_EQ(trace.input_tokens[9], 2048U);
  EXPECT_EQ(trace.output_tokens[9], 200U);
  EXPECT_FALSE(trace.closed_loop());
  EXPECT_NEAR(to_seconds(trace.arrival.back()), 500, 15);
  double squares = 0;
  for (std::size_t row = 1; row < trace.rows(); ++row)
    squares += std::pow(to_seconds(trace.arrival[row] - trace.arrival[row - 1]) * 40 - 1, 2);
  EXPECT_NEAR(squares / 20'000, 1, 0.06);  // exponential gaps have unit variance
}

TEST(Synthesis, DoLogNormalLengthsHaveTheMeanAskedForAndKeepTheirBounds) {
  const Trace trace = synthesize_trace(options_of({{"requests", "50000"},
                                                   {"input", "lognormal:800:0.5:10:20000"},
                                                   {"output", "lognormal:100:1:50:120"}}));
  double sum = 0;
  for (const std::uint32_t tokens : trace.input_tokens) sum += tokens;
  EXPECT_NEAR(sum / 50'000, 800, 10);
  EXPECT_EQ(*std::min_element(trace.output_tokens.begin(), trace.output_tokens.end()), 50U);
  EXPECT_EQ(*std::max_element(trace.output_tokens.begin(), trace.output_tokens.end()), 120U);
}

TEST(Synthesis, DoGroupsShareTheirSystemPromptAndNothingElse) {
  const Trace trace = synthesize_trace(options_of(
      {{"requests", "400"}, {"groups", "4"}, {"system_tokens", "1100"}, {"input", "700"}}));
  EXPECT_EQ(trace.input_tokens[0], 1800U);
  EXPECT_EQ(trace.distinct_blocks, 4U * 2 + 400 * 2);  // 1100 and 1800 tokens: 2 and 4 blocks
}

TEST(Synthesis, DoesEachTurnRepeatTheConversation) {
  const Trace trace = synthesize_trace(options_of(
      {{"requests", "301"}, {"turns", "3"}, {"think_s", "4"}, {"input", "600"}, {"output", "50"}}));
  ASSERT_EQ(trace.rows(), 301U);
  EXPECT_EQ(trace.sessions, 101U);
  EXPECT_EQ(trace.session_arrival.size(), 101U);
  EXPECT_EQ(trace.input_tokens[2], 3 * 600U + 2 * 50);
  EXPECT_EQ(trace.previous_turn[2], 1U);
  EXPECT_EQ(trace.previous_turn[3], kNoIndex);
  EXPECT_EQ(trace.blocks(2)[0], trace.blocks(0)[0]);
  EXPECT_NE(trace.blocks(1)[1], trace.blocks(0)[1]);  // a partial block and a full one
  EXPECT_EQ(trace.think[0].ps, 0);
  EXPECT_GT(trace.think[1].ps, 0);
}

TEST(Synthesis, DoesAWrittenTraceReadBackTheSame) {
  const ScratchFolder folder;
  for (const char* const turns : {"1", "lognormal:4:0.5:1:9"}) {
    const Trace trace = synthesize_trace(options_of({{"requests", "500"},
                                                     {"turns", turns},
                                                     {"closed_loop", "false"},
                                                     {"groups", "3"},
                                                     {"system_tokens", "1024"},
                                                     {"input", "lognormal:900:1:1:9000"}}));
    write_mooncake(trace, folder.path("x.jsonl.gz"));
    const Trace read = read_trace(folder.path("x.jsonl.gz"));
    EXPECT_EQ(read.input_tokens, trace.input_tokens);
    EXPECT_EQ(read.output_tokens, trace.output_tokens);
    EXPECT_EQ(read.block_begin, trace.block_begin);
    EXPECT_EQ(read.distinct_blocks, trace.distinct_blocks);
    EXPECT_EQ(read.chain_conflicts, 0U);
    for (std::size_t row = 0; row < trace.rows(); ++row)
      EXPECT_LT(std::abs(read.arrival[row].ps - trace.arrival[row].ps), kPsPerMillisecond);
  }
}

TEST(Synthesis, IsTheBundledTraceWhatItsReadmeSays) {
  const ScratchFolder folder;
  const Trace trace = synthesize_trace(options_of({{"seed", "7"},
                                                   {"requests", "2000"},
                                                   {"rate", "1.2"},
                                                   {"groups", "12"},
                                                   {"system_tokens", "3000"},
                                                   {"input", "lognormal:1100:0.9:32:8000"},
                                                   {"output", "lognormal:220:0.7:8:1200"},
                                                   {"turns", "lognormal:5:0.5:1:12"},
                                                   {"think_s", "6"}}));
  write_mooncake(trace, folder.path("again.jsonl"));
  const std::string bundled = source_root() + "/traces/quickstart.jsonl.gz";
  EXPECT_EQ(lines_of(folder.path("again.jsonl")), lines_of(bundled));
  EXPECT_LE(file_size(bundled), 300'000U);
}

TEST(Synthesis, DoWrongOptionsNameTheirKeyAndTheRightForm) {
  SynthOptions options;
  const auto set_error = [&](const char* key, const char* value) {
    return error_of([&] { set_synth_option(options, key, value); });
  };
  EXPECT_NE(set_error("request", "5").find("'requests'"), std::string::npos);
  EXPECT_NE(set_error("rate", "fast").find("synth.rate"), std::string::npos);
  EXPECT_NE(set_error("input", "lognormal:5").find("lognormal:1000"), std::string::npos);
  EXPECT_NE(set_error("closed_loop", "1").find("true or false"), std::string::npos);
  const auto make_error = [](const char* key, const char* value) {
    return error_of([&] { synthesize_trace(options_of({{key, value}})); });
  };
  EXPECT_NE(make_error("rate", "0").find("synth.rate"), std::string::npos);
  EXPECT_NE(make_error("arrivals", "poison").find("'poisson'"), std::string::npos);
  EXPECT_NE(make_error("system_tokens", "10").find("synth.groups"), std::string::npos);
  EXPECT_NE(make_error("rate", "1e-9").find("out of range"), std::string::npos);
}

TEST(Synthesis, DoesTheWriterRefuseWhatTheFormatCannotHold) {
  const ScratchFolder folder;
  const Trace trace = synthesize_trace(options_of({{"block_tokens", "64"}}));
  EXPECT_NE(error_of([&] { write_mooncake(trace, folder.path("x.jsonl")); }).find("512"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path("x.jsonl")));
}

}  // namespace
}  // namespace pigou
