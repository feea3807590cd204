// Logs of servers: vLLM's and SGLang's request lines, Python's values in them, and their times.
#include "trace/parse/log_time.hpp"
#include "trace/parse/python_text.hpp"
#include "trace/reader_testing.hpp"

namespace pigou {
namespace {

using namespace testing;
using Tokens = std::vector<std::uint32_t>;
using Times = std::vector<std::int64_t>;
using Words = std::vector<std::string>;

TEST(PythonText, AreValuesFoundPastQuotesAndBracketsOfOthers) {
  const std::string_view call =
      "F(text='it\\'s, a=1)', b={'x': [1, 2], \"y\": None}, c=\"don't\", shape=Size([3, 4]), d=7)";
  EXPECT_EQ(python_item(call, "d"), "7");
  EXPECT_EQ(python_item(call, "a"), std::nullopt);
  EXPECT_EQ(python_item(*python_item(call, "b"), "x"), "[1, 2]");
  EXPECT_EQ(python_item(*python_item(call, "b"), "y"), std::nullopt);
  EXPECT_EQ(python_string(*python_item(call, "c")), "don't");
  EXPECT_FALSE(for_each_python_item("F(a=1, b='x", [](auto, auto) {}));
  EXPECT_FALSE(for_each_python_entry("a: 1, b: (2", [](auto, auto) {}));
}

TEST(PythonText, AreOnlyWholeListsCounted) {
  const auto sum = [](std::string_view list) {
    std::uint64_t total = 0;
    return for_each_python_whole(list, [&](std::uint64_t entry) { total += entry; })
               ? static_cast<std::int64_t>(total)
               : -1;
  };
  EXPECT_EQ(sum("[1, 2, 39]"), 42);
  EXPECT_EQ(sum("(5,)"), 5);
  EXPECT_EQ(sum("[]"), 0);
  EXPECT_EQ(sum("[1, 2] ... [8, 9]"), -1);
  EXPECT_EQ(sum("[1, '...', 9]"), -1);
  EXPECT_EQ(sum("None"), -1);
}

TEST(LogTimes, DoTheirFormsTellZonesYearsAndFractions) {
  LogClock dated;
  EXPECT_FALSE(dated.time_of("no time yet").has_value());
  const auto time = dated.time_of("2026-03-04T05:06:07.25+01:00 INFO 01-02 03:04:05 x");
  ASSERT_TRUE(time.has_value());
  EXPECT_TRUE(time->utc && time->dated && time->fraction);
  EXPECT_EQ(time->stamp.ps, kPsPerSecond / 4);
  const auto later = dated.time_of("[2026-03-04 04:06:08 TP0] x");
  EXPECT_EQ(later->stamp.seconds - time->stamp.seconds, 1);
  EXPECT_FALSE(later->utc);
  EXPECT_EQ(dated.time_of("  File \"x.py\", line 3")->stamp, later->stamp);
  EXPECT_EQ(dated.time_of("2026-03-04 04:06:09,500 x")->stamp.ps, kPsPerSecond / 2);
}

TEST(LogTimes, DoLogsWithoutAYearRunOnIntoTheNext) {
  LogClock clock;
  const std::int64_t before = clock.time_of("INFO 12-31 23:59:59 [x] y")->stamp.seconds;
  EXPECT_EQ(clock.time_of("INFO 01-01 00:00:00 [x] y")->stamp.seconds - before, 1);
  EXPECT_EQ(clock.time_of("INFO 02-28 23:59:59 [x] y")->stamp.seconds - before, 59 * 86400);
  EXPECT_EQ(clock.time_of("INFO 02-29 00:00:00 [x] y")->stamp.seconds - before, 59 * 86400 + 1);
  EXPECT_EQ(clock.time_of("INFO 03-01 00:00:00 [x] y")->stamp.seconds - before, 60 * 86400 + 1);
  EXPECT_EQ(clock.time_of("INFO 13-01 00:00:00 [x] y")->stamp.seconds - before, 60 * 86400 + 1);
}

TEST(VllmLogReader, DoLinesOfARequestComeTogether) {
  const Trace trace = read_trace(miniature("vllm.log"));
  EXPECT_EQ(trace.format, "vllm-log");
  // chatcmpl-1 streamed, chatcmpl-2 in one piece, cmpl-3 of a fixed length, chatcmpl-7.
  EXPECT_EQ(trace.input_tokens, (Tokens{40, 52, 10, 53}));
  EXPECT_EQ(trace.output_tokens, (Tokens{3, 5, 20, 2}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 1000, 5000, 8000}));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{2000, 3000, -1, 2000}));
  EXPECT_TRUE(trace.recorded_ttft.empty());  // whole seconds cannot tell
  EXPECT_EQ(words_of(trace, "finish"), (Words{"stop", "length", "-", "stop"}));
  EXPECT_FALSE(trace.calendar_start.has_value());
  EXPECT_EQ(passed_over(trace),
            (Words{"other lines: 11", "requests whose prompt length is not shown: 1",
                   "requests for several answers: 1", "aborted or failed requests: 1"}));
}

