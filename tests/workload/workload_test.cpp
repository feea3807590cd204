#include "workload/workload.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "trace/reader.hpp"
#include "trace/synthesis/from_numbers.hpp"
#include "trace/trace_testing.hpp"
#include "workload/transform.hpp"

namespace pigou {
namespace {

Trace conversations(std::uint64_t requests, bool closed_loop) {
  SynthOptions options;
  options.requests = requests;
  options.arrivals.rate = 2;
  options.input = {.lognormal = true, .mean = 700, .sigma = 0.7, .min = 20, .max = 4000};
  options.output = {.lognormal = true, .mean = 150, .sigma = 0.5, .min = 1, .max = 900};
  options.groups = 1;
  options.system_tokens = 1100;
  options.turns = {.lognormal = true, .mean = 4, .sigma = 0.5, .min = 1, .max = 12};
  options.think_s = 5;
  options.closed_loop = closed_loop;
  return synthesize_trace(options);
}

Trace plain_trace(const std::vector<std::int64_t>& seconds) {
  Trace trace;
  for (const std::int64_t second : seconds) {
    trace.arrival.push_back({second * kPsPerSecond});
    trace.input_tokens.push_back(static_cast<std::uint32_t>(100 + second));
    trace.output_tokens.push_back(1);
  }
  return trace;
}

std::vector<std::int64_t> seconds_of(const Workload& workload) {
  std::vector<std::int64_t> seconds;
  for (const SimTime time : workload.arrival) seconds.push_back(time.ps / kPsPerSecond);
  return seconds;
}

Workload build(Trace trace, const WorkloadOptions& options, std::uint64_t seed = 1) {
  return build_workload(std::move(trace), options, 16, seed);
}

using Seconds = std::vector<std::int64_t>;

TEST(Workload, IsAnUnchangedTraceReplayedAsItIs) {
  const Workload workload = build(plain_trace({0, 1, 4}), {});
  EXPECT_EQ(seconds_of(workload), (Seconds{0, 1, 4}));
  EXPECT_EQ(workload.row, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_TRUE(workload.copy.empty());
  EXPECT_FALSE(workload.random);
}

TEST(Workload, DoRepeatsFollowEachOtherAfterTheSpanAndAMeanGap) {
  WorkloadOptions options;
  options.repeat = 3;
  const Workload workload = build(plain_trace({0, 1, 4}), options);  // span 4, mean gap 2
  EXPECT_EQ(seconds_of(workload), (Seconds{0, 1, 4, 6, 7, 10, 12, 13, 16}));
  EXPECT_EQ(workload.copy, (std::vector<std::uint32_t>{0, 0, 0, 1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(workload.copies, 3U);
}

TEST(Workload, DoOverlaidCopiesTurnThroughTheSpanByEqualPhases) {
  WorkloadOptions options;
  options.overlay = 2;
  const Workload workload = build(plain_trace({0, 1, 4}), options);  // period 6, phase 3
  EXPECT_EQ(seconds_of(workload), (Seconds{0, 1, 1, 3, 4, 4}));
  EXPECT_EQ(workload.copy, (std::vector<std::uint32_t>{0, 0, 1, 1, 0, 1}));
  EXPECT_EQ(workload.row, (std::vector<std::uint32_t>{0, 1, 2, 0, 2, 1}));
}

TEST(Workload, AreRepeatOverlayAndJitterTogetherTheSameAsSortingEverythingAtOnce) {
  WorkloadOptions options;
  options.repeat = 5;
  options.overlay = 3;
  options.jitter_s = 40;  // longer than the trace
  const Workload workload = build(plain_trace({0, 1, 1, 4, 9}), options, 3);
  EXPECT_TRUE(workload.random);
  ASSERT_EQ(workload.size(), 75U);
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> seen;
  for (std::size_t i = 0; i < workload.size(); ++i) {
    ++seen[{workload.copy[i], workload.row[i]}];
    if (i == 0) continue;
    EXPECT_LE(workload.arrival[i - 1], workload.arrival[i]);
  }
  EXPECT_EQ(seen.size(), 75U);
  const Workload again = build(plain_trace({0, 1, 1, 4, 9}), options, 3);
  EXPECT_EQ(workload.arrival, again.arrival);
  const Workload other = build(plain_trace({0, 1, 1, 4, 9}), options, 4);
  EXPECT_NE(workload.arrival, other.arrival);
}

TEST(Workload, DoHeadAndWindowKeepTheRightRows) {
  WorkloadOptions head;
  head.head = 2;
  EXPECT_EQ(seconds_of(build(plain_trace({0, 1, 4}), head)), (Seconds{0, 1}));
  WorkloadOptions window;
  window.window_begin_s = 1;
  window.window_end_s = 4;
  const Workload cut = build(plain_trace({0, 1, 3, 4}), window);
  EXPECT_EQ(seconds_of(cut), (Seconds{0, 2}));
  EXPECT_EQ(cut.trace.input_tokens, (std::vector<std::uint32_t>{101, 103}));
  window.window_begin_s = 100;
  window.window_end_s = 200;
  EXPECT_NE(testing::error_of([&] {
              build(plain_trace({0, 1}), window);
            }).find("no request"),
            std::string::npos);
}

TEST(Workload, DoesRateScaleShortenArrivalsAndThinkTimes) {
  WorkloadOptions options;
  options.rate_scale = 2;
  EXPECT_EQ(seconds_of(build(plain_trace({0, 2, 8}), options)), (Seconds{0, 1, 4}));
  const Trace trace = conversations(50, true);
  const Workload scaled = build(trace, options);
  EXPECT_NEAR(to_seconds(scaled.trace.think[1]), to_seconds(trace.think[1]) / 2, 1e-12);
}

TEST(Workload, DoesThinningKeepWholePrefixTrees) {
  const Trace trace = conversations(1000, false);
  const std::vector<std::uint64_t> trees = prefix_trees(trace);
  WorkloadOptions options;
  options.thin = 0.5;
  const Workload workload = build(trace, options, 5);
  EXPECT_TRUE(workload.random);
  EXPECT_GT(workload.size(), 300U);
  EXPECT_LT(workload.size(), 700U);
  std::map<std::pair<std::int64_t, std::uint32_t>, bool> kept;  // rows are told by time and input
  for (std::size_t row = 0; row < workload.trace.rows(); ++row)
    kept[{workload.trace.arrival[row].ps, workload.trace.input_tokens[row]}] = true;
  std::map<std::uint64_t, std::set<bool>> fates;
  for (std::size_t row = 0; row < trace.rows(); ++row)
    fates[trees[row]].insert(kept.contains({trace.arrival[row].ps, trace.input_tokens[row]}));
  EXPECT_GT(fates.size(), 100U);  // one shared system prompt does not make one tree
  for (const auto& [tree, fate] : fates) EXPECT_EQ(fate.size(), 1U) << "tree " << tree;
}

TEST(Workload, DoesThinningKeepWholeSessions) {
  WorkloadOptions options;
  options.thin = 0.3;
  const Workload workload = build(conversations(1000, true), options, 5);
  const Trace& trace = workload.trace;
  std::uint32_t rows = 0;
  for (std::uint32_t lane = 0; lane < trace.lanes.size(); ++lane) {
    EXPECT_EQ(trace.lanes[lane].first_row, rows);
    EXPECT_EQ(trace.lanes[lane].session, lane);
    rows = trace.lanes[lane].end_row;
    EXPECT_EQ(trace.previous_turn[trace.lanes[lane].first_row], kNoIndex);
  }
  EXPECT_EQ(rows, trace.rows());
  EXPECT_EQ(workload.session_start.size(), trace.sessions);
  EXPECT_EQ(trace.session_arrival.size(), trace.sessions);
}

TEST(Workload, DoesTruncationCutPromptsTheirBlocksAndTheirLinks) {
  WorkloadOptions options;
  options.truncate_input_tokens = 1500;
  const Workload workload = build(conversations(300, false), options);
  const Trace& trace = workload.trace;
  std::size_t cut = 0;
  for (std::size_t row = 0; row < trace.rows(); ++row) {
    EXPECT_LE(trace.input_tokens[row], 1500U);
    EXPECT_EQ(trace.blocks(row).size(), (trace.input_tokens[row] + 511) / 512);
    const std::uint32_t previous = trace.previous_turn[row];
    if (previous != kNoIndex) {
      EXPECT_LE(trace.input_tokens[previous], trace.input_tokens[row]);
    }
    cut += trace.input_tokens[row] == 1500;
  }
  EXPECT_GT(cut, 50U);
}

TEST(Workload, DoesInferringTurnsFindTheConversations) {
  Trace trace = conversations(1000, false);
  const std::vector<std::uint32_t> truth = trace.previous_turn;
  const auto turns = static_cast<std::uint64_t>(
      std::count_if(truth.begin(), truth.end(), [](auto row) { return row != kNoIndex; }));
  trace.previous_turn.clear();
  WorkloadOptions options;
  options.infer_turns = true;
  const Workload workload = build(trace, options);
  std::uint64_t right = 0;
  for (std::size_t row = 0; row < truth.size(); ++row)
    right += truth[row] != kNoIndex && workload.trace.previous_turn[row] == truth[row];
  EXPECT_EQ(workload.inferred_turns, right);  // nothing but true turns is found
  EXPECT_GT(right * 10, turns * 7);           // short first turns fill no block of their own
  EXPECT_FALSE(workload.segments.output_segments.empty());
}

TEST(Workload, DoSessionsStartTogetherAtRandomOrAsRecorded) {
  const Trace trace = conversations(200, true);
  WorkloadOptions options;
  options.repeat = 2;
  Workload workload = build(trace, options);
  EXPECT_TRUE(workload.arrival.empty());
  EXPECT_EQ(workload.size(), 400U);
  EXPECT_EQ(workload.session_start, std::vector<SimTime>(2 * trace.sessions));
  options.sessions_start = "recorded";
  workload = build(trace, options);
  EXPECT_EQ(workload.session_start[trace.sessions + 1], trace.session_arrival[1]);
  options.sessions_start = "poisson";
  options.sessions_rate = 4;
  workload = build(trace, options);
  EXPECT_TRUE(workload.random);
  EXPECT_TRUE(std::is_sorted(workload.session_start.begin(), workload.session_start.end()));
  EXPECT_NEAR(to_seconds(workload.session_start.back()), trace.sessions * 2 / 4.0,
              trace.sessions * 0.15);
}

TEST(Workload, DoOptionsThatDoNotFitSaySo) {
  const auto error_with = [](auto change, bool closed_loop) {
    WorkloadOptions options;
    change(options);
    return testing::error_of([&] { build(conversations(20, closed_loop), options); });
  };
  const auto says = [](const std::string& message, const char* word) {
    return message.find(word) != std::string::npos;
  };
  EXPECT_TRUE(says(error_with([](auto& o) { o.thin = 0; }, false), "workload.thin"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.rate_scale = -1; }, false), "rate_scale"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.repeat = 0; }, false), "workload.repeat"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.overlay = 0; }, false), "workload.overlay"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.jitter_s = -1; }, false), "jitter_s"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.jitter_s = 1; }, true), "jitter_s"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.concurrency = 4; }, true), "max_concurrent"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.window_end_s = 4; }, true), "window_s"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.sessions_start = "recordet"; }, true), "'recorded'"));
  EXPECT_TRUE(says(error_with([](auto& o) { o.sessions_start = "poisson"; }, true), "rate"));
  EXPECT_EQ(error_with([](auto& o) { o.concurrency = 4; }, false), "");
}

TEST(Workload, AreTenMillionRequestsCheapInMemory) {
  Trace trace;
  for (std::uint32_t row = 0; row < 10'000; ++row) {
    trace.arrival.push_back({std::int64_t{row} * kPsPerMillisecond * 300});
    trace.input_tokens.push_back(1000);
    trace.output_tokens.push_back(100);
  }
  WorkloadOptions options;
  options.repeat = 1000;
  options.jitter_s = 3;
  const Workload workload = build(std::move(trace), options);
  EXPECT_EQ(workload.size(), 10'000'000U);
  EXPECT_LE(workload.arrival.capacity(), 10'000'000U);
  EXPECT_TRUE(std::is_sorted(workload.arrival.begin(), workload.arrival.end()));
}

}  // namespace
}  // namespace pigou
