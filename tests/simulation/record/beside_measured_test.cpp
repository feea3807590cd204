// Simulated beside recorded, on an engine of 1 ms steps whose every latency is known beforehand:
// TTFT 1 ms, TPOT 1 ms, E2E as many ms as tokens.
#include <gtest/gtest.h>

#include <cmath>

#include "core/error.hpp"
#include "simulation/small_run.hpp"

namespace pigou {
namespace {

constexpr SimTime kNone{-1};

SimTime ms(std::int64_t n) { return {n * kPsPerMillisecond}; }

/// Three requests of 4 tokens, far apart, one after the other on one instance; the second repeats
/// the prompt of the first, of which 48 tokens then hit.
SmallRun three_requests() {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 64, 4, 0);
  small.request(100, 64, 4, 0);
  small.request(200, 32, 4, 50);
  return small;
}

TEST(MeasuredComparison, IsAbsentWhereTheTraceHasNoRecord) {
  SmallRun small = three_requests();
  EXPECT_FALSE(small.run("round-robin").summary.recorded.has_value());
  small.trace.recorded_ttft.assign(3, kNone);
  const RunResult result = small.run("round-robin");
  EXPECT_FALSE(result.summary.recorded.has_value()) << "a column without an entry";
  ASSERT_EQ(result.requests.recorded_ttft_s.size(), 3U);
  EXPECT_TRUE(std::isnan(result.requests.recorded_ttft_s[0]));
}

TEST(MeasuredComparison, FiguresAreThoseCountedByHand) {
  SmallRun small = three_requests();
  small.trace.recorded_ttft = {ms(2), ms(1), kNone};
  small.trace.recorded_service = {ms(8), ms(2), ms(4)};
  small.trace.recorded_cached_tokens = {0, 16, -1};
  const RunResult result = small.run("round-robin");
  ASSERT_TRUE(result.summary.recorded.has_value());
  const RecordedSummary& r = *result.summary.recorded;
  EXPECT_EQ(r.requests, 3U);
  EXPECT_EQ(r.unfinished, 0U);
  // TTFT: 1, 1 ms against 2, 1 ms: off by 50 % and 0.
  EXPECT_EQ(r.ttft.requests, 2U);
  EXPECT_DOUBLE_EQ(r.ttft.simulated.mean, 0.001);
  EXPECT_DOUBLE_EQ(r.ttft.recorded.mean, 0.0015);
  EXPECT_DOUBLE_EQ(r.ttft.recorded.p50, 0.001);
  EXPECT_DOUBLE_EQ(r.ttft.recorded.p99, 0.002);
  EXPECT_DOUBLE_EQ(r.ttft.request_error.p50, 0);
  EXPECT_DOUBLE_EQ(r.ttft.request_error.p90, 0.5);
  // TPOT: 3 ms over 3 gaps against 6 / 3 and 1 / 3; the third has no TTFT.
  EXPECT_EQ(r.tpot.requests, 2U);
  EXPECT_DOUBLE_EQ(r.tpot.simulated.mean, 0.001);
  EXPECT_DOUBLE_EQ(r.tpot.recorded.p99, 0.002);
  EXPECT_NEAR(r.tpot.recorded.p50, 0.001 / 3, 1e-12);
  // E2E: 4 ms each against 8, 2, 4: off by 50 %, 100 %, 0.
  EXPECT_EQ(r.e2e.requests, 3U);
  EXPECT_DOUBLE_EQ(r.e2e.simulated.p50, 0.004);
  EXPECT_DOUBLE_EQ(r.e2e.recorded.p50, 0.004);
  EXPECT_DOUBLE_EQ(r.e2e.request_error.p50, 0.5);
  EXPECT_DOUBLE_EQ(r.e2e.request_error.p90, 1);
  // Cached: 0 and 48 of 64 against 0 and 16 of 64.
  EXPECT_EQ(r.cached_tokens.requests, 2U);
  EXPECT_DOUBLE_EQ(r.cached_tokens.simulated.mean, 24);
  EXPECT_DOUBLE_EQ(r.cached_tokens.recorded.mean, 8);
  EXPECT_DOUBLE_EQ(r.cached_tokens.request_error.p90, 0.5);
  EXPECT_DOUBLE_EQ(r.simulated_hit_ratio, 48.0 / 128);
  EXPECT_DOUBLE_EQ(r.recorded_hit_ratio, 16.0 / 128);
  // Makespan: the last begins at 200 ms and takes 4 ms in both.
  EXPECT_DOUBLE_EQ(r.simulated_makespan_s, 0.204);
  EXPECT_DOUBLE_EQ(r.recorded_makespan_s, 0.204);
  EXPECT_DOUBLE_EQ(result.requests.recorded_e2e_s[1], 0.002);
  EXPECT_DOUBLE_EQ(result.requests.recorded_tpot_s[0], 0.002);
  EXPECT_TRUE(std::isnan(result.requests.recorded_ttft_s[2]));
  EXPECT_EQ(result.requests.recorded_cached_tokens, (std::vector<std::int32_t>{0, 16, -1}));
  EXPECT_TRUE(result.requests.recorded_instance.empty()) << "the trace names no instance";
}

TEST(MeasuredComparison, WhoseOwnLatenciesAreRecordedIsOffByNothing) {
  SmallRun small = three_requests();
  const RunResult first = small.run("round-robin");
  for (std::size_t r = 0; r < 3; ++r) {
    small.trace.recorded_ttft.push_back(from_seconds(first.requests.ttft_s[r], "ttft"));
    small.trace.recorded_service.push_back(from_seconds(first.requests.e2e_s[r], "e2e"));
    small.trace.recorded_cached_tokens.push_back(
        static_cast<std::int32_t>(first.requests.hit_tokens[r]));
  }
  const RecordedSummary again = *small.run("round-robin").summary.recorded;
  for (const RecordedFigure* figure :
       {&again.ttft, &again.tpot, &again.e2e, &again.cached_tokens}) {
    EXPECT_EQ(figure->requests, 3U);
    EXPECT_EQ(figure->request_error.max, 0);
    EXPECT_EQ(figure->simulated.mean, figure->recorded.mean);
  }
  EXPECT_EQ(again.simulated_hit_ratio, again.recorded_hit_ratio);
  EXPECT_EQ(again.simulated_makespan_s, again.recorded_makespan_s);
}

TEST(MeasuredComparison, ASampleOrNoRowsStillComparesEveryRequest) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  for (std::uint32_t r = 0; r < 400; ++r) {
    small.request(r * 3.0, 16 + r % 64, 1 + r % 9, 10 * r);
    small.trace.recorded_ttft.push_back(r % 5 == 0 ? kNone : ms(1 + r % 4));
    small.trace.recorded_service.push_back(ms(3 + r % 12));
    small.trace.recorded_cached_tokens.push_back(static_cast<std::int32_t>(r % 16));
  }
  const RecordedSummary all = *small.run("round-robin").summary.recorded;
  small.config.output.requests = RequestOutput::kNone;
  const RunResult result = small.run("round-robin");
  EXPECT_TRUE(result.requests.request.empty());
  EXPECT_TRUE(result.requests.recorded_e2e_s.empty());
  const RecordedSummary streamed = *result.summary.recorded;
  EXPECT_EQ(streamed.requests, all.requests);
  const auto near = [](const LatencySummary& a, const LatencySummary& b) {
    const double pairs[][2] = {
        {a.mean, b.mean}, {a.p50, b.p50}, {a.p90, b.p90}, {a.p99, b.p99}, {a.max, b.max}};
    for (const auto& [x, y] : pairs) EXPECT_NEAR(x, y, 0.009 * y + 1e-9);
  };
  const RecordedFigure* one[] = {&all.ttft, &all.tpot, &all.e2e, &all.cached_tokens};
  const RecordedFigure* two[] = {&streamed.ttft, &streamed.tpot, &streamed.e2e,
                                 &streamed.cached_tokens};
  for (std::size_t f = 0; f < 4; ++f) {
    SCOPED_TRACE(f);
    EXPECT_GT(one[f]->requests, 250U);
    EXPECT_EQ(two[f]->requests, one[f]->requests);
    near(two[f]->simulated, one[f]->simulated);
    near(two[f]->recorded, one[f]->recorded);
    near(two[f]->request_error, one[f]->request_error);
  }
  EXPECT_EQ(streamed.recorded_hit_ratio, all.recorded_hit_ratio);
  EXPECT_EQ(streamed.recorded_makespan_s, all.recorded_makespan_s);
}

