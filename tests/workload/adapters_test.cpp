// Do blocks of different LoRA adapters get names of their own, and nobody else's change?
#include "workload/adapters.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "workload/workload.hpp"

namespace pigou {
namespace {

using Ids = std::vector<std::uint32_t>;

/// Rows of whole 16-token blocks, one after the other.
Trace trace_of(const std::vector<Ids>& rows, const std::vector<std::string>& adapters) {
  Trace trace;
  trace.block_tokens = 16;
  trace.block_begin = {0};
  LabelColumn column{.name = "adapter", .values = {}, .code = {}};
  for (std::size_t row = 0; row < rows.size(); ++row) {
    trace.arrival.push_back({static_cast<std::int64_t>(row) * kPsPerSecond});
    trace.input_tokens.push_back(static_cast<std::uint32_t>(16 * rows[row].size()));
    trace.output_tokens.push_back(16);
    for (const std::uint32_t id : rows[row]) {
      trace.block_ids.push_back(id);
      trace.distinct_blocks = std::max(trace.distinct_blocks, id + 1);
    }
    trace.block_begin.push_back(trace.block_ids.size());
    column.code.push_back(adapters[row].empty() ? kNoIndex : column.code_of(adapters[row]));
  }
  trace.labels.push_back(column);
  return trace;
}

Ids ids(const Trace& trace, std::size_t row) {
  return {trace.blocks(row).begin(), trace.blocks(row).end()};
}

TEST(Adapters, AreNumberedFromOneAndTheBaseModelIsZero) {
  Trace trace = trace_of({{0}, {0}, {0}, {0}}, {"sql", "", "chat", "sql"});
  EXPECT_EQ(adapters_of(trace), (Ids{1, 0, 2, 1}));
  trace = trace_of({{0}, {0}}, {"", ""});
  EXPECT_TRUE(adapters_of(trace).empty());
  trace.labels.clear();
  EXPECT_TRUE(adapters_of(trace).empty());
}

TEST(Adapters, ShareBlocksWithThemselvesOnly) {
  Trace trace = trace_of({{0, 1}, {0, 1}, {0, 1, 2}, {0, 3}, {0, 1}}, {"", "a", "b", "a", ""});
  separate_adapters(trace);
  EXPECT_EQ(ids(trace, 0), (Ids{0, 1}));
  EXPECT_EQ(ids(trace, 4), (Ids{0, 1})) << "the base model's are as they were";
  const Ids a = ids(trace, 1);
  const Ids b = ids(trace, 2);
  EXPECT_EQ(ids(trace, 3)[0], a[0]);
  EXPECT_NE(ids(trace, 3)[1], a[1]);
  for (const std::uint32_t id : b)
    for (const Ids& other : {Ids{0, 1, 2, 3}, a, ids(trace, 3)})
      EXPECT_EQ(std::ranges::count(other, id), 0);
  EXPECT_GT(trace.distinct_blocks, std::ranges::max(trace.block_ids));
}

TEST(Adapters, AWorkloadHasThemAfterItsTransformations) {
  const Trace trace = trace_of({{0}, {0, 1}, {0}, {0, 1}}, {"", "a", "", "b"});
  WorkloadOptions options;
  options.overlay = 2;
  const Workload workload = build_workload(trace, options, 16, 1);
  EXPECT_EQ(workload.segments.adapter, (Ids{0, 1, 0, 2}));
  EXPECT_EQ(workload.segments.adapters, 2U);
  const SegmentedTrace& s = workload.segments;
  EXPECT_NE(s.path(1).front(), s.path(0).front());
  EXPECT_NE(s.path(1).front(), s.path(3).front());
  EXPECT_EQ(s.path(0).front(), s.path(2).front());
  options.head = 1;
  EXPECT_TRUE(build_workload(trace, options, 16, 1).segments.adapter.empty());
}

TEST(Adapters, AnAnswerIsContinuedUnderItsOwnAdapterOnly) {
  for (const std::string second : {"a", "b"}) {
    Trace trace = trace_of({{0, 1}, {0, 1, 2, 3}}, {"a", second});
    trace.previous_turn = {kNoIndex, 0};
    const Workload workload = build_workload(trace, {}, 16, 1);
    EXPECT_EQ(workload.conversation, (Ids{0, 0})) << "still one conversation";
    EXPECT_EQ(workload.segments.output_path(0).empty(), second == "b");
  }
}

}  // namespace
}  // namespace pigou
