// Do the labels of a trace reach a router that asks for priorities and classes?
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "small_run.hpp"

namespace pigou {
namespace {

/// One long prefill from 0 to 8 ms, and three requests that wait in Dynamo's queue for its end.
SmallRun behind_a_prefill() {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  small.request(0, 4096, 1, 0);
  for (std::uint32_t r = 1; r <= 3; ++r) small.request(r, 512, 1, 1000 * r);
  return small;
}

void label(Trace& trace, const char* name, const std::vector<std::string>& words) {
  LabelColumn& column = trace.add_label(name);
  for (const std::string& word : words)
    column.code.push_back(word.empty() ? kNoIndex : column.code_of(word));
}

/// Requests 1 to 3 in the order of their first tokens.
std::vector<std::uint32_t> order_of(const RunResult& result) {
  std::vector<std::uint32_t> order = {1, 2, 3};
  const RequestColumns& columns = result.requests;
  std::ranges::sort(order, {},
                    [&](std::uint32_t r) { return columns.arrival_s[r] + columns.ttft_s[r]; });
  return order;
}

std::vector<std::uint32_t> order_of(SmallRun small,
                                    std::vector<std::pair<std::string_view, double>> set = {}) {
  set.emplace_back("prefill_busy_threshold", 1);
  return order_of(small.run("dynamo-kv@2026-08", set));
}

using Order = std::vector<std::uint32_t>;

TEST(RequestHints, StrictPrioritiesGoFirst) {
  SmallRun small = behind_a_prefill();
  EXPECT_EQ(order_of(small), (Order{1, 2, 3}));
  label(small.trace, "strict_priority", {"", "", "", "1"});
  EXPECT_EQ(order_of(small), (Order{3, 1, 2}));
  label(small.trace, "priority", {"", "0", "0.0015", ""});
  EXPECT_EQ(order_of(small), (Order{3, 2, 1})) << "1.5 ms are more than the one it came later";
}

TEST(RequestHints, ClassesTakeTurns) {
  SmallRun small = behind_a_prefill();
  label(small.trace, "policy_class", {"", "", "", "batch"});
  EXPECT_EQ(order_of(small, {{"quantum", 512}, {"batch_quantum", 512}}), (Order{1, 3, 2}));
}

TEST(RequestHints, BandsOfLlmDGoByPriority) {
  SmallRun small = behind_a_prefill();
  const auto order = [](SmallRun run) {  // one request in flight and the pool is saturated
    return order_of(run.run(
        "llm-d-epp", {{"flow_control", 1}, {"saturation_detector", 1}, {"max_concurrency", 1}}));
  };
  EXPECT_EQ(order(small), (Order{1, 2, 3}));
  label(small.trace, "priority", {"", "-1", "", "2"});
  EXPECT_EQ(order(small), (Order{3, 2, 1}));
}

TEST(RequestHints, APriorityThatIsNoNumberIsAnError) {
  SmallRun small = behind_a_prefill();
  label(small.trace, "priority", {"", "high", "", ""});
  EXPECT_EQ(small.run("dynamo-kv@2026-08").summary.finished, 4U) << "nobody asks";
  EXPECT_THROW(order_of(small), UserError);
}

}  // namespace
}  // namespace pigou
