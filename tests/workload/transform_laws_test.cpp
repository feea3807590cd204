// What each transformation of a workload keeps of its trace and what it changes
// (docs/scenario.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "trace/reader.hpp"
#include "trace/statistics/overview.hpp"
#include "trace/statistics/reuse_distance.hpp"
#include "trace/statistics/turn_chain.hpp"
#include "trace/synthesis/from_numbers.hpp"
#include "trace/trace.hpp"
#include "trace/trace_testing.hpp"
#include "workload/transform.hpp"
#include "workload/workload.hpp"

namespace pigou {
namespace {

/// Conversations in 40 groups, so that they share beginnings that are no opening of all.
Trace chat(bool closed_loop = false) {
  SynthOptions options;
  options.requests = 3000;
  for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
           {"rate", "2"},
           {"input", "lognormal:900:0.6:600:6000"},
           {"output", "lognormal:150:0.5:1:900"},
           {"turns", "lognormal:4:0.5:1:12"},
           {"groups", "40"},
           {"system_tokens", "1024"},
           {"think_s", "15"},
           {"closed_loop", closed_loop ? "true" : "false"}})
    set_synth_option(options, key, value);
  return synthesize_trace(options);
}

Workload build(const Trace& trace, const WorkloadOptions& options, std::uint64_t seed = 1) {
  return build_workload(trace, options, 16, seed);
}

/// First row of each row's conversation.
std::vector<std::uint32_t> firsts_of(const Trace& trace) {
  const auto before = find_turn_chains(trace).before;
  std::vector<std::uint32_t> first(before.size());
  for (std::uint32_t row = 0; row < before.size(); ++row)
    first[row] = before[row] == kNoIndex ? row : first[before[row]];
  return first;
}

/// Gaps between turns that follow each other, in picoseconds.
std::multiset<std::int64_t> turn_gaps(const Trace& trace, const std::vector<SimTime>& arrival) {
  const auto before = find_turn_chains(trace).before;
  std::multiset<std::int64_t> gaps;
  for (std::uint32_t row = 0; row < before.size(); ++row)
    if (before[row] != kNoIndex) gaps.insert((arrival[row] - arrival[before[row]]).ps);
  return gaps;
}

double unbounded_hit(const Trace& trace) {
  return prefix_hit_curve(trace, {std::uint64_t{1} << 40})[0];
}

TEST(TransformLaws, DoesOverlayKeepEachCopysTurnsAndMultiplyTheRate) {
  const Trace trace = chat();
  WorkloadOptions options;
  options.overlay = 4;
  const Workload workload = build(trace, options);
  ASSERT_EQ(workload.size(), 4 * trace.rows());
  // Every copy holds every row once, later by its phase or turned round by the period.
  const std::int64_t span = (trace.arrival.back() - trace.arrival.front()).ps;
  const auto gaps = static_cast<std::int64_t>(trace.rows()) - 1;
  const std::int64_t period = span + (span + gaps / 2) / gaps;
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  for (std::size_t i = 0; i < workload.size(); ++i) {
    const std::uint32_t copy = workload.copy[i], row = workload.row[i];
    seen.insert({copy, row});
    const auto phase = static_cast<std::int64_t>(static_cast<double>(period) * copy / 4);
    const std::int64_t moved = workload.arrival[i].ps - trace.arrival[row].ps - phase;
    EXPECT_TRUE(moved == 0 || moved == -period) << moved;
  }
  EXPECT_EQ(seen.size(), workload.size());
  EXPECT_LE(workload.arrival.back().ps, period);  // four times the requests in the same time
  EXPECT_EQ(workload.trace.block_ids, trace.block_ids);
  EXPECT_EQ(workload.copies, 4U);
}

