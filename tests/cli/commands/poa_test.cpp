// pigou poa as a user meets it: the answer first, files with the same numbers, mistakes in one
// line.
#include <nlohmann/json.hpp>

#include "cli/program_testing.hpp"

namespace pigou::testing {
namespace {

nlohmann::json price(const std::string& arguments) {
  const Outcome outcome = run_pigou("poa -q --json " + arguments);
  EXPECT_EQ(outcome.code, 0) << arguments << ": " << outcome.err;
  return nlohmann::json::parse(outcome.out, nullptr, false);
}

TEST(Poa, SaysWhatARouterCostsOverTheBoundAndTheBestKnown) {
  const Scratch scratch;
  const std::string scenario = scratch.write("s.json", small_scenario());
  const auto json = price(scenario + " --router random --load 0.5,1,2 --window 4");
  ASSERT_EQ(json["loads"].size(), 3U);
  for (const auto& at : json["loads"]) {
    EXPECT_GE(at["over_bound"].get<double>(), 1);
    EXPECT_GE(at["over_best"].get<double>(), 1);
    EXPECT_EQ(at["no_price"], "");
    EXPECT_EQ(at["routers"].size(), 7U);
    for (const auto& router : at["routers"])
      EXPECT_GE(router["cost_s"].get<double>(), at["bound_s"].get<double>()) << router["label"];
    const auto& games = at["window_games"];
    EXPECT_GT(games["windows"].get<int>(), 10);
    EXPECT_GE(games["greedy_over_best"].get<double>(), 1);
    EXPECT_GE(games["observed_over_best"].get<double>(), 1);
    EXPECT_GE(games["best_over_bound"].get<double>(), 1);
    EXPECT_GT(at["historical_index"]["residents"]["of_sums"].get<double>(), 0);
    EXPECT_GT(at["historical_index"]["logit"]["windows"].get<int>(), 10);
  }
  EXPECT_EQ(json["cost"], "e2e");
  const Outcome table = run_pigou("poa -q " + scenario + " --router random --load 1 --window 4");
  EXPECT_TRUE(table.out.starts_with("mean E2E of random is at 1.00x (")) << table.out;
  EXPECT_NE(table.out.find("historical index"), std::string::npos);
}

TEST(Poa, WritesTheSameNumbersToEitherFile) {
  const Scratch scratch;
  const std::string scenario = scratch.write("s.json", small_scenario());
  const std::string asked = "poa -q " + scenario + " --routers round-robin --load 1:2:1 --seeds 2 ";
  ASSERT_EQ(run_pigou(asked + "-o " + scratch.file("p.h5")).code, 0);
  ASSERT_EQ(run_pigou(asked + "-j 1 -o " + scratch.file("p.json")).code, 0);
  const auto json = nlohmann::json::parse(read_all(scratch.file("p.json")));
  EXPECT_EQ(json["filetype"], "pigou-poa");
  EXPECT_EQ(json["loads"][1]["bounds"].size(), 2U);
  EXPECT_TRUE(json["loads"][1].contains("over_best_half"));
  EXPECT_TRUE(std::filesystem::exists(scratch.file("p.h5.manifest.json")));
  ASSERT_EQ(run_pigou(asked + "-o " + scratch.file("again.h5")).code, 0);
  EXPECT_EQ(read_all(scratch.file("p.h5")), read_all(scratch.file("again.h5")));
}

TEST(Poa, HasNoPriceWhereRequestsDidNotFinish) {
  const Scratch scratch;
  const std::string scenario = scratch.write("s.json", small_scenario());
  const auto json = price(scenario + " --routers none --set workload.timeout_s=0.05");
  EXPECT_TRUE(json["loads"][0]["over_bound"].is_null());
  const auto why = json["loads"][0]["no_price"].get<std::string>();
  EXPECT_NE(why.find("timed out"), std::string::npos) << why;
  EXPECT_EQ(json["verdict"].get<std::string>(), why + ".");
}

TEST(Poa, TellsMistakesInOneLine) {
  const Scratch scratch;
  const std::string scenario = scratch.write("s.json", small_scenario());
  expect_user_error("poa " + scenario + " --cost tpot", {"--cost", "ttft"});
  expect_user_error("poa " + scenario + " --load 2,1", {"--load", "rise"});
  expect_user_error("poa " + scenario + " --window 65", {"--window"});
  expect_user_error("poa " + scenario + " --router all", {"one router"});
  expect_user_error("poa " + scenario + " --routers nobody", {"nobody"});
  expect_user_error("poa " + scenario + " -o " + scratch.file("s.json"), {"s.json"});
  expect_user_error("poa " + scenario + " --set workload.concurrency=4", {"closed loop"});
  EXPECT_TRUE(scratch.holds_only("s.json"));
}

}  // namespace
}  // namespace pigou::testing