TEST(MeasuredComparison, WhoIsNotServedIsCountedAndInNoFigure) {
  SmallRun small = three_requests();
  small.trace.recorded_service = {ms(8), ms(2), ms(4)};
  small.config.cluster.pools[0].engine.max_model_len = 40;  // 32 + 4 fit, 64 do not
  const RecordedSummary r = *small.run("round-robin").summary.recorded;
  EXPECT_EQ(r.requests, 3U);
  EXPECT_EQ(r.unfinished, 2U);
  EXPECT_EQ(r.e2e.requests, 1U);
}

TEST(MeasuredComparison, EveryCopyIsComparedAndNoMakespanIsMadeUp) {
  SmallRun small = three_requests();
  small.trace.recorded_service = {ms(8), ms(2), ms(4)};
  WorkloadOptions options;
  options.repeat = 3;
  const auto workload = std::make_shared<Workload>(build_workload(small.trace, options, 16, 1));
  small.config.router = {"round-robin", {}};
  const RecordedSummary r = *run_simulation(workload, small.config).summary.recorded;
  EXPECT_EQ(r.e2e.requests, 9U);
  EXPECT_DOUBLE_EQ(r.e2e.recorded.mean, 0.014 / 3);
  EXPECT_TRUE(std::isnan(r.recorded_makespan_s));
  EXPECT_TRUE(std::isnan(r.simulated_makespan_s));
}

