// Results of load generators as traces: inference-perf and vllm bench serve.
#include "trace/reader_testing.hpp"

namespace pigou {
namespace {

using namespace testing;
using Tokens = std::vector<std::uint32_t>;
using Times = std::vector<std::int64_t>;
using Words = std::vector<std::string>;

TEST(InferencePerfReader, DoesItPreferTheServersCountsAndSortByStart) {
  const Trace trace = read_trace(miniature("inference-perf.json"));
  EXPECT_EQ(trace.format, "inference-perf");
  EXPECT_EQ(trace.input_tokens, (Tokens{123, 80, 64, 200}));
  EXPECT_EQ(trace.output_tokens, (Tokens{52, 40, 32, 10}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 500, 750, 1250}));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{1000, 1250, 3000, 1500}));
  EXPECT_EQ(milliseconds(trace.recorded_ttft), (Times{50, 125, 500, -1}));
  EXPECT_EQ(trace.recorded_cached_tokens, (std::vector<std::int32_t>{64, -1, -1, -1}));
  EXPECT_EQ(words_of(trace, "adapter"), (Words{"-", "-", "-", "tiny-lora"}));
  EXPECT_EQ(passed_over(trace), (Words{"failed requests: 1"}));
  EXPECT_FALSE(trace.calendar_start.has_value());  // the clock has no known origin
}

TEST(InferencePerfReader, DoesABrokenRequestNameItsNumberAndField) {
  const std::string good = file_text(miniature("inference-perf.json"));
  const auto error = [&](const std::string& from, const std::string& to) {
    return text_error("x.json", replaced(good, from, to));
  };
  expect_words(error("\"end_time\": 5002.0", "\"end_time\": 5000.0"),
               {"request 2", "'end_time' is 5000.0", "from start_time on"});
  expect_words(error("\"output_tokens\": 40", "\"output_tokens\": -1"),
               {"request 2", "'output_tokens' is -1"});
  expect_words(error("\"completion_tokens\": 52", "\"completion_tokens\": \"x\""),
               {"request 1", "'completion_tokens' is \"x\""});
  expect_words(error("\"cached_tokens\": 64", "\"cached_tokens\": 124"), {"which has 123"});
  const std::string chunks = replaced(good, "5000.875", "5000.9");  // the first are chunk times
  expect_words(text_error("x.json", replaced(chunks, "5000.875", "4999.0")),
               {"request 2", "'output_token_times' is 4999.0"});
  expect_words(error("\"start_time\": 5000.75,", ""), {"request 2", "'start_time' is missing"});
  expect_words(text_error("x.json", good.substr(0, 900)), {"document 1", "broken JSON"});
  ReadOptions lenient;
  lenient.lenient = true;
  const ScratchFolder folder;
  const Trace trace = read_trace(
      folder.write("x.json", replaced(good, "\"output_tokens\": 40", "\"output_tokens\": []")),
      lenient);
  EXPECT_EQ(trace.rows(), 3U);
  EXPECT_EQ(trace.skipped_rows, 1U);
}

TEST(VllmBenchReader, DoColumnsBecomeRowsAndFailedRequestsNone) {
  const Trace trace = read_trace(miniature("vllm-bench.json"));
  EXPECT_EQ(trace.format, "vllm-bench");
  EXPECT_EQ(trace.input_tokens, (Tokens{100, 250, 64, 128, 86}));
  EXPECT_EQ(trace.output_tokens, (Tokens{3, 2, 1, 4, 1}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 250, 375, 1000, 1750}));
  EXPECT_EQ(trace.recorded_ttft[1].ps, kPsPerMillisecond * 625 / 10);
  // TTFT and the times between tokens: 50 + 10 + 12.5 ms.
  EXPECT_EQ(trace.recorded_service[0].ps, kPsPerMillisecond * 725 / 10);
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{72, 82, 40, 85, 45}));
  EXPECT_EQ(passed_over(trace), (Words{"failed requests: 1"}));
  EXPECT_EQ(words_of(trace, "model").front(), "demo/model-8b");
  EXPECT_FALSE(trace.timeless);
}

TEST(VllmBenchReader, AreLatenciesTakenWhereTheyAreSaved) {
  const ScratchFolder folder;
  const std::string text = replaced(file_text(miniature("vllm-bench.json")), "\"start_times\"",
                                    "\"latencies\": [1, 2, 3, 4, 5, 6], \"start_times\"");
  const Trace trace = read_trace(folder.write("x.json", text));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{1000, 2000, 3000, 4000, 6000}));
}

TEST(VllmBenchReader, AreResultsWithoutStartTimesRefusedUnlessAllWasSentAtOnce) {
  const std::string old =
      replaced(file_text(miniature("vllm-bench.json")), "\"start_times\"", "\"other_times\"");
  expect_words(text_error("x.json", old), {"'start_times' is missing", "repeat the run"});
  const ScratchFolder folder;
  const Trace trace = read_trace(
      folder.write("x.json", replaced(old, "\"request_rate\": 4.0", "\"request_rate\": \"inf\"")));
  EXPECT_TRUE(trace.timeless);
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 0, 0, 0, 0}));
}

TEST(VllmBenchReader, DoesItExplainResultsThatHoldNoRequests) {
  const std::string good = file_text(miniature("vllm-bench.json"));
  expect_words(text_error("x.json", replaced(good, "\"input_lens\"", "\"input\"")),
               {"'input_lens' is missing", "--save-detailed"});
  expect_words(text_error("x.jsonl", good + good), {"a second result", "--append-result"});
  expect_words(text_error("x.json", replaced(good, "[3, 2, 1, 4, 0, 1]", "[3, 2, 1, 4, 0]")),
               {"request 6", "'output_lens' has no entry"});
  expect_words(text_error("x.json", replaced(good, "[3, 2, 1, 4, 0, 1]", "[3, 2, 1, 4, 0, 1, 7]")),
               {"'output_lens' has more entries"});
  expect_words(text_error("x.json", replaced(good, "[0.02]", "[-0.02]")),
               {"request 2", "'itls' is -0.02"});
  expect_words(text_error("x.json", replaced(good, "81.5", "null")),
               {"request 2", "'start_times' is null"});
}

}  // namespace
}  // namespace pigou
