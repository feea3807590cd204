// Do the labels of a trace reach a router that asks for priorities and classes?
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "routing/dynamo/profile.hpp"
#include "simulation/small_run.hpp"

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
  set.emplace_back("router_queue_threshold", 0.01);  // of 512 tokens
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

/// Families `standard`, the default, and `batch`, taking turns by 512 tokens.
std::shared_ptr<DynamoProfile> two_families() {
  auto profile = std::make_shared<DynamoProfile>();
  profile->families = {"standard", "batch"};
  profile->bucket_from = {0};
  for (std::uint32_t family = 0; family < 2; ++family) {
    DynamoClass& c = profile->classes.emplace_back();
    c.name = profile->families[family];
    c.quantum = 512;
    c.prefill_busy_threshold = 1;
    profile->bindings.push_back({family, 0});
  }
  return profile;
}

TEST(RequestHints, ClassesTakeTurns) {
  SmallRun small = behind_a_prefill();
  label(small.trace, "policy_class", {"", "", "", "batch"});
  EXPECT_EQ(order_of(small), (Order{1, 2, 3})) << "without a file there is one class";
  small.config.router.file = two_families();
  EXPECT_EQ(order_of(small), (Order{1, 3, 2}));
}

TEST(RequestHints, AClassThatHoldsItsLimitRefusesAndIsCountedApart) {
  SmallRun small = behind_a_prefill();
  label(small.trace, "policy_class", {"", "batch", "batch", ""});
  const auto profile = two_families();
  profile->classes[1].request_limit = 1;
  small.config.router.file = profile;
  const RunSummary limited = small.run("dynamo-kv@2026-08").summary;
  EXPECT_EQ(limited.rejected, 1U) << "one worker: one waits, the other one of its class is refused";
  EXPECT_EQ(limited.rejected_by, (std::map<std::string, std::uint64_t>{{"queue_limit_529", 1}}));
  EXPECT_EQ(limited.retries, 0U) << "Dynamo's frontend hands a 529 to the client";
  small.config.router.file = nullptr;
  const RunSummary overloaded =
      small.run("dynamo-kv@2026-08", {{"active_prefill_tokens_threshold", 1}}).summary;
  EXPECT_EQ(overloaded.rejected_by, (std::map<std::string, std::uint64_t>{{"overloaded_529", 3}}));
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

TEST(RequestHints, TenantsOfLlmDTakeTurnsAndDeadlinesOrder) {
  SmallRun small = behind_a_prefill();
  SmallRun other = small;
  const auto order = [](SmallRun run, const char* option) {
    return order_of(run.run(
        "llm-d-epp",
        {{"flow_control", 1}, {"saturation_detector", 1}, {"max_concurrency", 1}, {option, 1}}));
  };
  label(small.trace, "tenant", {"a", "b", "b", "a"});
  label(small.trace, "slo_ttft_ms", {"", "900", "", "100"});
  EXPECT_EQ(order(small, "flow_fairness"), (Order{3, 1, 2}));
  EXPECT_EQ(order(small, "flow_ordering"), (Order{3, 1, 2}));
  label(other.trace, "tenant", {"a", "c", "c", "d"});
  EXPECT_EQ(order(other, "flow_fairness"), (Order{1, 3, 2}));
}

TEST(RequestHints, OverridesOfDynamoAreReadFromLabels) {
  SmallRun small = behind_a_prefill();
  label(small.trace, "overlap_score_credit", {"", "0.5", "", ""});
  label(small.trace, "router_temperature", {"", "", "2", ""});
  const RequestHintTable table(small.trace);
  EXPECT_EQ(table.of(0).own(RequestLabel::kOverlapCredit), -1);
  EXPECT_EQ(table.of(1).own(RequestLabel::kOverlapCredit), 0.5);
  EXPECT_EQ(table.of(1).own(RequestLabel::kTemperature), -1);
  EXPECT_EQ(table.of(2).own(RequestLabel::kTemperature), 2);
  SmallRun wrong = behind_a_prefill();
  label(wrong.trace, "router_temperature", {"", "-1", "", ""});
  EXPECT_THROW(wrong.run("dynamo-kv@2026-08", {{"router_config_override", 1}}), UserError);
}

TEST(RequestHints, APriorityThatIsNoNumberIsAnError) {
  SmallRun small = behind_a_prefill();
  label(small.trace, "priority", {"", "high", "", ""});
  EXPECT_EQ(small.run("dynamo-kv@2026-08").summary.finished, 4U) << "nobody asks";
  EXPECT_THROW(order_of(small), UserError);
}

}  // namespace
}  // namespace pigou
