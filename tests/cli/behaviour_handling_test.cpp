// Small inputs with known answers: what is said of a result, and what is advised.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using nlohmann::json;
using testing::expect_user_error;
using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;

std::string named_case(const std::string& name) {
  return source_root() + "/tests/cases/" + name + "/scenario.json";
}

// Twenty prompts of 1 to 20 tokens at 1 ms each, one at a time: the 18th TTFT of 20 is 18 ms.
TEST(BehaviourHandling, APercentileOfAHistogramIsTheWorkedValue) {
  for (const char* rows : {"none", "full", "sample"}) {
    const Outcome outcome = run_pigou("run " + named_case("histogram-percentiles") +
                                      " --set output.requests=" + rows + " --json");
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const json ttft = json::parse(outcome.out).at("ttft_s");
    EXPECT_NEAR(ttft.at("p50").get<double>(), 0.010, 1e-9) << rows;
    EXPECT_NEAR(ttft.at("p90").get<double>(), 0.018, 1e-9) << rows;
    EXPECT_NEAR(ttft.at("p99").get<double>(), 0.020, 1e-9) << rows;
  }
}

// 24 tokens to a block of the trace: 8 and 24 fit an engine's blocks, 16 does not.
TEST(BehaviourHandling, AnAdvisedBlockSizeFits) {
  const std::string file = named_case("blocksize-message");
  expect_user_error("run " + file, {"16 tokens do not fit", "24 tokens", "such as 8 or 24"});
  for (const char* size : {"8", "24"})
    EXPECT_EQ(run_pigou("run " + file + " -q --set engine.block_size=" + size +
                        " --set cluster.pools.0.engine.block_size=" + size)
                  .code,
              0)
        << size;
  const Scratch scratch;
  const std::pair<int, const char*> others[] = {
      {20, "such as 4 or 20"}, {12, "such as 4 or 12"}, {31, "such as 31"}};
  for (const auto& [tokens, advice] : others) {
    const std::string named = std::to_string(tokens);
    scratch.write("trace.jsonl", R"({"arrival_s": 0, "output_tokens": 1, "hash_ids": [1, 2], )"
                                 "\"input_tokens\": " +
                                     std::to_string(2 * tokens) + "}\n");
    scratch.write("scenario.json", testing::read_all(file));
    expect_user_error(
        "run " + scratch.file("scenario.json") + " --set workload.mapping.block_tokens=" + named,
        {named + " tokens", advice});
  }
}

}  // namespace
}  // namespace pigou