TEST(TransformLaws, DoesThinningKeepTurnGapsAndTheHitRatioAndLowerTheRate) {
  const Trace trace = chat();
  const auto all = turn_gaps(trace, trace.arrival);
  WorkloadOptions options;
  options.thin = 0.5;
  double kept = 0, hit = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Workload workload = build(trace, options, seed);
    const auto gaps = turn_gaps(workload.trace, workload.trace.arrival);
    EXPECT_TRUE(std::includes(all.begin(), all.end(), gaps.begin(), gaps.end()));
    kept += static_cast<double>(workload.size()) / static_cast<double>(trace.rows()) / 8;
    hit += unbounded_hit(workload.trace) / 8;
  }
  EXPECT_NEAR(kept, 0.5, 0.1);  // 40 trees
  EXPECT_NEAR(hit, unbounded_hit(trace), 0.02);
}

TEST(TransformLaws, DoesSamplingSessionsKeepWholeConversationsAndLessOfWhatTheyShare) {
  const Trace trace = chat();
  const auto first = firsts_of(trace);
  std::map<std::uint32_t, std::uint64_t> size;
  for (const std::uint32_t row : first) ++size[row];
  WorkloadOptions options;
  options.sample_sessions = 0.3;
  double kept = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Workload workload = build(trace, options, seed);
    EXPECT_TRUE(workload.random);
    // Rows are told by time and input; a conversation is there whole or not at all.
    std::set<std::pair<std::int64_t, std::uint32_t>> there;
    for (std::size_t row = 0; row < workload.size(); ++row)
      there.insert({workload.trace.arrival[row].ps, workload.trace.input_tokens[row]});
    std::map<std::uint32_t, std::uint64_t> found;
    for (std::uint32_t row = 0; row < trace.rows(); ++row)
      found[first[row]] += there.contains({trace.arrival[row].ps, trace.input_tokens[row]});
    for (const auto& [conversation, rows] : found)
      EXPECT_TRUE(rows == 0 || rows == size[conversation]) << conversation;
    kept += static_cast<double>(workload.size()) / static_cast<double>(trace.rows()) / 8;
    EXPECT_LT(unbounded_hit(workload.trace), unbounded_hit(trace));
  }
  EXPECT_NEAR(kept, 0.3, 0.03);
}

TEST(TransformLaws, DoesSamplingSessionsOfAClosedLoopKeepWholeSessions) {
  const Trace trace = chat(true);
  WorkloadOptions options;
  options.sample_sessions = 0.4;
  const Workload workload = build(trace, options, 3);
  std::multiset<std::uint32_t> lengths, kept;
  for (const Trace::Lane& lane : trace.lanes) lengths.insert(lane.end_row - lane.first_row);
  for (const Trace::Lane& lane : workload.trace.lanes) kept.insert(lane.end_row - lane.first_row);
  EXPECT_TRUE(std::includes(lengths.begin(), lengths.end(), kept.begin(), kept.end()));
  EXPECT_NEAR(static_cast<double>(kept.size()) / static_cast<double>(lengths.size()), 0.4, 0.06);
}

TEST(TransformLaws, DoesInferringTurnsChangeNothingButTheLinks) {
  const Trace trace = chat();
  Trace linked = trace;
  linked.previous_turn.clear();
  const std::uint64_t links = infer_turns(linked);
  EXPECT_GT(links, trace.rows() / 2);
  EXPECT_EQ(linked.arrival, trace.arrival);
  EXPECT_EQ(linked.input_tokens, trace.input_tokens);
  EXPECT_EQ(linked.block_ids, trace.block_ids);
  std::set<std::uint32_t> used;
  for (std::uint32_t row = 0; row < linked.rows(); ++row) {
    const std::uint32_t before = linked.previous_turn[row];
    if (before == kNoIndex) continue;
    EXPECT_LT(before, row);
    EXPECT_TRUE(used.insert(before).second);  // one next turn each
    EXPECT_GE(linked.input_tokens[row], linked.input_tokens[before] + linked.output_tokens[before]);
  }
}

TEST(TransformLaws, DoOptionsOutOfRangeSaySo) {
  WorkloadOptions options;
  options.sample_sessions = 0;
  EXPECT_NE(testing::error_of([&] { build(chat(), options); }).find("sample_sessions"),
            std::string::npos);
  options.sample_sessions = 1e-9;
  EXPECT_NE(testing::error_of([&] { build(chat(), options); }).find("no request is left"),
            std::string::npos);
}

}  // namespace
}  // namespace pigou