TEST(VllmLogReader, DoPromptsThatBeginAlikeShareBlocks) {
  const Trace trace = read_trace(miniature("vllm.log"));
  EXPECT_EQ(trace.block_tokens, 16U);
  // The system prompt is 32 tokens; 8 more agree between the first and the last, short of a block.
  EXPECT_EQ(trace.block_ids, (Tokens{0, 1, 0, 1, 2, 0, 1, 3}));
  EXPECT_EQ(trace.blocks(2).size(), 0U);
}

// What vLLM 0.4 to 0.10 write, with the engine's own end lines and times added by what collects
// logs.
const char* const kOlderLog =
    "2026-03-04T05:06:01.5Z INFO 03-04 05:06:01 [logger.py:39] Received request cmpl-1-0: prompt: "
    "'a', params: SamplingParams(n=1, ignore_eos=True, max_tokens=9, min_tokens=0), "
    "prompt_token_ids: [1, 2, 3], prompt_embeds shape: None, lora_request: None, "
    "prompt_adapter_request: None.\n"
    "2026-03-04T05:06:01.5Z INFO 03-04 05:06:01 [engine.py:310] Added request cmpl-1-0.\n"
    "2026-03-04T05:06:02.75Z INFO 03-04 05:06:02 [async_llm_engine.py:142] Finished request "
    "cmpl-1-0.\n"
    "2026-03-04T05:06:03Z INFO 03-04 05:06:03 [logger.py:39] Received request cmpl-2-0: prompt: "
    "'b', sampling_params: SamplingParams(n=1, max_tokens=1), prompt_token_ids: [4], "
    "lora_request: None.\n"
    "2026-03-04T05:06:04Z INFO 03-04 05:06:04 [logger.py:39] Received request cmpl-3-0: prompt: "
    "'b', params: PoolingParams(x=1), prompt_token_ids: [4], lora_request: None.\n"
    "2026-03-04T05:06:05Z INFO 03-04 05:06:05 [logger.py:39] Received request cmpl-4-0: prompt: "
    "'b', params: SamplingParams(max_tokens=50), prompt_token_ids: [4], lora_request: None.\n";

TEST(VllmLogReader, AreOlderLinesReadWithTheTimesOfWhatCollectedThem) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write("x.log", kOlderLog));
  EXPECT_EQ(trace.input_tokens, (Tokens{3, 1}));
  EXPECT_EQ(trace.output_tokens, (Tokens{9, 1}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 1500}));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{1250, -1}));
  EXPECT_EQ(trace.block_tokens, 0U);
  ASSERT_TRUE(trace.calendar_start.has_value());
  EXPECT_EQ(trace.calendar_start->seconds, 1'772'600'761);
  EXPECT_EQ(passed_over(trace), (Words{"other lines: 1", "pooling requests: 1",
                                       "requests whose answer's length is not shown: 1"}));
}

TEST(VllmLogReader, DoesAFirstDeltaWithAFractionGiveTheTtft) {
  const ScratchFolder folder;
  const std::string text =
      "2026-03-04T05:06:01.5Z INFO 03-04 05:06:01 [logger.py:39] Received request c: params: "
      "SamplingParams(n=1, max_tokens=1), prompt_token_ids: [1], lora_request: None.\n"
      "2026-03-04T05:06:01.625Z INFO 03-04 05:06:01 [logger.py:92] Generated response c (streaming "
      "delta): output: 'x', output_token_ids: [5], finish_reason: length\n"
      "2026-03-04T05:06:01.75Z INFO 03-04 05:06:01 [logger.py:92] Generated response c (streaming "
      "complete): output: 'x', output_token_ids: None, finish_reason: streaming_complete\n";
  const Trace trace = read_trace(folder.write("x.log", text));
  EXPECT_EQ(milliseconds(trace.recorded_ttft), (Times{125}));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{250}));
}

