#include "trace/reader_testing.hpp"

namespace pigou {
namespace {

using namespace testing;
using Tokens = std::vector<std::uint32_t>;
using Times = std::vector<std::int64_t>;
using Words = std::vector<std::string>;

TEST(OtelReader, AreInnermostSpansWithTokenCountsTheRequests) {
  const Trace trace = read_trace(miniature("otel.json"));
  EXPECT_EQ(trace.format, "otel");
  // The server's span inside the first chat, another of the server alone, the second chat.
  EXPECT_EQ(trace.input_tokens, (Tokens{101, 16, 130}));
  EXPECT_EQ(trace.output_tokens, (Tokens{20, 1, 10}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 240, 500}));
  EXPECT_EQ(passed_over(trace), (Words{"spans without an answer: 1", "other spans: 1",
                                       "spans around a request's own: 1"}));
}

TEST(OtelReader, AreLatenciesCacheHitsAndNamesKept) {
  const Trace trace = read_trace(miniature("otel.json"));
  EXPECT_EQ(trace.recorded_service[0].ps, kPsPerMillisecond * 3875 / 10);  // gen_ai.latency.e2e
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{387, 98, 380}));
  EXPECT_EQ(milliseconds(trace.recorded_ttft), (Times{45, 97, 62}));
  EXPECT_EQ(trace.recorded_cached_tokens, (std::vector<std::int32_t>{-1, -1, 96}));
  EXPECT_EQ(words_of(trace, "model"), (Words{"-", "-", "demo/model-8b-it"}));
  EXPECT_EQ(words_of(trace, "instance"), (Words{"vllm-0", "vllm-0", "-"}));
  ASSERT_TRUE(trace.calendar_start.has_value());
  EXPECT_EQ(trace.calendar_start->seconds, 1'772'600'000);
  EXPECT_EQ(trace.calendar_start->ps, 10 * kPsPerMillisecond);
}

const char* const kStart = "1772600000000000001";

std::string line(const std::string& id, const std::string& parent, const std::string& start,
                 const std::string& counts) {
  return "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"t\",\"spanId\":\"" + id +
         "\",\"parentSpanId\":\"" + parent + "\",\"startTimeUnixNano\":" + start +
         ",\"endTimeUnixNano\":\"1772600009000000000\",\"attributes\":[" + counts + "]}]}]}]}\n";
}

std::string counts(const std::string& input, const std::string& output) {
  return "{\"key\":\"gen_ai.usage.prompt_tokens\",\"value\":{\"intValue\":" + input +
         "}},{\"key\":\"gen_ai.usage.completion_tokens\",\"value\":{\"intValue\":" + output + "}}";
}

TEST(OtelReader, AreExportsOnePerLineReadAndTimesExactToTheNanosecond) {
  const ScratchFolder folder;
  const Trace trace = read_trace(
      folder.write("x.jsonl", line("a", "", "\"1772600000000000001\"", counts("\"10\"", "5")) +
                                  line("b", "a", "1772600000000000003", "") +
                                  line("c", "b", "1772600000000000004", counts("7", "\"2\""))));
  EXPECT_EQ(trace.input_tokens, (Tokens{7}));  // a is around b, which is around c
  EXPECT_EQ(trace.calendar_start->ps, 4000);
}

TEST(OtelReader, DoSpansThatAreEachOthersParentsEndTheSearch) {
  const ScratchFolder folder;
  const std::string own = line("a", "a", kStart, counts("1", "1"));
  const Trace trace = read_trace(folder.write("x.jsonl", own));
  EXPECT_EQ(trace.rows(), 1U);
  const std::string ring = line("a", "b", kStart, counts("1", "1")) +
                           line("b", "c", kStart, counts("2", "1")) +
                           line("c", "a", kStart, counts("3", "1"));
  expect_words(text_error("x.jsonl", ring), {"holds no request"});
}

TEST(OtelReader, IsTheSessionOfTheClientsSpanThatOfTheServersInside) {
  const ScratchFolder folder;
  const std::string session =
      ",{\"key\":\"gen_ai.conversation.id\",\"value\":{\"stringValue\":\"talk\"}}";
  const Trace trace = read_trace(
      folder.write("x.jsonl", line("a", "", "1772600000000000001", counts("10", "5") + session) +
                                  line("b", "a", "1772600000000000003", "") +
                                  line("c", "b", "1772600000000000004", counts("7", "2")) +
                                  line("d", "", "1772600000000000005", counts("7", "2"))));
  EXPECT_EQ(trace.input_tokens, (Tokens{7, 7}));
  EXPECT_EQ(words_of(trace, "session"), (Words{"talk", "-"}));
}

TEST(OtelReader, DoesABrokenSpanNameItsNumberAndField) {
  const std::string good = line("a", "", kStart, counts("10", "5"));
  const auto error = [&](const std::string& from, const std::string& to) {
    return text_error("x.jsonl", good + replaced(good, from, to));
  };
  expect_words(error("\"intValue\":10", "\"intValue\":\"10x\""),
               {"span 2", "'gen_ai.usage.prompt_tokens' is \"10x\""});
  expect_words(error("\"startTimeUnixNano\":" + std::string(kStart) + ",", ""),
               {"span 2", "'startTimeUnixNano' is missing"});
  expect_words(error("\"1772600009000000000\"", "\"0\""), {"span 2", "after startTimeUnixNano"});
  expect_words(error("\"key\"", "\"kay\""), {"span 2", "'key' is missing"});
  expect_words(error("{\"resourceSpans\"", "{\"spans\""), {"line 2", "'resourceSpans' is missing"});
  expect_words(text_error("x.jsonl", replaced(good, "completion_tokens", "tokens")),
               {"holds no request", "gen_ai.usage.output_tokens"});
  const std::string cached = replaced(good, "completion_tokens",
                                      "cached_tokens\",\"value\":{\"intValue\":11}},{\"key\":"
                                      "\"gen_ai.usage.completion_tokens");
  expect_words(text_error("x.jsonl", cached), {"'gen_ai.usage.cached_tokens' is 11", "has 10"});
  ReadOptions lenient;
  lenient.lenient = true;
  const ScratchFolder folder;
  const Trace trace = read_trace(
      folder.write("x.jsonl", good + replaced(good, "\"key\"", "\"kay\"") + "{\n" + good), lenient);
  EXPECT_EQ(trace.rows(), 2U);
  EXPECT_EQ(trace.skipped_rows, 2U);
}

}  // namespace
}  // namespace pigou
