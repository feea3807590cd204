// LoRA adapters end to end: caches of their own, few places in a step, a router that knows.
#include <gtest/gtest.h>

#include "simulation/small_run.hpp"

namespace pigou {
namespace {

void label(Trace& trace, const std::vector<std::string>& words) {
  LabelColumn& column = trace.add_label("adapter");
  for (const std::string& word : words)
    column.code.push_back(word.empty() ? kNoIndex : column.code_of(word));
}

/// The same prompt of 10 blocks again and again, with an adapter each time.
std::vector<std::uint32_t> hits_of(const std::vector<std::string>& adapters,
                                   std::string_view router) {
  SmallRun small;
  small.pool(Role::kAggregated, 1);
  for (std::size_t r = 0; r < adapters.size(); ++r)
    small.request(100.0 * static_cast<double>(r), 160, 2, 0);
  label(small.trace, adapters);
  return small.run(router).requests.hit_tokens;
}

TEST(Adapters, ComputeEqualPromptsOnceEach) {
  using Hits = std::vector<std::uint32_t>;
  for (const char* router : {"round-robin", "llm-d-epp", "dynamo-kv@2026-08"}) {
    EXPECT_EQ(hits_of({"", "a", "b", "a", "", "b"}, router), (Hits{0, 0, 0, 144, 144, 144}));
    EXPECT_EQ(hits_of({"", "", ""}, router), (Hits{0, 144, 144}));
  }
}

TEST(Adapters, ARouterWithABeliefExpectsNoHitsOnTheKvOfAnother) {
  SmallRun small;
  small.pool(Role::kAggregated, 2);
  for (int r = 0; r < 40; ++r) small.request(20.0 * r, 160, 2, 0);
  std::vector<std::string> words(40, "a");
  for (std::size_t r = 1; r < 40; r += 2) words[r] = "b";
  label(small.trace, words);
  for (const char* router : {"llm-d-epp", "dynamo-kv@2026-08"}) {
    const RunSummary summary = small.run(router).summary;
    EXPECT_EQ(summary.phantom_hit_tokens, 0U) << router;
    EXPECT_GT(summary.hit_tokens, 30U * 144) << router;
  }
}

TEST(Adapters, WithOnePlaceTwoAdaptersTakeTurnsAndOneDoesNotWait) {
  const auto ends = [](std::uint32_t max_loras) {
    SmallRun small;
    small.pool(Role::kAggregated, 1).engine.max_loras = max_loras;
    for (std::uint32_t r = 0; r < 3; ++r) small.request(r, 16, 50, 10 * r);
    label(small.trace, {"a", "b", "a"});
    const RequestColumns& columns = small.run("round-robin").requests;
    return std::vector<double>(columns.ttft_s.begin(), columns.ttft_s.end());
  };
  const std::vector<double> both = ends(2);
  EXPECT_LT(both[1], 0.003);
  const std::vector<double> one = ends(1);
  EXPECT_LT(one[2], 0.003) << "overtakes";
  EXPECT_GT(one[1], 0.049) << "waits for the end of both";
}

/// 4 instances with one place each, 4 adapters in turn, every 5 ms a request of 100 tokens.
SmallRun four_adapters() {
  SmallRun small;
  small.pool(Role::kAggregated, 4).engine.max_loras = 1;
  std::vector<std::string> words;
  for (std::uint32_t r = 0; r < 400; ++r) {
    small.request(5.0 * r, 64, 100, 10 * r);
    words.push_back(std::string(1, static_cast<char>('a' + (r * 7 + r / 5) % 4)));
  }
  label(small.trace, words);
  return small;
}

TEST(Adapters, LoraAffinityKeepsThemTogether) {
  SmallRun small = four_adapters();
  const RunSummary blind = small.run("llm-d-epp").summary;
  const RunSummary knowing = small.run("llm-d-epp", {{"lora_affinity_weight", 4}}).summary;
  EXPECT_EQ(knowing.finished, 400U);
  EXPECT_LT(knowing.ttft.mean, blind.ttft.mean / 4);
}

TEST(Adapters, TheScorerChangesNothingWhereNoRequestHasOne) {
  SmallRun small = four_adapters();
  small.trace.labels.clear();
  const std::vector<std::int32_t> without = small.run("llm-d-epp").requests.instance;
  EXPECT_EQ(small.run("llm-d-epp", {{"lora_affinity_weight", 4}}).requests.instance, without);
}

}  // namespace
}  // namespace pigou