TEST(VllmLogReader, DoesItExplainLogsThatShowTooLittle) {
  expect_words(text_error("x.log", "INFO 03-04 05:06:01 vLLM API server version 0.9.0\n"),
               {"shows no request", "--enable-log-requests"});
  expect_words(text_error("x.log",
                          "INFO 03-04 05:06:01 [logger.py:39] Received request c: prompt: 'x', "
                          "params: SamplingParams(max_tokens=5), prompt_token_ids: None.\n"),
               {"no request with both its lengths", "1 requests", "--enable-log-outputs"});
  const std::string cut =
      "INFO 03-04 05:06:02 [logger.py:39] Received request d: prompt: 'it goes on and";
  expect_words(text_error("x.log", kOlderLog + cut),
               {"line 7", "ends inside a value", "16 KiB", "--lenient"});
  expect_words(text_error("x.log", "Received request d: prompt: 'x'\n"),
               {"line 1", "neither this line nor one before it has a time"});
  ReadOptions lenient;
  lenient.lenient = true;
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write("x.log", kOlderLog + cut + "\n"), lenient);
  EXPECT_EQ(trace.rows(), 2U);
  EXPECT_EQ(trace.skipped_rows, 1U);
}

TEST(SglangLogReader, DoFinishLinesBecomeRowsThatCameWhenTheirReceiveLinesSay) {
  const Trace trace = read_trace(miniature("sglang.log"));
  EXPECT_EQ(trace.format, "sglang-log");
  // a1 and b2 at their Receive lines; z0, received before the log began, 4.5 s before it ended.
  EXPECT_EQ(trace.input_tokens, (Tokens{64, 30, 80, 100}));
  EXPECT_EQ(trace.output_tokens, (Tokens{20, 5, 32, 7}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 500, 1000, 3000}));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{2250, 4500, 3500, 4750}));
  EXPECT_EQ(trace.recorded_cached_tokens, (std::vector<std::int32_t>{0, 16, 64, 96}));
  EXPECT_TRUE(trace.recorded_ttft.empty());
  EXPECT_EQ(words_of(trace, "finish"), (Words{"stop", "stop", "length", "abort"}));
  EXPECT_EQ(words_of(trace, "instance"), (Words{"0", "1", "1", "0"}));
  EXPECT_EQ(trace.block_tokens, 0U);
  EXPECT_FALSE(trace.calendar_start.has_value());  // local time
  EXPECT_EQ(passed_over(trace), (Words{"other lines: 3", "lines of other than generate requests: 1",
                                       "health checks: 1", "requests that had not ended: 1"}));
}

TEST(SglangLogReader, DoesJsonGiveTheServersClockTtftAndBlocks) {
  const Trace trace = read_trace(miniature("sglang.jsonl"));
  EXPECT_EQ(trace.format, "sglang-log");
  EXPECT_EQ(trace.input_tokens, (Tokens{40, 48}));
  EXPECT_EQ(trace.output_tokens, (Tokens{12, 6}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 500}));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{1000, 1750}));
  EXPECT_EQ(milliseconds(trace.recorded_ttft), (Times{125, 62}));
  EXPECT_EQ(trace.block_ids, (Tokens{0, 1, 0, 1, 2}));
  EXPECT_EQ(words_of(trace, "finish"), (Words{"stop", "length"}));
  ASSERT_TRUE(trace.calendar_start.has_value());
  EXPECT_EQ(trace.calendar_start->seconds, 1'772'600'000);
}

TEST(SglangLogReader, DoesABrokenLineNameItselfAndItsField) {
  const std::string text = file_text(miniature("sglang.log"));
  const std::string json = file_text(miniature("sglang.jsonl"));
  expect_words(text_error("x.log", replaced(text, "'prompt_tokens': 64", "'prompt_tokens': -1")),
               {"line 5", "'prompt_tokens' is -1"});
  expect_words(text_error("x.log", replaced(text, "'completion_tokens': 20, ", "")),
               {"line 5", "'completion_tokens' is missing"});
  expect_words(text_error("x.log", replaced(text, "'e2e_latency': 2.25", "'e2e_latency': 1e30")),
               {"line 5", "'e2e_latency' is 1e30"});
  expect_words(text_error("x.log", text.substr(0, text.find("'dp_rank'"))),
               {"line 5", "ends inside a value"});
  expect_words(text_error("x.jsonl", replaced(json, "\"completion_tokens\": 12", "\"x\": 1")),
               {"line 3", "'completion_tokens' is missing"});
  expect_words(text_error("x.jsonl", replaced(json, "\"prompt_tokens\": 48",
                                              "\"prompt_tokens\": "
                                              "4.5")),
               {"line 4", "'prompt_tokens' is 4.5"});
  expect_words(text_error("x.log", text.substr(0, text.find("[2026-03-04 05:06:03]"))),
               {"shows no request that ended", "--log-requests"});
  // The second request without the server's clock: local time against UTC.
  const std::string mixed =
      replaced(replaced(json, "\"timestamp\": \"2026-03-04T05:06:01.000\", ", ""),
               "\"request_received_ts\": 1772600001.0, ", "");
  expect_words(text_error("x.jsonl", mixed), {"tells times in two ways", "split the file"});
}

}  // namespace
}  // namespace pigou
