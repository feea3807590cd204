#include "trace/statistics/overview.hpp"

#include <gtest/gtest.h>

#include "trace/reader.hpp"
#include "trace/trace_testing.hpp"

namespace pigou {
namespace {

/// `value` as SOURCE.md prints it.
std::string digits(double value, int decimals) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

void expect_lengths(const Distribution& d, const std::vector<std::string>& figures) {
  const std::vector<std::string> found = {digits(d.mean, 1), digits(d.p50, 0), digits(d.p90, 0),
                                          digits(d.p99, 0),  digits(d.min, 0), digits(d.max, 0),
                                          digits(d.sum, 0)};
  EXPECT_EQ(found, figures);
}

TEST(Statistics, DoTheyEqualThePublishedFiguresOfTheMooncakeConversation) {
  const std::string path = data_root() + "/traces/mooncake-fast25/conversation_trace.jsonl.gz";
  PIGOU_NEEDS_DATA(path);
  const TraceStatistics s = compute_statistics(read_trace(path));
  EXPECT_EQ(s.requests, 12'031U);
  EXPECT_EQ(digits(s.span_s, 0), "3537");
  EXPECT_EQ(digits(s.mean_rate, 2), "3.40");
  EXPECT_EQ(s.ten_seconds.busiest, 67U);
  EXPECT_EQ(s.ten_seconds.empty, 0U);
  EXPECT_EQ(digits(s.ten_seconds.variance_over_mean, 2), "2.09");
  EXPECT_EQ(s.one_second.busiest, 28U);
  expect_lengths(s.input_tokens,
                 {"12035.1", "6909", "27367", "85400", "891", "126195", "144793823"});
  expect_lengths(s.output_tokens, {"342.6", "350", "597", "1119", "1", "2000", "4122048"});
  EXPECT_EQ(s.blocks, 288'500U);
  EXPECT_EQ(s.distinct_blocks, 182'790U);
  EXPECT_EQ(digits(s.hit_by_blocks, 4), "0.3664");
  EXPECT_EQ(digits(s.hit_by_tokens, 4), "0.3736");
  EXPECT_EQ(s.opening_rows, 12'031U);
  EXPECT_EQ(digits(s.hit_without_opening, 3), "0.339");
  EXPECT_EQ(s.distinct_times, 1'180U);
  EXPECT_EQ(s.repeated_rows, 1U);
  EXPECT_EQ(s.out_of_order_rows, 0U);
  EXPECT_EQ(s.zero_inputs + s.zero_outputs, 0U);
  EXPECT_EQ(s.chain_conflicts, 0U);
  ASSERT_FALSE(s.oddities.empty());
  EXPECT_NE(s.oddities[0].find("~3,000 ms grid"), std::string::npos) << s.oddities[0];
  EXPECT_TRUE(s.oddities[0].ends_with("set workload.jitter_s 3")) << s.oddities[0];
}

TEST(Statistics, DoTheyEqualThePublishedFiguresOfTheAzureConversation) {
  const std::string path = data_root() + "/traces/azure-llm-2023/AzureLLMInferenceTrace_conv.csv";
  PIGOU_NEEDS_DATA(path);
  const TraceStatistics s = compute_statistics(read_trace(path));
  EXPECT_EQ(s.requests, 19'366U);
  EXPECT_EQ(digits(s.span_s, 1), "3501.7");
  EXPECT_EQ(digits(s.mean_rate, 2), "5.53");
  EXPECT_EQ(s.ten_seconds.busiest, 98U);
  EXPECT_EQ(s.ten_seconds.empty, 0U);
  EXPECT_EQ(digits(s.ten_seconds.variance_over_mean, 2), "4.00");
  EXPECT_EQ(s.one_second.busiest, 16U);
  expect_lengths(s.input_tokens, {"1154.7", "1020", "2734", "4142", "2", "14050", "22361870"});
  expect_lengths(s.output_tokens, {"211.1", "129", "424", "601", "7", "1000", "4088665"});
  EXPECT_EQ(s.distinct_times, s.requests);
  EXPECT_EQ(s.repeated_rows + s.out_of_order_rows + s.zero_inputs + s.zero_outputs, 0U);
  EXPECT_EQ(s.block_tokens, 0U);
  EXPECT_EQ(s.calendar_start, "2023-11-16 18:15:46.68059");
  EXPECT_EQ(s.output_cap.tokens, 1'000U);
  EXPECT_EQ(s.oddities.size(), 1U);  // the cap of outputs
}

TEST(Statistics, DoTheyEqualThePublishedFiguresOfTheClaudeCodeSessions) {
  const std::string path = data_root() + "/traces/claude-code-weka";
  PIGOU_NEEDS_DATA(path);
  const TraceStatistics s = compute_statistics(read_trace(path));
  EXPECT_EQ(s.requests, 30'194U);
  EXPECT_EQ(s.sessions, 475U);
  EXPECT_EQ(s.subagents, 15U);
  EXPECT_EQ(s.subagent_requests, 146U);
  EXPECT_EQ(digits(s.requests_per_session.mean, 1), "63.6");
  EXPECT_EQ(s.requests_per_session.p50, 45);
  EXPECT_EQ(s.requests_per_session.p99, 280);
  EXPECT_EQ(s.requests_per_session.max, 411);
  EXPECT_EQ(digits(s.session_span_s.mean, 0), "7429");
  EXPECT_EQ(digits(s.session_span_s.p50, 0), "3380");
  EXPECT_EQ(digits(s.session_span_s.max, 0), "89400");
  expect_lengths(s.input_tokens,
                 {"115942.1", "98198", "202704", "498319", "8868", "878882", "3500755698"});
  expect_lengths(s.output_tokens, {"436.5", "219", "904", "3585", "0", "16681", "13179169"});
  EXPECT_EQ(digits(s.think_s.mean, 0), "141");
  EXPECT_EQ(s.think_s.p50, 10);
  EXPECT_EQ(s.think_s.p90, 159);
  EXPECT_EQ(s.think_s.p99, 2'708);
  EXPECT_EQ(s.think_s.max, 77'589);
  EXPECT_EQ(digits(s.service_s.mean, 1), "9.7");
  EXPECT_EQ(digits(s.service_s.p50, 1), "6.1");
  EXPECT_EQ(digits(s.service_s.p99, 1), "58.7");
  EXPECT_EQ(digits(s.service_s.max, 2), "300.03");
  EXPECT_EQ(s.ttft_s.count, 2'865U);
  EXPECT_EQ(digits(s.ttft_s.mean, 1), "3.2");
  EXPECT_EQ(digits(s.ttft_s.p50, 2), "2.36");
  EXPECT_NEAR(s.ttft_s.p99, 16.3, 0.051);
  EXPECT_EQ(s.blocks, 54'684'380U);
  EXPECT_EQ(s.distinct_blocks, 2'026'320U);
  EXPECT_EQ(digits(s.hit_by_blocks, 4), "0.9629");
  EXPECT_EQ(s.zero_outputs, 15U);
  EXPECT_EQ(s.context_drops, 139U);
  EXPECT_EQ(s.overlapping_calls, 4U);
  EXPECT_EQ(s.serial_pairs, 26'596U);
  EXPECT_EQ(s.chain_conflicts, 0U);
}

Trace small_trace(const std::vector<std::int64_t>& milliseconds) {
  Trace trace;
  for (const std::int64_t ms : milliseconds) {
    trace.arrival.push_back({ms * kPsPerMillisecond});
    trace.input_tokens.push_back(10);
    trace.output_tokens.push_back(1);
  }
  return trace;
}

TEST(Statistics, DoWindowsCountFromTheFirstArrivalToTheLast) {
  const TraceStatistics s = compute_statistics(small_trace({0, 10, 9'999, 10'000, 35'000}));
  EXPECT_EQ(s.ten_seconds.windows, 4U);
  EXPECT_EQ(s.ten_seconds.busiest, 3U);
  EXPECT_EQ(s.ten_seconds.empty, 1U);
  EXPECT_NEAR(s.ten_seconds.variance_over_mean, (11.0 / 4 - 1.5625) / 1.25, 1e-12);
  EXPECT_EQ(s.repeated_rows, 0U);
}

TEST(Statistics, IsAClockTickFoundOnlyWhereThereIsOne) {
  std::vector<std::int64_t> ticks, smooth;
  for (std::int64_t row = 0; row < 200; ++row) {
    ticks.push_back(row / 10 * 500);
    smooth.push_back(row * row);
  }
  const TraceStatistics grid = compute_statistics(small_trace(ticks));
  EXPECT_EQ(grid.grid_min_ms, 500);
  EXPECT_TRUE(grid.oddities[0].ends_with("set workload.jitter_s 0.500")) << grid.oddities[0];
  EXPECT_EQ(compute_statistics(small_trace(smooth)).grid_max_ms, 0);
}

TEST(Statistics, DoTheWordsGroupDigitsAndNameUnits) {
  TraceStatistics s;
  s.format = "mooncake";
  s.requests = 1'234'567;
  s.input_tokens = {.count = 2, .mean = 1000.25, .p50 = 999, .max = 1e6, .sum = 2e6};
  const std::vector<std::string> lines = describe_statistics(s);
  EXPECT_EQ(lines[1], "requests: 1,234,567");
  bool found = false;
  for (const std::string& line : lines)
    found |= line.starts_with("input (tokens): mean 1,000.2, p50 999,");
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace pigou
