// run --decisions, explain and capacity as their users meet them.
#include <gtest/gtest.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou {
namespace {

using testing::expect_user_error;
using testing::Outcome;
using testing::run_pigou;
using testing::Scratch;
using testing::small_scenario;
using Json = nlohmann::json;

TEST(ExplainCommand, SaysWhoWasConsideredAndWhy) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string out = scratch.file("out.h5");
  ASSERT_EQ(run_pigou("run " + file + " -q --router min-ttft --decisions -o " + out).code, 0);
  const Outcome told = run_pigou("explain " + out + " --request 150");
  ASSERT_EQ(told.code, 0) << told.err;
  for (const char* words : {"request 150 of s", "min-ttft", "On arrival", "serve[0]", "serve[1]",
                            "2 instances", "least estimated TTFT", "lowest cost",
                            "believed cached there", "when admitted", "first token after"})
    EXPECT_NE(told.out.find(words), std::string::npos) << words << "\n" << told.out;
  const Json json = Json::parse(run_pigou("explain " + out + " -r 150 --json").out);
  const Json& decision = json["decisions"][0];
  EXPECT_EQ(decision["candidates"].size(), 2u);
  const auto cost = [&](std::size_t n) { return decision["candidates"][n]["cost"].get<double>(); };
  const auto chosen = decision["instance"].get<std::size_t>();
  EXPECT_LE(cost(chosen), cost(1 - chosen));
  EXPECT_EQ(decision["hit_tokens"], json["outcome"]["hit_tokens"]);
}

TEST(ExplainCommand, SaysWhatCostsAreAndThatSomeRoutersKnowNothingOfCaches) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string out = scratch.file("out.h5");
  const auto told = [&](const std::string& router) {
    EXPECT_EQ(run_pigou("run " + file + " -q --router " + router + " --decisions -o " + out).code,
              0);
    return run_pigou("explain " + out + " -r 150").out;
  };
  const std::string blind = told("power-of-d");
  for (const char* words :
       {"requests in flight; lower is better", "the router does not know what is cached"})
    EXPECT_NE(blind.find(words), std::string::npos) << words << "\n" << blind;
  const Json json = Json::parse(run_pigou("explain " + out + " -r 150 --json").out);
  EXPECT_TRUE(json["decisions"][0]["candidates"][0]["believed_tokens"].is_null());
  const std::string tree = told("llm-d-epp");
  for (const char* words : {"weighted sum of scores", "believed cached there"})
    EXPECT_NE(tree.find(words), std::string::npos) << words << "\n" << tree;
}

TEST(ExplainCommand, ShowsWhatTheCostWasMadeOf) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string out = scratch.file("out.h5");
  const auto told = [&](const std::string& router) {
    EXPECT_EQ(run_pigou("run " + file + " -q --router " + router + " --decisions -o " + out).code,
              0);
    return Json::parse(run_pigou("explain " + out + " -r 150 --json").out);
  };
  const Json ttft = told("min-ttft");
  for (const Json& candidate : ttft["decisions"][0]["candidates"]) {
    const Json& read = candidate["declared"];
    const double cached =
        std::min(read["overlap_blocks"].get<double>() * 16, ttft["input_tokens"].get<double>() - 1);
    const double uncached = ttft["input_tokens"].get<double>() - cached;
    EXPECT_DOUBLE_EQ(candidate["cost"].get<double>(),
                     read["prefill_s_per_token"].get<double>() *
                         (read["active_prefill_tokens"].get<double>() + uncached));
  }
  EXPECT_EQ(ttft["declared"][0]["unit"], "tokens");
  EXPECT_TRUE(ttft["declared"][0]["weight"].is_null());
  const std::string words = run_pigou("explain " + out + " -r 150").out;
  EXPECT_NE(words.find("prefill_s_per_token"), std::string::npos) << words;

  const Json scores = told("llm-d-epp:prefix_weight=5");
  ASSERT_EQ(scores["declared"].size(), 3U) << scores["declared"];
  for (const Json& candidate : scores["decisions"][0]["candidates"]) {
    double total = 0;
    for (const Json& column : scores["declared"])
      total += column["weight"].get<double>() *
               candidate["declared"][column["name"].get<std::string>()].get<double>();
    EXPECT_NEAR(candidate["cost"].get<double>(), -total, 1e-12);
  }
  EXPECT_EQ(scores["declared"][2]["name"], "prefix_score");
  EXPECT_EQ(scores["declared"][2]["weight"], 5);

  EXPECT_FALSE(told("random").contains("declared"));
}

TEST(ExplainCommand, ShowsCountsWholeAndNoSecondKey) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string out = scratch.file("out.h5");
  const std::string router = "smg-cache-aware:mode=kv_events";
  ASSERT_EQ(run_pigou("run " + file + " -q --router " + router + " --decisions -o " + out).code, 0);
  bool second_key = false;
  for (int request = 0; request < 12; ++request) {
    const std::string explain = "explain " + out + " -r " + std::to_string(request);
    const std::string told = run_pigou(explain).out;
    EXPECT_EQ(told.find("0.0000000"), std::string::npos) << told;
    EXPECT_EQ(told.find(".000 "), std::string::npos) << told;
    const Json json = Json::parse(run_pigou(explain + " --json").out);
    for (const Json& candidate : json["decisions"][0]["candidates"]) {
      const double cost = candidate["cost"].get<double>();
      second_key = second_key || (cost > 0 && cost < 1e-6);
    }
  }
  EXPECT_TRUE(second_key) << "or nothing was to be left out";
}

