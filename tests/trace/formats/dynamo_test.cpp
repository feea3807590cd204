#include "trace/parse/sessions.hpp"
#include "trace/reader_testing.hpp"

namespace pigou {
namespace {

using namespace testing;
using Tokens = std::vector<std::uint32_t>;
using Times = std::vector<std::int64_t>;
using Words = std::vector<std::string>;

constexpr std::uint32_t kNone = kNoIndex;

// The miniature: agent "root" calls at 1000 (to 1500), its sub-agent "scout" at 1600 (to 2600) and
// 2700 (to 3700), root again at 3720 (to 5220) and 5300 (to 6400); "other" at 2000 (to 2250).
TEST(DynamoReader, DoAgentsBecomeSessionsWhoseCallsWaitForWhatEndedBefore) {
  const Trace trace = read_trace(miniature("dynamo.jsonl"));
  EXPECT_EQ(trace.format, "dynamo");
  EXPECT_EQ(trace.sessions, 2U);
  EXPECT_EQ(milliseconds(trace.session_arrival), (Times{0, 1000}));
  // root's first call; scout's two; other's; root's two after scout.
  EXPECT_EQ(trace.input_tokens, (Tokens{40, 20, 50, 15, 100, 130}));
  ASSERT_EQ(trace.lanes.size(), 4U);
  const Tokens begins{0, 1, 3, 4}, sessions{0, 0, 1, 0}, triggers{kNone, 0, kNone, 2};
  for (std::size_t lane = 0; lane < 4; ++lane) {
    EXPECT_EQ(trace.lanes[lane].first_row, begins[lane]);
    EXPECT_EQ(trace.lanes[lane].end_row, lane == 3 ? 6 : begins[lane + 1]);
    EXPECT_EQ(trace.lanes[lane].session, sessions[lane]);
    EXPECT_EQ(trace.lanes[lane].trigger, triggers[lane]);
  }
  EXPECT_EQ(milliseconds(trace.think), (Times{0, 100, 100, 0, 20, 80}));
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 600, 1700, 0, 2720, 4300}));
  EXPECT_EQ(trace.previous_turn, (Tokens{kNone, kNone, 1, kNone, 0, 4}));
}