/// Six requests at once; the log names two of four instances, one request has no record.
SmallRun six_placed() {
  SmallRun small;
  for (std::uint32_t r = 0; r < 6; ++r) small.request(0, 32, 4, 10 * r);
  LabelColumn& column = small.trace.add_label("instance");
  for (const char* word : {"b", "b", "a", "b", "", "b"}) {
    const std::uint32_t code = *word == '\0' ? kNoIndex : column.code_of(word);
    column.code.push_back(code);
  }
  return small;
}

TEST(RecordedPolicy, SendsEachRequestWhereTheLogDid) {
  SmallRun small = six_placed();
  small.pool(Role::kAggregated, 3);
  const RunResult result = small.run("recorded");
  // a is instance 0, b instance 1; the request without a record goes to idle instance 2.
  EXPECT_EQ(result.requests.instance, (std::vector<std::int32_t>{1, 1, 0, 1, 2, 1}));
  EXPECT_EQ(result.requests.recorded_instance, (std::vector<std::int32_t>{1, 1, 0, 1, -1, 1}));
  ASSERT_TRUE(result.summary.recorded.has_value());
  EXPECT_EQ(result.summary.recorded->with_instance, 5U);
  EXPECT_EQ(result.summary.recorded->without_instance, 1U);
  EXPECT_EQ(result.summary.recorded->same_instance, 5U);
  EXPECT_FALSE(result.summary.random);
  const RunResult other = small.run("round-robin");  // 0 1 2 0 1 2
  EXPECT_EQ(other.summary.recorded->same_instance, 1U);
  EXPECT_EQ(other.requests.recorded_instance, result.requests.recorded_instance);
}

TEST(RecordedPolicy, FollowsBothSidesOfASplitCluster) {
  SmallRun small = six_placed();
  small.pool(Role::kPrefill, 2);
  small.pool(Role::kDecode, 3);
  small.trace.labels[0].name = "prefill_instance";
  LabelColumn& column = small.trace.add_label("decode_instance");
  for (const char* word : {"d2", "d10", "d10", "d2", "d3", "d3"})
    column.code.push_back(column.code_of(word));
  const RunResult result = small.run("recorded");
  // The fifth has no prefill record: instance 0 has one request in flight, 1 has three.
  EXPECT_EQ(result.requests.instance, (std::vector<std::int32_t>{1, 1, 0, 1, 0, 1}));
  EXPECT_EQ(result.requests.decode_instance, (std::vector<std::int32_t>{2, 4, 4, 2, 3, 3}));
  EXPECT_EQ(result.requests.recorded_decode_instance, result.requests.decode_instance);
}

TEST(RecordedPolicy, SaysWhatIsMissing) {
  const auto message = [](SmallRun& small) {
    try {
      small.run("recorded");
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  SmallRun none = three_requests();
  EXPECT_NE(message(none).find("the trace has no column 'instance'"), std::string::npos);
  SmallRun few = six_placed();
  few.pool(Role::kAggregated, 1);
  EXPECT_NE(message(few).find("names 2 values in column 'instance' (the cluster has 1"),
            std::string::npos);
}

}  // namespace
}  // namespace pigou