TEST(CompareCommand, AMistakeBesideAllIsToldInOneLine) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  expect_user_error("compare " + file + " --router all --router random", {"given twice"});
  expect_user_error("compare " + file + " --router all:d=3", {"all takes no parameters"});
  expect_user_error("compare " + file + " --router all --router power-of-d:d=99", {"64"});
}

TEST(ExplainCommand, TellsTheChoiceOfADecodeInstanceToo) {
  const Scratch scratch;
  const std::string pools =
      "{ \"workload\": { \"synth\": { \"requests\": 20 } }, \"cluster\": { \"pools\": [ "
      "{ \"role\": \"prefill\", \"count\": 2, \"gpu\": \"h100\", \"model\": \"llama-3.1-8b\" }, "
      "{ \"role\": \"decode\", \"count\": 2, \"gpu\": \"h100\", \"model\": \"llama-3.1-8b\" } ] } "
      "}";
  const std::string file = scratch.write("pd.json", pools), out = scratch.file("out.h5");
  ASSERT_EQ(
      run_pigou("run " + file + " -q --router dynamo-kv@2026-08 --decisions 5 -o " + out).code, 0);
  const Outcome told = run_pigou("explain " + out + " --request 4");
  EXPECT_NE(told.out.find("Prefill done"), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("decode on decode["), std::string::npos) << told.out;
  EXPECT_NE(told.out.find("fewest active blocks"), std::string::npos) << told.out;
  expect_user_error("explain " + out + " --request 5", {"request 5", "0 to 4"});
}

TEST(ExplainCommand, SaysWhatIsMissing) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string out = scratch.file("out.h5");
  ASSERT_EQ(run_pigou("run " + file + " -q -o " + out).code, 0);
  expect_user_error("explain " + out + " --request 1", {"no decisions", "--decisions all"});
  expect_user_error("explain " + out, {"--request N"});
  expect_user_error("explain --request 1", {"no result file"});
  expect_user_error("explain " + file + " --request 1", {"s.json"});
  expect_user_error("run " + file + " --decisions all", {"-o FILE.h5"});
  expect_user_error("run " + file + " --decisions=some -o " + out, {"some", "sample"});
  expect_user_error("run " + file + " --decisions 0 -o " + out, {"above 0"});
}

TEST(CapacityCommand, BracketsTheLoadAndIsMonotoneInThePromise) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string words = "capacity " + file +
                            " --axis workload.rate_scale --seeds 3 --tolerance 0.2 "
                            "--set workload.jitter_s=1 --json --slo ";
  const auto arm = [&](const std::string& slo) {
    const Outcome outcome = run_pigou(words + "'" + slo + "'");
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out)["routers"][0];
  };
  const Json strict = arm("ttft_p90<=200ms"), lax = arm("ttft_p90<=2s");
  for (const Json& found : {strict, lax}) {
    EXPECT_LT(found["meets"]["load"], found["fails"]["load"]);
    for (const Json& probe : found["probes"]) {
      const bool below = probe["load"] <= found["meets"]["load"];
      const bool above = probe["load"] >= found["fails"]["load"];
      EXPECT_EQ(probe["verdict"] == "meets", below) << probe;
      EXPECT_EQ(probe["verdict"] == "fails", above) << probe;
    }
  }
  EXPECT_LE(strict["meets"]["requests_per_s"], lax["meets"]["requests_per_s"]);
}

TEST(CapacityCommand, SaysWhenAPromiseAlwaysOrNeverHolds) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  const std::string words = "capacity " + file + " --axis workload.rate_scale --seeds 2 ";
  const Outcome never = run_pigou(words + "--slo 'ttft_p50<=1ms'");
  ASSERT_EQ(never.code, 0) << never.err;
  EXPECT_NE(never.out.find("no load was shown to meet"), std::string::npos) << never.out;
  const Outcome always = run_pigou(words + "--high 2 --slo 'ttft_p50<=1000s'");
  EXPECT_NE(always.out.find("not shown to fail"), std::string::npos) << always.out;
  EXPECT_NE(always.out.find("exactly"), std::string::npos) << "nothing is drawn under round-robin";
}

TEST(CapacityCommand, RefusesNonsenseInOneLine) {
  const Scratch scratch;
  const std::string file = scratch.write("s.json", small_scenario());
  expect_user_error("capacity " + file, {"no --slo"});
  expect_user_error("capacity " + file + " --slo 'ttft_p90<=5'", {"no unit", "5s"});
  expect_user_error("capacity " + file + " --slo 'attainment>=0.9'", {"slo targets"});
  const std::string words = "capacity " + file + " --slo 'ttft_p90<=5s' ";
  expect_user_error(words + "--axis workload.jitter_s", {"no axis of load"});
  expect_user_error(words + "--low 3 --high 2", {"span nothing"});
  expect_user_error(words + "--confidence 1.5", {"--confidence"});
  expect_user_error(words + "--router rondom", {"random"});
  expect_user_error("capacity " + file + " --seeds 1 --slo 'itl_p90<=5s'", {"--seeds 2"});
}

}  // namespace
}  // namespace pigou