TEST(DynamoReader, IsWhatTheServerMeasuredKept) {
  const Trace trace = read_trace(miniature("dynamo.jsonl"));
  EXPECT_EQ(milliseconds(trace.recorded_service), (Times{500, 1000, 1000, 250, 1500, 1100}));
  EXPECT_EQ(milliseconds(trace.recorded_ttft), (Times{200, 150, 110, 120, 100, 90}));
  EXPECT_EQ(trace.recorded_ttft[0].ps, kPsPerMillisecond * 2005 / 10);
  EXPECT_EQ(trace.recorded_cached_tokens, (std::vector<std::int32_t>{0, 0, 16, 0, 64, 112}));
  const std::string one = "7000000000000000001", two = "7000000000000000002";
  EXPECT_EQ(words_of(trace, "instance"), (Words{one, two, two, two, one, one}));
  EXPECT_EQ(words_of(trace, "model").front(), "demo/model-8b");
  EXPECT_EQ(trace.label("decode_instance"), nullptr);
  EXPECT_EQ(passed_over(trace),
            (Words{"tool_start events: 2", "tool_end events: 2", "tool_error events: 1"}));
  ASSERT_TRUE(trace.calendar_start.has_value());
  EXPECT_EQ(trace.calendar_start->seconds, 1'770'000'001);
}

TEST(DynamoReader, AreHashesOf64BitsExact) {
  const Trace trace = read_trace(miniature("dynamo.jsonl"));
  EXPECT_EQ(trace.block_tokens, 16U);
  // As doubles neighbours would be one id: 11e18 + 7k differ by less than their spacing of 2048.
  EXPECT_EQ(trace.distinct_blocks, 17U);
  EXPECT_EQ(trace.chain_conflicts, 0U);
  EXPECT_EQ(trace.blocks(4)[1], trace.blocks(0)[1]);
  EXPECT_NE(trace.blocks(4)[2], trace.blocks(0)[2]);
}

/// Without contexts, and with the events bare, as sinks other than files write them.
std::string bare_events() {
  std::string text;
  for (int number = 0; number < 3; ++number)
    text +=
        "{\"schema\":\"dynamo.request.trace.v1\",\"event_type\":\"request_end\","
        "\"event_time_unix_ms\":" +
        std::to_string(2000 - 100 * number) +
        ",\"request\":{\"request_id\":\"r\",\"request_received_ms\":" +
        std::to_string(1000 + 10 * number) +
        ",\"output_tokens\":4,\"replay\":{\"trace_block_size\":64,\"input_length\":128,"
        "\"input_sequence_hashes\":[18446744073709551615," +
        std::to_string(number) + "]}}}\n";
  return text;
}

TEST(DynamoReader, AreRequestsWithoutSessionsAnOpenLoop) {
  const ScratchFolder folder;
  const Trace trace = read_trace(folder.write("x.jsonl", bare_events()));
  EXPECT_FALSE(trace.closed_loop());
  EXPECT_EQ(milliseconds(trace.arrival), (Times{0, 10, 20}));
  EXPECT_EQ(trace.input_tokens, (Tokens{128, 128, 128}));
  EXPECT_EQ(trace.block_tokens, 64U);
  EXPECT_EQ(trace.block_ids, (Tokens{0, 1, 0, 2, 0, 3}));
  EXPECT_TRUE(trace.recorded_service.empty());
  EXPECT_TRUE(trace.labels.empty());
  ReadOptions window;
  window.begin_s = 0.01;
  EXPECT_EQ(read_trace(folder.path("x.jsonl"), window).rows(), 2U);
}

TEST(DynamoReader, DoesOneRequestWithoutASessionMakeItAnOpenLoop) {
  const ScratchFolder folder;
  std::string text = bare_events();
  text = replaced(text, "\"request\":{", "\"agent_context\":{\"session_id\":\"a\"},\"request\":{");
  EXPECT_FALSE(read_trace(folder.write("x.jsonl", text)).closed_loop());
}

TEST(DynamoReader, IsADecodeWorkerOfItsOwnKept) {
  const ScratchFolder folder;
  const std::string text =
      replaced(bare_events(), "\"output_tokens\"",
               "\"worker\":{\"prefill_worker_id\":3,\"prefill_dp_rank\":1,"
               "\"decode_worker_id\":4,\"decode_dp_rank\":0},\"output_tokens\"");
  const Trace trace = read_trace(folder.write("x.jsonl", text));
  EXPECT_EQ(words_of(trace, "instance"), (Words{"3/1", "-", "-"}));
  EXPECT_EQ(words_of(trace, "decode_instance"), (Words{"4", "-", "-"}));
}

TEST(DynamoReader, DoesABrokenEventNameLineAndField) {
  const auto error = [&](const std::string& from, const std::string& to) {
    return text_error("x.jsonl", bare_events() + replaced(bare_events(), from, to));
  };
  expect_words(error("128", "1280"),
               {"line 4", "'input_sequence_hashes' has 2", "20 blocks of 64"});
  expect_words(error("18446744073709551615", "1.8446744073709552e19"),
               {"line 4", "'input_sequence_hashes' holds 1.84467"});
  expect_words(error("\"trace_block_size\":64", "\"trace_block_size\":2"),
               {"'trace_block_size' is 2", "blocks before it have 64"});
  expect_words(error("\"output_tokens\":4,", ""), {"'output_tokens' is missing"});
  expect_words(error("\"output_tokens\"", "\"cached_tokens\":129,\"output_tokens\""),
               {"'cached_tokens' is 129", "which has 128"});
  expect_words(error("\"event_time_unix_ms\":2000", "\"event_time_unix_ms\":999"),
               {"'event_time_unix_ms' is 999", "after request_received_ms"});
  expect_words(error("trace.v1", "trace.v2"), {"'schema' is", "trace.v2", "trace.v1 is expected"});
  expect_words(text_error("x.jsonl",
                          "{\"schema\":\"dynamo.request.trace.v1\","
                          "\"event_type\":\"tool_end\"}\n"),
               {"no usable request", "no event is a request_end"});
  ReadOptions lenient;
  lenient.lenient = true;
  const ScratchFolder folder;
  const Trace trace = read_trace(
      folder.write("x.jsonl", replaced(bare_events(), "[18446744073709551615,0]", "[7,0.5]")),
      lenient);
  EXPECT_EQ(trace.rows(), 2U);
  EXPECT_EQ(trace.skipped_rows, 1U);
  EXPECT_EQ(trace.block_ids, (Tokens{0, 1, 0, 2}));
}

LoggedCall call(std::int64_t begin_ms, std::int64_t end_ms, std::uint32_t session) {
  return {SimTime{begin_ms * kPsPerMillisecond}, SimTime{end_ms * kPsPerMillisecond}, session};
}

TEST(Sessions, DoCallsThatOverlapInOneSessionRunBesideEachOther) {
  const SessionPlan plan = arrange_sessions(
      {call(0, 10, 0), call(20, 100, 0), call(25, 60, 0), call(110, 120, 0)}, {kNone});
  // Two calls follow the first; the last waits for the later of them.
  EXPECT_EQ(plan.order, (Tokens{0, 1, 3, 2}));
  ASSERT_EQ(plan.lanes.size(), 2U);
  EXPECT_EQ(plan.lanes[1].trigger, 0U);
  EXPECT_EQ(milliseconds(plan.think), (Times{0, 10, 10, 15}));
}

TEST(Sessions, DoesACallOfASubAgentThatRunsOnNotHoldUpItsParent) {
  const SessionPlan plan = arrange_sessions(
      {call(0, 10, 0), call(20, 40, 1), call(50, 60, 0), call(70, 80, 1)}, {kNone, 0});
  // At 50 the sub-agent's last call is still to come, so the parent waited for its own.
  EXPECT_EQ(plan.order, (Tokens{0, 2, 1, 3}));
  EXPECT_EQ(milliseconds(plan.think), (Times{0, 40, 10, 30}));
  EXPECT_EQ(plan.session_begin.size(), 1U);
}

TEST(Sessions, DoParentsThatAreEachOthersDescendantsEndTheSearch) {
  const SessionPlan plan =
      arrange_sessions({call(0, 10, 0), call(5, 20, 1), call(30, 40, 2)}, {1, 0, 2});
  EXPECT_EQ(plan.order.size(), 3U);
  EXPECT_EQ(plan.session_begin.size(), 2U);
}

TEST(DynamoReader, DoesTheSharedAgentRunReadAsItsSourceSays) {
  const std::string path = data_root() + "/traces/dynamo-pi-agent/pi_request_trace.jsonl.gz";
  PIGOU_NEEDS_DATA(path);
  const Trace trace = read_trace(path);
  EXPECT_EQ(trace.rows(), 17U);
  EXPECT_EQ(passed_over(trace),
            (Words{"tool_start events: 22", "tool_error events: 2", "tool_end events: 20"}));
  std::uint64_t cached = 0, input = 0;
  for (std::size_t at = 0; at < trace.rows(); ++at) {
    cached += static_cast<std::uint64_t>(trace.recorded_cached_tokens[at]);
    input += trace.input_tokens[at];
  }
  EXPECT_NEAR(static_cast<double>(cached) / static_cast<double>(input), 0.756, 0.0005);
  EXPECT_EQ(trace.sessions, 2U);
  EXPECT_EQ(trace.chain_conflicts, 0U);
}

}  // namespace
}  // namespace pigou
